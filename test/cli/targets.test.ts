// Lists of targets: plain lines and YAML, what each may say of itself, in which order they are, and what is wrong with them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Settings, settingsOf } from '../../src/cli/settings.js';
import { isYaml, linesOf } from '../../src/cli/target-lines.js';
import { UsageError } from '../../src/model/errors.js';
import { run } from './run.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-targets-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** The targets in the order of the list, each with the policy that holds for it. */
const inOrder = ({ parts }: Settings): readonly string[] =>
  parts
    .flatMap(({ words, places, values }) =>
      words.map((word, index) => ({ place: places[index] ?? -1, text: `${word} ${values.policy ?? '-'}` })),
    )
    .toSorted((a, b) => a.place - b.place)
    .map(({ text }) => text);

const settings = async (name: string, text: string, words: readonly string[] = [], more = {}): Promise<Settings> =>
  settingsOf(words, { targets: await file(name, text), config: await file('no-config.yaml', ''), ...more });

describe('a list of targets', () => {
  it.each([
    ['a.txt', 'mail.example.org\n', false],
    ['a', '# mail servers\n\n\tmail.example.org:587 # the old one\r\nsmtps://mail.example.org\n', false],
    ['a', '[2001:db8::25]:25\n192.0.2.25\n', false],
    ['a', '[::1]\n', false],
    ['a', '2001:db8::25\n', false],
    ['a.yaml', 'mail.example.org\n', true],
    ['a', '- mail.example.org\n', true],
    ['a', '# all of them\n-\n  target: mail.example.org\n', true],
    ['a', '---\nservers: []\n', true],
    ['a', 'policy: auth-only\nservers:\n- a.example.org\n', true],
    ['a', '["mail.example.org", "b.example.org"]\n', true],
    ['a', '[mail.example.org, b.example.org]\n', true],
    ['a', '{"servers": []}', true],
    ['a.json', '[]', true],
  ])('%s that begins as %j is YAML: %s', (name, text, is) => expect(isYaml(text, name)).toBe(is));

  it('of lines holds a target on each', () => {
    const text = '\uFEFF# mail\n\nmail.example.org # old\r\n  smtps://b.example.org\t\n[2001:db8::1]:2525\n';
    expect(linesOf(text, 'f')).toEqual(['mail.example.org', 'smtps://b.example.org', '[2001:db8::1]:2525']);
  });

  it('keeps its order, whatever its entries say', async () => {
    const text = `
- a.example.org
- target: b.example.org
  policy: auth-only
- c.example.org
- target: d.example.org
  policy: auth-only
- e.example.org
`;
    expect(
      inOrder(await settings('order.yaml', text, ['first.example.org'], { canary: 'c@canary.example.net' })),
    ).toEqual([
      'first.example.org -',
      'a.example.org -',
      'b.example.org auth-only',
      'c.example.org -',
      'd.example.org auth-only',
      'e.example.org -',
    ]);
  });

  it('has defaults at its top, below its entries and above the configuration; the command line stands above all', async () => {
    const text = 'policy: send-only\nservers: [a.example.org, {target: b.example.org, policy: none}, c.example.org]\n';
    const config = await file(
      'relayproof.yaml',
      'policy: submission\nmaxMessages: 3\nservers: [{target: c.example.org, policy: list-only, sessions: 2}]\n',
    );
    const all = await settings('layers.yaml', text, [], { config });
    expect(inOrder(all)).toEqual(['a.example.org send-only', 'b.example.org none', 'c.example.org send-only']);
    expect(all.parts.map(({ values }) => values.maxMessages)).toEqual([3, 3, 3]);
    expect(all.parts.at(-1)?.values.sessions).toBe(2);
    const above = await settings('layers.yaml', text, [], { config, policy: 'auth-only' });
    expect(inOrder(above).every((line) => line.endsWith(' auth-only'))).toBe(true);
  });

  it('of thousands is one part, read at once', async () => {
    const text = Array.from({ length: 10_240 }, (_, index) => `10.0.${index >> 8}.${index & 255}`).join('\n');
    const { parts } = await settings('many.txt', text);
    expect(parts).toHaveLength(1);
    expect(parts[0]?.words).toHaveLength(10_240);
  });

  it.each<[string, string, RegExp]>([
    ['none.txt', '# nobody\n', /none\.txt: no target in it: want one on each line$/],
    ['bad.txt', 'a.example.org\n\nsmtp:/b\n', /bad\.txt:3: target: /],
    ['path.txt', 'alice:secret@mail.example.org\n', /path\.txt:1: target: a target holds no account: got "…@mail/],
    ['empty.yaml', '[]\n', /empty\.yaml:1:1: servers: /],
    ['none.yaml', 'policy: none\n', /none\.yaml: no target in it: want a list of them$/],
    ['bad.yaml', '- a.example.org\n- smtp:/b\n', /bad\.yaml:2:3: target: /],
    [
      'key.yaml',
      '- target: a.example.org\n  polciy: none\n',
      /key\.yaml:2:3: polciy: unknown key: .*did you mean policy/,
    ],
    [
      'run.yaml',
      'format: json\nservers: [a.example.org]\n',
      /run\.yaml:1:9: format: holds for the whole run: want it in relayproof\.yaml or on the command line/,
    ],
    ['inner.yaml', '- {target: a.example.org, format: json}\n', /inner\.yaml:1:\d+: format: holds for the whole run/],
    [
      'waiver.yaml',
      'waivers: [{rule: open-relay, reason: known, expires: 2030-01-01}]\nservers: [a.example.org]\n',
      /waiver\.yaml:1:\d+: waivers: holds for the whole run/,
    ],
    ['secret.yaml', '- {target: a.example.org, password: hunter2}\n', /secret\.yaml:1:\d+: (?!.*hunter2)/],
  ])('that is wrong is told by its place: %s', async (name, text, line) => {
    const failed = settings(name, text).then(
      () => null,
      (error: unknown) => error,
    );
    const error = await failed;
    expect(error).toBeInstanceOf(UsageError);
    expect(error instanceof Error ? error.message : '').toMatch(line);
  });

  it('that cannot be read is the operator’s to mend', async () => {
    await expect(settingsOf([], { targets: join(folder, 'nowhere.txt') })).rejects.toThrow(
      /^--targets: cannot be read \(ENOENT\)/,
    );
  });
});

describe('relayproof plan of a list', () => {
  it('sums what all its servers may come to: of an account one wrong and one empty password, and the messages of one run', async () => {
    const list = await file('plan.txt', '127.0.0.1\n127.0.0.2\n127.0.0.3\n');
    const args = ['--canary', 'relaytest@canary.example.net', '--user', 'alice', '--confirm', 'data'];
    const { stdout, status } = await run(['plan', '--targets', list, ...args]);
    expect(status).toBe(0);
    const numbers = [...stdout.matchAll(/(\d+) with the account, (\d+) that must fail/g)].map(([, , failed]) =>
      Number(failed),
    );
    expect(numbers).toHaveLength(3);
    const together = stdout.slice(stdout.indexOf('All together at most'));
    const sum = numbers.reduce((all, one) => all + one, 0);
    expect(together).toMatch(new RegExp(`with accounts, ${sum - 4} that must fail`));
    expect(together).toMatch(/messages +20 in the whole run/);
    expect(together).toMatch(/servers +3\n/);
  });
});
