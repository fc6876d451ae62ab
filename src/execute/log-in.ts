// The login of an attempt: none, the account's or one that must fail by a mechanism (RFC 4954), or an odd dialogue of a
// technique. SAFETY: what must fail is random or published, never derived from the account's password.
import type { Attempt } from '../model/attempt.js';
import { isLoopback } from '../model/networks.js';
import type { Account } from '../model/options.js';
import { type Authentication, authenticate, converse } from '../smtp/sasl.js';
import { ODD_AUTHENTICATIONS, type OddAuthentication, oddDialogue } from '../smtp/sasl-odd.js';
import type { Random } from './ports.js';
import { greet, keep, type Session, say, secure } from './session.js';

export interface LoggedIn {
  /** Whether the server answered 2yz to the dialogue. */
  readonly isAccepted: boolean;
  /** SHA-256 of a CRAM-MD5 challenge, else null. */
  readonly challenge: string | null;
}

/**
 * Log in as an attempt says, and do what is to follow a login at once; null where it does not log in, `unsafe` where this
 * very session's certificate does not verify.
 */
export async function logIn(
  session: Session,
  attempt: Attempt,
  account: Account | null,
  random: Random,
): Promise<LoggedIn | 'unsafe' | null> {
  if (attempt.credentials === 'valid' && !maySendPassword(session)) return 'unsafe';
  const result = await hold(session, attempt, account, random);
  if (result === null) return null;
  for (const heard of result.heards) keep(session, heard);
  if (session.fault === null) await goOn(session, attempt);
  const code = result.reply?.code ?? 500;
  return { isAccepted: code >= 200 && code < 300, challenge: result.challenge };
}

/** SAFETY: asked of the session that the password goes into; another one of the same server may have shown another certificate. */
const maySendPassword = ({ channel, limits, target }: Session): boolean =>
  limits.mayAuthenticateInClear === true || isLoopback(target.address) || channel.isTlsTrusted;

async function hold(
  { channel, limits }: Session,
  attempt: Attempt,
  account: Account | null,
  random: Random,
): Promise<Authentication | null> {
  const { mechanism } = attempt;
  const { authentication } = attempt.extras;
  if (isOdd(authentication))
    return converse(channel, oddDialogue(authentication, attempt.reversePath || random(4)), limits.onSecrets);
  if (mechanism === null) return null;
  const { user, password } = credentialsOf(attempt, account, random);
  const authzid = authentication === 'authzid' ? somebodyElse(user) : '';
  return authenticate(channel, { mechanism, user, password, authzid }, limits.onSecrets);
}

const isOdd = (how: Attempt['extras']['authentication']): how is OddAuthentication =>
  how !== undefined && (ODD_AUTHENTICATIONS as readonly string[]).includes(how);

/** The one mailbox that every domain has (RFC 5321 section 4.5.1), written as the account's own name is. */
const somebodyElse = (user: string): string =>
  user.toLowerCase().startsWith('postmaster')
    ? user.replace(/^postmaster/i, 'abuse')
    : user.replace(/^[^@]*/, 'postmaster');

/** What may change what the login has left behind; RSET and EHLO belong to the mail transaction that follows. */
async function goOn(session: Session, attempt: Attempt): Promise<void> {
  switch (attempt.extras.authentication) {
    case 'then-rset':
      keep(session, await say(session.channel, 'mail', 'RSET'));
      return;
    case 'then-rehlo':
      await greet(session, attempt);
      return;
    case 'then-starttls':
      await secure(session, { greeting: attempt.greeting, extras: {} });
  }
}

function credentialsOf(attempt: Attempt, account: Account | null, random: Random): Account {
  if (attempt.login) return attempt.login;
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
