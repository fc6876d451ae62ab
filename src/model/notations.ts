// The notations of one entry in a list of hosts, each as a range of numbers (docs/contract.md, `--relay-hosts`; RFC 4632).
// What two servers could read in two ways (octal, short forms, host bits below the mask) is refused, never guessed.
// Knows neither options nor files: the caller says where an entry stands.
import { type AddressRange, addressToBigInt, bigIntToAddress, isIP, WIDTH } from './addresses.js';

/** Ends the parse: what is wrong, and what is wanted instead. */
export type Refuse = (problem: string, want: string) => never;

export interface Parsed {
  readonly kind: 'address' | 'network' | 'range' | 'name';
  readonly ranges: readonly AddressRange[];
}

/** What a list may hold, for errors. */
export const WANT = 'an address, a network as 192.0.2.0/24, a range as 192.0.2.10-192.0.2.99, or a host name';

const single = ({ family, value }: { family: 4 | 6; value: bigint }): AddressRange => ({
  family,
  first: value,
  last: value,
});

/**
 * Read one entry as its kind and ranges; a name has none until it is resolved.
 * Calls `refuse`, which must throw, with what is wrong and what is wanted.
 */
export function parseNotation(text: string, refuse: Refuse): Parsed {
  // Postfix writes v6 in brackets, `[2001:db8::]/32`; nothing else can be meant by it.
  const plain = text.replace(/\[([0-9a-fA-F:.]+)\]/g, (whole, inner: string) => (isIP(inner) === 6 ? inner : whole));
  if (plain.includes('%')) refuse('a zone has no meaning in a list', quote(plain.replace(/%[^/-]*/g, '')));
  if (plain.includes('/')) return { kind: 'network', ranges: [masked(plain, refuse)] };
  if (plain.includes('*')) return { kind: 'network', ranges: [wildcard(plain, refuse)] };
  if (isRange(plain)) return { kind: 'range', ranges: [between(plain, refuse)] };
  const address = addressToBigInt(plain);
  if (address !== null) return { kind: 'address', ranges: [single(address)] };
  if (isHostName(plain)) return { kind: 'name', ranges: [] };
  return refuse(...whyNoAddress(plain));
}

/** `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `2001:db8::/32`, `2001:db8::/ffff:ffff::`, `::ffff:192.0.2.0/120`. */
function masked(text: string, refuse: Refuse): AddressRange {
  const slash = text.indexOf('/');
  const [base, mask] = [text.slice(0, slash), text.slice(slash + 1)];
  const version = isIP(base);
  if (version !== 4 && version !== 6) {
    if (isHostName(base)) refuse('a host name has no mask', quote(base));
    refuse(...whyNoAddress(base));
  }
  const written = version === 4 ? 4 : 6;
  const writtenPrefix = prefixOf(mask, written, refuse);
  const address = addressToBigInt(base);
  if (address === null) return refuse('not an address', WANT);
  // The mapped block is ::ffff:0:0/96: a mask that is shorter reaches beyond it and cannot be said in IPv4.
  const prefix = written === 6 && address.family === 4 ? writtenPrefix - 96 : writtenPrefix;
  if (prefix < 0) refuse('a mapped network reaches beyond the mapped addresses', 'a prefix length of 96 to 128');
  const size = 1n << BigInt(WIDTH[address.family] - prefix);
  const first = address.value - (address.value % size);
  if (first !== address.value) {
    const network = bigIntToAddress(first, address.family);
    const host = bigIntToAddress(address.value, address.family);
    refuse('host bits are set below the mask', `${network}/${prefix} or ${host}/${WIDTH[address.family]}`);
  }
  return { family: address.family, first, last: first + size - 1n };
}

function prefixOf(mask: string, family: 4 | 6, refuse: Refuse): number {
  const wanted = `a prefix length from 0 to ${WIDTH[family]}`;
  if (/^(0|[1-9]\d*)$/.test(mask)) {
    const length = Number(mask);
    return length <= WIDTH[family] ? length : refuse('a prefix length out of range', wanted);
  }
  if (/^\d+$/.test(mask)) refuse('a prefix length with a leading zero', `/${mask.replace(/^0+(?=\d)/, '')}`);
  if (isIP(mask) === 0) refuse('a mask that cannot be read', wanted);
  if (isIP(mask) !== family) refuse('address and mask are of different families', wanted);
  const value = maskValue(mask, family);
  const zeros = value === 0n ? WIDTH[family] : value.toString(2).length - value.toString(2).replace(/0+$/, '').length;
  const all = 1n << BigInt(WIDTH[family]);
  if (value + (1n << BigInt(zeros)) !== all) {
    refuse('a mask whose bits are not contiguous', `a mask of ones followed by zeros, or ${wanted}`);
  }
  return WIDTH[family] - zeros;
}

/** A v6 mask may look like a mapped address (`::ffff:ffff:0`): it is read as it stands. */
function maskValue(mask: string, family: 4 | 6): bigint {
  const address = addressToBigInt(mask);
  if (address === null) return 0n;
  return address.family === family ? address.value : (0xffffn << 32n) | address.value;
}

/** `192.0.2.*`, `192.0.*.*`, `2001:db8::*`: stars stand for whole octets or groups, and only at the end. */
function wildcard(text: string, refuse: Refuse): AddressRange {
  const separator = text.lastIndexOf(':') < text.lastIndexOf('.') ? '.' : ':';
  const fill = (low: boolean): string => text.replaceAll('*', low ? '0' : separator === '.' ? '255' : 'ffff');
  const stars = text.slice(text.indexOf('*'));
  const isTail = separator === '.' ? /^\*(\.\*)*$/.test(stars) : /^\*(:\*)*$/.test(stars);
  const startsPart = [separator, undefined].includes(text[text.indexOf('*') - 1]);
  const first = addressToBigInt(fill(true));
  const last = addressToBigInt(fill(false));
  if (!isTail || !startsPart || first === null || last === null || first.family !== last.family) {
    return refuse(
      'a star stands for whole octets or groups at the end of an address',
      '192.0.2.*, 192.0.*.* or 2001:db8::*',
    );
  }
  return { family: first.family, first: first.value, last: last.value };
}

/** `192.0.2.10-192.0.2.99`, `2001:db8::1-2001:db8::ff`. */
function between(text: string, refuse: Refuse): AddressRange {
  const dash = text.indexOf('-');
  const ends = [text.slice(0, dash), text.slice(dash + 1)];
  const [first, last] = ends.map((end) => {
    const address = addressToBigInt(end);
    if (address !== null) return address;
    const [problem] = whyNoAddress(end);
    return refuse(`one end of a range is ${problem}`, 'two whole addresses, as 192.0.2.10-192.0.2.99');
  });
  if (first === undefined || last === undefined) return refuse('not a range', WANT);
  if (first.family !== last.family) refuse('the ends of a range are of different families', 'both v4 or both v6');
  if (first.value > last.value) {
    refuse('a range that ends before its start', quote(`${ends[1]}-${ends[0]}`));
  }
  return { family: first.family, first: first.value, last: last.value };
}

/** Host names hold hyphens too: a range has an address on one side, or nothing but digits, dots and the hyphen. */
function isRange(text: string): boolean {
  const dash = text.indexOf('-');
  if (dash < 0) return false;
  if (text.includes(':') || /^[\d.-]+$/.test(text)) return true;
  return isIP(text.slice(0, dash)) !== 0 || isIP(text.slice(text.lastIndexOf('-') + 1)) !== 0;
}

/** RFC 1123 section 2.1, and underscores and letters beyond ASCII, which resolvers take; never what inet_aton reads. */
function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  const last = labels.at(-1) ?? '';
  if (text.length > 254 || /^(\d+|0x[0-9a-f]*)$/i.test(last)) return false;
  return labels.every((label) => /^(?!-)[\p{L}\p{M}\p{N}_-]{1,63}(?<!-)$/u.test(label));
}

/** What is wrong with text that is no address, and what is wanted. */
function whyNoAddress(text: string): readonly [problem: string, want: string] {
  if (/(^|\.)0x/i.test(text)) return ['a hexadecimal IPv4 address', 'four decimal octets, as 192.0.2.7'];
  if (!/^\d+(\.\d+)*\.?$/.test(text)) {
    return text.includes(':') ? ['not an IPv6 address', `${WANT}, without a port`] : ['not a host', WANT];
  }
  if (/(^|\.)0\d/.test(text)) {
    const decimal = text.replace(/(^|\.)0+(?=\d)/g, '$1');
    return ['an octet with a leading zero, which some read as octal', isIP(decimal) === 4 ? decimal : 'four octets'];
  }
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => octet !== '')
    ? ['an octet above 255', 'four octets from 0 to 255']
    : ['an IPv4 address in short form', 'all four octets, as 192.0.2.7, and a prefix length for a network'];
}

/** Name what was got on one line: control characters as escapes, long text cut. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return /^[\x21-\x7e]+$/.test(short) ? short : JSON.stringify(short);
}
