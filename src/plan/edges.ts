// The addresses at which a list of networks is wrong most often: the ends of every entry and their neighbours, the ends of the
// next wider mask and of the whole class C, other ways to write the same address, and one far from all. Pure.
import { type AddressRange, addressToBigInt, bigIntToAddress, WIDTH } from '../model/addresses.js';
import { isOfHost } from '../model/extent.js';
import { contains, type NetworkEntry, type NetworkList } from '../model/networks.js';
import type { Edge, EdgePlace, Source } from '../model/source.js';

export interface PlannedAddress {
  readonly address: string;
  readonly edge: Edge;
}

/** Plan the addresses around a list, entry by entry, each once; of an empty list only those that are far from any. */
export function planEdges(list: NetworkList): PlannedAddress[] {
  const planned = [...list.flatMap(aroundEntry), ...farFrom(list)];
  const seen = new Set<string>();
  return planned.filter(({ address }) => !seen.has(address) && seen.add(address));
}

/** Dress planned addresses as sources, numbered from `from` on. */
export function edgeSources(
  list: NetworkList,
  spec: { readonly spec: string; readonly through: 'xclient' | 'proxy' },
  from: number,
  sweep: boolean,
): Source[] {
  return planEdges(list).map(({ address, edge }, index) => ({
    id: `s${from + index}`,
    spec: spec.spec,
    route: spec.through,
    address,
    seenAs: null,
    ...(spec.through === 'xclient' ? { claim: { address } } : {}),
    planned: !sweep,
    edge,
    unavailable: null,
    isServerItself: false,
  }));
}

const aroundEntry = (entry: NetworkEntry): PlannedAddress[] =>
  entry.ranges.flatMap((range) =>
    aroundRange(range).map(([place, address]) => ({ address, edge: { entry: entry.text, place } })),
  );

function aroundRange(range: AddressRange): [EdgePlace, string][] {
  const { family, first, last } = range;
  const wider = widerThan(range);
  const habit = classOf(range);
  const values: [EdgePlace, bigint][] = [
    ['first', first],
    ['last', last],
    ...(last - first > 1n
      ? ([
          ['inside', first + 1n],
          ['inside', last - 1n],
        ] as [EdgePlace, bigint][])
      : []),
    ['outside', first - 1n],
    ['outside', last + 1n],
    ['wider', wider.first],
    ['wider', wider.last],
    ['outside-wider', wider.first - 1n],
    ['outside-wider', wider.last + 1n],
    ['class', habit.first + 1n],
    ['class', habit.last - 1n],
  ];
  const plain = values
    .filter(([, value]) => isOfHost({ family, value }))
    .flatMap(([place, value]): [EdgePlace, string][] => written(place, value, family));
  return family === 6 ? plain : [...plain, ...otherForms(range)];
}

/**
 * An IPv4 address as IPv6: in mapped form a host just outside (a list may trust all of `::ffff:0:0/96`), and a host inside by
 * 6to4 (RFC 3056), which is another host altogether.
 */
function otherForms({ first, last }: AddressRange): [EdgePlace, string][] {
  const outside = [last + 1n, first - 1n].find((value) => isOfHost({ family: 4, value }));
  const mapped = outside === undefined ? null : bigIntToAddress(outside, 4);
  return [
    ...(mapped === null ? [] : ([['mapped', `::ffff:${mapped}`]] as [EdgePlace, string][])),
    ...written('6to4', (0x2002n << 112n) | (first << 80n) | 1n, 6),
  ];
}

function written(place: EdgePlace, value: bigint, family: 4 | 6): [EdgePlace, string][] {
  const address = bigIntToAddress(value, family);
  return address === null ? [] : [[place, address]];
}

/** The network that one bit less of mask makes of an entry; of a range that is no network, the least one that holds it. */
function widerThan({ family, first, last }: AddressRange): AddressRange {
  const bits = (first ^ last).toString(2).length * Number(first !== last);
  const least = networkOf(family, first, bits);
  return least.first === first && least.last === last ? networkOf(family, first, bits + 1) : least;
}

/** The class C of an IPv4 entry, the /64 of an IPv6 one: what is typed by habit. */
const classOf = ({ family, first }: AddressRange): AddressRange => networkOf(family, first, family === 4 ? 8 : 64);

/** The network of an address with so many bits of hosts. */
function networkOf(family: 4 | 6, address: bigint, hostBits: number): AddressRange {
  const size = 1n << BigInt(Math.min(hostBits, WIDTH[family]));
  const first = address - (address % size);
  return { family, first, last: first + size - 1n };
}

/** Addresses for documentation and private use (RFC 5737, RFC 6598, RFC 3849, RFC 4193): nobody's, and far from most lists. */
const FAR = [
  ['203.0.113.77', '198.51.100.77', '192.0.2.77', '100.127.77.77', '10.77.77.77'],
  ['2001:db8:7777::77', '2001:db8:1:77::77', 'fd77:7777::77'],
] as const;

/** One address per family that neither the list nor the wider networks of its entries hold. */
function farFrom(list: NetworkList): PlannedAddress[] {
  const wide = list.map((entry) => ({
    ...entry,
    ranges: entry.ranges.flatMap((range) => [widerThan(range), classOf(range)]),
  }));
  return FAR.flatMap((candidates) => {
    const address = candidates.find((one) => addressToBigInt(one) !== null && !contains([...list, ...wide], one));
    return address === undefined ? [] : [{ address, edge: { entry: null, place: 'far' as const } }];
  });
}
