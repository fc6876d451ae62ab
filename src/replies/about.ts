// What a refusal is about: the form of what the attempt varies, or the moment (docs/contract.md, "Reasons, and what a refusal is
// worth"). Pure.
import type { Attempt } from '../model/attempt.js';
import type { Varied } from '../model/technique.js';
import { controlsOf, isSaidAlso } from './controls.js';
import type { Known } from './known.js';
import type { Item, Reading } from './read.js';

/**
 * Say whether a 4yz is about what was asked and not about the moment, as whole servers are set to answer (Postfix soft_bounce), and
 * others refuse senders: its words say so, and of a sender or a greeting the local recipient was told the same.
 */
export function isAboutQuestion(item: Item, known: Known): boolean {
  const { attempt, reading } = item;
  if (reading.reason === 'unknown-recipient' || isHelloFirst(item)) return true;
  if (reading.weight !== 'form' && !(reading.reason === 'temporary-failure' && isOddSender(attempt))) return false;
  const fields = fieldsOf(reading).filter((field) => attempt.varied.includes(field));
  return fields.some((field) => field !== 'reverse-path' && field !== 'greeting') || isSaidOfSender(item, known);
}

/** Say whether a reverse-path is neither a mailbox at a domain name nor null: servers fail over it where they should refuse. */
export const isOddSender = ({ reversePath }: Attempt): boolean =>
  reversePath !== '' && !/^[^@!%]+@(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*$/i.test(reversePath);

/** Which field a refusal of weight *form* is about; the stage tells where the reason does not. */
function fieldsOf({ reason, stage }: Reading): readonly Varied[] {
  const byStage: readonly Varied[] =
    stage === 'mail'
      ? ['reverse-path', 'parameters']
      : stage === 'rcpt'
        ? ['forward-path', 'parameters']
        : stage === 'helo'
          ? ['greeting']
          : stage === 'auth'
            ? ['authentication']
            : stage === 'starttls'
              ? // Whoever greets otherwise, or not at all, may not be let into TLS.
                ['greeting', 'session', 'parameters']
              : ['session', 'parameters'];
  switch (reason) {
    case 'sender-rejected':
    case 'sender-not-owned':
      return ['reverse-path'];
    case 'greeting-rejected':
      return ['greeting'];
    case 'claim-refused':
      return ['session', 'authentication'];
    case 'smtputf8-required':
      return ['forward-path', 'reverse-path', 'parameters'];
    case 'not-implemented':
      return [...byStage, 'session', 'parameters'];
    default:
      return byStage;
  }
}

/**
 * Say whether a refusal is about what the attempt varies: its reason says so, or the inbound control with the same
 * greeting and reverse-path drew the same words while the plain inbound control was accepted.
 */
export function isAboutForm(item: Item, known: Known): boolean {
  const { attempt, reading } = item;
  if (attempt.greeting.verb === 'none' && reading.stage === 'mail') return isHelloFirst(item);
  if (reading.weight === 'form' && fieldsOf(reading).some((field) => attempt.varied.includes(field))) return true;
  if (reading.weight !== 'form' && reading.weight !== 'doubtful' && reading.reason !== 'temporary-failure')
    return false;
  return isSaidOfSender(item, known);
}

/** "Say hello first", in whatever words, to whoever left the greeting out is about the greeting. */
const isHelloFirst = ({ attempt, reading: { stage, reason, weight } }: Item): boolean =>
  attempt.greeting.verb === 'none' && stage === 'mail' && (reason === 'bad-sequence' || weight === 'form');

/** Whether the inbound control with the same greeting and reverse-path drew the same words, and the plain one was accepted. */
function isSaidOfSender(item: Item, known: Known): boolean {
  const { attempt } = item;
  if (!attempt.varied.includes('reverse-path') && !attempt.varied.includes('greeting')) return false;
  const plainControl = known
    .at(attempt.source, attempt.security)
    .some((other) => other.attempt.role === 'inbound' && other.reading.answer === 'accepted');
  return (
    plainControl &&
    controlsOf(attempt, known).some((control) => control.attempt.role === 'inbound-as' && isSaidAlso(item, control))
  );
}
