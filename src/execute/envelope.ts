// MAIL, RCPT and, where an attempt goes as far, the message (RFC 5321 section 3.3), or BDAT in place of DATA (RFC 3030). What
// is asked at RCPT alone never sends a message, whatever the server says to DATA or BDAT.
import type { Attempt } from '../model/attempt.js';
import type { Stage } from '../model/reply.js';
import type { Heard } from '../smtp/channel.js';
import { line } from '../smtp/line.js';
import { endOfData } from '../smtp/message.js';
import { composeMessage, smuggling } from './message.js';
import { keep, type Session, say } from './session.js';

/** Send the envelope of an attempt; a refused step ends it. `message` is null at the depth of RCPT. */
export async function sendEnvelope(session: Session, attempt: Attempt, message: Buffer | null): Promise<void> {
  if (attempt.extras.oneWrite) return sendAtOnce(session, attempt, message);
  if (!(await isTaken(session, 'mail', mailLine(attempt)))) return;
  const { firstRecipient } = attempt.extras;
  if (firstRecipient !== undefined) await isTaken(session, 'rcpt', `RCPT TO:<${firstRecipient}>`);
  if (session.fault || !(await isTaken(session, 'rcpt', rcptLine(attempt)))) return;
  if (attempt.extras.transport === 'BDAT') return sendChunk(session, attempt, message);
  if (message === null || !(await isTaken(session, 'data', 'DATA'))) return;
  await sendText(session, attempt, message);
}

/** The whole envelope in one segment, announced or not (RFC 2920 section 3.1). */
async function sendAtOnce(session: Session, attempt: Attempt, message: Buffer | null): Promise<void> {
  const lines: readonly (readonly [Stage, string])[] = [
    ['mail', mailLine(attempt)],
    ['rcpt', rcptLine(attempt)],
    ['data', 'DATA'],
  ];
  const heards = await session.channel.send(lines.map(([stage, text]) => ({ stage, line: line(text) })));
  for (const heard of heards) keep(session, heard);
  const isAsked = isPositive(heards.at(-1));
  const isAccepted = isPositive(heards[1]);
  if (!isAsked) return;
  if (message !== null && isAccepted) return sendText(session, attempt, message);
  // The server waits for a message that is not meant to be sent: a connection that ends before the final dot sends none.
  session.channel.destroy();
}

/**
 * At the depth of RCPT an empty chunk that is not the last asks whether the transport is open, and sends nothing (RFC 3030
 * section 2: the message is complete with LAST alone).
 */
async function sendChunk(session: Session, attempt: Attempt, message: Buffer | null): Promise<void> {
  if (message === null) {
    await isTaken(session, 'data', 'BDAT 0');
    session.channel.destroy();
    return;
  }
  const bytes = composeMessage(message, attempt.extras);
  const command = `BDAT ${bytes.length} LAST`;
  const shown = `${command} [message of ${bytes.length} octets]`;
  const sent = Buffer.concat([Buffer.from(`${command}\r\n`, 'latin1'), bytes]);
  for (const heard of await session.channel.sendRaw('message', sent, shown, 1)) keep(session, heard);
}

async function sendText(session: Session, attempt: Attempt, message: Buffer): Promise<void> {
  const { extras } = attempt;
  const bytes = composeMessage(message, extras);
  if (extras.smuggle === undefined || !extras.smuggled) {
    keep(session, await session.channel.sendMessage(endOfData(bytes)));
    return;
  }
  const hidden = smuggling(bytes, extras.smuggle, extras.smuggled, composeMessage(message, {}));
  const [first, ...others] = await session.channel.sendRaw('message', hidden.bytes, hidden.shown, hidden.replies);
  if (first) keep(session, first);
  // Where nothing hidden was found the rest are NOOPs, and say nothing about the message.
  const isFound = isPositive(first) && others.some(({ exchange: { reply } }) => reply !== null && reply.code >= 300);
  if (isFound) for (const heard of others) keep(session, heard);
}

async function isTaken(session: Session, stage: Stage, text: string): Promise<boolean> {
  return isPositive(keep(session, await say(session.channel, stage, text)));
}

const isPositive = (heard: Heard | undefined): boolean =>
  heard !== undefined && heard.fault === null && (heard.exchange.reply?.code ?? 500) < 400;

const parameters = (text: string): string => (text === '' ? '' : ` ${text}`);

/** The MAIL command of an attempt (RFC 5321 section 4.1.1.2), or the verb that stands for it (RFC 821 section 3.4). */
export const mailLine = (attempt: Attempt): string =>
  `${attempt.extras.mailVerb ?? 'MAIL'} FROM:<${attempt.reversePath}>${parameters(attempt.mailParameters)}`;

/** The RCPT command of an attempt (RFC 5321 section 4.1.1.3). */
export const rcptLine = (attempt: Attempt): string =>
  `RCPT TO:${attempt.bareForwardPath ? attempt.forwardPath : `<${attempt.forwardPath}>`}${parameters(attempt.rcptParameters)}`;
