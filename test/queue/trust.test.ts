// Whoever can write to Redis and has no key: no job of theirs makes a worker send, and no result of theirs is believed. Old jobs
// and copies of jobs, which do open, are as dead: nobody gives leave to begin them.
import { randomBytes } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import type { RunningServer } from '../../src/demo/server.js';
import { briefsFor } from '../../src/fleet/briefs.js';
import type { Brief } from '../../src/model/brief.js';
import type { Task } from '../../src/queue/hand-in.js';
import { contextOf, isAsk, type Job, type Leave, PROTOCOL, type Result } from '../../src/queue/job.js';
import { announce, type Presence } from '../../src/queue/presence.js';
import { KEYS, PREFIX, queueName } from '../../src/queue/redis.js';
import { makeSeal, type Seal } from '../../src/queue/seal.js';
import { OPTIONS, zone } from '../fleet/lab.js';
import { type Bench, demoOf, KEY, openBench, QUICK, startRedis, until } from './lab.js';

const notHere = whyNotHere();
const seal = makeSeal(KEY);
const LIMITS = {
  sessions: 4,
  rate: null,
  timeoutMs: 2_000,
  greylistWaitMs: 0,
  most: { attempts: 999, connections: 99 },
};
const NOTHING: Leave = { granted: [], account: null, deadlineMs: 60_000 };

describe.skipIf(notHere !== null)(
  `whoever can write to Redis${notHere === null ? '' : ` (skipped: ${notHere})`}`,
  () => {
    let redis: RedisServer;
    let bench: Bench;
    let writer: Redis;
    let demo: RunningServer;
    let brief: Brief;
    beforeAll(async () => {
      redis = await startRedis();
      demo = await demoOf();
      writer = new Redis(redis.port, '127.0.0.1');
      const target = { host: '127.0.0.1', port: demo.port, security: 'none' } as const;
      const options = { ...OPTIONS, sources: ['worker:office'], targets: [target] };
      const { briefs } = await briefsFor(target, options, zone({}), () => '0123456789abcdef');
      const [first] = briefs;
      if (first === undefined) throw new Error('no brief');
      brief = first;
    }, 420_000);
    afterAll(async () => {
      writer.disconnect();
      await demo.close();
      await redis.stop();
    });
    beforeEach(async () => {
      await writer.flushall();
      bench = await openBench(redis);
    });
    afterEach(() => bench.close());

    const jobOf = (): Job => ({
      brief: { ...brief, techniques: brief.techniques.map(({ id }) => id) },
      ...{ source: 's1', round: 0, evidence: [], limits: LIMITS, canaryIsDomain: false },
    });
    const sealedFor = (place: string, id: string, by: Seal = seal, lifeMs = 60_000): Promise<string> =>
      by.seal('job', contextOf(place, id), jobOf(), lifeMs);

    const ID = 'run-server-0';
    const BAD: readonly (readonly [string, () => Promise<unknown>, string])[] = [
      [
        'sealed with another key',
        async () => ({ protocol: PROTOCOL, sealed: await sealedFor('office', ID, makeSeal(randomBytes(32))) }),
        'does not open',
      ],
      [
        'moved from another place',
        async () => ({ protocol: PROTOCOL, sealed: await sealedFor('home', ID) }),
        'does not open',
      ],
      [
        'under another id',
        async () => ({ protocol: PROTOCOL, sealed: await sealedFor('office', 'run-server-1') }),
        'does not open',
      ],
      [
        'that is a result',
        async () => ({
          protocol: PROTOCOL,
          sealed: await seal.seal('result', contextOf('office', ID), jobOf(), 60_000),
        }),
        'does not open',
      ],
      ['too old', async () => ({ protocol: PROTOCOL, sealed: await sealedFor('office', ID, seal, -1) }), 'expired'],
      [
        'of another protocol',
        async () => ({ protocol: PROTOCOL + 1, sealed: await sealedFor('office', ID) }),
        'another protocol',
      ],
      ['in the clear', async () => ({ ...jobOf(), brief: { ...jobOf().brief, policy: null } }), 'does not open'],
      ['of no shape', async () => ({ protocol: PROTOCOL, sealed: 7 }), 'does not open'],
      [
        'of an auditor that is gone, or put in again',
        async () => ({ protocol: PROTOCOL, sealed: await sealedFor('office', ID) }),
        'no leave',
      ],
    ];
    it.each(BAD)('makes nobody send by a job %s', async (_, data, reason) => {
      await bench.worker('office', { timing: { ...QUICK, leaveMs: 200 } });
      const queue = new Queue(queueName('office'), {
        connection: { host: '127.0.0.1', port: redis.port },
        prefix: PREFIX,
      });
      const asked = demo.log.length;
      await queue.add('ask', await data(), { jobId: ID });
      await until('the job failed', async () => (await queue.getJobState(ID)) === 'failed');
      expect((await queue.getJob(ID))?.failedReason).toBe(reason);
      expect(demo.log.length).toBe(asked);
      await queue.close();
    });

    it('cannot give leave: not with words, and not with the leave of another start', async () => {
      await bench.worker('office', { timing: { ...QUICK, leaveMs: 1_000 } });
      const queue = new Queue(queueName('office'), {
        connection: { host: '127.0.0.1', port: redis.port },
        prefix: PREFIX,
      });
      const asked = demo.log.length;
      for (const [index, leave] of (['words', 'another'] as const).entries()) {
        const id = `run-server-${index}`;
        await queue.add('ask', { protocol: PROTOCOL, sealed: await sealedFor('office', id) }, { jobId: id });
        await until('the worker asked', async () => (await writer.get(KEYS.ask(id))) !== null);
        const { value } = await seal.open('ask', contextOf('office', id), (await writer.get(KEYS.ask(id))) ?? '');
        if (!isAsk(value)) throw new Error('not an ask');
        const text =
          leave === 'words' ? 'go on' : await seal.seal('leave', contextOf('office', id, 'other'), NOTHING, 60_000);
        await writer.set(KEYS.leave(id, value.nonce), text);
        await until('the job failed', async () => (await queue.getJobState(id)) === 'failed');
      }
      expect(demo.log.length).toBe(asked);
      await queue.close();
    });

    describe('cannot forge a verdict', () => {
      const PRESENCE: Presence = {
        ...{ id: 'w', place: 'office', protocol: PROTOCOL, version: '0.0.0', machine: 'm', source: 'any', since: '' },
        ...{ concurrency: 1, running: [], done: 0, addresses: [], seen: [] },
      };
      const taskOf = (): Task => ({
        ...{ brief, source: 's1', place: 'office', round: 0, evidence: [], limits: LIMITS, canaryIsDomain: false },
        leave: () => NOTHING,
      });
      const saying = (problem: string): Result => ({ evidence: [], problem });
      const looks = async (): Promise<number> =>
        Number(/cmdstat_mget:calls=(\d+)/.exec(await writer.info('commandstats'))?.[1] ?? 0);
      const seenTwice = async (): Promise<void> => {
        const before = await looks();
        await until('the auditor looked', async () => (await looks()) >= before + 2);
      };

      it('by a result of another key, job, start or run: only the start that has the leave is believed', async () => {
        await announce(writer, seal, PRESENCE, 60_000);
        const places = await bench.places({ waitMs: 30_000 });
        const answer = places.ask(taskOf(), new AbortController().signal);
        const queue = new Queue(queueName('office'), {
          connection: { host: '127.0.0.1', port: redis.port },
          prefix: PREFIX,
        });
        await until('the job is there', async () => (await queue.getJobCountByTypes('waiting', 'prioritized')) === 1);
        const [job] = await queue.getJobs(['waiting', 'prioritized']);
        const id = job?.id ?? '';
        const nonce = 'n1';
        const ask = await seal.seal('ask', contextOf('office', id), { nonce, refusal: null }, 60_000);
        await writer.set(KEYS.ask(id), ask);
        await until('the leave is there', async () => (await writer.get(KEYS.leave(id, nonce))) !== null);
        const forged = [
          'no seal at all',
          await makeSeal(randomBytes(32)).seal('result', contextOf('office', id, nonce), saying('key'), 60_000),
          await seal.seal('result', contextOf('office', `${id}1`, nonce), saying('job'), 60_000),
          await seal.seal('result', contextOf('home', id, nonce), saying('place'), 60_000),
          await seal.seal('result', contextOf('office', id, 'n0'), saying('start'), 60_000),
          await seal.seal('job', contextOf('office', id, nonce), saying('purpose'), 60_000),
          await seal.seal('result', contextOf('office', id, nonce), saying('expired'), -1),
        ];
        for (const text of forged) {
          await writer.set(KEYS.result(id, nonce), text);
          await writer.set(KEYS.result(id, 'n2'), text);
          await seenTwice();
        }
        await writer.set(
          KEYS.result(id, nonce),
          await seal.seal('result', contextOf('office', id, nonce), saying('right'), 60_000),
        );
        expect(await answer).toEqual({ evidence: [], problem: 'right', start: 0 });
        await queue.close();
      });

      it('by what is written where BullMQ keeps results and reasons', async () => {
        await announce(writer, seal, PRESENCE, 60_000);
        const places = await bench.places({ waitMs: 30_000 });
        const answer = places.ask(taskOf(), new AbortController().signal);
        const queue = new Queue(queueName('office'), {
          connection: { host: '127.0.0.1', port: redis.port },
          prefix: PREFIX,
        });
        await until('the job is there', async () => (await queue.getJobCountByTypes('waiting', 'prioritized')) === 1);
        const [job] = await queue.getJobs(['waiting', 'prioritized']);
        const id = job?.id ?? '';
        await writer
          .multi()
          .hset(
            queue.toKey(id),
            'failedReason',
            'the server is closed',
            'returnvalue',
            JSON.stringify(saying('closed')),
          )
          .zrem(queue.toKey('prioritized'), id)
          .zadd(queue.toKey('failed'), Date.now(), id)
          .exec();
        expect(await answer).toEqual({ evidence: [], problem: 'the worker at office failed', start: null });
        await queue.close();
      });
    });
  },
);
