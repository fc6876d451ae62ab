// What a reply to EHLO (or a greeting) tells: extensions (RFC 5321 section 4.1.1.1), SASL mechanisms (RFC 4954 section 3)
// and the client address that the server saw. Pure; reads masked replies, knows no product by name.
import { isIP } from 'node:net';
import type { Reply } from '../model/reply.js';
import { isSameAddress, plainAddress } from './tcp.js';

/** List the extensions of an EHLO reply as announced, e.g. `AUTH PLAIN LOGIN`; empty for a refusal or a bare reply. */
export function extensionsOf(reply: Reply | null): readonly string[] {
  if (reply === null || reply.code !== 250) return [];
  return reply.lines
    .slice(1)
    .map((one) => one.slice(4).trim())
    .filter((one) => one !== '');
}

/** Say whether an extension is announced; the keyword is compared without case (RFC 5321 section 2.4). */
export const hasExtension = (extensions: readonly string[], keyword: string): boolean =>
  extensions.some((one) => keywordOf(one) === keyword.toUpperCase());

/** List the SASL mechanisms announced, upper case, each once; `AUTH=LOGIN`, the form from before RFC 2554, counts too. */
export function mechanismsOf(extensions: readonly string[]): readonly string[] {
  const names = extensions
    .filter((one) => keywordOf(one) === 'AUTH')
    .flatMap((one) =>
      one
        .toUpperCase()
        .split(/[\s=]+/)
        .slice(1),
    )
    .filter((name) => /^[A-Z0-9_-]{1,20}$/.test(name));
  return [...new Set(names)];
}

const keywordOf = (extension: string): string => (/^[^\s=]*/.exec(extension)?.[0] ?? '').toUpperCase();

/** `[192.0.2.7]`, `[IPv6:2001:db8::7]`, also without brackets where the words around it leave no doubt. */
const BRACKETED = String.raw`\[(?:IPv6:)?([0-9a-f:.]+)(?:%\w+)?\]`;
const ANY = String.raw`\[?(?:IPv6:)?((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f:.]+)\]?`;

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
    for (const phrase of PHRASES) {
      const found = phrase.exec(text)?.[1];
      if (found === undefined || isIP(found) === 0) continue;
      return own !== null && isSameAddress(own, found) && countOf(text, found) < 2 ? null : plainAddress(found);
    }
  }
  return null;
}

const countOf = (text: string, part: string): number => text.split(part).length - 1;
