// What arrived -> what it says of an attempt (docs/contract.md, "Canaries"; ARCHITECTURE, "How a verdict is reached"). Pure. Only the envelope proves: tokens in
// headers and bodies name an attempt and no more, and what is a bounce or an automatic reply was not delivered wherever it went.
import type { Attempt } from '../model/attempt.js';
import type { CanaryEvent } from '../model/evidence.js';
import { isAutomaticReply, oneLine, readBounce, type Sent } from './bounce.js';
import { TOKEN_FIELD } from './message.js';
import { allOf, type Field, firstOf, partsOf, readHeader } from './mime.js';
import type { Token, TokenRole, Tokens } from './token.js';

/** What a receiver saw: a whole message, or recipients for whom none came. */
export interface Arrival {
  readonly kind: 'message' | 'callout';
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly by: 'sink' | 'mailbox';
  /** Empty for the null reverse-path; null where the receiver was not told. */
  readonly reversePath: string | null;
  /** Of the envelope; in a mailbox what the last server wrote down of it. */
  readonly recipients: readonly string[];
  /** The address that brought it; null where the receiver was not told. */
  readonly client: string | null;
  readonly helo: string | null;
  /** As `TLSv1.3 TLS_AES_256_GCM_SHA384`; null in the clear. */
  readonly tls: string | null;
  /** Octets as Latin-1; null for a callout. */
  readonly message: string | null;
  /** What kept the message away, as one line; empty for a message. */
  readonly detail: string;
}

/** A canary that was sent. */
export interface Expected {
  readonly attempt: Attempt;
  readonly tokens: Tokens;
  /** Names by which the audited server calls itself and is called. */
  readonly serverNames: readonly string[];
  /** Domains of the canaries, in lower case. */
  readonly domains: readonly string[];
}

export interface Heard {
  readonly expected: Expected;
  readonly event: CanaryEvent;
}

/**
 * Say what an arrival means for the attempts whose tokens stand in its envelope; empty where there are none.
 * @param find reads a valid token of this run out of an address.
 * @param expected the canaries that were sent, by either token.
 */
export function eventsOf(
  arrival: Arrival,
  find: (address: string) => Token | null,
  expected: ReadonlyMap<string, Expected>,
): readonly Heard[] {
  return arrival.recipients.flatMap((recipient) => {
    const token = find(recipient);
    const sent = token === null ? undefined : expected.get(token.text);
    if (token === null || sent === undefined) return [];
    return [{ expected: sent, event: eventOf(arrival, recipient, token.role, sent) }];
  });
}

function eventOf(arrival: Arrival, recipient: string, role: TokenRole, expected: Expected): CanaryEvent {
  const { at, by, message } = arrival;
  if (arrival.kind === 'callout' || message === null) {
    const from = `${arrival.client ?? 'somebody'} asked for the ${role === 'forward' ? 'recipient' : 'sender'}`;
    return { kind: 'callout', at, detail: oneLine(`${from}: ${arrival.detail}`) };
  }
  const returned = comesBack(arrival, message, role, expected);
  if (returned !== null) return { kind: 'bounced', at, ...returned };
  const { fields } = readHeader(message);
  const received = allOf(fields, 'received').map(oneLine);
  if (isStillLocal(arrival, recipient, expected)) {
    const detail = `${arrival.client ?? 'somebody'} passed it on for <${recipient}>, which is no mailbox of a canary`;
    return { kind: 'callout', at, detail: oneLine(detail) };
  }
  return { kind: 'delivered', at, by, envelopeTo: oneLine(recipient), received };
}

/**
 * Whether a path that only looks local came as such: whoever takes the local domain's mail behind the server takes canaries as
 * well, and nothing was routed to them. A mailbox has no other mail.
 */
function isStillLocal({ by }: Arrival, recipient: string, { attempt, domains }: Expected): boolean {
  if (by !== 'sink' || attempt.isSign || attempt.role === 'direct') return false;
  const domain = recipient
    .slice(recipient.lastIndexOf('@') + 1)
    .replace(/\.$/, '')
    .toLowerCase();
  return !domains.some((one) => domain === one || domain.endsWith(`.${one}`));
}

type Returned = Omit<Extract<CanaryEvent, { kind: 'bounced' }>, 'kind' | 'at'>;

/** Why a message is not the delivered canary; null where it is. */
function comesBack(arrival: Arrival, message: string, role: TokenRole, expected: Expected): Returned | null {
  const { fields } = readHeader(message);
  const isOurs = firstOf(fields, TOKEN_FIELD).includes(expected.tokens.forward);
  const isReport = /^multipart\/report/i.test(firstOf(fields, 'content-type'));
  const isReply = isAutomaticReply(fields);
  if (role === 'forward' && isOurs && !isReport && !isReply) return null;
  const bounce = readBounce(message, sentOf(expected));
  if (bounce !== null) return bounce;
  const subject = oneLine(firstOf(fields, 'subject')).slice(0, 100);
  const unread = (what: string): Returned => ({
    failedBy: 'unknown',
    status: null,
    detail: `${what} from ${arrival.client ?? 'an unknown host'}: ${subject}`,
  });
  if (isReply) return unread('an automatic reply');
  if (isReport || isReturned(arrival, fields, expected)) return unread('a bounce in words that are not known');
  if (role === 'reverse') return unread('a message');
  return holdsCopy(message, expected) ? unread('a message with a copy of the canary inside') : null;
}

/** What comes from <>, or from a server's own mailbox, is what no attempt sent. */
const isReturned = ({ reversePath }: Arrival, fields: readonly Field[], { attempt }: Expected): boolean =>
  (reversePath === '' && attempt.reversePath !== '') ||
  /\bmailer-daemon\b/i.test(`${reversePath ?? ''} ${firstOf(fields, 'from')}`);

/** Bounces with the whole message, journal copies, forwards as an attachment: the canary's own header is inside another's. */
const holdsCopy = (message: string, { tokens }: Expected): boolean =>
  partsOf(message).some(({ body }) => new RegExp(`^[>|\\s]*${TOKEN_FIELD}:\\s*${tokens.forward}`, 'im').test(body));

function sentOf({ attempt, tokens, serverNames }: Expected): Sent {
  const ownReceived = (attempt.extras.headers ?? []).filter(({ name }) => name.toLowerCase() === 'received').length;
  return {
    forward: tokens.forward,
    serverNames: serverNames.map((name) => name.toLowerCase()),
    greeted: attempt.greeting.name,
    ownReceived,
  };
}
