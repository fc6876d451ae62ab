// Why a job has no result: what queue and place say of it, in our own words.
import { handIn, MOST_TIMES, type Pending } from './hand-in.js';
import { FAILURES, PROTOCOL } from './job.js';
import { type Desk, look, queueOf } from './place.js';
import { crowdAt } from './presence.js';
import { KEYS } from './redis.js';

/** Why a job without a result will have none; null where one may still come. A job that was lost is handed in again. */
export async function whyLost(desk: Desk, pending: Pending, signal: AbortSignal): Promise<string | null> {
  const { id, place } = pending;
  const { absent } = await look(desk, place);
  const state = await queueOf(desk, place).getJobState(id);
  const crowd = await crowdAt(desk.redis, desk.seal, place);
  // Redis may have forgotten a job that is being done all the same.
  if (crowd.workers.some(({ running }) => running.includes(id))) return null;
  if (state === 'failed') return failureOf(place, (await queueOf(desk, place).getJob(id))?.failedReason ?? '');
  if (state === 'completed') return `the result of the worker at ${place} was lost`;
  if (state !== 'unknown') {
    // A job that is begun and that nobody does is taken over by whoever is there.
    return absent !== null && performance.now() - absent.since > desk.options.waitMs ? absent.why : null;
  }
  // One that has just been done is not there any more either: then what was said or found is.
  const heard = [...pending.starts.keys()].map((nonce) => KEYS.result(id, nonce));
  if ((await desk.redis.exists(KEYS.ask(id), ...heard)) > 0) return null;
  if (pending.times >= MOST_TIMES) return `the queue has lost the job for ${place} ${MOST_TIMES} times`;
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
