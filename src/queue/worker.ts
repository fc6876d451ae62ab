// A worker: takes the jobs of its place from BullMQ, asks their auditor for leave, does them, puts the result down and completes
// them. SAFETY: what is in Redis is believed only where it opens. A job alone makes nobody send anything: its auditor must be
// there and say so to this very start of it (docs/decisions/0014), so that old jobs and copies of jobs are dead.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Job as Queued, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Resolver } from '../execute/resolver.js';
import type { NetworkList } from '../model/networks.js';
import { VERSION } from '../model/version.js';
import { type HeldAccount, passwordAt } from './accounts.js';
import type { QueueConnection } from './address.js';
import { isAllowed } from './allow.js';
import {
  type Ask,
  contextOf,
  FAILURES,
  isEnvelope,
  isJob,
  isLeave,
  type Leave,
  PROTOCOL,
  type Result,
  runOf,
} from './job.js';
import { type Ground, perform } from './perform.js';
import { announce, type Presence, leave as sayFarewell } from './presence.js';
import { connectRedis, KEYS, loadPeers, type Peers, PREFIX, queueName, redisOptions, troubleOf } from './redis.js';
import { makeSeal, type Seal } from './seal.js';
import { TIMING, type Timing } from './timing.js';

export interface WorkerOptions extends Omit<Ground, 'passwordOf'> {
  readonly place: string;
  readonly connection: QueueConnection;
  /** 32 octets. */
  readonly key: Buffer;
  /** Targets that it may talk to; nothing is allowed that is not in it. */
  readonly allow: NetworkList;
  /** Accounts whose passwords are looked up here, where auditors do not have them; absent: none. */
  readonly accounts?: readonly HeldAccount[];
  /** Jobs at once. */
  readonly concurrency: number;
  /** Most jobs that the workers of the place begin in a second; null: no limit. */
  readonly jobRate: number | null;
  readonly resolver: Resolver;
  readonly timing?: Timing;
  readonly onEvent?: (event: WorkerEvent) => void;
}

export type WorkerEvent =
  | { readonly kind: 'ready' }
  /** Of the queue, or of a job that was not done; one line. */
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'job'; readonly target: string; readonly attempts: number; readonly ms: number };

export interface RunningWorker {
  /** Jobs that are being done. */
  running(): number;
  /** Take no further jobs, finish those that were begun, and leave. */
  close(): Promise<void>;
}

/** How long what a worker puts down may be read, in milliseconds. */
const RESULT_MS = 3_600_000;
/** How long a worker that was told to end keeps a result that Redis does not take. */
const LAST_MS = 120_000;
/** Addresses that are told of a worker. */
const MOST_ADDRESSES = 8;
/** A place that is full of those who died doing a job is not the job's friend. */
const MOST_STALLED = 3;

interface Desk {
  readonly options: WorkerOptions;
  readonly timing: Timing;
  readonly redis: Redis;
  readonly seal: Seal;
  readonly peers: Peers;
  readonly running: Set<string>;
  readonly addresses: Set<string>;
  readonly seen: Set<string>;
  done: number;
  /** Set once it takes no more jobs. */
  isClosing: boolean;
}

/** Start a worker; gives it once it takes jobs. @throws UsageError where the packages are not installed */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { place, connection, key, concurrency, jobRate, timing = TIMING, onEvent = () => {} } = options;
  const peers = await loadPeers();
  const onTrouble = (text: string): void => onEvent({ kind: 'trouble', text });
  const redis = connectRedis(peers, connection, onTrouble);
  const desk: Desk = {
    options,
    timing,
    redis,
    seal: makeSeal(key),
    peers,
    running: new Set(),
    addresses: new Set(),
    seen: new Set(),
    done: 0,
    isClosing: false,
  };
  const since = new Date().toISOString();
  const id = randomBytes(8).toString('hex');
  const presence = (): Presence => ({
    id,
    place,
    protocol: PROTOCOL,
    version: VERSION,
    machine: hostname(),
    source: options.source,
    since,
    concurrency,
    running: [...desk.running],
    done: desk.done,
    addresses: [...desk.addresses].slice(-MOST_ADDRESSES),
    seen: [...desk.seen].slice(-MOST_ADDRESSES),
  });
  const beat = (): Promise<void> =>
    announce(redis, desk.seal, presence(), 4 * timing.beatMs).catch((error: unknown) => onTrouble(troubleOf(error)));
  const worker = new peers.bullmq.Worker(queueName(place), (job: Queued) => takeUp(desk, job), {
    connection: { ...redisOptions(connection), maxRetriesPerRequest: null },
    prefix: PREFIX,
    concurrency,
    lockDuration: timing.lockMs,
    stalledInterval: timing.stalledMs,
    maxStalledCount: MOST_STALLED,
    ...(jobRate === null
      ? {}
      : {
          limiter: {
            max: Math.max(1, Math.round(jobRate)),
            duration: jobRate < 1 ? Math.round(1_000 / jobRate) : 1_000,
          },
        }),
  });
  worker.on('error', (error) => {
    onTrouble(troubleOf(error));
    void restAfter(worker, error);
  });
  worker.on('failed', (job, error) => onTrouble(`job ${job?.id ?? ''}: ${troubleOf(error)}`));
  await worker.waitUntilReady();
  await beat();
  const timer = setInterval(() => void beat(), timing.beatMs);
  onEvent({ kind: 'ready' });
  return {
    running: () => desk.running.size,
    close: async () => {
      desk.isClosing = true;
      clearInterval(timer);
      // Nobody should count on it any more while it finishes what it has begun.
      await sayFarewell(redis, { place, id }).catch(() => undefined);
      const closed = worker.close().then(() => true);
      while (desk.running.size > 0 && !(await Promise.race([closed, pause(50)])));
      // With Redis gone, BullMQ may wait for its answer for ever, and for the end of a connection that is being made again.
      if (!(await Promise.race([closed, pause(timing.graceMs)]))) void worker.disconnect().catch(() => undefined);
      redis.disconnect();
    },
  };
}

/** Redis that answers with errors (full, loading) is asked again at once by BullMQ: stand back for a second. */
async function restAfter(worker: Worker, error: Error): Promise<void> {
  if (error.name !== 'ReplyError' || worker.isPaused()) return;
  await worker.pause(true);
  setTimeout(() => worker.resume(), 1_000).unref();
}

/** Do one job; what it comes to is in its result, and what BullMQ keeps of it holds nothing. */
async function takeUp(desk: Desk, queued: Queued): Promise<null> {
  const { options, seal, peers } = desk;
  const { place } = options;
  const id = queued.id ?? '';
  const refuse = (why: string): Error => new peers.bullmq.UnrecoverableError(why);
  const envelope: unknown = queued.data;
  if (!isEnvelope(envelope)) throw refuse(FAILURES.forged);
  if (envelope.protocol !== PROTOCOL) throw refuse(FAILURES.protocol);
  const opened = await seal.open('job', contextOf(place, id), envelope.sealed);
  if (opened.problem !== null) throw refuse(FAILURES[opened.problem]);
  if (!isJob(opened.value)) throw refuse(FAILURES.forged);
  const job = opened.value;
  const { target } = job.brief;
  const isFine = await isAllowed(options.allow, target.address, options.resolver);
  const refusal = isFine ? null : `the worker at ${place} is not allowed to talk to ${target.address} (its --allow)`;
  const nonce = randomBytes(16).toString('hex');
  desk.running.add(id);
  try {
    await say(desk, queued, { nonce, refusal });
    if (refusal !== null) return null;
    const leave = await leaveFor(desk, id, nonce);
    if (leave === null) throw new Error(FAILURES.leave);
    const from = performance.now();
    const ending = new AbortController();
    const watch = watchOver(desk, id, ending);
    const result = await perform(job, leave, groundOf(options), ending.signal).finally(watch.end);
    note(desk, result);
    await putDown(desk, id, nonce, result);
    desk.done += 1;
    const ms = Math.round(performance.now() - from);
    options.onEvent?.({ kind: 'job', target: target.address, attempts: result.evidence.length, ms });
    return null;
  } finally {
    desk.running.delete(id);
  }
}

const groundOf = ({ accounts = [], resolver, ...ground }: WorkerOptions): Ground => ({
  ...ground,
  passwordOf: (user, address) => passwordAt(accounts, user, address, resolver),
});

/** Say that a job is to be begun, or why it is not. */
async function say({ seal, options, redis, timing }: Desk, queued: Queued, ask: Ask): Promise<void> {
  const id = queued.id ?? '';
  const sealed = await seal.seal('ask', contextOf(options.place, id), ask, 60_000);
  await redis.set(KEYS.ask(id), sealed, 'PX', Math.max(60_000, timing.leaveMs));
  // The event wakes the auditor, who looks by itself as well; with Redis gone it would be waited for as long as that is.
  void queued.updateProgress(1).catch(() => undefined);
}

/** Wait for the auditor's leave; null where none comes. Time in which Redis does not answer does not count. */
async function leaveFor({ seal, options, redis, timing }: Desk, id: string, nonce: string): Promise<Leave | null> {
  const key = KEYS.leave(id, nonce);
  let pauseMs = 10;
  for (let waitedMs = 0; waitedMs < timing.leaveMs; ) {
    const text = await redis.get(key).catch(() => undefined);
    if (text != null) {
      await redis.del(key, KEYS.ask(id)).catch(() => undefined);
      const opened = await seal.open('leave', contextOf(options.place, id, nonce), text);
      return opened.problem === null && isLeave(opened.value) ? opened.value : null;
    }
    await pause(pauseMs);
    if (text === null) waitedMs += pauseMs;
    pauseMs = Math.min(500, pauseMs * 1.5);
  }
  return null;
}

const pause = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

/** End a job whose auditor says so, or has not been heard of for long; what was answered until then is put down all the same. */
function watchOver({ redis, timing }: Desk, id: string, ending: AbortController): { readonly end: () => void } {
  let heardAt = performance.now();
  const look = async (): Promise<void> => {
    const [lease, stop] = await redis.mget(KEYS.run(runOf(id)), KEYS.stop(id));
    if (lease != null) heardAt = performance.now();
    if (stop != null || performance.now() - heardAt > timing.abandonedMs) ending.abort();
  };
  // Redis that does not answer says nothing about the auditor.
  const timer = setInterval(() => void look().catch(() => undefined), timing.pollMs);
  return { end: () => clearInterval(timer) };
}

/** Put a result down; tries for as long as somebody may read it, since what was answered is not to be lost. */
async function putDown(desk: Desk, id: string, nonce: string, result: Result): Promise<void> {
  const { seal, options, redis, timing } = desk;
  const sealed = await seal.seal('result', contextOf(options.place, id, nonce), result, RESULT_MS);
  const from = performance.now();
  for (let pauseMs = 100; ; pauseMs = Math.min(timing.beatMs, pauseMs * 2)) {
    try {
      await redis.set(KEYS.result(id, nonce), sealed, 'PX', RESULT_MS);
      return;
    } catch (error) {
      if (performance.now() - from > (desk.isClosing ? LAST_MS : RESULT_MS)) throw error;
      options.onEvent?.({ kind: 'trouble', text: troubleOf(error) });
      await pause(pauseMs);
    }
  }
}

/** Remember from which addresses it was heard; the latest come last. */
function note({ addresses, seen }: Desk, { evidence }: Result): void {
  const keep = (set: Set<string>, text: string | null): void => {
    if (text === null) return;
    set.delete(text);
    set.add(text);
  };
  for (const { session } of evidence) {
    keep(addresses, session.localAddress);
    keep(seen, session.seenAs);
  }
}
