// A job as it is handed in to the queue of its place, and cleared away.
import { systemClock } from '../execute/ports.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { contextOf, type Envelope, type Job, type Leave, type Limits, PROTOCOL } from './job.js';
import { type Desk, expireKeys, queueOf } from './place.js';
import { KEYS, troubleOf } from './redis.js';

export interface Task {
  readonly brief: Brief;
  /** Id of the source in the brief, and the place that it names. */
  readonly source: string;
  readonly place: string;
  readonly round: number;
  /** All that is known of the server. */
  readonly evidence: readonly Evidence[];
  readonly limits: Limits;
  readonly canaryIsDomain: boolean;
  /** Gives leave to one more start of the job; what was granted to an earlier one is not granted again. */
  readonly leave: () => Leave;
}

/** Leave, asks and what an auditor says of a job are soon forgotten. */
export const LEAVE_MS = 60_000;
/** Jobs outlive their auditors' patience, and not the night. */
const JOB_MS = 6 * 3_600_000;

/** A job that is waited for: the starts of it that asked for leave, with the leave that they got. */
export interface Pending extends Pick<Task, 'place' | 'round' | 'leave'> {
  readonly id: string;
  readonly question: string;
  /** What stands in the queue; null where an auditor before this one put it there, and it is not handed in again. */
  readonly envelope: Envelope | null;
  /** By nonce; null where an auditor before this one gave the leave. */
  readonly starts: Map<string, string | null>;
  times: number;
}

/** How often a job that was lost with the queue is handed in again. */
export const MOST_TIMES = 5;

/** Seal a task as a job of this name. */
export async function pend({ seal }: Desk, task: Task, id: string, question: string): Promise<Pending> {
  const { brief, source, place, round, evidence, limits, canaryIsDomain, leave } = task;
  const job: Job = {
    brief: { ...brief, techniques: brief.techniques.map((one) => one.id) },
    source,
    round,
    evidence,
    limits,
    canaryIsDomain,
  };
  const sealed = await seal.seal('job', contextOf(place, id), job, JOB_MS);
  const envelope = { protocol: PROTOCOL, sealed };
  return { id, place, round, leave, question, envelope, starts: new Map(), times: 0 };
}

/** Hand a job in, again where Redis does not take it; gives why it could not be. */
export async function handIn(desk: Desk, pending: Pending, signal: AbortSignal): Promise<string | null> {
  const { envelope, place } = pending;
  if (envelope === null) return 'the queue does not have the job any more';
  const queue = queueOf(desk, place);
  const from = performance.now();
  for (;;) {
    try {
      await queue.add('ask', envelope, {
        jobId: pending.id,
        attempts: 3,
        backoff: { type: 'exponential', delay: 1_000 },
        // Servers that were begun are finished first; jobs without a number come before those with one.
        ...(pending.round === 0 ? { priority: 1 } : {}),
        // What it came to is under a key of our own by then.
        removeOnComplete: true,
        removeOnFail: { age: 600, count: 1_000 },
        stackTraceLimit: 0,
      });
      pending.times += 1;
      void desk.redis.pexpire(queue.toKey(pending.id), JOB_MS + LEAVE_MS).catch(() => undefined);
      expireKeys(desk, place);
      return null;
    } catch (error) {
      if (signal.aborted || performance.now() - from > desk.options.waitMs)
        return `the queue takes no job for ${place}: ${troubleOf(error)}`;
      await systemClock.wait(Math.min(500, desk.timing.pollMs), signal);
    }
  }
}

/** Clear away what nobody will read. */
export async function clear(desk: Desk, pending: Pending, isDone: boolean): Promise<void> {
  const { id, place, starts } = pending;
  const nonces = [...starts.keys()];
  const keys = nonces.flatMap((nonce) => [KEYS.leave(id, nonce), KEYS.result(id, nonce)]);
  await desk.redis.del(KEYS.ask(id), ...keys);
  // A job that is done removes itself, if it was handed in once, and one that is being done cannot be removed.
  if (!isDone || pending.times > 1)
    await queueOf(desk, place)
      .remove(id)
      .catch(() => 0);
}
