// Trace fields of a message that arrived (RFC 5321 section 4.4): which hosts took it, from which address, under TLS or not.
// Pure. What servers write differs from product to product, and anybody may have put in fields of their own: facts to show,
// and the client address to compare, never a proof.
import { canonicalAddress, isIP } from '../model/addresses.js';

export interface Hop {
  /** What the client greeted with, as the server wrote it; null where it did not. */
  readonly helo: string | null;
  /** The client address that the server wrote down. */
  readonly address: string | null;
  /** The server that wrote the field. */
  readonly by: string | null;
  /** As `ESMTPS` (RFC 3848). */
  readonly protocol: string | null;
  readonly tls: boolean;
}

/** Read the values of Received fields, in the order in which they stand: the last hop first. */
export const receivedChain = (values: readonly string[]): readonly Hop[] => values.map(hopOf);

/**
 * Find the client address that the first server wrote down for us: the oldest hop from the name that we greeted with, else
 * the oldest of all. Null where it names none; `greeted` null where it is not known.
 */
export function clientAddress(hops: readonly Hop[], greeted: string | null): string | null {
  return firstHop(hops, greeted)?.address ?? null;
}

/** Find the hop in which the first server took the message from us; null for a chain without hops. */
export function firstHop(hops: readonly Hop[], greeted: string | null): Hop | null {
  const oldestFirst = [...hops].reverse();
  const name = greeted?.toLowerCase();
  return oldestFirst.find(({ helo }) => name !== undefined && helo?.toLowerCase() === name) ?? oldestFirst[0] ?? null;
}

function hopOf(value: string): Hop {
  // The date stands behind the last semicolon; comments before it may hold some, too.
  const text = value.replace(/;[^;()]*$/, '').replace(/\s+/g, ' ');
  const from = /^\s*from\s+(.*?)(?=\s+by\s|$)/i.exec(text)?.[1] ?? '';
  const by = /(?:^|\s)by\s+([^\s;()]+)/i.exec(text)?.[1] ?? null;
  const protocol =
    /\bwith\s+(?:[^()]*?\s)?((?:UTF8)?(?:E?SMTP|LMTP)S?A?|HTTP|local)\b/i.exec(text)?.[1]?.toUpperCase() ?? null;
  return {
    helo: heloOf(from),
    address: addressOf(from),
    by: by === null ? null : by.replace(/\.$/, ''),
    protocol,
    tls: /^(?:UTF8)?(?:ESMTP|LMTP)S/.test(protocol ?? '') || TLS.test(text),
  };
}

/** Comments in which servers tell of TLS: Postfix and Sendmail, Exchange and Exim, OpenSMTPD, Courier and Haraka. */
const TLS = /\b(?:using\s+TLS|version\s*=\s*TLS|TLSv?1[._]?\d?\s*[:,)]|tls\s+TLS_|cipher\s*=)/i;

/** `helo=name` of Exim, `HELO name` of qmail, else the first word. */
function heloOf(from: string): string | null {
  const told = /\bhelo=([^\s()]+)/i.exec(from)?.[1] ?? /\((?:HELO|EHLO)\s+([^\s()]+)\)/i.exec(from)?.[1];
  if (told !== undefined) return told;
  const first = /^[^\s(]+/.exec(from)?.[0] ?? null;
  return first === 'unknown' ? null : first;
}

const ADDRESS = /(?:IPv6:)?([0-9a-f]{0,4}(?:[:.][0-9a-f]{0,4}){2,}(?:\.\d{1,3}){0,3})(?:%\w+)?/gi;

/** The address that the server saw stands in brackets or parentheses behind the name that the client claims. */
function addressOf(from: string): string | null {
  const claimless = from.replace(/\bhelo=\[?[^\s()]*/gi, '').replace(/\((?:HELO|EHLO)\s+[^\s()]+\)/gi, '');
  const behind = claimless.includes('(') ? claimless.slice(claimless.indexOf('(')) : '';
  return firstAddress(behind) ?? firstAddress(claimless);
}

function firstAddress(text: string): string | null {
  for (const [, found = ''] of text.matchAll(ADDRESS)) if (isIP(found) !== 0) return canonicalAddress(found);
  return null;
}
