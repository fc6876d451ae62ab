// What became of messages: which message speaks for an attempt that was accepted at RCPT, and whether a canary that should
// come did come (ARCHITECTURE, "How a verdict is reached"). Pure.
import type { Attempt } from '../model/attempt.js';
import type { Known } from './known.js';
import { PLAIN, plainOf } from './plain.js';
import type { Item } from './read.js';

/**
 * The hole that an accepted attempt shows, one message of which speaks for all. A forward-path of the canary's own is let
 * through because of who asks, so its source belongs to it; one that only looks local is routed the same way for everybody.
 * Where the plain recipient is accepted as well, RCPT tells nothing apart, and one message of each kind of trick has to do.
 */
export function holeOf(attempt: Attempt, known: Known): string {
  const answer = plainOf(attempt, known)?.reading.answer;
  const isPlain = attempt.technique === PLAIN || attempt.credentials !== 'none';
  if (!isPlain && (answer === 'accepted' || answer === 'queued')) return `${kindOf(attempt, known)}/${attempt.source}`;
  return attempt.isSign ? `${attempt.technique}/${attempt.source}/${attempt.credentials}` : attempt.technique;
}

/** `percent`, `bang`, `source`, …: the first word of a technique's name; senders by whether they look local. */
function kindOf({ technique, reversePath }: Attempt, known: Known): string {
  const word = technique.split('-', 1)[0] ?? technique;
  if (word !== 'sender') return word;
  const local = known.items
    .find(({ attempt }) => attempt.role === 'unknown-local')
    ?.attempt.forwardPath.split('@')
    .at(-1);
  return `sender/${local !== undefined && reversePath.toLowerCase().endsWith(`@${local.toLowerCase()}`) ? 'local' : 'other'}`;
}

export const isMessage = ({ attempt }: Item): boolean => attempt.depth === 'message' && attempt.role === 'probe';

export const isDelivered = ({ evidence }: Item): boolean => evidence.canary.some((event) => event.kind === 'delivered');

export const isSilent = ({ evidence }: Item): boolean => evidence.canary.some((event) => event.kind === 'silent');

/** The messages that speak for an accepted attempt: its own, else those of the same hole. */
export function messagesFor(attempt: Attempt, known: Known): readonly Item[] {
  const all = known.messages.filter((item) => holeOf(item.attempt, known) === holeOf(attempt, known));
  const own = all.filter((item) => item.attempt.of === attempt.key);
  return own.length > 0 ? own : all;
}

/** Whether a message is one that the policy lets through: an approved host's, or of an account that logged in. */
export const isExpected = ({ attempt }: Pick<Item, 'attempt'>): boolean =>
  attempt.technique === 'control-approved' || attempt.credentials === 'valid';

/**
 * Say whether a canary that should come did come: of an approved or authenticated source through this server, else the one
 * that went there without it. Null where none was sent.
 */
export function didCanaryCome(known: Known): boolean | null {
  const expected = known.messages.filter(isExpected);
  const through = expected.length > 0 ? expected : known.items.filter(({ attempt }) => attempt.role === 'direct');
  return through.length === 0 ? null : through.some(isDelivered);
}
