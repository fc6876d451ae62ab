// A job followed: handed in, leave given to whoever begins it, its result taken. Every wait ends: with the result, with the signal,
// or with the reason for which there will be none. Judges nothing.
// SAFETY: a result counts only where it opens under the very start of the job that leave was given to.
import type { Brief } from '../model/brief.js';
import { UsageError } from '../model/errors.js';
import type { Evidence } from '../model/evidence.js';
import {
  contextOf,
  type Envelope,
  FAILURES,
  isAsk,
  isResult,
  type Job,
  type Leave,
  type Limits,
  PROTOCOL,
  type Result,
  runOf,
} from './job.js';
import { questionOf } from './memory.js';
import { type Desk, expireKeys, look, queueOf, renew, soon, whyNot } from './place.js';
import { crowdAt } from './presence.js';
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

export interface Told extends Result {
  /** Which of the starts that were given leave it is the result of, from 0; null where it is none of them. */
  readonly start: number | null;
}

/** Leave, asks and what an auditor says of a job are soon forgotten. */
const LEAVE_MS = 60_000;
/** Jobs outlive their auditors' patience, and not the night. */
const JOB_MS = 6 * 3_600_000;
/** How often a job that was lost with the queue is handed in again. */
const MOST_TIMES = 5;

/** A job that was handed in: the starts of it that asked for leave, with the leave that they got. */
interface Pending {
  readonly id: string;
  readonly task: Task;
  readonly question: string;
  readonly envelope: Envelope;
  /** By nonce; null where an auditor before this one gave the leave. */
  readonly starts: Map<string, string | null>;
  times: number;
}

const none = (problem: string): Told => ({ evidence: [], problem, start: null });

/** Have a task done at its place. Never rejects for trouble of queue or place: that is the result's problem. */
export async function follow(desk: Desk, task: Task, signal: AbortSignal): Promise<Told> {
  const why = await whyNot(desk, task.place, signal);
  if (why !== null) return none(why);
  const question = questionOf(task.brief, task.source);
  const told = task.round === 0 ? await takeUp(desk, task, question, signal) : null;
  return told ?? (await handOver(desk, task, question, signal));
}

/**
 * Take up the job of an auditor before this one that asks the same, being done or done; null where there is none, or it came to
 * nothing. What that auditor had begun besides is ended.
 */
async function takeUp(desk: Desk, task: Task, question: string, signal: AbortSignal): Promise<Told | null> {
  const { begun, others } = desk.recall(question);
  const ended = others.map((job) => desk.redis.set(KEYS.stop(job), '1', 'PX', LEAVE_MS));
  await Promise.allSettled(ended);
  if (begun === null) return null;
  desk.runs.add(runOf(begun.job));
  await renew(desk).catch(() => undefined);
  const pending = await pend(desk, task, begun.job, question);
  for (const nonce of begun.nonces) pending.starts.set(nonce, null);
  // Where the queue does not have it any more it is asked anew, under another name.
  pending.times = MOST_TIMES;
  const told = await followed(desk, pending, signal, async () => null);
  return told.problem === null || signal.aborted ? told : null;
}

async function handOver(desk: Desk, task: Task, question: string, signal: AbortSignal): Promise<Told> {
  // Equal for the same round of the same server in one run: handed in twice, it is there once. BullMQ forbids colons.
  const pending = await pend(desk, task, `${desk.run}-${question}-${task.round}`, question);
  return followed(desk, pending, signal, () => handIn(desk, pending, signal));
}

/** Follow a job from when it is in the queue; `begin` says why it is not. */
async function followed(
  desk: Desk,
  pending: Pending,
  signal: AbortSignal,
  begin: () => Promise<string | null>,
): Promise<Told> {
  // Its events are heard from now on.
  queueOf(desk, pending.task.place);
  const wakeful = wakefulness(desk, pending.id);
  let isDone = false;
  try {
    const handed = await begin();
    if (handed !== null) return none(handed);
    const told = await resultOf(desk, pending, wakeful.wait, signal);
    isDone = told.start !== null;
    return told;
  } finally {
    wakeful.end();
    // What nobody will read is cleared away in passing, and expires where that fails.
    void clear(desk, pending, isDone).catch(() => undefined);
  }
}

async function pend({ seal }: Desk, task: Task, id: string, question: string): Promise<Pending> {
  const { brief, source, place, round, evidence, limits, canaryIsDomain } = task;
  const job: Job = {
    brief: { ...brief, techniques: brief.techniques.map((one) => one.id) },
    source,
    round,
    evidence,
    limits,
    canaryIsDomain,
  };
  const sealed = await seal.seal('job', contextOf(place, id), job, JOB_MS);
  return { id, task, question, envelope: { protocol: PROTOCOL, sealed }, starts: new Map(), times: 0 };
}

/** Hand a job in, again where Redis does not take it; gives why it could not be. */
async function handIn(desk: Desk, pending: Pending, signal: AbortSignal): Promise<string | null> {
  const queue = queueOf(desk, pending.task.place);
  const from = performance.now();
  for (;;) {
    try {
      await queue.add('ask', pending.envelope, {
        jobId: pending.id,
        attempts: 3,
        backoff: { type: 'exponential', delay: 1_000 },
        // Servers that were begun are finished first; jobs without a number come before those with one.
        ...(pending.task.round === 0 ? { priority: 1 } : {}),
        // What it came to is under a key of our own by then.
        removeOnComplete: true,
        removeOnFail: { age: 600, count: 1_000 },
        stackTraceLimit: 0,
      });
      pending.times += 1;
      void desk.redis.pexpire(queue.toKey(pending.id), JOB_MS + LEAVE_MS).catch(() => undefined);
      expireKeys(desk, pending.task.place);
      return null;
    } catch (error) {
      if (signal.aborted || performance.now() - from > desk.options.waitMs)
        return `the queue takes no job for ${pending.task.place}: ${troubleOf(error)}`;
      await soon(signal, Math.min(500, desk.timing.pollMs));
    }
  }
}

/** Resolves at the next event of a job, after a while, or with the signal; an event between two waits counts. */
function wakefulness(
  { waiting }: Desk,
  id: string,
): { wait: (ms: number, signal: AbortSignal) => Promise<void>; end: () => void } {
  let isAwake = false;
  let wake = (): void => {};
  waiting.set(id, () => {
    isAwake = true;
    wake();
  });
  return {
    wait: async (ms, signal) => {
      if (!isAwake) {
        const early = new AbortController();
        wake = () => early.abort();
        const stop = (): void => early.abort();
        if (!signal.aborted) signal.addEventListener('abort', stop, { once: true });
        await soon(early.signal, ms);
        signal.removeEventListener('abort', stop);
      }
      isAwake = false;
    },
    end: () => void waiting.delete(id),
  };
}

/** Give leave and look for the result until there is one, or there will be none. */
async function resultOf(
  desk: Desk,
  pending: Pending,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<Told> {
  const { timing, redis, options } = desk;
  let stopAt: number | null = null;
  let goneSince: number | null = null;
  // A job of an auditor before this one may have been lost long ago.
  let checkedAt = pending.starts.size > 0 ? Number.NEGATIVE_INFINITY : performance.now();
  for (;;) {
    const now = performance.now();
    if (signal.aborted && stopAt === null) {
      stopAt = now + timing.graceMs;
      await redis.set(KEYS.stop(pending.id), '1', 'PX', LEAVE_MS).catch(() => undefined);
    }
    try {
      const result = await turn(desk, pending);
      if (result !== null) return result;
      goneSince = null;
      if (stopAt === null && now - checkedAt >= 2 * timing.pollMs) {
        checkedAt = now;
        const problem = await whyLost(desk, pending, signal);
        if (problem !== null) return (await turn(desk, pending)) ?? none(problem);
      }
    } catch (error) {
      // What cannot be remembered ends it: it would be done or counted twice.
      if (error instanceof UsageError) throw error;
      goneSince ??= now;
      if (now - goneSince > 2 * options.waitMs) return none(`the queue cannot be reached: ${troubleOf(error)}`);
    }
    if (stopAt !== null && now >= stopAt) return none(STOPPED);
    await wait(timing.pollMs, stopAt === null ? signal : NEVER);
  }
}

const STOPPED = 'the place did not answer before the end';
const NEVER = new AbortController().signal;

/** One look at what the worker has put down. */
async function turn(desk: Desk, pending: Pending): Promise<Told | null> {
  const { redis, seal } = desk;
  const { id, starts, task } = pending;
  const nonces = [...starts.keys()];
  const [ask, ...results] = await redis.mget(KEYS.ask(id), ...nonces.map((nonce) => KEYS.result(id, nonce)));
  for (const [index, text] of results.entries()) {
    if (text == null) continue;
    const { value } = await seal.open('result', contextOf(task.place, id, nonces[index] ?? ''), text);
    if (!isResult(value)) continue;
    desk.remember({ kind: 'result', job: id });
    return { ...value, start: index };
  }
  if (ask == null) return null;
  const { value } = await seal.open('ask', contextOf(task.place, id), ask);
  if (!isAsk(value)) return null;
  if (value.refusal !== null) return none(value.refusal);
  // The same start gets the same leave again: it may have been lost on the way. The worker takes its question back with it.
  const text = starts.get(value.nonce) ?? (await grant(desk, pending, value.nonce));
  await redis.set(KEYS.leave(id, value.nonce), text, 'PX', LEAVE_MS);
  return null;
}

async function grant(
  { seal, remember }: Desk,
  { id, task, question, starts }: Pending,
  nonce: string,
): Promise<string> {
  const leave = task.leave();
  const messages = leave.granted.flatMap(({ key, tokens }) => (tokens === null ? [] : [key]));
  remember({ kind: 'leave', question, round: task.round, job: id, nonce, messages });
  const text = await seal.seal('leave', contextOf(task.place, id, nonce), leave, LEAVE_MS);
  starts.set(nonce, text);
  return text;
}

/** Why a job without a result will have none; null where one may still come. A job that was lost is handed in again. */
async function whyLost(desk: Desk, pending: Pending, signal: AbortSignal): Promise<string | null> {
  const { id, task } = pending;
  const place = await look(desk, task.place);
  const state = await queueOf(desk, task.place).getJobState(id);
  const crowd = await crowdAt(desk.redis, desk.seal, task.place);
  // Redis may have forgotten a job that is being done all the same.
  if (crowd.workers.some(({ running }) => running.includes(id))) return null;
  if (state === 'failed')
    return failureOf(task.place, (await queueOf(desk, task.place).getJob(id))?.failedReason ?? '');
  if (state === 'completed') return `the result of the worker at ${task.place} was lost`;
  if (state !== 'unknown') {
    // A job that is begun and that nobody does is taken over by whoever is there.
    const { absent } = place;
    return absent !== null && performance.now() - absent.since > desk.options.waitMs ? absent.why : null;
  }
  if (pending.times >= MOST_TIMES) return `the queue has lost the job for ${task.place} ${MOST_TIMES} times`;
  return handIn(desk, pending, signal);
}

/** What BullMQ keeps of a failure is known by our own words, and never shown: anybody could have written it. */
function failureOf(place: string, reason: string): string {
  if (reason === FAILURES.protocol)
    return `the worker at ${place} speaks another protocol than ${PROTOCOL}: give both the same version`;
  if (reason === FAILURES.forged) return `the worker at ${place} cannot open the job: another key, or it was altered`;
  if (reason === FAILURES.expired) return `the job was too old for the worker at ${place}, or the clocks differ`;
  if (reason === FAILURES.leave) return `the worker at ${place} got no leave to begin`;
  if (/stalled/.test(reason)) return `workers at ${place} died again and again while they did the job`;
  return `the worker at ${place} failed`;
}

async function clear(desk: Desk, { id, task, starts }: Pending, isDone: boolean): Promise<void> {
  const nonces = [...starts.keys()];
  const keys = nonces.flatMap((nonce) => [KEYS.leave(id, nonce), KEYS.result(id, nonce)]);
  await desk.redis.del(KEYS.ask(id), ...keys);
  // A job that is done removes itself, and one that is being done cannot be removed.
  if (!isDone)
    await queueOf(desk, task.place)
      .remove(id)
      .catch(() => 0);
}
