// Completions, the manual page and init: made from the tables, and taken by the programs that they are for.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, type CommandRow } from '../../src/cli/commands.js';
import { manualPage } from '../../src/cli/man.js';
import { flagOf } from '../../src/cli/options.js';
import { run } from './run.js';

const HERE = Object.entries<CommandRow>(COMMANDS).filter(([, { since }]) => since !== null);
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-comfort-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('completions', () => {
  it.each(['bash', 'zsh', 'fish'])(
    'of %s have every command and option of this version, and no other',
    async (shell) => {
      const { status, stdout } = await run(['completions', shell]);
      expect(status).toBe(0);
      for (const [name, row] of HERE) {
        expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
        for (const [key, option] of Object.entries(row.options)) {
          const flag = flagOf(key, option);
          const written = shell === 'fish' ? ` -l ${flag.slice(2)}` : flag;
          if (option.since !== null) expect(stdout).toContain(written);
        }
      }
      for (const [name, { since }] of Object.entries<CommandRow>(COMMANDS)) {
        if (since === null) expect(stdout).not.toMatch(new RegExp(`^ *${name}\\)$`, 'm'));
      }
    },
  );

  it('of another shell there are none', async () => {
    const { status, stderr } = await run(['completions', 'bsh']);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'relayproof: completions: no such shell: got "bsh", want bash, zsh or fish; did you mean bash?\n',
    );
  });

  describe.skipIf(!has('bash'))(`in bash${has('bash') ? '' : ' (skipped: there is no bash)'}`, () => {
    const WORDS: readonly (readonly [words: readonly string[], reply: string])[] = [
      [['aud'], 'audit'],
      [['completions'], 'completions'],
      [['audit', '--relay-h'], '--relay-hosts'],
      [['audit', '--policy', 'list-or'], 'list-or-auth'],
      [['audit', '-f', 'sar'], 'sarif'],
      [['plan', '-f', 'js'], 'json'],
      [['diff', '-f', 'mark'], 'markdown'],
      [['report', '--no-such'], ''],
    ];
    it.each(WORDS)('%j becomes %s', async (words, reply) => {
      const script = join(folder, 'completion.bash');
      await writeFile(script, (await run(['completions', 'bash'])).stdout);
      const quoted = ['relayproof', ...words].map((word) => `'${word}'`).join(' ');
      const program = `source '${script}'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _relayproof; echo "\${COMPREPLY[*]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', program], { encoding: 'utf8' });
      expect({ stdout, stderr }).toEqual({ stdout: `${reply}\n`, stderr: '' });
    });
  });

  for (const shell of ['zsh', 'fish']) {
    const isThere = has(shell);
    it.skipIf(!isThere)(
      `of ${shell} can be read by it${isThere ? '' : ` (skipped: there is no ${shell})`}`,
      async () => {
        const script = join(folder, `completion.${shell}`);
        await writeFile(script, (await run(['completions', shell])).stdout);
        expect(spawnSync(shell, ['-n', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
      },
    );
  }
});

describe('the manual page', () => {
  it('has every command and option of audit', async () => {
    const { status, stdout } = await run(['man']);
    expect(status).toBe(0);
    const plain = stdout.replaceAll('\\-', '-').replace(/\\f[BIR]/g, '');
    for (const [name] of HERE) expect(plain).toContain(`relayproof ${name}`);
    for (const [key, row] of Object.entries(COMMANDS.audit.options))
      expect(plain.includes(flagOf(key, row)), key).toBe(
        row.since !== null || ['--canary', '--output'].includes(flagOf(key, row)),
      );
  });

  it.skipIf(!has('groff'))(
    `is taken by groff without a word${has('groff') ? '' : ' (skipped: there is no groff)'}`,
    () => {
      const { status, stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww'], {
        input: manualPage(COMMANDS),
        encoding: 'utf8',
        env: { ...process.env, GROFF_NO_SGR: '1' },
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('relayproof audit');
    },
  );
});

describe('init', () => {
  it('writes a file that plan takes, and never over another unasked', async () => {
    const file = join(folder, 'relayproof.yaml');
    expect(await run(['init', file])).toMatchObject({ status: 0, stdout: '' });
    const text = await readFile(file, 'utf8');
    expect(await run(['plan', '-c', file, '--show-config'])).toMatchObject({ status: 0, stderr: '' });
    await writeFile(file, 'canary: mine@canary.example.net\n');
    const { status, stderr } = await run(['init', file]);
    expect(status).toBe(2);
    expect(stderr).toBe(`relayproof: init: the file is there: got "${file}", want another name, or --force\n`);
    expect(await readFile(file, 'utf8')).toBe('canary: mine@canary.example.net\n');
    expect(await run(['init', file, '--force'])).toMatchObject({ status: 0 });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('says where it cannot write', async () => {
    const { status, stderr } = await run(['init', join(folder, 'no', 'file.yaml')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^relayproof: init: cannot be written \(ENOENT\): /);
  });
});
