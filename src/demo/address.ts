// Paths of MAIL and RCPT as a server reads them (RFC 5321 section 4.1.2): tolerant, since odd forms are what relays fall for.
// Reads only; what an odd form means is src/demo/rewrite.ts.
import { isIP } from 'node:net';

/** The argument of MAIL FROM: or RCPT TO:, taken apart. */
export interface PathArgument {
  readonly path: string;
  readonly isBracketed: boolean;
  readonly parameters: readonly string[];
}

export interface Address {
  /** As given, without brackets. */
  readonly text: string;
  /** Hosts of a source route (RFC 5321 appendix C), first hop first. */
  readonly route: readonly string[];
  /** Behind the route, with quotes. */
  readonly local: string;
  /** Behind the last `@` outside quotes, lower case; null without `@`, empty where nothing follows it. */
  readonly domain: string | null;
  readonly isMalformed: boolean;
}

/** Take the path and the parameters out of what follows `FROM:` or `TO:`; null where there is no path. */
export function parseArgument(text: string): PathArgument | null {
  const rest = text.trimStart();
  if (!rest.startsWith('<')) {
    const [path, ...parameters] = rest.split(/ +/);
    return path ? { path, isBracketed: false, parameters: parameters.filter(Boolean) } : null;
  }
  const end = findOutsideQuotes(rest, '>');
  if (end === -1) return null;
  const parameters = rest.slice(end + 1).trim();
  return {
    path: rest.slice(1, end),
    isBracketed: true,
    parameters: parameters === '' ? [] : parameters.split(/ +/),
  };
}

/** Read a path without brackets; an empty one is the null reverse-path. */
export function parseAddress(text: string): Address {
  const routed = /^((?:@[^,:@]+)(?:,@[^,:@]+)*):(.*)$/.exec(text);
  const route = routed?.[1]?.split(',').map((host) => host.slice(1).toLowerCase()) ?? [];
  const mailbox = routed?.[2] ?? text;
  const at = findLastOutsideQuotes(mailbox, '@');
  const local = at === -1 ? mailbox : mailbox.slice(0, at);
  const domain = at === -1 ? null : mailbox.slice(at + 1).toLowerCase();
  return { text, route, local, domain, isMalformed: text !== '' && isMalformed(local, domain) };
}

/** Write an address of a local part and a domain; the local part alone where the domain is null. */
export const joinAddress = (local: string, domain: string | null): string =>
  domain === null ? local : `${local}@${domain}`;

/** Drop one trailing dot, the root's, of a domain. */
export const withoutRootDot = (domain: string): string => domain.replace(/\.$/, '');

/** Read the address out of an address literal or a bare numeric domain (RFC 5321 section 4.1.3); null where it is a name. */
export function addressOfDomain(domain: string): string | null {
  const inside = /^\[(?:ipv6:)?(.*)\]$/i.exec(domain)?.[1] ?? domain;
  return isIP(inside) === 0 ? null : inside;
}

/** Take the quotes and backslashes off a quoted local part; null where it is not quoted. */
export const dequote = (local: string): string | null =>
  /^"(?:[^"\\]|\\.)*"$/s.test(local) ? local.slice(1, -1).replace(/\\(.)/gs, '$1') : null;

/** Split at every occurrence of a character outside quotes. */
export function splitOutsideQuotes(text: string, mark: string): string[] {
  const at = findOutsideQuotes(text, mark);
  return at === -1 ? [text] : [text.slice(0, at), ...splitOutsideQuotes(text.slice(at + 1), mark)];
}

function isMalformed(local: string, domain: string | null): boolean {
  if (local === '' || local.startsWith('@')) return true;
  if (local.startsWith('"') && findOutsideQuotes(`${local} `, ' ') === -1) return true;
  if (findOutsideQuotes(local, ' ') !== -1 || findOutsideQuotes(local, '<') !== -1) return true;
  return domain !== null && /[\s<>"]|\.\.|^\./.test(domain);
}

const findOutsideQuotes = (text: string, mark: string): number => positions(text, mark)[0] ?? -1;
const findLastOutsideQuotes = (text: string, mark: string): number => positions(text, mark).at(-1) ?? -1;

function positions(text: string, mark: string): number[] {
  const found: number[] = [];
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === mark && !isQuoted) found.push(at);
  }
  return found;
}
