// Several attempts in one session: it is opened for those that fit it, asked a batch at a time, and what the batch was worth is
// settled, asked again, or repeated alone (docs/decisions, 10).
import type { Attempt } from '../model/attempt.js';
import type { Reason } from '../model/reason.js';
import { PLAIN } from '../replies/plain.js';
import { read } from '../replies/read.js';
import { mailLine } from './ask.js';
import { askBatch } from './batch.js';
import { grown, NOTHING, shrunk } from './budget.js';
import { compose, hasRoomAfter, type ReversePaths, type SharedSession } from './compose.js';
import { connect } from './connect.js';
import { budgetOf, type Context, isNear, makeEvidence, noteRoundTrip, shapeOf } from './context.js';
import { conclude, MAX_TRIES } from './outcome.js';
import { isAlone, type Task } from './pick.js';
import { mayRest } from './throttle.js';
import type { Answered, Sentinel } from './weigh.js';

/** Open a session for what fits it of a task; the attempts are held for whoever asks them. */
export async function openShared(
  context: Context,
  task: Extract<Task, { kind: 'together' }>,
): Promise<{ shared: SharedSession | null; held: readonly Attempt[]; isFull: boolean }> {
  const { transactions } = compose(task.attempts, FRESH, budgetOf(context), reversePathsOf(context, task.shape));
  const held = transactions.flatMap(({ attempts }) => attempts);
  // Nothing fits even a fresh session: an attempt that costs more than the budget has goes alone.
  if (held.length === 0) {
    context.work.giveBack(task.attempts.slice(0, 1), { alone: true });
    return { shared: null, held, isFull: false };
  }
  context.work.take(held);
  const { session, isFull } = await connect(context, held);
  if (session === null) return { shared: null, held: [], isFull };
  const preamble = [...session.exchanges];
  const hello = preamble.findLast((exchange) => exchange.stage === 'helo');
  const shared = { session, shape: task.shape, preamble, helloMs: hello?.elapsedMs ?? 0, ...FRESH };
  return { shared, held, isFull: false };
}

/** Ask what fits, of the attempts held and of what else is ready, in an open session; false where it is of no more use. */
export async function askTogether(context: Context, shared: SharedSession, held: readonly Attempt[]): Promise<boolean> {
  const { work, options } = context;
  const { clock } = options;
  const ready = work.ready().filter((attempt) => shapeOf(attempt) === shared.shape && !isAlone(context, attempt));
  const attempts = [...held, ...ready];
  const composed = compose(attempts, shared, budgetOf(context), reversePathsOf(context, shared.shape));
  const batch = composed.transactions.flatMap((transaction) => transaction.attempts);
  const left = held.filter((attempt) => !batch.includes(attempt));
  if (left.length > 0) work.giveBack(left, { alone: false });
  if (batch.length === 0) return false;
  work.take(batch);
  for (const attempt of batch) work.countTry(attempt);
  const others = attempts.filter((attempt) => !batch.includes(attempt));
  // Far away a session that is missed later costs more than a QUIT of its own, unless nothing at all is left to ask.
  const isLast = isNear(context)
    ? !hasRoomAfter(composed, shared, others, reversePathsOf(context, shared.shape))
    : work.ready().length === 0;
  const startedAt = clock.date().toISOString();
  const from = clock.now();
  const result = await askBatch(shared, composed, sentinelFor(context, batch), isLast);
  const durationMs = Math.round(clock.now() - from);
  if (result.firstMs !== null) noteRoundTrip(context, result.firstMs);
  if (options.signal.aborted) {
    work.giveBack(result.again, { alone: false });
  } else if (result.sign === 'rate-limited' && result.again[0] && mayRest(context, result.again[0].source)) {
    // A rate is no temper: the same questions are asked in the same way, later.
    for (const attempt of result.again) work.forgetTry(attempt);
    work.giveBack(result.again, { alone: false });
  } else {
    context.budget = (result.sign === null ? grown : shrunk)(budgetOf(context), result.spent);
    for (const attempt of result.again) work.giveBack([attempt], { alone: work.tries(attempt) >= MAX_TRIES - 1 });
  }
  for (const mail of result.acceptedMail) acceptedAt(context, shared.shape).add(mail);
  const evidenceOf = ({ attempt, exchanges, isFresh }: Answered) =>
    makeEvidence(
      attempt,
      shared.session,
      { startedAt, durationMs, tries: work.tries(attempt) },
      { shared: !isFresh, exchanges, fault: null },
    );
  const repeatAlone = (answer: Answered): void => {
    context.accepted.set(answer.attempt.key, evidenceOf(answer));
    context.predecessors.set(answer.attempt.key, answer.predecessors);
    work.giveBack([answer.attempt], { alone: true });
  };
  for (const answer of result.doubted) {
    if (answer.attempt.role === 'probe') repeatAlone(answer);
    else work.giveBack([answer.attempt], { alone: work.tries(answer.attempt) >= MAX_TRIES - 1 });
  }
  for (const answer of result.answered) {
    const { attempt, isAccepted, isFresh, refusedMail } = answer;
    const evidence = evidenceOf(answer);
    if (refusedMail)
      context.refusedMail.set(`${shared.shape} ${mailLine(attempt)}`, {
        mail: refusedMail,
        session: shared.session,
        preamble: shared.preamble,
      });
    if (isAccepted && !isFresh && attempt.role === 'probe') repeatAlone(answer);
    else conclude(context, evidence);
  }
  return result.sign === null && shared.session.fault === null && !isLast;
}

/** Whether a session can take any of these attempts now. */
export const hasRoom = (context: Context, shared: SharedSession, attempts: readonly Attempt[]): boolean =>
  compose(attempts, shared, budgetOf(context), reversePathsOf(context, shared.shape)).transactions.length > 0;

const FRESH = { use: NOTHING, transactions: 0, delicate: 0 } as const;

const acceptedAt = (context: Context, shape: string): Set<string> => {
  const known = context.acceptedMail.get(shape);
  if (known) return known;
  const fresh = new Set<string>();
  context.acceptedMail.set(shape, fresh);
  return fresh;
};

const reversePathsOf = (context: Context, shape: string): ReversePaths => ({
  accepted: acceptedAt(context, shape),
  usual: usualMail(context),
  isNear: isNear(context),
});

const usualMail = ({ options }: Context): string => `MAIL FROM:<${options.brief.identity.sender}>`;

/** The two recipients that close a batch, with what a fresh session was told of them, as far as that is known. */
function sentinelFor(context: Context, batch: readonly Attempt[]): Sentinel {
  const { identity } = context.options.brief;
  const [first] = batch;
  const at = (isWanted: (attempt: Attempt) => boolean): Reason | null => {
    const piece = context.work.evidence.find(
      ({ attempt, skipped }) =>
        skipped === null &&
        attempt.source === first?.source &&
        attempt.security === first.security &&
        isWanted(attempt),
    );
    return piece ? read(piece, null).reason : null;
  };
  const isPlainGreeting = first?.greeting.verb === 'EHLO' && first.greeting.name === identity.helo;
  return {
    mail: usualMail(context),
    foreign: `RCPT TO:<${identity.canary}>`,
    local: `RCPT TO:<${identity.localRecipient.mailbox}>`,
    foreignReason: isPlainGreeting
      ? at(({ technique, access, role }) => technique === PLAIN && access === 'anonymous' && role === 'probe')
      : null,
    localReason: isPlainGreeting ? at(({ role }) => role === 'inbound') : null,
  };
}
