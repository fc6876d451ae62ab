// Host names, domains and ports as operators write them (RFC 1123 section 2.1, RFC 5891, RFC 6761). Pure; resolves nothing.
// What resolvers read in two ways (octal, short and hexadecimal IPv4) is refused, never guessed.
import { canonicalAddress, isIP } from './addresses.js';
import { complain } from './errors.js';

/**
 * Read a host: an address (mapped as v4, zone kept) or a name (letters beyond ASCII as A-labels, no final dot).
 * `subject` names the option in errors. @throws UsageError
 */
export function parseHost(text: string, subject: string): string {
  if (isIP(text) !== 0) return parseAddress(text, subject);
  if (/^\[?[0-9a-f:]*:[0-9a-f:.]*(%.*)?\]?$/i.test(text)) {
    throw complain({ subject, problem: 'not an IPv6 address', got: text, want: 'an address as 2001:db8::7' });
  }
  return parseDomain(text, subject);
}

/**
 * Read an address that one host can have, in canonical text, with its zone where it is link-local.
 * @throws UsageError for anything else: names, networks, `0.0.0.0`, `::`, broadcast and multicast addresses.
 */
export function parseAddress(text: string, subject: string): string {
  const fail = (problem: string, want: string) => complain({ subject, problem, got: text, want });
  if (isIP(text) === 0) throw fail('not an address', 'one address as 192.0.2.7 or 2001:db8::7');
  const address = canonicalAddress(text);
  const zone = /%(.+)$/.exec(text)?.[1];
  if (/^(0\.0\.0\.0|255\.255\.255\.255|::)$/.test(address))
    throw fail('no address of one host', 'the address of a host');
  if (/^(22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/.test(address)) throw fail('a multicast address', 'the address of one host');
  const isLinkLocal = /^fe[89ab][0-9a-f]:/.test(address);
  if (isLinkLocal && zone === undefined)
    throw fail('a link-local address without its zone', `it with one, as ${address}%eth0`);
  if (!isLinkLocal && zone !== undefined) throw fail('a zone on an address that is not link-local', address);
  return zone === undefined ? address : `${address}%${zone}`;
}

/** Read a domain name in lower-case A-labels, without a final dot; one label is enough. @throws UsageError */
export function parseDomain(text: string, subject: string): string {
  const fail = (problem: string, want = 'a name as mail.example.org') =>
    complain({ subject, problem, got: text, want });
  if (text === '') throw fail('an empty name');
  const name = toAscii(text).toLowerCase().replace(/\.$/, '');
  if (name === '') throw fail('not a host name');
  const labels = name.split('.');
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? ''))
    throw fail('an incomplete or ambiguous IPv4 address', 'four decimal octets, as 192.0.2.7');
  if (name.length > 253) throw fail('a name of more than 253 characters', 'at most 253');
  if (!labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) throw fail('not a host name');
  return name;
}

/** Read a port, 1 to 65535 in decimal without leading zeros. @throws UsageError */
export function parsePort(text: string, subject: string): number {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw complain({ subject, problem: 'not a port', got: text, want: 'a number from 1 to 65535' });
  return port;
}

/** Split `host:port`, `[v6]:port`, `host`, `[v6]` or a bare v6 address; a port that is not there is null. */
export function splitEndpoint(text: string): { readonly host: string; readonly port: string | null } {
  if (isIP(text) === 6) return { host: text, port: null };
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? '', port: bracketed[2] ?? null };
  const plain = /^([^:]*):([^:]*)$/s.exec(text);
  return plain === null ? { host: text, port: null } : { host: plain[1] ?? '', port: plain[2] ?? '' };
}

/** Names set aside for documentation, tests and local use (RFC 2606, 6761, 6762, 7686, 8375, 9476): no mail gets there. */
const RESERVED = [
  'test',
  'example',
  'invalid',
  'localhost',
  'example.com',
  'example.net',
  'example.org',
  'local',
  'onion',
  'home.arpa',
  'alt',
  'internal',
] as const;

/** Say whether a domain is reserved or under a reserved one, so that it cannot receive mail on the internet. */
export function isReservedDomain(domain: string): boolean {
  const name = `.${domain.toLowerCase().replace(/\.$/, '')}`;
  return RESERVED.some((reserved) => name.endsWith(`.${reserved}`));
}

/** Turn letters beyond ASCII into A-labels; empty where they make no name. ASCII comes back as it is. */
function toAscii(text: string): string {
  if (/^[\x21-\x7e]*$/.test(text)) return text;
  if (!/^[\p{L}\p{M}\p{N}._-]+$/u.test(text)) return '';
  try {
    return new URL(`http://${text}/`).hostname;
  } catch {
    return '';
  }
}
