// Bytes of the server to replies (RFC 5321 sections 4.2 and 4.5.3.1, RFC 2034 for enhanced status codes), incrementally:
// the same bytes give the same replies wherever they are cut. Lenient where real servers are sloppy and nothing can be
// mistaken (bare LF, bare `250`, 8-bit text), strict where a reply could be taken for another. Pure: no I/O, no clock, and
// it never throws; what is out of order is a `problem`, after which nothing more is read.
import type { Reply } from '../model/reply.js';
import { mask } from './mask.js';

/** SAFETY: the peer is hostile; these bound what it can make us keep. Line: octets without the line end. */
export const CAPS = { line: 2_048, lines: 512, session: 1_048_576 } as const;

export interface Parsed {
  readonly replies: readonly Reply[];
  /** What was out of order after these replies, as one masked line; null while all is well. */
  readonly problem: string | null;
}

export interface ReplyParser {
  /** Take the next bytes; after a problem every call gives that problem and no replies. */
  readonly push: (chunk: Uint8Array) => Parsed;
  /** Whether bytes of an unfinished line or reply are held. */
  readonly isMidReply: () => boolean;
}

interface ReplyLine {
  readonly code: number;
  readonly isLast: boolean;
  readonly text: string;
  readonly enhanced: string | null;
  readonly raw: string;
}

const CR = 0x0d;
const LF = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Start a parser for one session; its 1 MiB cap counts everything pushed, before and after STARTTLS. */
export function createReplyParser(): ReplyParser {
  let partial: Buffer = Buffer.alloc(0);
  let open: ReplyLine[] = [];
  let total = 0;
  let problem: string | null = null;

  const takeLine = (raw: Buffer): Reply | null => {
    const next = readLine(raw);
    if (typeof next === 'string') problem = next;
    else {
      const first = open[0];
      if (first && first.code !== next.code)
        problem = `the reply code changes from ${first.code} to ${next.code} within a reply`;
      else if (open.length === CAPS.lines) problem = `a reply of more than ${CAPS.lines} lines`;
      else open.push(next);
      if (problem === null && next.isLast) {
        const reply = toReply(open);
        open = [];
        return reply;
      }
    }
    return null;
  };

  const push = (chunk: Uint8Array): Parsed => {
    const replies: Reply[] = [];
    if (problem !== null) return { replies, problem };
    const room = CAPS.session - total;
    total += chunk.length;
    let rest: Buffer = Buffer.concat([partial, chunk.subarray(0, room)]);
    for (let end = rest.indexOf(LF); end >= 0 && problem === null; end = rest.indexOf(LF)) {
      const reply = takeLine(rest.subarray(0, end));
      if (reply) replies.push(reply);
      rest = rest.subarray(end + 1);
    }
    if (problem === null && isTooLong(rest)) problem = TOO_LONG;
    if (problem === null && chunk.length > room) problem = `more than ${CAPS.session} bytes in one session`;
    // A copy, so that a short rest does not keep a large chunk alive.
    partial = problem === null ? Buffer.from(rest) : Buffer.alloc(0);
    return { replies, problem };
  };

  return { push, isMidReply: () => partial.length > 0 || open.length > 0 };
}

const TOO_LONG = `a reply line of more than ${CAPS.line} bytes`;

/** One octet more is allowed where it is the CR of the line end; so the answer is the same with and without the LF. */
const isTooLong = (raw: Buffer): boolean =>
  raw.length > CAPS.line + 1 || (raw.length === CAPS.line + 1 && raw[CAPS.line] !== CR);

function readLine(raw: Buffer): ReplyLine | string {
  if (isTooLong(raw)) return TOO_LONG;
  const decoded = decode(raw).replace(/\r+$/, '');
  const parts = /^(\d{3})(?:([ \t-])(.*))?$/s.exec(decoded);
  if (!parts) return `text where a reply code should be: "${mask(decoded).slice(0, 80)}"`;
  const code = Number(parts[1]);
  if (code < 200 || code > 599) return `a reply code outside 200 to 599: ${code}`;
  const { enhanced, text } = splitEnhanced(code, parts[3] ?? '');
  return { code, isLast: parts[2] !== '-', text: mask(text), enhanced, raw: mask(decoded) };
}

/** UTF-8 where it is valid (RFC 6531 section 3.7.4.2), else Latin-1, a line at a time: no byte is lost. */
function decode(raw: Buffer): string {
  try {
    return utf8.decode(raw);
  } catch {
    return raw.toString('latin1');
  }
}

/**
 * Success goes with class 2, failure with 4 or 5 (RFC 2034 section 4, taken loosely: `454 5.7.1` is seen in the wild).
 * An address or a version (`220 2.3.4.5`, `250 2.6.32-el6`) is not an enhanced status code.
 */
function splitEnhanced(code: number, text: string): { enhanced: string | null; text: string } {
  const parts = /^\s*(([245])\.\d{1,3}\.\d{1,3})(?=\s|$)\s*/.exec(text);
  const [whole, enhanced, statusClass] = parts ?? [];
  if (whole === undefined || enhanced === undefined || (statusClass === '2') !== code < 400)
    return { enhanced: null, text };
  return { enhanced, text: text.slice(whole.length) };
}

const toReply = (lines: readonly ReplyLine[]): Reply => ({
  code: lines[0]?.code ?? 0,
  enhanced: lines.find((one) => one.enhanced !== null)?.enhanced ?? null,
  text: lines.map((one) => one.text).join('\n'),
  lines: lines.map((one) => one.raw),
});
