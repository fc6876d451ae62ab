// How far trust by address reaches: the run of addresses around one that relays, between the nearest ones that are refused,
// and which address to ask next to know its ends. Pure; trust is taken to be without gaps between two addresses that relay.
import { type AddressRange, WIDTH } from './addresses.js';

export interface Asked {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** Null: asked, and not settled. */
  readonly relays: boolean | null;
}

/** An end is exact where it relays and its outer neighbour was refused. */
export interface Extent extends AddressRange {
  readonly isFirstExact: boolean;
  readonly isLastExact: boolean;
  /** Addresses to ask to know the ends better, one per end at most; empty when there is nothing to gain. */
  readonly next: readonly bigint[];
}

/** Addresses that hosts have: neither `this network` nor multicast and beyond (RFC 1122 section 3.2.1.3, RFC 4291). */
const HOSTS = {
  4: { first: 0x0100_0000n, last: 0xdfff_ffffn },
  6: { first: 1n, last: (0xff00n << 112n) - 1n },
} as const;

/** Say whether an address is one that a host can have. */
export const isOfHost = ({ family, value }: { readonly family: 4 | 6; readonly value: bigint }): boolean =>
  HOSTS[family].first <= value && value <= HOSTS[family].last;

/** The extents around some starts, which relay; starts that are in one extent share it. */
export function extentsOf(asked: readonly Asked[], starts: readonly Asked[]): Extent[] {
  const extents: Extent[] = [];
  for (const { family, value } of starts) {
    const isKnown = extents.some((one) => one.family === family && one.first <= value && value <= one.last);
    if (!isKnown) extents.push(extentAround(asked, family, value));
  }
  return extents;
}

function extentAround(asked: readonly Asked[], family: 4 | 6, start: bigint): Extent {
  const points = new Map(asked.filter((one) => one.family === family).map(({ value, relays }) => [value, relays]));
  // Downwards is upwards in a mirror; the mirror of a network is a network.
  const mirror = (value: bigint): bigint => (1n << BigInt(WIDTH[family])) - 1n - value;
  const mirrored = new Map([...points].map(([value, relays]) => [mirror(value), relays]));
  const up = upwards(points, family, start, HOSTS[family].last);
  const down = upwards(mirrored, family, mirror(start), mirror(HOSTS[family].first));
  return {
    family,
    first: mirror(down.end),
    last: up.end,
    isFirstExact: down.isExact,
    isLastExact: up.isExact,
    next: [...(down.next === null ? [] : [mirror(down.next)]), ...(up.next === null ? [] : [up.next])],
  };
}

interface End {
  readonly end: bigint;
  readonly isExact: boolean;
  readonly next: bigint | null;
}

/** The upper end: masks are tried first, since trust mostly ends where one does; then the neighbour; then halves. */
function upwards(points: ReadonlyMap<bigint, boolean | null>, family: 4 | 6, start: bigint, limit: bigint): End {
  const above = (relays: boolean): bigint[] =>
    [...points].flatMap(([value, known]) => (value >= start && known === relays ? [value] : []));
  const bad = above(false).reduce<bigint | null>(
    (least, value) => (least === null || value < least ? value : least),
    null,
  );
  const end = above(true).reduce(
    (most, value) => (value > most && (bad === null || value < bad) ? value : most),
    start,
  );
  if (bad === end + 1n) return { end, isExact: true, next: null };
  const isOpen = (value: bigint): boolean =>
    !points.has(value) && value > end && value <= limit && (bad === null || value < bad);
  const ends = Array.from({ length: WIDTH[family] + 1 }, (_, bits) => start | ((1n << BigInt(bits)) - 1n));
  const masks = ends.filter(isOpen);
  const half = bad === null ? null : (end + bad) / 2n;
  const neighbour = ends.includes(end) ? [end + 1n] : [];
  const choices = [masks[masks.length >> 1], ...neighbour, ...(half === null ? [] : [half])];
  return { end, isExact: false, next: choices.find((value) => value !== undefined && isOpen(value)) ?? null };
}
