// Ask one attempt's question in an open session, in the order of a session: XCLIENT, mailbox login, AUTH, then the envelope or
// the commands that stand for one. Every reply is evidence; what cannot be asked is skipped with its reason, never asked plain.
import type { Attempt } from '../model/attempt.js';
import type { Account } from '../model/options.js';
import type { Exchange } from '../model/reply.js';
import { claim } from './claim.js';
import { runCommands } from './commands.js';
import { sendEnvelope } from './envelope.js';
import { type LoggedIn, logIn } from './log-in.js';
import { logInToMailbox, type MailboxPorts } from './mailbox-login.js';
import type { Random } from './ports.js';
import { isReady, type Session } from './session.js';

export { mailLine, rcptLine } from './envelope.js';

export interface Asked {
  readonly exchanges: readonly Exchange[];
  /** SHA-256 of a CRAM-MD5 challenge, else null. */
  readonly challenge: string | null;
  /** Replies inside TLS to commands that were sent in the segment of STARTTLS. */
  readonly injected: number;
  /** Why the question could not be asked at all, as one line; the exchanges are empty then. Null where it was asked. */
  readonly skipped: string | null;
}

/** What an attempt may need beside its session. */
export interface AskPorts {
  /** The message of an attempt that goes as far as one: RFC 5322 text, not dot-stuffed, without the technique's own fields. */
  readonly message?: (attempt: Attempt) => Buffer;
  /** Ports of the mailbox service; default the registered ones. */
  readonly mailbox?: MailboxPorts;
}

/** Ask one attempt; the session's transcript grows, and what belongs to the attempt is returned. */
export async function ask(
  session: Session,
  attempt: Attempt,
  account: Account | null,
  random: Random,
  ports: AskPorts = {},
): Promise<Asked> {
  const from = session.exchanges.length;
  session.asked += 1;
  const { challenge, skipped } = await askAll(session, attempt, account, random, ports);
  const exchanges = skipped === null ? session.exchanges.slice(from) : [];
  return { exchanges, challenge, injected: session.injected, skipped };
}

type Result = Pick<Asked, 'challenge' | 'skipped'>;

const ASKED: Result = { challenge: null, skipped: null };

async function askAll(
  session: Session,
  attempt: Attempt,
  account: Account | null,
  random: Random,
  ports: AskPorts,
): Promise<Result> {
  if (!isReady(session)) return ASKED;
  const { extras, depth } = attempt;
  if (depth === 'message' && !ports.message) return { ...ASKED, skipped: 'there is no message to send' };
  if (extras.mailboxLogin) {
    const problem = await logInToMailbox(session, extras.mailboxLogin, account, ports.mailbox);
    if (problem !== null) return { ...ASKED, skipped: problem };
  }
  if (extras.xclient && !(await claim(session, attempt, extras.xclient))) return ASKED;
  const login = await logIn(session, attempt, account, random);
  if (login === 'unsafe') return { ...ASKED, skipped: 'credentials are sent over verified TLS only' };
  const result = { ...ASKED, challenge: login?.challenge ?? null };
  if (!mayGoOn(session, attempt, login)) return result;
  const message = depth === 'message' ? (ports.message?.(attempt) ?? null) : null;
  if (extras.commands) await runCommands(session, extras.commands);
  else if (!extras.afterStarttls) await sendEnvelope(session, attempt, message);
  return result;
}

/** After a failed login the question is whether the server relays all the same; a valid account that fails ends here. */
function mayGoOn(session: Session, { depth, credentials }: Attempt, login: LoggedIn | null): boolean {
  if (session.fault || depth === 'auth' || depth === 'greeting') return false;
  return credentials !== 'valid' || login === null || login.isAccepted;
}
