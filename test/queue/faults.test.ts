// What may happen to queue, workers and auditor while a server is audited: the right report, or unknown with the reason; never a
// hang. Redis is real and is killed, filled and locked; workers are killed where they stand.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DelayProxy, startDelayProxy } from '../../fixtures/delay-proxy.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { startDeafProxy } from '../../fixtures/redis/deaf-proxy.js';
import { type RedisServer, rawCommand } from '../../fixtures/redis/server.js';
import { HOLES } from '../../src/demo/holes.js';
import type { RunningServer } from '../../src/demo/server.js';
import { parseNetworks } from '../../src/model/networks.js';
import type { ServerReport } from '../../src/model/report.js';
import { PROTOCOL } from '../../src/queue/job.js';
import { announce } from '../../src/queue/presence.js';
import { KEYS } from '../../src/queue/redis.js';
import { makeSeal } from '../../src/queue/seal.js';
import { start } from '../cli/run.js';
import { auditFrom, type Bench, connectionTo, demoOf, HASTY, KEY, openBench, QUICK, startRedis, until } from './lab.js';

const notHere = whyNotHere();
const LIMIT_MS = 60_000;

/** Why the only source is unknown; null where it is not. */
const whyUnknown = ({ sources }: ServerReport): string | null => sources[0]?.unknownBecause ?? null;

describe.skipIf(notHere !== null)(`trouble with places${notHere === null ? '' : ` (skipped: ${notHere})`}`, () => {
  let redis: RedisServer;
  let bench: Bench;
  let closed: RunningServer;
  let far: DelayProxy;
  let script: string;
  beforeAll(async () => {
    redis = await startRedis();
    closed = await demoOf(HOLES['null-reverse-path']);
    // So far that an audit is still under way when something happens to it.
    far = await startDelayProxy({ to: closed.port, roundTripMs: 100 });
    script = `node_modules/.cache/relayproof/redis-worker-${process.pid}.mjs`;
    await build({
      entryPoints: ['fixtures/redis/worker.ts'],
      outfile: script,
      ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' },
    });
  }, 420_000);
  afterAll(async () => {
    await far.close();
    await closed.close();
    await redis.stop();
  });
  beforeEach(async () => {
    await rawCommand(redis.port, ['FLUSHALL']);
    bench = await openBench(redis);
  });
  afterEach(() => bench.close());

  const underWay = async (from: number, sessions = 1): Promise<void> =>
    until('the server is being asked', () => closed.log.length > from + sessions);
  const FAR = { techniques: ['standard'] } as const;

  /** A worker in a process of its own, to be killed. */
  async function startProcess(): Promise<ChildProcess> {
    const words = {
      ...{ key: KEY.toString('hex'), redis: redis.port, place: 'office', timing: HASTY },
      ...{ allow: '127.0.0.0/8', source: '127.0.0.66' },
    };
    const child = spawn(process.execPath, [script, JSON.stringify(words)], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return child;
  }

  it(
    'a worker that is killed: another one does its job',
    async () => {
      const child = await startProcess();
      const places = await bench.places();
      const from = closed.log.length;
      const report = auditFrom(places, far.port, FAR);
      await underWay(from);
      child.kill('SIGKILL');
      await bench.worker('office', { timing: HASTY });
      const server = await report;
      expect([server.verdict.relay, whyUnknown(server)]).toEqual(['open', null]);
    },
    LIMIT_MS,
  );

  it(
    'a worker that is killed and was alone: unknown, with the reason',
    async () => {
      const child = await startProcess();
      const places = await bench.places({ waitMs: 3_000 });
      const from = closed.log.length;
      const report = auditFrom(places, far.port, FAR);
      await underWay(from);
      child.kill('SIGKILL');
      const server = await report;
      expect(server.verdict.relay).toBe('inconclusive');
      expect(JSON.stringify(server.findings)).toContain('no worker at office takes jobs');
    },
    LIMIT_MS,
  );

  it(
    'Redis is killed and comes back knowing nothing: nothing that was answered is lost, or asked twice',
    async () => {
      await bench.worker('office');
      const places = await bench.places();
      const from = closed.log.length;
      const report = auditFrom(places, far.port, FAR);
      await underWay(from);
      await redis.kill();
      await redis.start();
      const server = await report;
      expect([server.verdict.relay, whyUnknown(server)]).toEqual(['open', null]);
      const done = (): number => bench.events.filter(({ kind }) => kind === 'job').length;
      await until('the worker says so', () => done() > 0);
      expect(done()).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'Redis is gone for good: unknown, with the reason',
    async () => {
      await bench.worker('office');
      const places = await bench.places({ waitMs: 3_000 });
      const from = closed.log.length;
      const report = auditFrom(places, far.port, FAR);
      await underWay(from);
      await redis.kill();
      try {
        const server = await report;
        expect(server.verdict.relay).toBe('inconclusive');
        expect(JSON.stringify(server.findings)).toContain('the queue cannot be reached');
      } finally {
        await redis.start();
      }
    },
    LIMIT_MS,
  );

  it(
    'Redis is gone when worker and auditor are ended: both end',
    async () => {
      const worker = await bench.worker('office');
      const places = await bench.places();
      await auditFrom(places, closed.port);
      await redis.kill();
      try {
        await until('the worker has noticed', () => bench.events.some(({ kind }) => kind === 'trouble'));
        await Promise.all([worker.close(), places.close()]);
      } finally {
        await redis.start();
      }
    },
    LIMIT_MS,
  );

  it(
    'Redis is gone when the command of a worker is ended: it ends',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'relayproof-worker-'));
      const { child, ended } = start([
        ...['worker', '--name', 'office', '--allow', '127.0.0.0/8', '--queue-key-file', join(folder, 'key')],
        ...['--queue', `redis://127.0.0.1:${redis.port}`],
      ]);
      const said = (text: string): Promise<void> =>
        new Promise((resolve) => {
          let all = '';
          child.stderr.on('data', (chunk: string) => {
            all += chunk;
            if (all.includes(text)) resolve();
          });
        });
      await said('takes jobs');
      const noticed = said('Redis does not answer');
      await redis.kill();
      try {
        await noticed;
        child.kill('SIGTERM');
        expect((await ended).status).toBe(0);
      } finally {
        child.kill('SIGKILL');
        await redis.start();
        await rm(folder, { recursive: true });
      }
    },
    LIMIT_MS,
  );

  it(
    'Redis does not hear that a job is begun: it is begun and answered all the same',
    async () => {
      const deaf = await startDeafProxy({ to: redis.port, word: KEYS.ask('') });
      const worker = await bench.worker('office', { connection: connectionTo(deaf) });
      const server = await auditFrom(await bench.places(), closed.port, { deadlineMs: 15_000 });
      expect([deaf.isDeaf(), server.verdict.relay, whyUnknown(server)]).toEqual([true, 'closed', null]);
      deaf.mend();
      await worker.close();
      await deaf.close();
    },
    LIMIT_MS,
  );

  it(
    'Redis is full: unknown, with the reason; and the right report once it has room again',
    async () => {
      await bench.worker('office');
      const places = await bench.places({ waitMs: 2_000 });
      await rawCommand(redis.port, ['CONFIG', 'SET', 'maxmemory', '1']);
      const full = await auditFrom(places, far.port);
      expect(JSON.stringify(full.findings)).toMatch(/OOM|no worker at office/);
      expect(full.verdict.relay).toBe('inconclusive');
      const before = bench.events.length;
      const patient = await bench.places({ waitMs: 30_000 });
      const report = auditFrom(patient, far.port, FAR);
      await until('the worker was refused again', () =>
        bench.events.slice(before).some(({ kind }) => kind === 'trouble'),
      );
      await rawCommand(redis.port, ['CONFIG', 'SET', 'maxmemory', '0']);
      expect((await report).verdict.relay).toBe('open');
    },
    LIMIT_MS,
  );

  it(
    'an auditor that is ended reports what was measured, and the worker stops',
    async () => {
      const worker = await bench.worker('office');
      const places = await bench.places();
      const from = closed.log.length;
      const ending = new AbortController();
      const report = auditFrom(places, far.port, FAR, { signal: ending.signal });
      await underWay(from, 8);
      ending.abort();
      const server = await report;
      expect(server.verdict.relay).not.toBe('closed');
      expect(server.sources[0]?.reachable).toBe(true);
      await until('the worker has stopped', () => worker.running() === 0);
    },
    LIMIT_MS,
  );

  it(
    'an auditor that died leaves no work behind',
    async () => {
      const slow = await startDelayProxy({ to: closed.port, roundTripMs: 3_000 });
      const worker = await bench.worker('office', { timing: { ...QUICK, abandonedMs: 300 } });
      const places = await bench.places();
      const report = auditFrom(places, slow.port, { ...FAR, timeoutMs: 60_000 });
      await until('the job was begun', () => worker.running() === 1 && slow.counts.connections > 0);
      // As if it were gone: its lease ends, and nothing of it is in reach any more.
      await places.close();
      await until('the worker has given up', () => worker.running() === 0);
      await report;
      await slow.close();
    },
    LIMIT_MS,
  );

  it(
    'a slow place ends with the deadline, and says so',
    async () => {
      const slow = await startDelayProxy({ to: closed.port, roundTripMs: 2_000 });
      await bench.worker('office');
      const server = await auditFrom(await bench.places(), slow.port, { ...FAR, deadlineMs: 2_500, timeoutMs: 60_000 });
      await slow.close();
      expect(server.verdict.relay).toBe('inconclusive');
      expect(server.verdict.summary + JSON.stringify(server)).toContain('the deadline was reached');
    },
    LIMIT_MS,
  );

  it('no worker: unknown within the wait, and the next server does not wait again', async () => {
    const places = await bench.places({ waitMs: 4_000 });
    const from = performance.now();
    expect(whyUnknown(await auditFrom(places, closed.port))).toBe('no worker at office takes jobs');
    const once = performance.now() - from;
    await auditFrom(places, closed.port);
    expect(performance.now() - from - once).toBeLessThan(once);
  });

  it(
    'a worker of another protocol, with another key, or that may not: unknown, and why',
    async () => {
      const writer = new Redis(redis.port, '127.0.0.1');
      const presence = {
        ...{ id: 'w', place: 'new', protocol: PROTOCOL + 1, version: '9.9.9', machine: 'm', source: 'any', since: '' },
        ...{ concurrency: 1, running: [], done: 0, addresses: [], seen: [] },
      };
      await announce(writer, makeSeal(KEY), presence, 60_000);
      writer.disconnect();
      await bench.worker('strange', { key: Buffer.alloc(32, 7) });
      await bench.worker('strict', { allow: parseNetworks('192.0.2.0/24', '--allow') });
      await bench.worker('elsewhere', { source: '192.0.2.7' });
      const places = await bench.places({ waitMs: 2_000 });
      const why = async (place: string): Promise<string> =>
        JSON.stringify((await auditFrom(places, closed.port, { sources: [`worker:${place}`] })).findings);
      expect(await why('new')).toContain(`speak protocol ${PROTOCOL + 1}, this relayproof speaks ${PROTOCOL}`);
      expect(await why('strange')).toContain('have another key than --queue-key-file');
      expect(await why('strict')).toContain('is not allowed to talk to 127.0.0.1');
      expect(await why('elsewhere')).toContain('192.0.2.7 is not an address of this machine');
    },
    LIMIT_MS,
  );
});
