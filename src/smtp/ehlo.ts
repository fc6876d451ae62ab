// The client address that a server says it saw, in its greeting or EHLO reply (RFC 5321 section 4.1.1.1).
// Pure; reads masked replies, knows no product by name.
import { canonicalAddress, isIP } from '../model/addresses.js';
import type { Reply } from '../model/reply.js';

/** `[192.0.2.7]`, `[IPv6:2001:db8::7]`, also without brackets where the words around it leave no doubt. */
const BRACKETED = String.raw`\[(?:IPv6:)?([0-9a-f:.]+)(?:%\w+)?\]`;
const ANY = String.raw`\[?(?:IPv6:)?((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f:.]+)\]?`;

/** What any address holds; most lines hold none, and the phrases are long. */
const MAY_BE_ADDRESS = /\d\.\d|[0-9a-f:]:/i;

/** Turns of phrase after which the address can only be the client's. */
const PHRASES: readonly RegExp[] = [
  // Sendmail, Exim, OpenSMTPD, Exchange, Haraka, Domino: the name given or looked up, then the address seen.
  new RegExp(String.raw`\bhello,?\s+(?:\S+\s+at\s+)?(?:(?:[^\s[\]]+|\[[^\s\]]+\])\s+){0,2}\(?${BRACKETED}`, 'i'),
  new RegExp(String.raw`\bat your service,\s+${BRACKETED}`, 'i'),
  new RegExp(`${BRACKETED}, this server offers`, 'i'),
  new RegExp(String.raw`\bclient host\s+(?:[^\s[\]]+)?${BRACKETED}`, 'i'),
  new RegExp(
    String.raw`\byour (?:host ?name|(?:source |client |remote )?(?:ip(?:v[46])?(?: address)?|address))(?: is|:|,)?\s+${ANY}`,
    'i',
  ),
  new RegExp(String.raw`\b(?:client|remote)(?: ip)?(?: address)?(?::|=| is)\s*${ANY}`, 'i'),
  new RegExp(
    String.raw`\b(?:connection|connecting|connected|you(?:'re| are)(?: connecting)?|welcome|access) from\s+(?:[^\s[\]]+\s+)?${ANY}`,
    'i',
  ),
];

/**
 * Find the client address that a server names in its greeting or EHLO reply; null where none is clearly the client's.
 * `greeted` is the name we greeted with: an address literal that merely comes back is no address seen. IPv4-mapped
 * addresses come back as IPv4, zones are dropped.
 */
export function addressSeen(reply: Reply | null, greeted: string | null = null): string | null {
  if (reply === null) return null;
  const own = /^\[(?:IPv6:)?([^\]]+)\]$/i.exec(greeted ?? '')?.[1] ?? null;
  for (const text of reply.text.split('\n')) {
    if (!MAY_BE_ADDRESS.test(text)) continue;
    for (const phrase of PHRASES) {
      const found = phrase.exec(text)?.[1];
      if (found === undefined || isIP(found) === 0) continue;
      const address = canonicalAddress(found);
      return own !== null && canonicalAddress(own) === address && countOf(text, found) < 2 ? null : address;
    }
  }
  return null;
}

const countOf = (text: string, part: string): number => text.split(part).length - 1;
