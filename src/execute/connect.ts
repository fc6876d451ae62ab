// Opening and closing the sessions of the lanes: pace, and what to do when the server does not take another connection.
import type { Attempt } from '../model/attempt.js';
import type { Reason } from '../model/reason.js';
import type { Reply } from '../model/reply.js';
import { sourceOf } from '../model/source.js';
import { fingerprint } from '../replies/fingerprint.js';
import { type Reading, read } from '../replies/read.js';
import { mayPipeline } from './batch.js';
import { startBudget } from './budget.js';
import { claimSource } from './claim-source.js';
import { type Context, makeEvidence, noteRoundTrip, wayOf } from './context.js';
import { isReady, openSession, type Session } from './session.js';

/** Pauses after one, two, … failed connections in a row, in milliseconds: limits count per second, or per minute. */
const BUSY = [500, 2_000, 10_000, 30_000, 60_000, 60_000] as const;
/** A server that starts again is back sooner; whoever is banned waits in vain. */
const GONE = [500, 2_000, 5_000, 10_000] as const;
/** Silence has taken its time already. */
const SILENT = [1_000] as const;
/** Who is too busy says so at once; who never lets anybody in, and waits so long first, in milliseconds, waits for something else. */
const WAITED_MS = 750;
const WAITED = [500, 2_000] as const;

/** What may pass: a limit on connections. */
const PASSING: ReadonlySet<Reason> = new Set(['server-busy', 'rate-limited', 'too-many-errors', 'temporary-failure']);

/** How long to wait for a server that does not take a connection; null where asking again is pointless. */
function backOffFor(
  { reason, stage, answer }: Reading,
  hasConnected: boolean,
  greetingMs: number,
): readonly number[] | null {
  if (PASSING.has(reason)) return hasConnected || greetingMs < WAITED_MS ? BUSY : WAITED;
  if (reason === 'disconnected') return GONE;
  // Who has never been let in is not let in later.
  if (!hasConnected) return null;
  if (reason === 'timeout') return stage === 'connect' || stage === 'greeting' ? SILENT : null;
  return reason === 'unreachable' || (stage === 'greeting' && answer === 'permanent') ? GONE : null;
}

/**
 * Open a session for attempts of one shape; null where it is of no use: then the attempts are done or given back, and
 * `isFull` says that the server took no further connection while others were open.
 */
export async function connect(
  context: Context,
  attempts: readonly Attempt[],
): Promise<{ session: Session | null; isFull: boolean }> {
  const { clock, brief, signal, rate } = context.options;
  const [first] = attempts;
  const source = first && sourceOf(brief.sources, first.source);
  if (!first || !source) return { session: null, isFull: false };
  const way = wayOf(first);
  if (rate !== null) {
    const at = Math.max(clock.now(), context.nextConnectionAt);
    context.nextConnectionAt = at + 1_000 / rate;
    await clock.wait(at - clock.now(), signal);
  }
  const { isShared, sessions } = context.options;
  while (isShared && context.closing.size > 0 && context.open + context.closing.size >= sessions)
    await Promise.race(context.closing);
  const startedAt = clock.date().toISOString();
  const from = clock.now();
  context.open += 1;
  context.opened += 1;
  const session = await openSession(`c${context.opened}`, brief.target, source, first, context.limits);
  await claimSource(session, first);
  if (isReady(session)) {
    context.trouble.delete(way);
    context.hasConnected.add(way);
    context.budget ??= startBudget(productOf(session));
    context.isPipelining = mayPipeline(session);
    const hello = session.exchanges.find(({ stage }) => stage === 'helo');
    if (hello) noteRoundTrip(context, hello.elapsedMs);
    return { session, isFull: false };
  }
  // EHLO that is refused for its name is an answer to the attempt, not trouble with the connection.
  if (session.facts.greeting !== null && session.facts.greeting.code < 400) context.hasConnected.add(way);
  close(context, session);
  const durationMs = Math.round(clock.now() - from);
  const evidence = makeEvidence(first, session, { startedAt, durationMs, tries: 1 }, {});
  const greetingMs = session.exchanges.find(({ stage }) => stage === 'greeting')?.elapsedMs ?? 0;
  const backOff = backOffFor(read(evidence, null), context.hasConnected.has(way), greetingMs);
  // A run that was stopped says nothing about the server.
  if (signal.aborted) {
    context.work.giveBack(attempts, { alone: false });
    return { session: null, isFull: false };
  }
  const trouble = (context.trouble.get(way) ?? 0) + 1;
  if (backOff !== null && trouble <= backOff.length) {
    const isFull = context.open > 0 && context.lanes > 1;
    if (isFull) context.lanes -= 1;
    else {
      context.trouble.set(way, trouble);
      context.work.pause(source.id, backOff[trouble - 1] ?? 0);
    }
    context.work.giveBack(attempts, { alone: false });
    return { session: null, isFull };
  }
  if (backOff !== null) context.lost.set(way, { fault: session.fault, session });
  for (const attempt of attempts)
    context.work.done({ ...evidence, attempt, tries: context.work.countTry(attempt), shared: attempts.length > 1 });
  return { session: null, isFull: false };
}

/** Say QUIT, and give its reply to whoever waits for it, null where none came; `execute` waits for all of them in the end. */
export function close(context: Context, session: Session): Promise<Reply | null> {
  context.open -= 1;
  const closing = session.channel.quit().finally(() => context.closing.delete(closing));
  context.closing.add(closing);
  return closing;
}

function productOf({ facts }: Session): string | null {
  const software = fingerprint({
    greeting: facts.greeting ? [...facts.greeting.lines] : null,
    ehlo: facts.ehlo ? [...facts.ehlo.lines] : null,
    help: null,
    refusals: [],
  });
  return software && software.confidence !== 'low' ? software.product : null;
}
