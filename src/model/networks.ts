// Lists of approved hosts: every notation that an operator writes (docs/contract.md, `--relay-hosts`) as ranges of numbers.
// IPv4-mapped addresses are their IPv4 addresses (RFC 4291 section 2.5.5.2). What two servers could read in two ways
// (octal, short forms, host bits below the mask) is refused, never guessed; names are resolved elsewhere.
import { type AddressRange, addressToBigInt, bigIntToAddress, WIDTH } from './addresses.js';
import { UsageError } from './errors.js';
import { type Parsed, parseNotation, quote, WANT } from './notations.js';

export {
  type AddressRange,
  addressToBigInt,
  bigIntToAddress,
  canonicalAddress,
  isGlobal,
  isLoopback,
  isPrivate,
} from './addresses.js';

export interface NetworkEntry {
  /** As the operator wrote it. */
  readonly text: string;
  readonly kind: Parsed['kind'];
  /** Empty for a name that is not resolved, or has no address. */
  readonly ranges: readonly AddressRange[];
}
export type NetworkList = readonly NetworkEntry[];

/**
 * Parse one value of entries separated by commas or white space.
 * `where` names the option or `file:line:column` of the value's first character; errors count on from there.
 * @throws UsageError on the first entry that is wrong, and on a value without any.
 */
export function parseNetworks(text: string, where: string): NetworkEntry[] {
  const entries = [...text.matchAll(/[^\s,]+/g)];
  if (entries.length === 0) {
    throw new UsageError(`${where}: an empty list of hosts: got ${quote(text)}, want ${WANT}; leave it out for none`);
  }
  return entries.map((match) => {
    const subject = entries.length === 1 && !AT.test(where) ? where : position(text, match.index, where);
    const parsed = parseNotation(match[0], (problem, want) => {
      throw new UsageError(`${subject}: ${problem}: got ${quote(match[0])}, want ${want}`);
    });
    return { text: match[0], ...parsed };
  });
}

/** Give an entry of kind `name` its addresses; text that is no address is left out, other kinds come back unchanged. */
export function resolveEntry(entry: NetworkEntry, addresses: readonly string[]): NetworkEntry {
  if (entry.kind !== 'name') return entry;
  const ranges = addresses.flatMap((text) => {
    const address = addressToBigInt(text);
    return address === null ? [] : [{ family: address.family, first: address.value, last: address.value }];
  });
  return { ...entry, ranges };
}

/** Say whether an entry is a name that was not found. */
export const isWithoutAddress = ({ kind, ranges }: NetworkEntry): boolean => kind === 'name' && ranges.length === 0;

/** Say whether a list holds an address, mapped or not, with or without a zone; false where the text is no address. */
export function contains(list: NetworkList, address: string): boolean {
  const wanted = addressToBigInt(address);
  if (wanted === null) return false;
  return list.some((entry) =>
    entry.ranges.some(
      ({ family, first, last }) => family === wanted.family && first <= wanted.value && wanted.value <= last,
    ),
  );
}

/**
 * Give an address that a list holds: the first entry of the family that has one, of a network the first that a host may have.
 * Null where there is none.
 */
export function addressWithin(list: NetworkList, family: 4 | 6): string | null {
  const range = list.flatMap(({ ranges }) => ranges).find((one) => one.family === family);
  if (range === undefined) return null;
  return bigIntToAddress(range.first === range.last ? range.first : range.first + 1n, family);
}

/** Write an entry as the operator did; a resolved name with its addresses, as `mail.example.org (192.0.2.7)`. */
export function showEntry(entry: NetworkEntry): string {
  if (entry.kind !== 'name' || entry.ranges.length === 0) return entry.text;
  return `${entry.text} (${entry.ranges.map(showRange).join(', ')})`;
}

/** Write a range as an address, as a network where it is one, else as `first-last`. */
export function showRange({ family, first, last }: AddressRange): string {
  const start = bigIntToAddress(first, family) ?? '';
  if (first === last) return start;
  const bits = (last - first + 1n).toString(2).length - 1;
  const isNetwork = 1n << BigInt(bits) === last - first + 1n && first % (last - first + 1n) === 0n;
  return isNetwork ? `${start}/${WIDTH[family] - bits}` : `${start}-${bigIntToAddress(last, family) ?? ''}`;
}

const AT = /^(.*):(\d+):(\d+)$/s;

/** Count on from the value's own position to an entry within it. */
function position(text: string, offset: number, where: string): string {
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1) ?? '').length;
  const [, file, line = '1', start = '1'] = AT.exec(where) ?? [];
  if (file === undefined) return `${where}, column ${offset + 1}`;
  const first = before.length === 1 ? Number(start) : 1;
  return `${file}:${Number(line) + before.length - 1}:${first + column}`;
}
