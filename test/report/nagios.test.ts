import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyReport, fixture, HOSTILE, NAMES, stuffed } from './fixtures.js';
import { renderNagios } from './render.js';

/** The plugin guidelines: one bar in the first line, performance data as 'label'=value[unit];warn;crit;min. */
function check(text: string): void {
  const [first = '', ...more] = text.split('\n');
  const [said = '', data = '', ...rest] = first.split('|');
  expect(rest).toEqual([]);
  expect(said).toMatch(/^RELAYPROOF (OK|CRITICAL|UNKNOWN): /);
  for (const item of data.trim().split(' ')) expect(item).toMatch(/^[a-z]+=\d+(\.\d+)?s?;;;0$/);
  expect(more.join('')).not.toContain('|');
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(text.length).toBeLessThan(8192);
}

it.each(NAMES)('%s', async (name) => {
  check(renderNagios(fixture(name)));
  await expect(renderNagios(fixture(name))).toMatchFileSnapshot(`golden/nagios.${name}.golden.txt`);
});

it.each([
  ['closed-compliant', 'OK'],
  ['open-confirmed', 'CRITICAL'],
  ['wrong-password-accepted', 'CRITICAL'],
  ['inconclusive-blocklisted', 'UNKNOWN'],
  ['several-servers', 'CRITICAL'],
])('%s is %s', (name, state) => expect(renderNagios(fixture(name)).split(':')[0]).toBe(`RELAYPROOF ${state}`));

it('takes any report', () => {
  fc.assert(
    fc.property(anyReport, (report) => check(renderNagios(report))),
    { numRuns: 300 },
  );
  for (const stranger of HOSTILE) check(renderNagios(stuffed(stranger.repeat(1000))));
});
