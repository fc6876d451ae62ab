// An auditor that is killed while its workers ask, and started again: what they were doing or have done is taken up, nothing of it
// is asked again, and no message is sent twice. The auditor is the built command line, Redis is real.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DelayProxy, startDelayProxy } from '../../fixtures/delay-proxy.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { type RedisServer, rawCommand } from '../../fixtures/redis/server.js';
import { HOLES } from '../../src/demo/holes.js';
import type { RunningServer } from '../../src/demo/server.js';
import type { Report } from '../../src/model/report.js';
import { contextOf } from '../../src/queue/job.js';
import type { Memo } from '../../src/queue/memory.js';
import { KEYS } from '../../src/queue/redis.js';
import { makeSeal } from '../../src/queue/seal.js';
import { type Ended, type Started, start } from '../cli/run.js';
import { auditFrom, type Bench, demoOf, KEY, openBench, startRedis, until } from './lab.js';

const notHere = whyNotHere();
const LIMIT_MS = 120_000;
/** Text, as in a file. */
const FILE_KEY = Buffer.from('a key that is in a file, and long enough');

describe.skipIf(notHere !== null)(
  `an auditor that is killed${notHere === null ? '' : ` (skipped: ${notHere})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'relayproof-queue-resume-'));
    let redis: RedisServer;
    let bench: Bench;
    let demo: RunningServer;
    let far: DelayProxy;
    beforeAll(async () => {
      redis = await startRedis();
      demo = await demoOf(HOLES['null-reverse-path']);
      // So far that it is still being asked when its auditor is killed.
      far = await startDelayProxy({ to: demo.port, roundTripMs: 60 });
      writeFileSync(join(folder, 'queue.key'), FILE_KEY);
    }, 420_000);
    afterAll(async () => {
      await far.close();
      await demo.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      await rawCommand(redis.port, ['FLUSHALL']);
      bench = await openBench(redis);
    });
    afterEach(() => bench.close());

    const audit = (state: string, ...more: readonly string[]): Started =>
      start([
        ...['audit', `127.0.0.1:${far.port}`, '-s', 'worker:office', '--state', join(folder, state), '-f', 'json'],
        ...['--queue', `redis://127.0.0.1:${redis.port}`, '--queue-key-file', join(folder, 'queue.key')],
        ...['--canary', 'relaytest@canary.example.net', '--local-recipient', 'alice@corp.test', '--no-progress'],
        ...['--helo', 'auditor.example.net', ...more],
      ]);

    const jobs = (): number => bench.events.filter(({ kind }) => kind === 'job').length;

    /** Start an audit and kill it once a worker is at the server. */
    async function killed(state: string, ...more: readonly string[]): Promise<void> {
      const connections = far.counts.connections;
      const { child, ended } = audit(state, ...more);
      await until('the server is being asked', () => far.counts.connections > connections, 60_000);
      child.kill('SIGKILL');
      await ended;
    }

    const serverOf = ({ stdout, stderr }: Ended) => {
      const { servers }: Report = JSON.parse(stdout || `{"servers":[],"stderr":${JSON.stringify(stderr)}}`);
      const [server] = servers;
      if (server === undefined) throw new Error(stderr);
      return server;
    };

    it(
      'and goes on while the worker is at it: the job is taken up, and nothing is asked again',
      async () => {
        await bench.worker('office', { key: FILE_KEY });
        await killed('under-way', '--techniques', 'standard');
        const server = serverOf(await audit('under-way', '--techniques', 'standard').ended);
        expect([server.verdict.relay, server.sources[0]?.unknownBecause]).toEqual(['open', null]);
        expect(jobs()).toBe(1);
      },
      LIMIT_MS,
    );

    it(
      'and goes on once the worker is done: the result is read, and the server is not asked again',
      async () => {
        await bench.worker('office', { key: FILE_KEY });
        await killed('done');
        await until('the worker is done', () => jobs() === 1, 60_000);
        const connections = far.counts.connections;
        const server = serverOf(await audit('done').ended);
        expect([server.verdict.relay, server.sources[0]?.unknownBecause]).toEqual(['open', null]);
        expect([jobs(), far.counts.connections]).toEqual([1, connections]);
      },
      LIMIT_MS,
    );

    it(
      'and is asked something else: the job of before is ended, and a new one asks',
      async () => {
        await bench.worker('office', { key: FILE_KEY });
        await killed('other');
        const server = serverOf(await audit('other', '--helo', 'other.example.net').ended);
        expect([server.verdict.relay, server.sources[0]?.unknownBecause]).toEqual(['open', null]);
        expect(JSON.stringify(server.attempts).includes('auditor.example')).toBe(false);
      },
      LIMIT_MS,
    );

    it(
      'and sends no message again that may have been sent: that is said, and the verdict stands',
      async () => {
        await bench.worker('office');
        const memos: Memo[] = [];
        const memory = { earlier: [], remember: (memo: Memo): void => void memos.push(memo) };
        const change = { confirm: 'data', techniques: ['null-sender'] } as const;
        const before = demo.mailboxes.length;
        await auditFrom(await bench.places({ memory }), demo.port, change);
        expect(demo.mailboxes.length).toBe(before + 1);
        // As if it had been killed at any moment after that.
        const second = await bench.places({ memory: { ...memory, earlier: memos } });
        const server = await auditFrom(second, demo.port, change);
        expect(demo.mailboxes.length).toBe(before + 1);
        expect(server.notTested.join()).toContain(
          'the audit before this one was cut off: the message may have been sent, so it was not repeated',
        );
        expect(server.verdict.relay).toBe('open');
      },
      LIMIT_MS,
    );

    it(
      'and is given a result again that was read already: it is not believed, and the server is asked',
      async () => {
        await bench.worker('office');
        const memos: Memo[] = [];
        const remember = (memo: Memo): void => void memos.push(memo);
        await auditFrom(await bench.places({ memory: { earlier: [], remember } }), demo.port);
        const [leave] = memos;
        if (leave?.kind !== 'leave') throw new Error('no leave');
        expect(memos).toEqual([leave, { kind: 'result', job: leave.job }]);
        const context = contextOf('office', leave.job, leave.nonce);
        const again = await makeSeal(KEY).seal('result', context, { evidence: [], problem: null }, 60_000);
        await rawCommand(redis.port, ['SET', KEYS.result(leave.job, leave.nonce), again]);
        // As long as it was not read, it counts: there is nothing in it, and nobody was asked.
        const open = await bench.places({ memory: { earlier: [leave], remember: () => {} } });
        const believed = await auditFrom(open, demo.port);
        expect([believed.verdict.relay, jobs()]).toEqual(['inconclusive', 1]);
        await rawCommand(redis.port, ['SET', KEYS.result(leave.job, leave.nonce), again]);
        const second = await bench.places({ memory: { earlier: memos, remember } });
        const server = await auditFrom(second, demo.port);
        await until('the worker says so', () => jobs() > 1);
        expect([server.sources[0]?.unknownBecause, jobs()]).toEqual([null, 2]);
      },
      LIMIT_MS,
    );
  },
);
