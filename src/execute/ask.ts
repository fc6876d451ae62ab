// Ask one attempt's question in an open session: AUTH, MAIL, RCPT, and what its technique adds. Every reply is evidence.
import type { Attempt } from '../model/attempt.js';
import type { Account } from '../model/options.js';
import type { Exchange } from '../model/reply.js';
import { authenticate } from '../smtp/sasl.js';
import type { Random } from './ports.js';
import { greet, isReady, keep, type Session, say } from './session.js';

export interface Asked {
  readonly exchanges: readonly Exchange[];
  /** SHA-256 of a CRAM-MD5 challenge, else null. */
  readonly challenge: string | null;
}

/** Ask one attempt; the session's transcript grows, and what belongs to the attempt is returned. */
export async function ask(session: Session, attempt: Attempt, account: Account | null, random: Random): Promise<Asked> {
  const from = session.exchanges.length;
  session.asked += 1;
  const challenge = await askAll(session, attempt, account, random);
  return { exchanges: session.exchanges.slice(from), challenge };
}

async function askAll(
  session: Session,
  attempt: Attempt,
  account: Account | null,
  random: Random,
): Promise<string | null> {
  if (!isReady(session)) return null;
  if (attempt.extras.xclient && !(await claim(session, attempt))) return null;
  const challenge = attempt.mechanism === null ? null : await logIn(session, attempt, account, random);
  if (session.fault || attempt.depth === 'auth' || attempt.depth === 'greeting') return challenge;
  // After a failed login the question is whether the server relays all the same; a valid account that fails ends here.
  const isLoggedIn = attempt.mechanism === null || (session.exchanges.at(-1)?.reply?.code ?? 500) < 300;
  if (!isLoggedIn && attempt.credentials === 'valid') return challenge;
  await envelope(session, attempt);
  return challenge;
}

/** XCLIENT, and EHLO again after its 220 (Postfix XCLIENT_README). */
async function claim(session: Session, attempt: Attempt): Promise<boolean> {
  const attributes = Object.entries(attempt.extras.xclient ?? {}).map(([name, value]) => `${name}=${xtext(value)}`);
  const heard = keep(session, await say(session.channel, 'xclient', `XCLIENT ${attributes.join(' ')}`));
  if (heard.exchange.reply === null || heard.exchange.reply.code >= 400) return false;
  return greet(session, attempt);
}

/** xtext (RFC 3461 section 4): `+` and `=` and whatever is not printable ASCII as `+HH`. */
const xtext = (value: string): string =>
  [...Buffer.from(value)]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x2b && byte !== 0x3d
        ? String.fromCharCode(byte)
        : `+${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');

async function logIn(
  session: Session,
  attempt: Attempt,
  account: Account | null,
  random: Random,
): Promise<string | null> {
  if (attempt.mechanism === null) return null;
  const { user, password } = credentialsOf(attempt, account, random);
  const { heards, challenge } = await authenticate(session.channel, {
    mechanism: attempt.mechanism,
    user,
    password,
  });
  for (const heard of heards) keep(session, heard);
  return challenge;
}

/** SAFETY: wrong passwords are random, never derived from the right one. */
function credentialsOf(attempt: Attempt, account: Account | null, random: Random): Account {
  const user = account?.user ?? `relayproof-${random(6)}`;
  switch (attempt.credentials) {
    case 'valid':
      return account ?? { user, password: random(12) };
    case 'empty':
      return { user, password: '' };
    case 'unknown-account':
      return { user: `relayproof-${random(6)}`, password: random(12) };
    default:
      return { user, password: random(12) };
  }
}

/** MAIL and RCPT, one by one; a refused MAIL ends it. */
async function envelope(session: Session, attempt: Attempt): Promise<void> {
  const { extras } = attempt;
  const mail = keep(session, await say(session.channel, 'mail', mailLine(attempt)));
  if (mail.exchange.reply === null || mail.exchange.reply.code >= 400) return;
  if (extras.firstRecipient !== undefined) {
    const first = keep(session, await say(session.channel, 'rcpt', `RCPT TO:<${extras.firstRecipient}>`));
    if (first.exchange.reply === null) return;
  }
  keep(session, await say(session.channel, 'rcpt', rcptLine(attempt)));
}

const parameters = (text: string): string => (text === '' ? '' : ` ${text}`);

/** The MAIL command of an attempt (RFC 5321 section 4.1.1.2). */
export const mailLine = (attempt: Attempt): string =>
  `${attempt.extras.mailVerb ?? 'MAIL'} FROM:<${attempt.reversePath}>${parameters(attempt.mailParameters)}`;

/** The RCPT command of an attempt (RFC 5321 section 4.1.1.3). */
export const rcptLine = (attempt: Attempt): string =>
  `RCPT TO:${attempt.bareForwardPath ? attempt.forwardPath : `<${attempt.forwardPath}>`}${parameters(attempt.rcptParameters)}`;
