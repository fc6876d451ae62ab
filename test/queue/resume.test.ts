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
import type { Report, ServerReport } from '../../src/model/report.js';
import { contextOf } from '../../src/queue/job.js';
import type { Memo } from '../../src/queue/memory.js';
import { KEYS } from '../../src/queue/redis.js';
import { makeSeal } from '../../src/queue/seal.js';
import { type Ended, type Started, start } from '../cli/run.js';
import { ACCOUNT, LOGIN } from '../fleet/lab.js';
import { auditFrom, type Bench, demoOf, KEY, openBench, QUICK, startRedis, until } from './lab.js';

const notHere = whyNotHere();
const LIMIT_MS = 120_000;
/** Text, as in a file. */
const FILE_KEY = Buffer.from('a key that is in a file, and long enough');
const MESSAGES = { confirm: 'data', techniques: ['null-sender'] } as const;

/** A memory as the folder of --state keeps it. */
const remembering = (memos: Memo[], earlier: readonly Memo[] = []) => ({
  memory: { earlier, remember: (memo: Memo): void => void memos.push(memo) },
});

const answersOf = ({ attempts, verdict }: ServerReport) => ({
  verdict,
  answers: attempts.map(({ id, outcome, stage, reason }) => `${id} ${outcome} ${stage} ${reason}`),
});

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
      'and goes on once all was answered, with no worker there any more: nothing is asked again',
      async () => {
        const worker = await bench.worker('office');
        const memos: Memo[] = [];
        const usual = await auditFrom(await bench.places(remembering(memos)), demo.port, MESSAGES);
        await worker.close();
        const from = { lines: demo.log.length, messages: demo.mailboxes.length };
        const second = await bench.places({ ...remembering([], memos), waitMs: 200 });
        const server = await auditFrom(second, demo.port, MESSAGES);
        expect(answersOf(server)).toEqual(answersOf(usual));
        expect([demo.log.length, demo.mailboxes.length]).toEqual([from.lines, from.messages]);
      },
      LIMIT_MS,
    );

    it(
      'and comes back after its worker has given up: what was answered until then is not asked again',
      async () => {
        await bench.worker('office', { timing: { ...QUICK, abandonedMs: 300 } });
        const memos: Memo[] = [];
        const change = {
          sessions: 1,
          sharedSessions: false,
          techniques: ['plain-external', 'null-sender', 'percent-host'],
        };
        const before = far.counts.connections;
        const usual = await auditFrom(await bench.places(), far.port, change);
        const all = far.counts.connections - before;
        const first = await bench.places({ ...remembering(memos), waitMs: 500 });
        const lost = auditFrom(first, far.port, change);
        await until('some of it was answered', () => far.counts.connections - before >= all + 3);
        // As if it were gone: its lease ends, and nothing of it is in reach any more.
        await first.close();
        await until('the worker has given up', () => jobs() === 2);
        const server = await auditFrom(await bench.places(remembering([], memos)), far.port, change);
        expect(answersOf(server)).toEqual(answersOf(usual));
        // The attempt that was cut off is asked once more.
        expect([2 * all, 2 * all + 1]).toContain(far.counts.connections - before);
        await lost;
      },
      LIMIT_MS,
    );

    it(
      'and has no result of a message that may have been sent: it is not sent again, that is said, and the verdict stands',
      async () => {
        await bench.worker('office');
        const memos: Memo[] = [];
        const from = demo.mailboxes.length;
        await auditFrom(await bench.places(remembering(memos)), demo.port, MESSAGES);
        expect(demo.mailboxes.length).toBe(from + 1);
        const leaves = memos.filter(({ kind }) => kind === 'leave');
        const server = await auditFrom(await bench.places(remembering([], leaves)), demo.port, MESSAGES);
        expect(demo.mailboxes.length).toBe(from + 1);
        expect(server.notTested.join()).toContain(
          'the audit before this one was cut off: the message may have been sent, so it was not repeated',
        );
        expect(server.verdict.relay).toBe('open');
      },
      LIMIT_MS,
    );

    it(
      'and has a worker now that knows the password: what was left alone for want of it is asked',
      async () => {
        const login = await demoOf(LOGIN);
        const memos: Memo[] = [];
        const change = { account: { user: ACCOUNT.user, password: null }, allowInsecureAuth: true } as const;
        const without = await bench.worker('office');
        const first = await auditFrom(await bench.places(remembering(memos)), login.port, change);
        await without.close();
        await bench.worker('office', { accounts: [{ ...ACCOUNT, targets: null }] });
        const second = await auditFrom(await bench.places(remembering([], memos)), login.port, change);
        await login.close();
        const seenBy = ({ sources }: ServerReport) =>
          sources[0]?.cells.find(({ access }) => access === 'PLAIN')?.observed;
        expect([seenBy(first), seenBy(second)]).toEqual(['unknown', 'relay']);
      },
      LIMIT_MS,
    );

    it(
      'and waits for canaries: those of the audit before it would be waited for in vain, so that its messages are in doubt',
      async () => {
        await bench.worker('office');
        const memos: Memo[] = [];
        const sink = {
          kind: 'sink',
          state: null,
          stateLimit: 1 << 20,
          listen: { host: '127.0.0.1', port: 0 },
        } as const;
        const change = { ...MESSAGES, confirm: 'delivery', waitMs: 200 } as const;
        const from = demo.mailboxes.length;
        await auditFrom(await bench.places(remembering(memos)), demo.port, change, { receivers: [sink] });
        expect(demo.mailboxes.length).toBe(from + 1);
        const second = await bench.places(remembering([], memos));
        const server = await auditFrom(second, demo.port, change, { receivers: [sink] });
        expect([demo.mailboxes.length, jobs()]).toEqual([from + 1, 2]);
        expect(server.notTested.join()).toContain('the message may have been sent, so it was not repeated');
        expect(server.verdict.relay).toBe('open');
      },
      LIMIT_MS,
    );

    it(
      'and finds a copy of what was read: its own memory counts, and Redis no more',
      async () => {
        await bench.worker('office');
        const memos: Memo[] = [];
        const usual = await auditFrom(await bench.places(remembering(memos)), demo.port);
        const [leave, result] = memos;
        if (leave?.kind !== 'leave' || result?.kind !== 'result') throw new Error('another memory');
        expect([memos.length, result]).toMatchObject([2, { job: leave.job, nonce: leave.nonce }]);
        const copy = (text: string): Promise<string> =>
          rawCommand(redis.port, ['SET', KEYS.result(leave.job, leave.nonce), text]);
        const again = async (...earlier: readonly Memo[]) => {
          const from = demo.log.length;
          const server = await auditFrom(await bench.places(remembering([], earlier)), demo.port);
          expect(answersOf(server)).toEqual(answersOf(usual));
          return demo.log.length > from ? 'asked' : 'not asked';
        };
        // As long as it was not read, it counts.
        await copy(result.sealed);
        expect(await again(leave)).toBe('not asked');
        const context = contextOf('office', leave.job, leave.nonce);
        await copy(await makeSeal(KEY).seal('result', context, { evidence: [], problem: null }, 60_000));
        expect(await again(leave, result)).toBe('not asked');
        await copy(result.sealed);
        expect(await again(leave, { ...result, sealed: 'of another key' })).toBe('asked');
      },
      LIMIT_MS,
    );
  },
);
