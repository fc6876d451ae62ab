// One attempt in a session of its own: what must not share, what is slow to ask, and what was accepted beside others.
import type { Attempt } from '../model/attempt.js';
import type { Evidence } from '../model/evidence.js';
import type { Exchange, Reply } from '../model/reply.js';
import { ask } from './ask.js';
import { close, connect } from './connect.js';
import { type Context, makeEvidence } from './context.js';
import { concludeAlone, mayRepeat } from './outcome.js';
import { repeat, type Session } from './session.js';

/** Ask one attempt in a session of its own; false where the server takes no further connection now. */
export async function askAlone(context: Context, planned: Attempt): Promise<boolean> {
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
  const farewell = close(context, session);
  if (isLogin) context.isLoggingIn = false;
  // A run that was stopped in the middle says nothing about the server.
  if (options.signal.aborted && evidence.fault !== null) work.giveBack([attempt], { alone: true });
  else if (mayRepeat(attempt, tries) && isTaken(evidence) && isBehind(session, await farewell))
    work.giveBack([attempt], { alone: true });
  else concludeAlone(context, evidence);
  return true;
}

/** Whether a recipient was the last to be asked for, and was taken. */
const isTaken = ({ exchanges, fault }: Evidence): boolean => {
  const last = exchanges.at(-1);
  return fault === null && last?.stage === 'rcpt' && (last.reply?.code ?? 500) < 300;
};

/**
 * Whether a reply came that nothing had asked for, or QUIT was answered as something else would be: then a reply came twice
 * before, and each answer may be to the line above. A server of which that holds every time takes what it takes.
 */
const isBehind = ({ channel }: Session, farewell: Reply | null): boolean =>
  channel.fault?.kind === 'protocol-error' || (farewell !== null && farewell.code !== 221);

/**
 * What goes before an attempt in its own session: nothing, until what was accepted beside others was refused alone; then what
 * went before it there, and before its message too.
 */
function predecessorsOf({ accepted, predecessors }: Context, { key, of, depth }: Attempt): readonly Exchange[] {
  const first = depth === 'message' ? of : key;
  const isNeeded = first !== null && accepted.get(first)?.isInconsistent === true;
  return isNeeded ? (predecessors.get(first) ?? []) : [];
}
