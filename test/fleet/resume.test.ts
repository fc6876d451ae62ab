// The command line killed at any moment, and started again: it goes on where it was, asks again only what was under way, and the
// report is the one that an undisturbed run gives.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import type { Report } from '../../src/model/report.js';
import { type Ended, start } from '../cli/run.js';

const ADDRESSES = Array.from({ length: 40 }, (_, index) => `127.0.5.${index + 1}`);
const PARALLEL = 3;

let folder = '';
let servers: readonly RunningServer[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-resume-'));
  const config = { hostname: 'mail.corp.test', localDomains: ['corp.test'], users: ['alice'] };
  servers = await Promise.all(ADDRESSES.map((address) => startServer({ ...config, listen: [address] })));
  await writeFile(
    join(folder, 'targets.txt'),
    servers
      .map(
        ({ address, port }) => `${address}:${port}
`,
      )
      .join(''),
  );
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rm(folder, { recursive: true });
});

const started = (state: string, more: readonly string[] = []) =>
  start([
    'audit',
    ...['--targets', join(folder, 'targets.txt'), '--state', join(folder, state), '--parallel', String(PARALLEL)],
    ...['-s', '127.0.0.66', '--relay-hosts', '127.0.0.10', '--local-recipient', 'alice@corp.test', '-f', 'json'],
    ...['--canary', 'relaytest@canary.example.net', '--techniques', 'plain-external,null-sender', '--seed', 'resume'],
    ...more,
  ]);

const journal = (state: string): Promise<string> =>
  readFile(join(folder, state, 'journal.ndjson'), 'utf8').catch(() => '');

/** Wait until a journal has so many lines, or the process ended. */
async function reached(state: string, lines: number, ended: Promise<Ended>): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver && (await journal(state)).split('\n').length <= lines)
    await new Promise((resolve) => setImmediate(resolve));
}

/** Without what no two runs have alike. */
const bare = (report: Report): unknown =>
  JSON.parse(
    JSON.stringify(report.servers, (key, value: unknown) =>
      ['elapsedMs', 'durationMs', 'startedAt', 'confidence'].includes(key) ? null : value,
    ),
  );

/** Sessions that each server has had so far. */
const sessions = (): readonly number[] => servers.map(({ log }) => log.length);
const total = (): number => sessions().reduce((sum, count) => sum + count, 0);

/** The places of the servers that a journal says are done. */
const doneIn = async (state: string): Promise<readonly number[]> =>
  [...(await journal(state)).matchAll(/"target":\{"host":"(127\.0\.5\.\d+)"/g)].map(([, host]) =>
    ADDRESSES.indexOf(host ?? ''),
  );

describe('a run that is killed', () => {
  it.each(['1', '2'])('goes on where it was, and only what was under way is asked again: %s threads', async (count) => {
    const [name, threads] = [`killed-${count}`, ['--threads', count]] as const;
    const undisturbed = await started(`undisturbed-${count}`).ended;
    expect(undisturbed.status).toBe(0);
    for (const lines of [5, 15, 28]) {
      const before = sessions();
      const settled = await doneIn(name);
      const { child, ended } = started(name, threads);
      await reached(name, lines, ended);
      child.kill('SIGKILL');
      await ended;
      const asked = sessions().flatMap((count, index) => (count > (before[index] ?? 0) ? [index] : []));
      const done = await doneIn(name);
      // What was done is not asked again, and what was asked and is not done was under way.
      expect(asked.filter((index) => settled.includes(index))).toEqual([]);
      expect(asked.filter((index) => !done.includes(index)).length).toBeLessThanOrEqual(PARALLEL);
    }
    const last = await started(name, threads).ended;
    expect(last.status).toBe(0);
    const report = JSON.parse(last.stdout) as Report;
    expect(report.servers.map(({ target }) => target.host)).toEqual(ADDRESSES);
    expect(bare(report)).toEqual(bare(JSON.parse(undisturbed.stdout) as Report));
    expect(report.verdict).toEqual((JSON.parse(undisturbed.stdout) as Report).verdict);
    expect((await doneIn(name)).toSorted((a, b) => a - b)).toEqual(ADDRESSES.map((_, index) => index));
    expect((await stat(join(folder, name, 'journal.ndjson'))).mode & 0o777).toBe(0o600);
  });

  it.each(['1', '2'])('and one of %s threads that was interrupted go on alike', async (count) => {
    const [name, threads] = [`interrupted-${count}`, ['--threads', count]] as const;
    const { child, ended } = started(name, threads);
    await reached(name, 6, ended);
    child.kill('SIGINT');
    const first = await ended;
    const part = JSON.parse(first.stdout) as Report;
    expect(first.status).toBe(130);
    expect(part.servers).toHaveLength(ADDRESSES.length);
    // What the interrupt cut short is asked again.
    const last = await started(name, threads).ended;
    expect(last.status).toBe(0);
    const report = JSON.parse(last.stdout) as Report;
    expect(report.startedAt).toBe(part.startedAt);
    expect(report.verdict.relay).toBe('closed');
  });

  it('asks everything again under other options, and when it is over', async () => {
    const { child, ended } = started('changed');
    await reached('changed', 10, ended);
    child.kill('SIGKILL');
    await ended;
    const seen = total();
    const other = await started('changed', ['--policy', 'auth-only']).ended;
    expect((JSON.parse(other.stdout) as Report).servers.every(({ policy }) => policy.preset === 'auth-only')).toBe(
      true,
    );
    expect(total() - seen).toBeGreaterThanOrEqual(ADDRESSES.length);
    const before = total();
    await started('changed', ['--policy', 'auth-only']).ended;
    expect(total() - before).toBeGreaterThanOrEqual(ADDRESSES.length);
  });

  it('keeps others out of its folder while it runs', async () => {
    const { child, ended } = started('taken');
    await reached('taken', 3, ended);
    // It stands still, and is not done before the other comes.
    child.kill('SIGSTOP');
    const other = await started('taken').ended;
    child.kill('SIGKILL');
    await ended;
    expect(other.status).toBe(2);
    expect(other.stderr).toMatch(/^relayproof: --state: in use by process \d+: got /m);
  });
});
