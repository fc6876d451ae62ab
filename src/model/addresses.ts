// Addresses as numbers and as canonical text (RFC 4291, RFC 5952); an IPv4-mapped address is its IPv4 address.
// ipaddr.js is only given what node:net calls an address: alone it also takes octal, hexadecimal, short and zoned forms.
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Say which family an address is of; 0 for what is none. Most texts are names, with a port perhaps, and whether those are IPv6,
 * which has two colons at the least, takes long to find out.
 */
export const isIP = (text: string): 0 | 4 | 6 =>
  isIPv4(text) ? 4 : text.split(':', 3).length === 3 && isIPv6(text) ? 6 : 0;

/** An address as a family and a number. */
export interface AddressValue {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Consecutive addresses of one family, both ends included. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Bits of an address. */
export const WIDTH = { 4: 32, 6: 128 } as const;

const MAPPED = 0xffffn;

/**
 * Read an address as a number, an IPv4-mapped one (RFC 4291 section 2.5.5.2) as IPv4; a zone is left out.
 * Null where the text is no address.
 */
export function addressToBigInt(text: string): AddressValue | null {
  const bare = text.replace(/%.*$/s, '');
  const family = isIP(bare);
  if (family === 4) return { family, value: toNumber(bare.split('.').map(Number)) };
  if (family !== 6) return null;
  const value = toNumber(ipaddr.IPv6.parse(withoutDots(bare)).toByteArray());
  return value >> 32n === MAPPED ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
}

/** Write a number as an address, v6 compressed in lower case (RFC 5952); null where it is outside the family. */
export function bigIntToAddress(value: bigint, family: 4 | 6): string | null {
  if (value < 0n || value >> BigInt(WIDTH[family]) !== 0n) return null;
  const length = WIDTH[family] / 8;
  const bytes = Array.from({ length }, (_, index) => Number((value >> BigInt((length - 1 - index) * 8)) & 0xffn));
  return family === 4 ? bytes.join('.') : new ipaddr.IPv6(bytes).toString();
}

/**
 * Write an address the one way in which equal addresses are equal text: mapped as v4, v6 compressed, no zone.
 * Text that is no address comes back unchanged: it may be what a hostile server claims to have seen.
 */
export function canonicalAddress(text: string): string {
  const address = addressToBigInt(text);
  return address === null ? text : (bigIntToAddress(address.value, address.family) ?? text);
}

/** Say whether an address is loopback (127.0.0.0/8, ::1); false where the text is no address. */
export const isLoopback = (address: string): boolean => rangeOf(address) === 'loopback';

const PRIVATE: readonly string[] = ['private', 'uniqueLocal', 'carrierGradeNat', 'linkLocal', 'deprecatedSiteLocal'];

/** Say whether an address is for use behind a border (RFC 1918, RFC 6598, RFC 3927, RFC 4193, link-local). */
export const isPrivate = (address: string): boolean => PRIVATE.includes(rangeOf(address) ?? '');

/** Say whether an address is globally reachable unicast, so that no address translation is needed on the way. */
export const isGlobal = (address: string): boolean => rangeOf(address) === 'unicast';

function rangeOf(text: string): string | null {
  const address = addressToBigInt(text);
  if (address === null) return null;
  return ipaddr.parse(bigIntToAddress(address.value, address.family) ?? text).range();
}

/** ipaddr.js reads `::192.0.2.7` as mapped: a dotted tail is written as two groups before it sees the text. */
function withoutDots(text: string): string {
  const at = text.lastIndexOf(':') + 1;
  const tail = text.slice(at);
  if (!tail.includes('.')) return text;
  const value = toNumber(tail.split('.').map(Number));
  return `${text.slice(0, at)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

const toNumber = (bytes: readonly number[]): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
