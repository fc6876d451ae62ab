// What is to be asked, what is being asked, what may be asked again and when. The planner is called anew whenever something
// was learnt, so that nothing waits for a phase to end; what it no longer wants is dropped before it is sent.
import type { Attempt } from '../model/attempt.js';
import type { Evidence } from '../model/evidence.js';
import { PLAIN } from '../replies/plain.js';
import { createChanges } from './changes.js';
import type { Clock } from './ports.js';

export type Next = (evidence: readonly Evidence[]) => readonly Attempt[];

export interface Work {
  /** All evidence so far, in the order in which it came. */
  readonly evidence: readonly Evidence[];
  /** Attempts that can be asked now, in the planner's order. */
  ready(): readonly Attempt[];
  /** Take attempts out of what is ready, until they are done or given back. */
  take(attempts: readonly Attempt[]): void;
  /** How often an attempt's own lines were sent. */
  tries(attempt: Attempt): number;
  countTry(attempt: Attempt): number;
  /** Whether an attempt must have a session of its own from now on. */
  isAlone(attempt: Attempt): boolean;
  /** Give attempts back, to be asked alone or not, not before `afterMs` from now; `isAnew` forgets the tries so far. */
  giveBack(
    attempts: readonly Attempt[],
    options: { readonly alone: boolean; readonly afterMs?: number; readonly isAnew?: true },
  ): void;
  done(evidence: Evidence): void;
  /** Take back the last try: the attempt's lines were sent, and the server was not listening. */
  forgetTry(attempt: Attempt): void;
  /** Whether nothing is asked from a source for now. */
  isPaused(source: string): boolean;
  /** Ask nothing from a source for a while; later calls only lengthen it. */
  pause(source: string, ms: number): void;
  /** Wake whoever waits for a change: something else than the attempts has changed. */
  stir(): void;
  /** Whether attempts are under way or wait for their time. */
  isPending(): boolean;
  /** Resolves when something changes, when the next pause ends, or when the signal aborts. */
  change(signal: AbortSignal): Promise<void>;
}

/** Planning may take one part in so many of the time, and waits until so large a part of what is known is new. */
const PLANNING_PART = 20;
const NEW_PART = 8;

/**
 * Whether a plan may wait for more than this piece of evidence: one more refusal of a recipient seldom changes it. What was
 * accepted, a login, the first answers of a place do.
 */
const mayWaitFor = ({ attempt, exchanges }: Evidence): boolean =>
  attempt.role === 'probe' &&
  attempt.credentials === 'none' &&
  attempt.depth === 'rcpt' &&
  attempt.technique !== PLAIN &&
  (exchanges.at(-1)?.reply?.code ?? 0) >= 400;

/** Make the work of one server. */
export function createWork(
  next: Next,
  clock: Clock,
  initial: readonly Evidence[],
  onEvidence: (evidence: Evidence) => void,
): Work {
  const evidence: Evidence[] = [...initial];
  const taken = new Set<string>();
  const triesOf = new Map<string, number>();
  const alone = new Set<string>();
  const notBefore = new Map<string, number>();
  const pausedUntil = new Map<string, number>();
  const finished = new Set(evidence.map(({ attempt }) => attempt.key));
  let wanted = next(evidence);
  let isStale = false;
  let isUrgent = false;
  let plannedWith = evidence.length;
  let plannedAt = clock.now();
  let costMs = 0;
  let lookedAt = plannedAt;
  const changes = createChanges();
  const isOpen = ({ key }: Attempt): boolean => !finished.has(key);
  // Planning looks at everything that is known: while there is enough to do it is not worth doing with every piece of evidence.
  const isSoon = (): boolean =>
    (evidence.length - plannedWith) * NEW_PART < plannedWith || clock.now() - plannedAt < costMs * PLANNING_PART;
  const mayWait = (): boolean => !isUrgent && isSoon() && wanted.some(isReady);
  const current = (): readonly Attempt[] => {
    if (!isStale || mayWait()) return wanted.filter(isOpen);
    const from = clock.now();
    wanted = next(evidence);
    isStale = false;
    isUrgent = false;
    plannedWith = evidence.length;
    plannedAt = clock.now();
    costMs = plannedAt - from;
    return wanted;
  };
  const isReady = (attempt: Attempt): boolean =>
    isOpen(attempt) && !taken.has(attempt.key) && readyAt(attempt) <= clock.now();
  const readyAt = (attempt: Attempt): number =>
    Math.max(notBefore.get(attempt.key) ?? 0, pausedUntil.get(attempt.source) ?? 0);

  return {
    evidence,
    ready: () => {
      lookedAt = clock.now();
      return current().filter((attempt) => !taken.has(attempt.key) && readyAt(attempt) <= lookedAt);
    },
    take: (attempts) => {
      for (const { key } of attempts) taken.add(key);
    },
    tries: (attempt) => triesOf.get(attempt.key) ?? 0,
    countTry: (attempt) => {
      const tries = (triesOf.get(attempt.key) ?? 0) + 1;
      triesOf.set(attempt.key, tries);
      return tries;
    },
    forgetTry: ({ key }) => {
      triesOf.set(key, Math.max(0, (triesOf.get(key) ?? 0) - 1));
    },
    isPaused: (source) => (pausedUntil.get(source) ?? 0) > clock.now(),
    isAlone: (attempt) => attempt.alone || alone.has(attempt.key),
    giveBack: (attempts, options) => {
      for (const { key } of attempts) {
        taken.delete(key);
        if (options.isAnew) triesOf.delete(key);
        if (options.alone) alone.add(key);
        if (options.afterMs) notBefore.set(key, clock.now() + options.afterMs);
      }
      changes.announce();
    },
    done: (piece) => {
      taken.delete(piece.attempt.key);
      finished.add(piece.attempt.key);
      evidence.push(piece);
      isStale = true;
      isUrgent ||= !mayWaitFor(piece);
      onEvidence(piece);
      changes.announce();
    },
    pause: (source, ms) => {
      pausedUntil.set(source, Math.max(pausedUntil.get(source) ?? 0, clock.now() + ms));
    },
    stir: changes.announce,
    isPending: () => taken.size > 0 || current().length > 0,
    change: async (signal) => {
      const waits = current()
        .filter((attempt) => !taken.has(attempt.key))
        .map(readyAt)
        // What has become ready since somebody looked last must not be waited for in vain.
        .filter((at) => at > lookedAt)
        .map((at) => Math.max(0, at - clock.now()));
      if (waits.length === 0) return until(changes.next(), signal);
      // Not AbortSignal.any, of which each wait would leave one behind for as long as the audit lasts.
      const wait = new AbortController();
      const stop = (): void => wait.abort();
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop);
      await Promise.race([changes.next(), clock.wait(Math.min(...waits), wait.signal)]);
      signal.removeEventListener('abort', stop);
      stop();
    },
  };
}

/** Wait for a promise or for the signal, whichever is first. */
function until(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    void promise.then(end);
  });
}
