// The lines of every technique, as a file for people to read: test/techniques/lines.golden.txt (`vitest run … -u` writes it).
import { expect, test } from 'vitest';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { EXAMPLE_VALUES, linesOf } from '../../src/techniques/lines.js';

const shown = (lines: readonly string[]): string[] =>
  (lines.length > 30 ? [...lines.slice(0, 12), `… (${lines.length} lines in all)`, ...lines.slice(-4)] : lines).map(
    (line) => (line.length > 200 ? `    ${line.slice(0, 60)}… (${line.length} characters)` : `    ${line}`),
  );

test('every technique sends the lines of the golden file', async () => {
  const entries = TECHNIQUES.map((technique) =>
    [technique.id, ...shown(linesOf(technique, EXAMPLE_VALUES))].join('\n'),
  );
  await expect(`${entries.join('\n\n')}\n`).toMatchFileSnapshot('lines.golden.txt');
});

test('no line holds another', () => {
  for (const technique of TECHNIQUES)
    for (const line of linesOf(technique, EXAMPLE_VALUES)) expect(line, technique.id).not.toMatch(/[\r\n\0]/);
});

test('over IPv6, literals carry their tag and the PROXY header its family', () => {
  const values = {
    ...EXAMPLE_VALUES,
    'server.address': '2001:db8::25',
    'server.literal': '[IPv6:2001:db8::25]',
    'server.literal6': '[IPv6:2001:db8::25]',
  };
  const of = (id: string): string[] => TECHNIQUES.filter((one) => one.id === id).flatMap((one) => linesOf(one, values));
  expect(of('sender-ip-literal')).toContain('MAIL FROM:<auditor@[IPv6:2001:db8::25]>');
  expect(of('proxy-v1')[0]).toBe('PROXY TCP6 ::ffff:127.0.0.1 2001:db8::25 40000 25');
});
