// What becomes of an attempt that was asked: done, asked again alone, or asked again later (ARCHITECTURE, "The life of an
// attempt"). At most three tries, waits for greylisting apart.
import type { Attempt } from '../model/attempt.js';
import type { Evidence } from '../model/evidence.js';
import type { Reason } from '../model/reason.js';
import { type Reading, read } from '../replies/read.js';
import type { Context } from './context.js';
import { mayRest } from './throttle.js';

export const MAX_TRIES = 3;

/** Pauses before the second and the third try, in milliseconds. */
const PAUSES = [300, 3_000] as const;

/** What a server says or does when it is out of temper; asked again, the same question may be answered. */
const PASSING: ReadonlySet<Reason> = new Set([
  'disconnected',
  'server-busy',
  'rate-limited',
  'too-many-errors',
  'too-many-recipients',
  'protocol-error',
]);

/** Settle what was asked in a session of its own. */
export function concludeAlone(context: Context, evidence: Evidence): void {
  const { work } = context;
  const { attempt } = evidence;
  const tries = work.tries(attempt);
  const reading = read(evidence, null);
  const prior = context.accepted.get(attempt.key);
  const isRepeatable = mayRepeat(attempt, tries);
  if (prior !== undefined && !isAcceptance(reading)) {
    const doubted = { ...prior, tries, isInconsistent: prior.isInconsistent || reading.answer !== 'none' };
    context.accepted.set(attempt.key, doubted);
    if (isRepeatable) work.giveBack([attempt], { alone: true });
    else work.done(doubted);
  } else if (reading.reason === 'rate-limited' && attempt.credentials === 'none' && mayRest(context, attempt.source)) {
    work.forgetTry(attempt);
    work.giveBack([attempt], { alone: work.isAlone(attempt) });
  } else if (PASSING.has(reading.reason) && isRepeatable)
    work.giveBack([attempt], { alone: true, afterMs: PAUSES[tries - 1] ?? 0 });
  else conclude(context, { ...evidence, isInconsistent: prior?.isInconsistent ?? false }, reading);
}

/** Say whether an attempt may be asked once more; a login is not repeated: it may be the one that locks the account. */
export const mayRepeat = ({ credentials, depth }: Attempt, tries: number): boolean =>
  credentials === 'none' && depth !== 'message' && tries < MAX_TRIES;

const isAcceptance = ({ answer }: Reading): boolean => answer === 'accepted' || answer === 'queued';

/** Finish an attempt, unless it is deferred and may wait. */
export function conclude(context: Context, evidence: Evidence, reading: Reading = read(evidence, null)): void {
  const { work, options } = context;
  const { attempt } = evidence;
  const waiting = context.deferred.get(attempt.key);
  const first = waiting?.first ?? evidence;
  if (isDeferred(reading) && attempt.credentials === 'none') {
    const waited = waiting?.waited ?? 0;
    const round = waiting?.round ?? 0;
    const wait = nextWait(options.greylistWaitMs, waited, round, evidence);
    if (wait > 0) {
      context.deferred.set(attempt.key, { first, waited: waited + wait, round: round + 1 });
      work.giveBack([attempt], { alone: work.isAlone(attempt), afterMs: wait, isAnew: true });
      return;
    }
  }
  // The first answer stays in the transcript before the last.
  work.done(first === evidence ? evidence : { ...evidence, exchanges: [...first.exchanges, ...evidence.exchanges] });
}

const isDeferred = ({ answer, weight, stage }: Reading): boolean =>
  answer === 'temporary' &&
  weight === 'block' &&
  (stage === 'mail' || stage === 'rcpt' || stage === 'data' || stage === 'message');

/** How long to wait before a deferred attempt is asked again: what the server says, else growing parts of what is allowed. */
function nextWait(allowedMs: number, waitedMs: number, round: number, evidence: Evidence): number {
  const left = allowedMs - waitedMs;
  if (left <= 0) return 0;
  const asked = waitAskedFor(evidence);
  return Math.min(left, asked ?? Math.max(500, (allowedMs / 16) * 2 ** round));
}

/** A wait that a reply names (`in 300 seconds`, `retry=00:05:00`), in milliseconds, a second added; null where it names none. */
function waitAskedFor(evidence: Evidence): number | null {
  const text = evidence.exchanges.at(-1)?.reply?.text ?? '';
  const clock = /\b(\d{1,2}):(\d{2}):(\d{2})\b/.exec(text);
  if (clock) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]) + 1) * 1_000;
  const words = /\b(\d{1,5})\s*(s|sec|secs|seconds?|m|min|mins|minutes?)\b/i.exec(text);
  if (!words) return null;
  return Number(words[1]) * (words[2]?.toLowerCase().startsWith('m') ? 60_000 : 1_000) + 1_000;
}
