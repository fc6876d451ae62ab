// Is an attempt settled, and how? The table of weights applied to one attempt in the light of its controls
// (docs/contract.md, "Reasons, and what a refusal is worth"; ARCHITECTURE, "How a verdict is reached"). Pure.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Preset } from '../model/policy.js';
import type { Reason } from '../model/reason.js';
import { isAboutForm, isAboutQuestion } from './about.js';
import { controlsOf, isLikeUnknownLocal, isSaidAlso } from './controls.js';
import { didCanaryCome, isDelivered, isSilent, messagesFor } from './delivery.js';
import type { Known } from './known.js';
import { plainOf } from './plain.js';
import type { Item, Reading } from './read.js';

export type Settlement =
  | { readonly kind: 'relays'; readonly proof: 'delivered' | 'queued' | 'accepted' }
  | { readonly kind: 'refused'; readonly by: 'denial' | 'doubtful' | 'form' | 'not-passed-on' }
  /** `because` is one clause for people. */
  | { readonly kind: 'unsettled'; readonly because: string };

/** Settle one attempt; attempts that were not made are unsettled. */
export function settle(item: Item, known: Known, brief: Brief): Settlement {
  const { evidence, reading } = item;
  if (evidence.skipped !== null) return unsettled(evidence.skipped);
  if (isDelivered(item))
    return isSecondDomainDenied(item.attempt, known, brief)
      ? { kind: 'refused', by: 'denial' }
      : { kind: 'relays', proof: 'delivered' };
  if (evidence.canary.some((event) => event.kind === 'bounced' && event.failedBy === 'server'))
    return { kind: 'refused', by: 'not-passed-on' };
  const returned = evidence.canary.filter((event) => event.kind === 'bounced');
  // What another host would not take, this server had passed on, or tried to. A path that only looks local went to a host of
  // its own behind it, and that one did not route it on.
  if (returned.some(({ failedBy }) => failedBy === 'other'))
    return item.attempt.isSign ? { kind: 'relays', proof: 'queued' } : { kind: 'refused', by: 'not-passed-on' };
  if (returned.length > 0) return unsettled('a message came back that does not say which server failed it');
  if (reading.answer === 'accepted' || reading.answer === 'queued') return settleAccepted(item, known, brief);
  // A claim is never refused for now: who may not claim is told so by 421 and a closed line as well.
  if (reading.reason === 'claim-refused' && isAboutForm(item, known) && isPlainSettled(item.attempt, known, brief))
    return { kind: 'refused', by: 'form' };
  if (isHungUpOn(item, known) && isPlainSettled(item.attempt, known, brief)) return { kind: 'refused', by: 'denial' };
  if (reading.answer === 'none') return unsettled(FAULT_TEXT[reading.reason] ?? reading.reason);
  const turnedAway = isWitnessed(item) ? undefined : turnedAwayAt(item.attempt, known);
  if (turnedAway) return unsettled(`refused, as the local recipient was in the end (${quoted(turnedAway.reading)})`);
  if (reading.weight === 'denial') return { kind: 'refused', by: 'denial' };
  if (reading.answer === 'temporary' && !isAboutQuestion(item, known)) return unsettled(becauseOf(reading));
  if (isDoubtful(item, known) && hasStrongControl(item.attempt, known, brief))
    return { kind: 'refused', by: 'doubtful' };
  if ((isDoubtful(item, known) || mayBeAboutLogin(reading)) && hasLoginControl(item, known, brief))
    return { kind: 'refused', by: 'doubtful' };
  if (isAboutForm(item, known) && isPlainSettled(item.attempt, known, brief)) return { kind: 'refused', by: 'form' };
  return unsettled(becauseOf(reading));
}

const unsettled = (because: string): Settlement => ({ kind: 'unsettled', because });

/** Whether something beside an attempt shows that its source was listened to: a sentinel, or that it came before all others. */
const isWitnessed = ({ attempt, evidence }: Item): boolean =>
  evidence.shared || attempt.role !== 'probe' || attempt.credentials !== 'none' || attempt.varied.length === 0;

/** Give the closing control of a place where it was refused for good, though the local recipient had been accepted; else undefined. */
export const turnedAwayAt = ({ source, security }: Pick<Attempt, 'source' | 'security'>, known: Known) =>
  known
    .at(source, security)
    .find(
      ({ attempt, reading }) =>
        attempt.role === 'inbound-again' && (reading.answer === 'permanent' || reading.weight === 'denial'),
    );

/** Settle what was accepted: by the message that was sent for it, else by RCPT. */
function settleAccepted(item: Item, known: Known, brief: Brief): Settlement {
  const { attempt } = item;
  if (isSecondDomainDenied(attempt, known, brief)) return { kind: 'refused', by: 'denial' };
  // After a refused login the session is anonymous: what it is told there is worth what the plain attempt was told.
  const plain = isRefusedLogin(item) ? plainOf(attempt, known) : undefined;
  if (plain && (plain.reading.answer === 'accepted' || plain.reading.answer === 'queued'))
    return settle(plain, known, brief);
  if (attempt.depth === 'message') return isSilent(item) ? settleSilent(known) : settleByRcpt(item, known);
  const messages = messagesFor(attempt, known).map((message) => ({ message, settled: settle(message, known, brief) }));
  const relaying = messages.find(({ settled }) => settled.kind === 'relays');
  // A message that was not answered takes nothing away from what RCPT said.
  const heard = relaying ?? messages.find(({ message, settled }) => settled.kind === 'refused' || isSilent(message));
  return heard?.settled ?? settleByRcpt(item, known);
}

/**
 * Whether the server ends every session at this place whose login it has refused, so that nothing can follow one. A line that is
 * cut once may be cut for anything.
 */
function isHungUpOn(item: Item, known: Known): boolean {
  if (!isRefusedLogin(item) || item.reading.reason !== 'disconnected') return false;
  const refused = known.at(item.attempt.source, item.attempt.security).filter(isRefusedLogin);
  return refused.length > 1 && refused.every(({ reading }) => reading.reason === 'disconnected');
}

const isRefusedLogin = ({ attempt, reading }: Item): boolean =>
  attempt.credentials !== 'none' && attempt.credentials !== 'valid' && reading.login?.answer === 'refused';

/** Silence says something only where a canary that should come did come. */
const settleSilent = (known: Known): Settlement =>
  didCanaryCome(known) === true
    ? { kind: 'refused', by: 'not-passed-on' }
    : unsettled('queued, and neither it nor a canary that should arrive has arrived');

/** A denial at a second foreign domain shows that the server takes mail for the canary's own, and delivers it, of course. */
const isSecondDomainDenied = (attempt: Attempt, known: Known, brief: Brief): boolean =>
  known
    .at(attempt.source, attempt.security)
    .some(
      (item) =>
        (item.attempt.of === attempt.key || item.attempt.of === attempt.of) && deniesSecondDomain(item, known, brief),
    );

/**
 * Say whether an answer denies the second foreign domain: in so many words, or in those that an unknown user gets as well, where
 * mail is taken for the local recipient and a domain that cannot exist is told the same, so that they are not about a user there.
 */
export function deniesSecondDomain(item: Item, known: Known, brief: Brief): boolean {
  const { attempt, reading } = item;
  if (attempt.role !== 'second-domain') return false;
  if (reading.weight === 'denial') return true;
  if (reading.reason !== 'relay-or-unknown' || reading.answer !== 'permanent') return false;
  return (
    brief.identity.localRecipient.strong &&
    known.inboundAt(attempt.source, attempt.security).some((other) => other.reading.answer === 'accepted') &&
    known
      .at(attempt.source, attempt.security)
      .some((other) => other.attempt.role === 'unrelated' && isSaidAlso(item, other))
  );
}

/** A 250 to a path that does not end in the canary's domain says something only if the same shape at `.invalid` is refused. */
function settleByRcpt({ attempt, reading }: Item, known: Known): Settlement {
  const proof = reading.answer === 'queued' ? 'queued' : 'accepted';
  if (acceptsEverything(attempt, known)) return unsettled(ACCEPTS_EVERYTHING);
  if (attempt.isSign) return { kind: 'relays', proof };
  // A path that does not name the canary's domain was taken for the server's own: nothing is passed on to strangers.
  if (attempt.shape === null) return { kind: 'refused', by: 'not-passed-on' };
  const shape = shapeControlOf(attempt, known);
  if (!shape) return unsettled('accepted, and its shape control was not asked');
  if (tellsRecipientsApart(shape.reading)) return { kind: 'relays', proof };
  if (shape.reading.answer === 'accepted')
    return unsettled('accepted, and so is the same shape at a domain that does not exist: only delivery could tell');
  return unsettled(`accepted, and its shape control was not answered (${shape.reading.reason})`);
}

export const ACCEPTS_EVERYTHING =
  'accepted, as is an unknown local user and a recipient that cannot exist: only delivery could tell';

/**
 * Say whether RCPT tells nothing at a place: an unknown local user and an unrelated foreign recipient are accepted there,
 * and no foreign recipient was denied to anybody.
 */
function acceptsEverything(attempt: Pick<Attempt, 'source' | 'security'>, known: Known): boolean {
  const here = known.at(attempt.source, attempt.security);
  const isAccepted = (role: Attempt['role']): boolean =>
    here.some((item) => item.attempt.role === role && item.reading.answer === 'accepted');
  return isAccepted('unknown-local') && isAccepted('unrelated') && !known.hasDenial;
}

/** The shape control of an attempt, asked or not. */
const shapeControlOf = (attempt: Attempt, known: Known): Item | undefined =>
  known.items.find(
    (item) => item.attempt.role === 'shape' && (item.attempt.of === attempt.key || item.attempt.of === attempt.of),
  );

const ABOUT_RECIPIENTS: ReadonlySet<Reason> = new Set([
  'unknown-recipient',
  'recipient-domain-rejected',
  'recipient-unverified',
]);

const tellsRecipientsApart = (reading: Reading): boolean =>
  (reading.answer === 'permanent' || reading.answer === 'temporary') &&
  reading.stage === 'rcpt' &&
  (reading.weight === 'denial' ||
    ABOUT_RECIPIENTS.has(reading.reason) ||
    (reading.answer === 'permanent' && (reading.weight === 'doubtful' || reading.weight === 'form')));

function isDoubtful(item: Item, known: Known): boolean {
  if (item.reading.weight === 'doubtful') return true;
  if (item.reading.reason !== 'unknown-recipient' || !item.reading.reply) return false;
  return (
    isLikeUnknownLocal(item, known) === true ||
    (known.hasTaken && isSaidAlso(item, shapeControlOf(item.attempt, known)))
  );
}

const hasStrongControl = (attempt: Attempt, known: Known, brief: Brief): boolean =>
  brief.identity.localRecipient.strong && controlsOf(attempt, known).some((item) => item.reading.answer === 'accepted');

/**
 * Say whether a refusal may be for want of a login: its words are doubtful, or they turn the client away, which submission
 * services do to whoever has not logged in. A client that is really blocked stays so after a login.
 */
export const mayBeAboutLogin = ({ answer, weight, reason }: Reading): boolean =>
  answer === 'permanent' && (weight === 'doubtful' || reason === 'client-blocked');

/** Policies under which nobody is listened to before a login, so that no inbound control can be accepted. */
export const LOGIN_FIRST: ReadonlySet<Preset> = new Set(['send-only', 'submission']);

/**
 * Say whether a login is what a doubtful refusal is about: the policy wants one before all else, the plain inbound control
 * drew the same words, and the account relays from the same source.
 */
function hasLoginControl(item: Item, known: Known, brief: Brief): boolean {
  if (!LOGIN_FIRST.has(brief.policy.preset)) return false;
  const here = known.at(item.attempt.source, item.attempt.security);
  const isSaidToAll = here.some(
    (control) =>
      control.attempt.role === 'inbound' && control.reading.answer === 'permanent' && isSaidAlso(item, control),
  );
  return (
    isSaidToAll &&
    here.some(
      ({ attempt: other, reading: { answer, login } }) =>
        other.credentials === 'valid' && login?.answer === 'accepted' && (answer === 'accepted' || answer === 'queued'),
    )
  );
}

function isPlainSettled(attempt: Attempt, known: Known, brief: Brief): boolean {
  const plain = plainOf(attempt, known);
  return plain !== undefined && plain.attempt.key !== attempt.key && settle(plain, known, brief).kind === 'refused';
}

const FAULT_TEXT: Partial<Record<Reason, string>> = {
  disconnected: 'the server closed the connection',
  timeout: 'the server did not answer in time',
  unreachable: 'no connection could be made',
  'tls-failed': 'TLS could not be established',
  'protocol-error': 'what came back was no SMTP',
};

function becauseOf(reading: Reading): string {
  const code = reading.reply ? ` (${quoted(reading)})` : '';
  return `${FAULT_TEXT[reading.reason] ?? reading.reason}${code}`;
}

const quoted = ({ reply, stage }: Reading): string => `${reply?.code} at ${stage}`;
