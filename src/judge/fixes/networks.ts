// A list of approved hosts as networks, and networks in the notations of servers. Pure; names that are not resolved are left out.
import { addressToBigInt, bigIntToAddress, WIDTH } from '../../model/addresses.js';
import type { AddressRange, NetworkList } from '../../model/networks.js';
import type { Networks } from './fix.js';

/** Split a list into networks, in its own order; ranges that are no network become several. */
export const networksOf = (list: NetworkList): Networks => [
  ...new Set(list.flatMap(({ ranges }) => ranges).flatMap(split)),
];

/** Cut a range into the fewest networks, from below. */
function split({ family, first, last }: AddressRange): string[] {
  const networks: string[] = [];
  let at = first;
  while (at <= last) {
    let size = 1n;
    while (at % (size * 2n) === 0n && at + size * 2n - 1n <= last && size < 1n << BigInt(WIDTH[family])) size *= 2n;
    const prefix = WIDTH[family] - (size.toString(2).length - 1);
    networks.push(`${bigIntToAddress(at, family) ?? ''}/${prefix}`);
    at += size;
  }
  return networks;
}

/** A network's address and prefix length. */
export function parts(network: string): { readonly address: string; readonly prefix: number } {
  const [address = '', prefix = ''] = network.split('/');
  return { address, prefix: Number(prefix) };
}

/** As `[2001:db8::]/32`, for servers that want brackets. */
export const bracketed = (network: string): string =>
  network.includes(':') ? network.replace(/^([^/]*)/, '[$1]') : network;

/**
 * Write a network as prefixes of whole octets, as `192.0.2`, or of whole groups; a mask between octets becomes several of them.
 * Null where that would be more than 64.
 */
export function byOctets(network: string): readonly string[] | null {
  const { address, prefix } = parts(network);
  const value = addressToBigInt(address);
  if (value === null) return null;
  const [unit, separator] = value.family === 4 ? ([8, '.'] as const) : ([16, ':'] as const);
  const whole = Math.ceil(prefix / unit) * unit;
  const count = 1 << (whole - prefix);
  if (count > 64) return null;
  const step = 1n << BigInt(WIDTH[value.family] - whole);
  return Array.from({ length: count }, (_, index) => {
    const at = value.value + BigInt(index) * step;
    const pieces = Array.from({ length: whole / unit }, (_unused, piece) => {
      const shift = BigInt(WIDTH[value.family] - unit * (piece + 1));
      const number = (at >> shift) & ((1n << BigInt(unit)) - 1n);
      return value.family === 4 ? number.toString() : number.toString(16);
    });
    return pieces.join(separator);
  });
}
