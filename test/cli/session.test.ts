// Sessions of the command line as users have them: arguments in; exit status, standard output and standard error out.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { run, start } from './run.js';

const CANARY = ['--canary', 'relaytest@canary.example.net'];
const HOST = 'mail.example.org';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-cli-'));
  await writeFile(join(folder, 'empty'), '\n');
  await writeFile(join(folder, 'two-lines'), 'a\nb\n');
  await writeFile(join(folder, 'latin-1'), Buffer.from([0x70, 0xe4, 0x0a]));
  await writeFile(join(folder, 'not-json'), '{"schemaVersion": ');
});
afterAll(() => rm(folder, { recursive: true }));

/** Arguments and the one line they get; `{}` stands for the folder of the test. */
const MISTAKES: readonly (readonly [args: readonly string[], line: string])[] = [
  [[], 'command: not given: want audit, '],
  [['aduit', HOST], 'command: not known: got "aduit", want audit, '],
  [['--verion'], 'option: not known: got "--verion", want an option that --help lists; did you mean --version?'],
  [['help', 'audti'], 'command: not known: got "audti", want audit, '],
  [['workers'], '--queue: not given: want the Redis of the workers'],
  [['audit'], 'target: not given: want <target...>'],
  [
    ['audit', HOST],
    '--canary: not given: want a mailbox that you own, at a domain that the server takes no mail for; ',
  ],
  [['audit', HOST, '--canary'], '--canary: no value: want <mailbox>'],
  [['audit', HOST, '--canary', 'relaytest'], '--canary: a mailbox without a domain: got "relaytest", want '],
  [
    ['audit', HOST, '--canary', 'relaytest@canary'],
    '--canary: a mailbox without a full domain: got "relaytest@canary", want ',
  ],
  [['audit', HOST, '--canary', 'a%b@canary.example.net'], '--canary: a local part with routing characters: got '],
  [
    ['audit', HOST, ...CANARY, '--canary-domain', 'canary.example.com'],
    '--canary-domain: two canaries: got "canary.example.com", want one of --canary and --canary-domain',
  ],
  [
    ['audit', HOST, '--canary', `a@${HOST}`],
    `--canary: one of the server's own domains: got "${HOST}", want a domain that the server takes no mail for`,
  ],
  [
    ['audit', HOST, '--local-domain', 'Corp.test', '--canary-domain', 'corp.TEST'],
    `--canary-domain: one of the server's own domains: got "corp.test", want a domain that the server takes no mail for`,
  ],
  [
    ['audit', HOST, ...CANARY, '--sorce', 'any'],
    'option: not known: got "--sorce", want an option that --help lists; did you mean --source?',
  ],
  [
    ['audit', HOST, ...CANARY, '--password=Zx97'],
    'option: not known: got "--password", want an option that --help lists; did you mean --password-env?',
  ],
  [
    ['audit', HOST, ...CANARY, '-c', '{}/none.yaml'],
    '--config: cannot be read (ENOENT): got "{}/none.yaml", want a YAML or JSON file; relayproof init writes one',
  ],
  [
    ['audit', HOST, ...CANARY, '-s', 'worker:fra'],
    '--queue: not given: want the Redis of the workers, as rediss://redis.example.com',
  ],
  [
    ['audit', HOST, ...CANARY, '-s', '0.0.0.0'],
    '--source: no address of one host: got "0.0.0.0", want the address of a host',
  ],
  [
    ['audit', HOST, ...CANARY, '--timeout', '60'],
    '--timeout: not a duration: got "60", want a duration from 1ms to 1h, as 1500ms, 30s, 5m or 1h; add a unit: 60s?',
  ],
  [
    ['audit', HOST, ...CANARY, '--sessions', '0'],
    '--sessions: not a number in range: got "0", want a whole number from 1 to 1000',
  ],
  [
    ['audit', HOST, ...CANARY, '--policy', 'list-and-auth'],
    '--policy: no such choice: got "list-and-auth", want list-or-auth, ',
  ],
  [['audit', HOST, ...CANARY, '--rules', 'bsic'], '--rules: an unknown rule: got "bsic", want '],
  [
    ['audit', HOST, ...CANARY, '--techniques', 'prcent-local'],
    '--techniques: an unknown technique: got "prcent-local", want ',
  ],
  [
    ['audit', HOST, ...CANARY, '--relay-hosts', '192.0.2.1/24'],
    '--relay-hosts: host bits are set below the mask: got 192.0.2.1/24, want 192.0.2.0/24 or 192.0.2.1/32',
  ],
  [['audit', HOST, ...CANARY, '-f', 'jsn'], '--format: no such choice: got "jsn", want '],
  [
    ['audit', HOST, ...CANARY, '-o', 'report.json'],
    '--output: not an output: got "report.json", want a format and a path, as json=report.json',
  ],
  [['audit', HOST, ...CANARY, '-o', 'json={}'], '--output: cannot be written (EISDIR): got "{}", want '],
  [
    ['audit', HOST, ...CANARY, '-o', 'json={}/no/report.json'],
    '--output: cannot be written (ENOENT): got "{}/no/report.json", want ',
  ],
  [
    ['audit', HOST, ...CANARY, '-o', 'json={}/a', '-o', 'table={}/./a'],
    '--output: two formats for one file: got "{}/a", want a file for each',
  ],
  [['audit', HOST, ...CANARY, '-v', '-q'], '--quiet: both less and more wanted: got "--verbose", want one of the two'],
  [
    ['audit', 'smtp://al:Zx97@mail.example.org', ...CANARY],
    'target: a target holds no account: got "…@mail.example.org", want ',
  ],
  [['audit', `${HOST}:0`, ...CANARY], 'target: not a port: got "0", want a number from 1 to 65535'],
  [
    ['audit', HOST, ...CANARY, '--user', 'al'],
    '--user: an account without a password: want --password-file, --password-env, --password-stdin or --password-at-worker',
  ],
  [
    ['audit', HOST, ...CANARY, '--password-env', 'X'],
    '--user: a password without an account: want the name of the account',
  ],
  [
    ['audit', HOST, ...CANARY, '--user', 'al', '--password-env', 'X', '--password-stdin'],
    '--user: several passwords: want one of ',
  ],
  [
    ['audit', HOST, ...CANARY, '--user', 'al', '--password-env', 'NO_SUCH_VARIABLE'],
    '--password-env: not in the environment: got "NO_SUCH_VARIABLE", want ',
  ],
  [
    ['audit', HOST, ...CANARY, '--user', 'al', '--password-stdin'],
    '--password-stdin: an empty password: want the password on one line',
  ],
  [
    ['audit', HOST, ...CANARY, '--user', 'al', '--password-file', '{}/none'],
    '--password-file: cannot be read (ENOENT): got "{}/none", want ',
  ],
  [
    ['audit', HOST, ...CANARY, '--user', 'al', '--password-file', '{}/empty'],
    '--password-file: an empty password: want ',
  ],
  [
    ['audit', HOST, ...CANARY, '--user', 'al', '--password-file', '{}/two-lines'],
    '--password-file: more than one line, or a NUL: want ',
  ],
  [['audit', HOST, ...CANARY, '--user', 'al', '--password-file', '{}/latin-1'], '--password-file: not UTF-8: want '],
  [['demo', 'opne'], 'demo: no such preset: got "opne", want one that relayproof demo list names; did you mean open?'],
  [['plan', HOST, 'other.example.org', ...CANARY], 'arguments: too many: want [target]'],
  [
    ['techniques', 'prcent-local'],
    'techniques: no such technique: got "prcent-local", want an id that relayproof techniques lists; did you mean ',
  ],
  [
    ['rules', 'open-relai'],
    'rules: no such finding: got "open-relai", want an id that relayproof rules lists; did you mean open-relay?',
  ],
  [
    ['report', '{}/none'],
    'report: cannot be read (ENOENT): got "{}/none", want a report as relayproof audit -f json writes it',
  ],
  [['report', '{}/not-json'], '{}/not-json:1:'],
];

describe('a mistake', () => {
  it.each(MISTAKES)('%j is one line and exit status 2', async (args, line) => {
    const before = await readdir(folder);
    const { status, stdout, stderr } = await run(args.map((arg) => arg.replaceAll('{}', folder)));
    const wanted = `relayproof: ${line.replaceAll('{}', folder)}`;
    // A line whose end is long or grows with the catalogue is compared as far as it is written here.
    expect(stderr.slice(0, wanted.length)).toBe(wanted);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).not.toContain('Zx97');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(await readdir(folder)).toEqual(before);
  });
});

describe('the demo', () => {
  it.each([
    ['follows-policy', 'closed, compliant'],
    ['open', 'open, non-compliant'],
    ['range-too-wide', 'open, non-compliant'],
    ['trusts-local-sender', 'open, non-compliant'],
    ['submission', 'closed, compliant'],
  ])('%s ends in its truth', async (preset, truth) => {
    const { status, stdout, stderr } = await run(['demo', preset, '-f', 'json']);
    expect(stderr).toContain(`relayproof: the truth of ${preset} was found: ${truth}\n`);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ servers: [{ target: { host: '127.0.0.1' } }] });
  });

  it('lists its presets', async () => {
    const { status, stdout } = await run(['demo', 'list']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^range-too-wide +open +/m);
  });
});

describe('what needs no server', () => {
  it.each(['--version', '-V'])('%s is the version', async (flag) => {
    expect(await run([flag])).toEqual({ status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it.each([['--help'], ['help', 'audit'], ['audit', '-h']])('%j helps', async (...args) => {
    const { status, stdout, stderr } = await run(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: relayproof/);
  });

  it('lists the catalogue as JSON, and one entry with its lines', async () => {
    const all = JSON.parse((await run(['techniques', '-f', 'json'])).stdout) as { id: string }[];
    expect(all.map(({ id }) => id)).toContain('percent-local');
    const one = JSON.parse((await run(['techniques', 'percent-local', '-f', 'json'])).stdout) as { lines: string[] };
    expect(one.lines).toContain('RCPT TO:<relaytest%canary.example.net@example.org>');
  });

  it('explains a finding', async () => {
    const { status, stdout } = await run(['rules', 'open-relay']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^open-relay \(critical, breaks compliance\)\n/);
    expect(stdout).toContain('\n1. ');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { child, ended } = start(['techniques', '-f', 'json']);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('with a server', () => {
  let server: Server;
  let port = 0;
  const sockets = new Set<Socket>();
  const audit = (...args: string[]) => ['audit', `127.0.0.1:${port}`, '-s', '127.0.0.1', ...CANARY, ...args];

  // Takes connections and never greets.
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      server.emit('silent');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  it('that nobody has, plan connects to nothing', async () => {
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    server.on('connection', count);
    const { status, stdout } = await run([
      'plan',
      `127.0.0.1:${port}`,
      ...CANARY,
      '-s',
      '::1',
      '-s',
      '127.0.0.1',
      '--user',
      'al',
    ]);
    server.off('connection', count);
    expect({ status, connections }).toEqual({ status: 0, connections: 0 });
    expect(stdout).toContain('cannot work: ::1 is IPv6');
    expect(stdout).toContain('MAIL FROM:<');
    expect(stdout).toMatch(/about\s+\d+\s+min\s+at\s+a\s+server\s+that\s+tarpits/);
  });

  it('that never greets, it is inconclusive, and the report stands in every output', async () => {
    const file = join(folder, 'report.json');
    const { status, stdout, stderr } = await run(audit('--timeout', '200ms', '-f', 'json', '-o', `json=${file}`));
    expect(status, stderr).toBe(3);
    expect(stderr).toContain('relayproof: warning: canary.example.net is reserved and receives no mail');
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: '1.0', verdict: { relay: 'inconclusive' } });
    expect(await readFile(file, 'utf8')).toBe(stdout);
    const again = await run(['report', file, '-f', 'json']);
    expect(again).toEqual({ status: 0, stdout, stderr: '' });
    await rm(file);
  });

  it('that never greets, it is inconclusive though nobody reads the report, which the file has all the same', async () => {
    const file = join(folder, 'unread.json');
    const { child, ended } = start(audit('--timeout', '200ms', '-f', 'json', '-o', `json=${file}`));
    child.stdout.destroy();
    const { status, stderr } = await ended;
    expect(status, stderr).toBe(3);
    expect(stderr).not.toContain('bug');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ verdict: { relay: 'inconclusive' } });
    await rm(file);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'that never greets, a full disk behind standard output is said in one line',
    async () => {
      const command = [process.execPath, 'dist/bin/relayproof.js', ...audit('--timeout', '200ms', '-f', 'json')];
      const { status, stderr } = spawnSync('sh', ['-c', 'exec "$0" "$@" > /dev/full', ...command], {
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(2);
      expect(stderr.split('\n').filter((line) => !line.includes('warning: '))).toEqual([
        'relayproof: standard output cannot be written (ENOSPC)',
        '',
      ]);
    },
  );

  it('that never greets, --allow-inconclusive is exit status 0', async () => {
    expect(await run(audit('--timeout', '200ms', '--allow-inconclusive', '-q'))).toMatchObject({ status: 0 });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it: what was measured is written, exit status 130',
    async (signal) => {
      const connected = once(server, 'silent');
      const { child, ended } = start(audit('-f', 'json'));
      await connected;
      child.kill(signal);
      const { status, stdout, stderr } = await ended;
      expect(status).toBe(130);
      expect(stderr).toContain('relayproof: interrupted: ');
      expect(JSON.parse(stdout)).toMatchObject({ verdict: { relay: 'inconclusive' } });
    },
  );

  it('takes the password from a file or standard input, less one line end, and never shows it', async () => {
    const file = join(folder, 'password');
    await writeFile(file, 'Zx97 ü\r\n');
    const ways = [['--password-file', file], ['--password-stdin'], ['--password-env', 'RELAYPROOF_TEST']];
    for (const way of ways) {
      const circumstances = { input: 'Zx97 ü\n', env: { RELAYPROOF_TEST: 'Zx97 ü' } };
      const { status, stdout, stderr } = await run(audit('--timeout', '200ms', '--user', 'al', ...way), circumstances);
      expect(status, stderr).toBe(3);
      expect(stdout + stderr).not.toContain('Zx97');
    }
    await rm(file);
  });
});
