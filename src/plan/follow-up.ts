// What an answer calls for: shape controls of what was accepted, inbound controls of what was refused in doubtful words,
// a second try alone of what was accepted beside others. Pure.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { isOddSender } from '../replies/about.js';
import { controlsOf, isLikeUnknownLocal } from '../replies/controls.js';
import type { Known } from '../replies/known.js';
import type { Item } from '../replies/read.js';
import { makeInboundAs, makeShapeControl, type Place } from './attempt.js';

/** The follow-ups of everything that was answered at one place. */
export function wantedFollowUps(brief: Brief, place: Place, known: Known): readonly Attempt[] {
  const wanted: Attempt[] = [];
  for (const item of known.at(place.source.id, place.security)) {
    const { attempt } = item;
    if (attempt.role !== 'probe' || attempt.credentials !== 'none' || attempt.depth !== 'rcpt') continue;
    if (isAccepted(item) || mayBeItsShape(item, known)) wanted.push(...makeShapeControl(attempt, known));
    if ((isDoubtfulRefusal(item) || mayBeItsSender(item)) && !hasPlainControl(attempt, known))
      wanted.push(makeInboundAs(brief, attempt, known));
  }
  return wanted;
}

/** Whether the source's own inbound control has the attempt's greeting and reverse-path. */
const hasPlainControl = (attempt: Attempt, known: Known): boolean =>
  controlsOf(attempt, known).some((control) => control.attempt.role === 'inbound');

/** Whether a recipient may be called unknown for its shape alone, and the unknown local user does not tell: taken as well, say. */
const mayBeItsShape = (item: Item, known: Known): boolean =>
  item.reading.reason === 'unknown-recipient' &&
  item.reading.answer === 'permanent' &&
  known.hasTaken &&
  isLikeUnknownLocal(item, known) === false;

const isAccepted = ({ reading }: Item): boolean => reading.answer === 'accepted' || reading.answer === 'queued';

/** Refusals that settle only beside an accepted inbound control with the same greeting and reverse-path. */
const isDoubtfulRefusal = ({ reading }: Item): boolean =>
  (reading.answer === 'permanent' && reading.weight === 'doubtful') || reading.reason === 'unknown-recipient';

/**
 * Whether a refusal may be about the reverse-path or the greeting where its stage does not show it, or its code says *later*:
 * it is about an address, and the recipient is a plain one; or the server fails over a reverse-path that is none.
 */
const mayBeItsSender = ({ attempt, reading: { stage, weight, reason, answer } }: Item): boolean =>
  (stage === 'rcpt' || answer === 'temporary') &&
  !attempt.varied.includes('forward-path') &&
  (weight === 'form' || (reason === 'temporary-failure' && isOddSender(attempt)));
