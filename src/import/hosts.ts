// One entry of a server's list of trusted hosts: what it is in our own notation, and whether it is dangerous on paper. Pure.
import { addressToBigInt, bigIntToAddress, isPrivate, WIDTH } from '../model/addresses.js';
import { type AddressRange, showRange } from '../model/networks.js';
import { parseNotation } from '../model/notations.js';
import type { Notes, Placed } from './imported.js';

class Refused extends Error {}

/**
 * Take an entry into a list; what cannot be meant is noted as not understood, and what is dangerous warned of.
 * Null where the entry is no host, or is everybody: a list of everybody approves of open relays.
 */
export function takeHost(entry: Placed, notes: Notes): Placed | null {
  try {
    const { kind, ranges } = parseNotation(entry.text, (problem, want) => {
      throw new Refused(`${problem}; want ${want}`);
    });
    if (kind === 'name') {
      if (entry.text.toLowerCase() === 'localhost') return { ...entry, text: '127.0.0.1' };
      notes.warnings.push({
        ...entry,
        text: `${entry.text} is trusted by its name: whoever answers for its address in the DNS decides`,
      });
      return entry;
    }
    const [range] = ranges;
    if (range === undefined) return null;
    const danger = dangerOf(range);
    if (danger !== null) notes.warnings.push({ ...entry, text: `${entry.text} ${danger}` });
    return isEverybody(range) ? null : { ...entry, text: showRange(range) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    notes.notUnderstood.push({ ...entry, text: `${entry.text}: ${error.message}` });
    return null;
  }
}

const sizeOf = ({ first, last }: AddressRange): bigint => last - first + 1n;
const isEverybody = (range: AddressRange): boolean => sizeOf(range) === 1n << BigInt(WIDTH[range.family]);

/** Private space as a whole (RFC 1918, RFC 6598, RFC 4193). */
const WHOLE_PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fd00::/8'];
/** Larger networks of global addresses belong to many. */
const WIDEST = { 4: 16n, 6: 96n } as const;

/** Say what is dangerous about a range that is trusted, as the end of a sentence; null where nothing is. */
export function dangerOf(range: AddressRange): string | null {
  if (isEverybody(range)) return `is everybody on IPv${range.family}`;
  const text = showRange(range);
  if (WHOLE_PRIVATE.includes(text))
    return 'is the whole of a private space: behind address translation everybody may come from there';
  const size = sizeOf(range);
  const first = bigIntToAddress(range.first, range.family) ?? '';
  const last = bigIntToAddress(range.last, range.family) ?? '';
  if (size === 2n) return 'is two addresses: one bit off, where one host is meant?';
  const isLoopback = (address: string): boolean => /^127\./.test(address);
  if (range.family === 4 && isLoopback(first) !== isLoopback(last)) return 'reaches beyond loopback: one bit off?';
  if (isPrivate(first) !== isPrivate(last) || reachesBeyond(range))
    return 'reaches beyond private space into that of others: one bit off?';
  if (range.family === 4 && isLoopback(first) && size > 1n && size < 1n << 24n)
    return 'is a part of loopback: 127.0.0.0/8 or one address is usual; a bit off?';
  if (!isPrivate(first) && !isLoopback(first) && size > 1n << WIDEST[range.family])
    return 'is a very wide range of public addresses';
  return null;
}

/** Begins and ends in private space, with other space between. */
function reachesBeyond({ family, first, last }: AddressRange): boolean {
  if (family === 6) return false;
  return WHOLE_PRIVATE.filter((network) => !network.includes(':')).some((network) => {
    const [base = '', prefix = ''] = network.split('/');
    const start = addressToBigInt(base)?.value ?? 0n;
    const end = start + (1n << BigInt(32 - Number(prefix))) - 1n;
    const touches = first <= end && last >= start;
    return touches && !(first >= start && last <= end);
  });
}
