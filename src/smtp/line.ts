// The one constructor of lines that leave: SMTP commands, SASL responses, XCLIENT, CONNECT, IMAP, headers (RFC 5321
// section 2.3.8). A Line cannot hold CR, LF or NUL, so that no value of a policy, a file or a server ever becomes a second
// command. What may be written in evidence is decided here as well, next to the secret it hides.
import { mask } from './mask.js';

/** Octets without the line end: room for a SASL line of 12,288 octets (RFC 4954 section 4) and then some. */
const MAX_OCTETS = 16_384;

declare const made: unique symbol;

/** A line without its CR LF; made only by `line()`. */
export interface Line {
  /** What is sent, as UTF-8 (RFC 6531). */
  readonly wire: string;
  /** What evidence and reports may hold: masked, secrets replaced. */
  readonly shown: string;
  readonly [made]: true;
}

/** Text that cannot be one line on the wire; the message never repeats the text, which may be secret. */
export class LineError extends Error {
  override readonly name = 'LineError';
}

/**
 * Make a line to send; `shown` stands in for the text in evidence (`AUTH PLAIN [withheld]`), by default the text itself.
 * Throws LineError on CR, LF, NUL, or more than 16,384 octets.
 */
export function line(text: string, shown: string = text): Line {
  // SAFETY: a line end inside a value would be a command of its own.
  const at = text.search(/[\r\n\0]/);
  if (at >= 0)
    throw new LineError(`line: holds ${NAMES[text.charAt(at)]} at character ${at + 1}, want one line of text`);
  const octets = Buffer.byteLength(text, 'utf8');
  if (octets > MAX_OCTETS) throw new LineError(`line: too long: got ${octets} octets, want at most ${MAX_OCTETS}`);
  return { wire: text, shown: mask(shown) } as Line;
}

/**
 * Encode a line as it goes out, with CR LF.
 * SAFETY: always UTF-8; as Latin-1, U+010A would go out as a line feed.
 */
export const toWire = (one: Line): Buffer => Buffer.from(`${one.wire}\r\n`, 'utf8');

const NAMES: Readonly<Record<string, string>> = { '\r': 'CR', '\n': 'LF', '\0': 'NUL' };
