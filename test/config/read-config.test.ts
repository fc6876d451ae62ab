// Configuration files with mistakes: file, line, column, what was got, what is wanted, the nearest key; one line, no secret.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIG_ROWS } from '../../src/cli/config-rows.js';
import { readConfig } from '../../src/config/read-config.js';
import { UsageError } from '../../src/model/errors.js';
import { HOSTILE } from '../report/fixtures.js';

function mistakeIn(text: string): string {
  try {
    readConfig(text, 'f.yaml', CONFIG_ROWS);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
}

const MISTAKES: readonly (readonly [text: string, message: string])[] = [
  ['a: 1\nrelay-hosts: x', 'f.yaml:1:1: a: unknown key: want one of '],
  [
    'relay-hosts: x',
    'f.yaml:1:1: relay-hosts: unknown key: want one of the options of relayproof audit in camelCase; did you mean relayHosts?',
  ],
  [
    'canary: a@canary.example.net\ntimout: 3s',
    'f.yaml:2:1: timout: unknown key: want one of the options of relayproof audit in camelCase; did you mean timeout?',
  ],
  [
    'waivers:\n  - rul: x\n    reason: r\n    expires: 2030-01-01',
    'f.yaml:2:5: waivers[0].rule: missing: got nothing, want text',
  ],
  [
    'waivers:\n  - rule: x\n    reson: r\n    reason: r\n    expires: 2030-01-01',
    'f.yaml:3:5: reson: unknown key: want one of rule, server, source, technique, reason, expires; did you mean reason?',
  ],
  [
    'timeout: 5',
    'f.yaml:1:10: timeout: not a duration: got "5", want a duration from 1ms to 1h, as 1500ms, 30s, 5m or 1h; add a unit: 5s?',
  ],
  ['sessions: 0x10', 'f.yaml:1:11: sessions: not a number in range: got "0x10", want a whole number from 1 to 1000'],
  [
    'relayHosts:\n  - 192.0.2.0/24\n  - 192.0.2.1/24',
    'f.yaml:3:5: relayHosts: host bits are set below the mask: got 192.0.2.1/24, want 192.0.2.0/24 or 192.0.2.1/32',
  ],
  ['relayHosts: { a: b }', 'f.yaml:1:13: relayHosts: wrong value: got an object, want text or a list of texts'],
  ['rules:', 'f.yaml:1:7: rules: wrong value: got null, want text or a list of texts'],
  ['sharedSessions: "no"', 'f.yaml:1:17: sharedSessions: wrong value: got "no", want true or false'],
  ['policy: list-and-auth', 'f.yaml:1:9: policy: no such choice: got "list-and-auth", want list-or-auth, '],
  ['password: Zx97', 'f.yaml:1:11: password: wrong value: want { env: NAME } or { file: path }'],
  ['password:\n  value: Zx97', 'f.yaml:2:3: password.env: missing: want text'],
  ['secret: { proxy: Zx97 }', 'f.yaml:1:18: secret.proxy: wrong value: want { env: NAME } or { file: path }'],
  ['passwordEnv: MAIL', 'f.yaml:1:1: passwordEnv: not a key of this file: want password: { env: NAME }'],
  [
    'target: mail.example.org',
    'f.yaml:1:1: target: not a key of this file: want servers, a list of targets with their options',
  ],
  [
    'servers:\n  - target: a.example\n    format: json',
    'f.yaml:3:5: format: holds for the whole run: want it at the top of the file, not in a server',
  ],
  ...['sink: :2525', 'mailbox: imaps://a@b.example', 'mailboxClean: true', 'canaryKeyFile: k', 'queue: redis://b'].map(
    (line): readonly [string, string] => [
      `servers:\n  - target: a.example\n    ${line}`,
      `f.yaml:3:5: ${line.split(':')[0]}: holds for the whole run: want it at the top of the file, not in a server`,
    ],
  ),
  [
    'servers:\n  - target: a.example\n    secret: { mailbox: { env: A } }',
    'f.yaml:3:15: mailbox: holds for the whole run: want it at the top of the file, not in a server',
  ],
  ['servers:\n  - policy: none', 'f.yaml:2:5: servers[0].target: missing: got nothing, want text'],
  ['canary: a@b.example\ncanary: c@d.example', 'f.yaml:2:1: not YAML: Map keys must be unique'],
  ['a: b: c', 'f.yaml:1:4: not YAML: '],
  ['a: [1', 'f.yaml:1:6: not YAML: '],
  ['- a', 'f.yaml:1:1: configuration: wrong value: got a list, want an object'],
];

describe('a mistake', () => {
  it.each(MISTAKES)('%j is said with its place', (text, message) => {
    const said = mistakeIn(text);
    expect(said.slice(0, message.length)).toBe(message);
    expect(said).toMatch(/^[\x20-\x7e…]+$/);
    expect(said).not.toContain('Zx97');
  });

  it('is one harmless line, whatever stands in the file', () => {
    const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 60 }));
    const lines = fc.array(fc.tuple(fc.constantFrom('canary: ', 'servers: ', '', 'waivers: [', 'source: &a '), text));
    fc.assert(
      fc.property(lines, (parts) => {
        const said = mistakeIn(parts.map((part) => part.join('')).join('\n'));
        expect(said).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is read', () => {
  const valuesOf = (text: string) =>
    Object.fromEntries(readConfig(text, 'f', CONFIG_ROWS).shared.map(({ key, value }) => [key, value]));

  it.each([
    ['timeout: 1.5m', { timeout: 90_000 }],
    ['seed: 0x10', { seed: '0x10' }],
    ['seed: "0x10"', { seed: '0x10' }],
    ['seed: 010', { seed: '010' }],
    ['source: 127.0.0.1', { source: ['127.0.0.1'] }],
    ['source: [127.0.0.1, auto]', { source: ['127.0.0.1', 'auto'] }],
    ['techniques: [standard, -percent-local]', { techniques: ['standard', '-percent-local'] }],
    ['techniques: standard,-percent-local', { techniques: ['standard', '-percent-local'] }],
    ['mechanisms: [plain]', { mechanisms: ['PLAIN'] }],
    ['relayHosts: |\n  192.0.2.1\n  192.0.2.2', { relayHosts: [['192.0.2.1', '192.0.2.2']] }],
    ['output: [json=a.json]', { output: [{ format: 'json', path: 'a.json' }] }],
    ['secret: { proxy: { env: A }, sink: { file: b } }', { secret: ['proxy=env:A', 'sink=file:b'] }],
    ['{"family": 4, "quiet": true}', { family: '4', quiet: true }],
    ['\ufeffhelo: a.example', { helo: 'a.example' }],
    ['source: &here [127.0.0.1]\nlocalDomain: [b.example]', { source: ['127.0.0.1'], localDomain: ['b.example'] }],
  ])('%j', (text, values) => expect(valuesOf(text)).toEqual(values));

  it('is of each server, with the places', () => {
    const text = 'servers:\n  - target: a.example\n    policy: none\n  - { target: "b.example:26" }\n';
    expect(readConfig(text, 'f', CONFIG_ROWS).servers).toEqual([
      { target: 'a.example', where: 'f:2:13', line: 2, given: [{ key: 'policy', value: 'none', where: 'f:3:13' }] },
      { target: 'b.example:26', where: 'f:4:15', line: 4, given: [] },
    ]);
  });
});
