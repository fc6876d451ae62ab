import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { width } from '../../src/report/text.js';
import { anyReport, fixture, HOSTILE, NAMES, PLAIN, stuffed } from './fixtures.js';
import { renderTable } from './render.js';

const golden = (name: string): string => `golden/${name}.golden.txt`;
const PAINT = /\u001b\[[0-9;]*m/g;
/** Controls, what hides or turns text round; a line feed is none. */
const UNSAFE = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/u;

describe('goldens', () => {
  it.each(NAMES)('%s, 80 columns', async (name) => {
    await expect(renderTable(fixture(name), PLAIN)).toMatchFileSnapshot(golden(`table.${name}`));
  });
  it.each(NAMES)('%s, 80 columns, ASCII', async (name) => {
    await expect(renderTable(fixture(name), { ...PLAIN, unicode: false })).toMatchFileSnapshot(
      golden(`table-ascii.${name}`),
    );
  });
  it.each(NAMES)('%s, 80 columns, colour', async (name) => {
    const colours = renderTable(fixture(name), { ...PLAIN, color: 1 });
    // Written as text, so that the golden shows the codes.
    await expect(colours.replaceAll('\u001b', '\\e')).toMatchFileSnapshot(golden(`table-color.${name}`));
  });
  it('verbose', async () => {
    await expect(renderTable(fixture('inconclusive-blocklisted'), { ...PLAIN, verbose: true })).toMatchFileSnapshot(
      golden('table-verbose.inconclusive-blocklisted'),
    );
  });
  it('narrow', async () => {
    await expect(renderTable(fixture('wrong-password-accepted'), { ...PLAIN, columns: 40 })).toMatchFileSnapshot(
      golden('table-narrow.wrong-password-accepted'),
    );
  });
});

describe('the first screen', () => {
  it.each([
    ['closed-compliant', /CLOSED/, /compliant/],
    ['open-confirmed', /OPEN RELAY \(confirmed\)/, /non-compliant/],
    ['inconclusive-blocklisted', /INCONCLUSIVE/, /compliance unknown/],
    ['several-servers', /mx3\.corp\.example:25: inconclusive/, /non-compliant/],
  ])('%s answers in the first five lines', (name, ...answers) => {
    const first = renderTable(fixture(name), PLAIN).split('\n').slice(0, 5).join('\n');
    for (const answer of answers) expect(first).toMatch(answer);
  });

  it('ends in the verdict', () => {
    const report = fixture('open-confirmed');
    const words = (text: string): string => text.replace(/\s+/g, ' ').trim();
    expect(words(renderTable(report, PLAIN))).toMatch(/VERDICT (?!.*VERDICT)/);
    expect(words(renderTable(report, PLAIN)).endsWith(report.servers[0]?.verdict.summary ?? 'nothing')).toBe(true);
  });
});

describe('quiet', () => {
  it.each(NAMES)('%s is one line per server', (name) => {
    const report = fixture(name);
    const lines = renderTable(report, { ...PLAIN, quiet: true }).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines).toHaveLength(report.servers.length);
    for (const [index, server] of report.servers.entries()) expect(lines[index]).toContain(server.verdict.summary);
  });
});

describe('many sources', () => {
  const report = fixture('range-too-wide');
  const many = {
    ...report,
    servers: report.servers.map((server) => ({
      ...server,
      sources: Array.from({ length: 5 }, () => structuredClone(server.sources)).flat(),
    })),
  };
  it('shows those that say something new, and says how many it left out', () => {
    const text = renderTable(many, PLAIN);
    expect(text.match(/✗ relay, want refuse/g)).toHaveLength(15);
    expect(text).toMatch(/and 38 more sources as the policy says/);
    expect(renderTable(many, { ...PLAIN, verbose: true })).not.toMatch(/more sources/);
  });
});

describe('any report', () => {
  const options = fc.record({
    color: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    unicode: fc.boolean(),
    columns: fc.integer({ min: 1, max: 200 }),
    verbose: fc.boolean(),
    quiet: fc.boolean(),
  });

  it('fits its terminal, holds no control character but colour, and no other than ASCII where that is asked', () => {
    fc.assert(
      fc.property(anyReport, options, (report, chosen) => {
        const text = renderTable(report, chosen);
        const bare = text.replace(PAINT, '');
        expect(bare).not.toMatch(UNSAFE);
        if (chosen.color === 0) expect(text).toBe(bare);
        if (!chosen.unicode) expect(bare).toMatch(/^[\n\x20-\x7e]*$/);
        if (chosen.quiet) return;
        expect(text.endsWith('\n')).toBe(true);
        for (const line of bare.split('\n')) expect(width(line)).toBeLessThanOrEqual(Math.max(chosen.columns, 32));
      }),
      { numRuns: 500 },
    );
  });

  it.each(NAMES)('%s is the same with and without colour', (name) => {
    const plain = renderTable(fixture(name), PLAIN).replaceAll('✗ OPEN RELAY', ' ✗ OPEN RELAY ');
    expect(renderTable(fixture(name), { ...PLAIN, color: 3 }).replace(PAINT, '')).toBe(plain);
  });

  it('takes a megabyte of anything in a second', () => {
    for (const stranger of HOSTILE) {
      const long = stranger.repeat(Math.ceil(1_000_000 / Math.max(stranger.length, 1))).slice(0, 1_000_000);
      const text = renderTable(stuffed(long), PLAIN);
      expect(text.length).toBeLessThan(200_000);
    }
  });
});
