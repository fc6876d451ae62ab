// The built command line with a Redis that wants TLS, a user and a password: an audit through a worker process, what the worker
// says and how it ends, and what is said where something is missing or wrong.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import type { RunningServer } from '../../src/demo/server.js';
import { run, start } from '../cli/run.js';
import { ACCOUNT, LOGIN } from '../fleet/lab.js';
import { demoOf, startRedis, until } from './lab.js';

const notHere = whyNotHere();
const PASSWORD = 'Zx97-redis-password';
const folder = mkdtempSync(join(tmpdir(), 'relayproof-queue-'));
const keyFile = join(folder, 'queue.key');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(notHere !== null)(`rediss://${notHere === null ? '' : ` (skipped: ${notHere})`}`, () => {
  let redis: RedisServer;
  let demo: RunningServer;
  let queue: readonly string[];
  const env = { QUEUE_PASSWORD: PASSWORD, WRONG: 'wrong', NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') };
  beforeAll(async () => {
    const made = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    });
    writeFileSync(env.NODE_EXTRA_CA_CERTS, made.cert);
    redis = await startRedis({
      tls: true,
      files: { '/etc/redis-cert.pem': made.cert, '/etc/redis-key.pem': made.private },
      lines: [
        ...['tls-cert-file /etc/redis-cert.pem', 'tls-key-file /etc/redis-key.pem', 'user default off'],
        `user audit on >${PASSWORD} ~relayproof:* &* +@all`,
      ],
    });
    demo = await demoOf();
    queue = ['--queue', `rediss://audit@localhost:${redis.port}`, '--queue-key-file', keyFile];
  }, 420_000);
  afterAll(async () => {
    await demo.close();
    await redis.stop();
  });

  const SECRET = ['--secret', 'queue=env:QUEUE_PASSWORD'];
  const auditOf = (...more: readonly string[]): readonly string[] => [
    ...['audit', `127.0.0.1:${demo.port}`, '-s', 'worker:office', ...queue, ...SECRET, '--no-progress'],
    ...['--canary', 'relaytest@canary.example.net', '--local-recipient', 'alice@corp.test', ...more],
  ];

  it('a worker makes the key, does the job, is listed, and leaves when it is told', async () => {
    const worker = start(['worker', '--name', 'office', '--allow', '127.0.0.1', ...queue, ...SECRET], { env });
    let said = '';
    worker.child.stderr.on('data', (text: string) => {
      said += text;
    });
    await until('the worker takes jobs', () => said.includes('office: takes jobs'), 60_000);
    const audit = await run(auditOf('--techniques', 'plain-external'), { env });
    expect([audit.status, audit.stdout.includes('CLOSED')]).toEqual([0, true]);
    const listed = () => run(['workers', ...queue, ...SECRET, '-f', 'json'], { env });
    let list = await listed();
    // It tells of itself every few seconds.
    await until(
      'the worker tells of the job',
      async () => {
        list = await listed();
        return /"done": 1/.test(list.stdout);
      },
      60_000,
    );
    expect(JSON.parse(list.stdout)).toMatchObject([{ place: 'office', problem: null, workers: [{ done: 1 }] }]);
    const table = await run(['workers', ...queue, ...SECRET], { env });
    expect(table.stdout).toMatch(/^office +\S+ +\d+\.\d+\.\d+ +0 of 8, 1 done, 0 wait +any, 127\.0\.0\.1$/m);
    worker.child.kill('SIGTERM');
    const ended = await worker.ended;
    expect(ended.status).toBe(0);
    expect(ended.stderr).toMatch(/a new key; give the same file/);
    expect(ended.stderr).toMatch(/office: 127\.0\.0\.1: \d+ attempts in/);
    for (const { stdout, stderr } of [audit, list, table, ended]) expect(stdout + stderr).not.toContain(PASSWORD);
  }, 120_000);

  it('a worker logs in with a password that the audit does not have', async () => {
    const server = await demoOf(LOGIN);
    const { user, password } = ACCOUNT;
    const account = ['--account', `${user}=env:MAIL,for=127.0.0.1`];
    const worker = start(['worker', '--name', 'own', '--allow', '127.0.0.1', ...account, ...queue, ...SECRET], {
      env: { ...env, MAIL: password },
    });
    let said = '';
    worker.child.stderr.on('data', (text: string) => {
      said += text;
    });
    await until('the worker takes jobs', () => said.includes('own: takes jobs'), 60_000);
    const audit = await run(
      [
        ...[
          'audit',
          `127.0.0.1:${server.port}`,
          '-s',
          'worker:own',
          ...queue,
          ...SECRET,
          '--no-progress',
          '-f',
          'json',
        ],
        ...['--canary', 'relaytest@canary.example.net', '--local-recipient', 'alice@corp.test'],
        ...['--user', user, '--password-at-worker', '--allow-insecure-auth', '--techniques', 'plain-external'],
      ],
      { env },
    );
    worker.child.kill('SIGTERM');
    const ended = await worker.ended;
    await server.close();
    expect(audit.status).toBe(0);
    const cells: readonly { access: string; observed: string }[] = JSON.parse(audit.stdout).servers[0].sources[0].cells;
    expect(cells.find(({ access }) => access === 'PLAIN')?.observed).toBe('relay');
    for (const { stdout, stderr } of [audit, ended]) expect(stdout + stderr).not.toContain(password);
  }, 120_000);

  it.each([
    [
      ['audit', '127.0.0.1', '-s', 'any', '--user', 'al', '--password-at-worker'],
      '--password-at-worker: no worker is asked: want a source that is one, as -s worker:frankfurt',
    ],
    [['audit', '127.0.0.1', '-s', 'worker:own', '--password-at-worker'], '--user: a password without an account'],
    [
      ['worker', '--name', 'own', '--allow', '127.0.0.1', '--account', 'al=Zx97'],
      '--account: not an account: want user=env:VARIABLE',
    ],
    [
      ['worker', '--name', 'own', '--allow', '127.0.0.1', '--account', 'al=env:NONE'],
      '--account: cannot be read: got "env:NONE", want user=',
    ],
    [['worker', '--name', 'own', '--allow', '127.0.0.1', '--account', 'al=env:WRONG,for=x..y'], '--account: '],
  ])('%j is refused in one line', async (words, line) => {
    const canary = words[0] === 'audit' ? ['--canary', 'relaytest@canary.example.net'] : [];
    const { status, stderr } = await run([...words, ...canary, ...queue, ...SECRET], { env });
    expect(stderr).toMatch(/^relayproof: [^\n]*\n$/);
    expect(stderr.slice('relayproof: '.length)).toContain(line);
    expect(stderr).not.toContain('Zx97');
    expect(status).toBe(2);
  });

  it('a password that Redis refuses is one line and exit status 2', async () => {
    const words = auditOf('--secret', 'queue=env:WRONG');
    const { status, stderr } = await run(words, { env });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^relayproof: --queue: Redis refuses the user or the password: WRONGPASS[^\n]*\n$/);
  }, 60_000);

  it('a certificate that does not verify is no way to the queue: unknown, and why', async () => {
    const { NODE_EXTRA_CA_CERTS: _, ...without } = env;
    const { status, stdout } = await run(auditOf('--worker-wait', '500ms'), { env: without });
    expect(status).toBe(3);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('the queue cannot be asked for office');
  }, 60_000);
});

describe('where bullmq and ioredis are not installed', () => {
  it.each([
    ['workers'],
    ['worker', '--name', 'office', '--allow', '127.0.0.1'],
    ['audit', '127.0.0.1', '-s', 'worker:office', '--canary', 'relaytest@canary.example.net'],
  ])('%s says what to install, and ends with exit status 2', async (...words) => {
    // A folder of its own, above which nothing is installed.
    const alone = join(folder, 'alone');
    cpSync('dist', join(alone, 'dist'), { recursive: true });
    writeFileSync(join(alone, 'package.json'), '{"type":"module"}');
    writeFileSync(join(alone, 'queue.key'), 'k'.repeat(32));
    const rest = ['--queue', 'redis://127.0.0.1:1', '--queue-key-file', join(alone, 'queue.key')];
    const { status, stderr } = await run([...words, ...rest], { command: join(alone, 'dist/bin/relayproof.js') });
    expect(stderr).toBe(
      'relayproof: --queue: the packages for it are not installed: want bullmq 6 and ioredis 5; npm install bullmq ioredis, beside relayproof\n',
    );
    expect(status).toBe(2);
  });
});
