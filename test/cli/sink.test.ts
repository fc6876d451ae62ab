// `relayproof sink` as users start it: what it says, what it refuses, and a kill between two canaries.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { transact } from '../../fixtures/raw/client.js';
import { readKey } from '../../src/canary/key.js';
import { FILE_NAME, type Row } from '../../src/canary/store.js';
import { tokensFor } from '../../src/canary/token.js';
import { run, type Started, start } from './run.js';

let folder: string;
let key: string;
let state: string;
const started: Started[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-sink-cli-'));
  [key, state] = [join(folder, 'canary.key'), join(folder, 'state')];
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

async function startSink(args: readonly string[] = [], env: Record<string, string> = {}) {
  const all = ['sink', '--sink', '127.0.0.1:0', '--canary-key-file', key, '--state', state, ...args];
  const one = start(all, { env });
  started.push(one);
  const lines = createInterface({ input: one.child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => (await lines.next()).value ?? '';
  const first = await line();
  const [, port = '', earlier = ''] = /listening on 127\.0\.0\.1:(\d+), (\d+) earlier/.exec(first) ?? [];
  return { ...one, line, port: Number(port), earlier: Number(earlier) };
}

const send = async (port: number, attempt: string) => {
  const { forward } = tokensFor({ key: await readKey(key), run: 'run', attempt });
  return transact(
    { port },
    { from: '', to: [`relaytest+${forward}@canary.example.net`], message: `Subject: ${attempt}\n\nx` },
  );
};

describe('the sink command', () => {
  it('makes a key, says where it listens and what comes, and ends when told', async () => {
    const sink = await startSink();
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await send(sink.port, 'a')).message?.code).toBe(250);
    expect(await sink.line()).toMatch(/message for relaytest\+f\w{20}@canary\.example\.net from <> by 127\.0\.0\.1$/);
    sink.child.kill('SIGTERM');
    expect(await sink.ended).toMatchObject({ status: 0, stderr: expect.stringContaining('a new key') });
  });

  it('serves its events to whoever has the token', async () => {
    const token = 'a-token-of-twenty-letters';
    const sink = await startSink(['--events', '127.0.0.1:0', '--secret', 'sink=env:SINK_TOKEN'], { SINK_TOKEN: token });
    const url = (await sink.line()).replace('events: ', '');
    await send(sink.port, 'a');
    const answer = await fetch(`${url}?after=0`, { headers: { Authorization: `Bearer ${token}` } });
    expect(((await answer.json()) as { rows: Row[] }).rows.map(({ kind }) => kind)).toEqual(['message']);
    expect((await fetch(url)).status).toBe(401);
  });

  it('loses no canary that was answered with 250 to a kill -9', async () => {
    const first = await startSink();
    for (const attempt of ['a', 'b']) expect((await send(first.port, attempt)).message?.code).toBe(250);
    // The third is in flight when the process goes.
    const third = send(first.port, 'c').catch(() => null);
    first.child.kill('SIGKILL');
    await once(first.child, 'close');
    const wasAnswered = (await third)?.message?.code === 250;
    const second = await startSink();
    expect(second.earlier).toBeGreaterThanOrEqual(wasAnswered ? 3 : 2);
    expect((await send(second.port, 'd')).message?.code).toBe(250);
    const rows = (await readFile(join(state, FILE_NAME), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    const subjects = rows.map(({ message }) => /Subject: (\w)/.exec(message ?? '')?.[1]).join('');
    expect(subjects).toMatch(wasAnswered ? /^abcd$/ : /^abc?d$/);
  });

  it('loses none under load either', async () => {
    const sink = await startSink(['-q']);
    const answered: string[] = [];
    const sending = Array.from({ length: 8 }, async (_, lane) => {
      for (let count = 0; count < 20; count += 1) {
        const name = `x${lane}x${count}`;
        const code = await send(sink.port, name).then(
          ({ message }) => message?.code,
          () => 0,
        );
        if (code === 250) answered.push(name);
        if (answered.length === 20) sink.child.kill('SIGKILL');
      }
    });
    await Promise.all(sending);
    const text = await readFile(join(state, FILE_NAME), 'utf8');
    const rows = text
      .slice(0, text.lastIndexOf('\n'))
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    const kept = rows.map(({ message }) => /Subject: (\w+)/.exec(message ?? '')?.[1]);
    expect(answered.length).toBeGreaterThanOrEqual(20);
    expect(answered.filter((name) => !kept.includes(name))).toEqual([]);
  });

  it.each([
    [[], /--canary-key-file: not given/],
    [['--canary-key-file', '/dev/null'], /--canary-key-file: too short/],
    [['--canary-key-file', '/proc/version', '--events', '127.0.0.1:0'], /--secret: not given/],
    [
      ['--canary-key-file', '/proc/version', '--events', '0.0.0.0:0', '--secret', 'sink=file:/proc/version'],
      /--events: not loopback/,
    ],
    [['--canary-key-file', '/proc/version', '--secret', 'sesame=opensesame'], /--secret: no such secret: want/],
    [['--canary-key-file', '/proc/version', '--sink', '127.0.0.1'], /--sink: without a port/],
    [['--canary-key-file', '/proc/version', '--sink', '192.0.2.1:25'], /--sink: cannot listen \(EADDRNOTAVAIL\)/],
    [['--canary-key-file', '/proc/version', '--tls-cert', '/proc/version'], /--tls-key: not given/],
    [['--canary-key-file', '/proc/version', '--state', '/proc/version/x'], /--state: cannot be written/],
  ])('%s is wrong usage', async (args, problem) => {
    const { status, stderr } = await run(['sink', '--state', state, ...args]);
    expect(stderr).toMatch(problem);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
  });
});
