// A job followed: leave given to whoever begins it, its result taken. Every wait ends: with the result, with the signal, or with the
// reason for which there will be none. Judges nothing.
// SAFETY: a result counts only where it opens under the very start of the job that leave was given to.
import { systemClock } from '../execute/ports.js';
import { UsageError } from '../model/errors.js';
import { clear, handIn, LEAVE_MS, type Pending, pend, type Task } from './hand-in.js';
import { contextOf, isAsk, isResult, type Result } from './job.js';
import { whyLost } from './lost.js';
import { questionOf } from './memory.js';
import { type Desk, queueOf, whyNot } from './place.js';
import { KEYS, troubleOf } from './redis.js';

export interface Told extends Result {
  /** Which of the starts that were given leave it is the result of, from 0; null where it is none of them. */
  readonly start: number | null;
}

const none = (problem: string): Told => ({ evidence: [], problem, start: null });

/** Have a task done at its place. Never rejects for trouble of queue or place: that is the result's problem. */
export async function follow(desk: Desk, task: Task, signal: AbortSignal): Promise<Told> {
  const why = await whyNot(desk, task.place, signal);
  if (why !== null) return none(why);
  const question = questionOf(task.brief, task.source);
  // Equal for the same round of the same server in one run: handed in twice, it is there once. BullMQ forbids colons.
  const pending = await pend(desk, task, `${desk.run}-${question}-${task.round}`, question);
  return followed(desk, pending, signal, () => handIn(desk, pending, signal));
}

/** Follow a job from when it is in the queue; `begin` says why it is not. */
export async function followed(
  desk: Desk,
  pending: Pending,
  signal: AbortSignal,
  begin: () => Promise<string | null>,
): Promise<Told> {
  // Its events are heard from now on.
  queueOf(desk, pending.place);
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
        await systemClock.wait(ms, early.signal);
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
  const { id, starts, place } = pending;
  const nonces = [...starts.keys()];
  const [ask, ...results] = await redis.mget(KEYS.ask(id), ...nonces.map((nonce) => KEYS.result(id, nonce)));
  for (const [index, text] of results.entries()) {
    if (text == null) continue;
    const nonce = nonces[index] ?? '';
    const at = Date.now();
    const { value } = await seal.open('result', contextOf(place, id, nonce), text, at);
    if (!isResult(value)) continue;
    desk.remember({ kind: 'result', job: id, nonce, at, sealed: text });
    return { ...value, start: index };
  }
  if (ask == null) return null;
  const { value } = await seal.open('ask', contextOf(place, id), ask);
  if (!isAsk(value)) return null;
  if (value.refusal !== null) return none(value.refusal);
  // The same start gets the same leave again: it may have been lost on the way. The worker takes its question back with it.
  const text = starts.get(value.nonce) ?? (await grant(desk, pending, value.nonce));
  await redis.set(KEYS.leave(id, value.nonce), text, 'PX', LEAVE_MS);
  return null;
}

async function grant(
  { seal, remember }: Desk,
  { id, place, round, question, starts, leave: next }: Pending,
  nonce: string,
): Promise<string> {
  const leave = next();
  const granted = leave.granted.map(({ key, tokens }) => ({ key, isMessage: tokens !== null }));
  remember({ kind: 'leave', question, round, job: id, nonce, granted });
  const text = await seal.seal('leave', contextOf(place, id, nonce), leave, LEAVE_MS);
  starts.set(nonce, text);
  return text;
}
