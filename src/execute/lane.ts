// One lane: a session at a time, kept for as long as there is work of its shape and patience left on the server's side.
// A lane without a session opens one for a shape that no other lane serves, so that shapes go side by side.
import type { Attempt } from '../model/attempt.js';
import type { Reason } from '../model/reason.js';
import type { Exchange } from '../model/reply.js';
import { PLAIN } from '../replies/plain.js';
import { read } from '../replies/read.js';
import { ask, mailLine } from './ask.js';
import { type Answered, askBatch, type Sentinel } from './batch.js';
import { grown, NOTHING, shrunk } from './budget.js';
import { compose, hasRoomAfter, type ReversePaths, type SharedSession } from './compose.js';
import { close, connect } from './connect.js';
import { budgetOf, type Context, isNear, makeEvidence, notAsked, noteRoundTrip, shapeOf, wayOf } from './context.js';
import { conclude, concludeAlone, MAX_TRIES } from './outcome.js';
import { isAlone, pick, type Task } from './pick.js';
import { repeat } from './session.js';
import { mayRest } from './throttle.js';

/** Work until nothing is left to ask, or the signal aborts. */
export async function runLane(context: Context): Promise<void> {
  const { work, options } = context;
  let shared: SharedSession | null = null;
  const leave = (): void => {
    if (shared === null) return;
    serve(context, shared.shape, -1);
    close(context, shared.session);
    shared = null;
  };
  let rests = 0;
  let wasAlone = false;
  while (!options.signal.aborted) {
    concludeKnown(context);
    const task = pick(context, shared, wasAlone);
    if (task === null) {
      if (!work.isPending()) break;
      await work.change(options.signal);
      continue;
    }
    wasAlone = task.kind === 'alone';
    if (task.kind === 'alone') {
      leave();
      rests = (await askAlone(context, task.attempt)) ? 0 : await rest(context, rests);
      continue;
    }
    if (shared !== null && (shared.shape !== task.shape || !hasRoom(context, shared, task.attempts))) leave();
    let held: readonly Attempt[] = [];
    if (shared === null) {
      serve(context, task.shape, 1);
      const opened = await openShared(context, task);
      if (opened.shared === null) serve(context, task.shape, -1);
      rests = opened.isFull ? await rest(context, rests) : 0;
      shared = opened.shared;
      held = opened.held;
      if (shared === null) continue;
    }
    if (!(await askTogether(context, shared, held))) leave();
  }
  leave();
}

/** Pauses of a lane that the server had no room for, in milliseconds: it may have been for a session that was just closing. */
const RESTS = [2_000, 10_000, 30_000, 60_000] as const;

/** Stand back for a while, or until nothing is left to ask; gives the number of rests in a row. */
async function rest(context: Context, rests: number): Promise<number> {
  const { work, options } = context;
  const { clock, signal } = options;
  const over = new AbortController();
  let isOver = false;
  const timer = clock.wait(RESTS[Math.min(rests, RESTS.length - 1)] ?? 0, over.signal).then(() => {
    isOver = true;
  });
  while (!isOver && !signal.aborted && work.isPending()) await Promise.race([timer, work.change(signal)]);
  over.abort();
  context.lanes += 1;
  return rests + 1;
}

/** What nobody serves any more is there for others. */
function serve(context: Context, shape: string, by: 1 | -1): void {
  context.serving.set(shape, (context.serving.get(shape) ?? 0) + by);
  if (by < 0) context.work.stir();
}

/** Attempts whose answer is known without asking: their source is lost, or their reverse-path is refused for good. */
function concludeKnown(context: Context): void {
  const { work, options } = context;
  const now = { startedAt: options.clock.date().toISOString(), durationMs: 0, tries: 0 };
  const { attempts, connections } = options.most;
  const end =
    context.opened >= connections
      ? `the run has reached its limit of ${connections} connections`
      : work.evidence.length >= attempts
        ? `the run has reached its limit of ${attempts} attempts`
        : null;
  if (end === null && context.lost.size === 0 && context.refusedMail.size === 0) return;
  for (const attempt of work.ready()) {
    if (end !== null) {
      work.done(notAsked(attempt, end, now.startedAt));
      continue;
    }
    const lost = context.lost.get(wayOf(attempt));
    if (lost) {
      work.done(makeEvidence(attempt, lost.session, now, { fault: lost.fault }));
      continue;
    }
    const refused =
      attempt.role === 'probe' &&
      !work.isAlone(attempt) &&
      context.refusedMail.get(`${shapeOf(attempt)} ${mailLine(attempt)}`);
    if (refused)
      work.done(
        makeEvidence(
          attempt,
          refused.session,
          { ...now, tries: 1 },
          { shared: true, fault: null, exchanges: [...refused.preamble, refused.mail] },
        ),
      );
  }
}

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

const hasRoom = (context: Context, shared: SharedSession, attempts: readonly Attempt[]): boolean =>
  compose(attempts, shared, budgetOf(context), reversePathsOf(context, shared.shape)).transactions.length > 0;

const FRESH = { use: NOTHING, transactions: 0, delicate: 0 } as const;

/** Open a session for what fits it of a task; the attempts are held for whoever asks them. */
async function openShared(
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
async function askTogether(context: Context, shared: SharedSession, held: readonly Attempt[]): Promise<boolean> {
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

/** Ask one attempt in a session of its own; false where the server takes no further connection now. */
async function askAlone(context: Context, planned: Attempt): Promise<boolean> {
  const { work, options } = context;
  const prepared = planned.depth === 'message' && options.prepare ? options.prepare(planned) : null;
  const attempt = prepared?.attempt ?? planned;
  const { clock } = options;
  const isLogin = attempt.mechanism !== null;
  work.take([attempt]);
  if (isLogin) context.isLoggingIn = true;
  const startedAt = clock.date().toISOString();
  const from = clock.now();
  const { session, isFull } = await connect(context, [attempt]);
  if (session === null) {
    if (isLogin) context.isLoggingIn = false;
    work.stir();
    return !isFull;
  }
  await repeat(session, predecessorsOf(context, planned));
  const { challenge, injected, skipped } = await ask(
    session,
    attempt,
    options.account,
    options.random,
    prepared ? { message: () => prepared.message } : {},
  );
  const tries = work.countTry(attempt);
  const durationMs = Math.round(clock.now() - from);
  const evidence = makeEvidence(
    attempt,
    session,
    { startedAt, durationMs, tries },
    {
      challenge,
      injected,
      skipped,
      ...(skipped === null ? {} : { exchanges: [] }),
      ...(prepared ? { token: prepared.token } : {}),
    },
  );
  close(context, session);
  if (isLogin) context.isLoggingIn = false;
  // A run that was stopped in the middle says nothing about the server.
  if (options.signal.aborted && evidence.fault !== null) work.giveBack([attempt], { alone: true });
  else concludeAlone(context, evidence);
  return true;
}

/**
 * What goes before an attempt in its own session: nothing, until what was accepted beside others was refused alone; then what
 * went before it there, and before its message too.
 */
function predecessorsOf({ accepted, predecessors }: Context, { key, of, depth }: Attempt): readonly Exchange[] {
  const first = depth === 'message' ? of : key;
  const isNeeded = first !== null && accepted.get(first)?.isInconsistent === true;
  return isNeeded ? (predecessors.get(first) ?? []) : [];
}
