// The closing control: whether a source is still listened to behind what it was refused. A server that takes offence at refusals
// may tell a source the same of every recipient from then on; in a shared session the sentinel shows it, alone nothing would. Pure.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Known } from '../replies/known.js';
import type { Item } from '../replies/read.js';
import { makeControl, type Place } from './attempt.js';

/** Ask for the local recipient again where it was accepted, and where a technique was refused with no sentinel beside it. */
export function wantedClosing(brief: Brief, place: Place, known: Known): readonly Attempt[] {
  const { id } = place.source;
  const isListenedTo = known
    .inboundAt(id, place.security)
    .some(({ attempt, reading }) => attempt.role === 'inbound' && reading.answer === 'accepted');
  if (!isListenedTo || !known.at(id, place.security).some((item) => isRefusedAlone(item, brief))) return [];
  const { sender, localRecipient } = brief.identity;
  const control = makeControl(brief, place, 'control-accept-again', {
    role: 'inbound-again',
    access: 'inbound',
    recipient: 'local',
    reversePath: sender,
    forwardPath: localRecipient.mailbox,
  });
  return [{ ...control, alone: true }];
}

/** Where sessions are shared, what was never doubted stands: the first of a session, and what goes without EHLO. */
const isRefusedAlone = ({ attempt, evidence, reading }: Item, brief: Brief): boolean =>
  attempt.role === 'probe' &&
  attempt.credentials === 'none' &&
  attempt.varied.length > 0 &&
  reading.reply !== null &&
  reading.reply.code >= 400 &&
  !evidence.shared &&
  (!brief.sharedSessions || evidence.tries > 1);
