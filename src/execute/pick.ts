// What a lane does next: an attempt alone, or those of one shape together; what takes most round trips begins first, so that
// nothing long is left for the end. Pure in what is shared of the server (context.ts); asks and opens nothing.
import type { Attempt } from '../model/attempt.js';
import { isDelicate, type SharedSession } from './compose.js';
import { budgetOf, type Context, isNear, shapeOf } from './context.js';

export type Task =
  | { readonly kind: 'alone'; readonly attempt: Attempt }
  | { readonly kind: 'together'; readonly shape: string; readonly attempts: readonly Attempt[] };

/** What a lane does next; one that asked alone goes on with that, so that sessions that end without a QUIT of their own end last. */
export function pick(context: Context, shared: SharedSession | null, wasAlone: boolean): Task | null {
  const ready = context.work.ready().filter((attempt) => attempt.mechanism === null || !context.isLoggingIn);
  // What was accepted beside others comes first: it may make the rest needless.
  const repeat = ready.find((attempt) => context.accepted.has(attempt.key));
  if (repeat) return { kind: 'alone', attempt: repeat };
  const together = ready.filter((attempt) => !isAlone(context, attempt));
  const ofShape = (shape: string): readonly Attempt[] => together.filter((attempt) => shapeOf(attempt) === shape);
  if (shared !== null) {
    const more = ofShape(shared.shape);
    if (more.length > 0) return { kind: 'together', shape: shared.shape, attempts: more };
  }
  // What takes most round trips begins first, so that nothing long is left for the end.
  const shapes = [...new Set(together.map(shapeOf))];
  const unserved = shapes.filter((shape) => (context.serving.get(shape) ?? 0) === 0);
  const large = unserved.find((shape) => ofShape(shape).length > budgetOf(context).negatives);
  if (large !== undefined) return { kind: 'together', shape: large, attempts: ofShape(large) };
  const alone = ready.filter((attempt) => isAlone(context, attempt));
  const long = alone.find(({ greeting }) => wasAlone || greeting.verb !== 'none');
  if (long) return { kind: 'alone', attempt: long };
  const shape = unserved[0] ?? shapes.find((one) => isWorthASession(context, ofShape(one)));
  if (shape === undefined && alone[0]) return { kind: 'alone', attempt: alone[0] };
  return shape === undefined ? null : { kind: 'together', shape, attempts: ofShape(shape) };
}

/**
 * Whether an attempt has a session of its own. Without EHLO nothing can be pipelined, and that takes fewer round trips than a
 * shared session with a sentinel.
 */
export function isAlone({ work, options, budget }: Context, attempt: Attempt): boolean {
  const mayShare = options.brief.sharedSessions && (budget?.negatives ?? 2) > 1;
  return !mayShare || work.isAlone(attempt) || attempt.greeting.verb !== 'EHLO';
}

/** Whether a shape that is served already has more to ask than its session will take next. */
const isWorthASession = (context: Context, attempts: readonly Attempt[]): boolean =>
  attempts.length > (context.isPipelining ? budgetOf(context).negatives : 2) ||
  (isNear(context) && attempts.some(isDelicate));
