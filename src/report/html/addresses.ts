// The address bar: the ranges of the list beside what the server was seen to trust, in the order of addresses, as inline SVG.
// A row is an address that matters, an end of a range or a source; between rows there are as many addresses as there are.
import { isIP } from '../../model/addresses.js';
import { type AddressRange, addressToBigInt, bigIntToAddress, parseNetworks } from '../../model/networks.js';
import type { ReportSource, ServerReport } from '../../model/report.js';
import { serverName, sourceName } from '../facts.js';
import { counted } from '../text.js';
import { type Child, h, type Markup } from './markup.js';

type Family = AddressRange['family'];

interface Listed extends AddressRange {
  readonly text: string;
}

interface Measured {
  readonly family: Family;
  readonly value: bigint;
  readonly source: ReportSource;
}

/** What the server does with the addresses between two rows, as far as it was measured. */
type Trust = 'trusted' | 'refused' | 'unknown';

/** Draw a bar for each address family that the list or a source is of; null where there is no list, or too much of it. */
export function addressBars(server: ServerReport): Child {
  const listed = server.policy.relayHosts.flatMap(rangesOf);
  const measured = server.sources.flatMap(measuredOf);
  if (listed.length === 0 || measured.length === 0) return null;
  const bars = ([4, 6] as const).flatMap((family) => {
    const ofFamily = <Item extends { family: Family }>(items: readonly Item[]) =>
      items.filter((item) => item.family === family);
    const bar = barOf(ofFamily(listed), ofFamily(measured), family, serverName(server));
    return bar === null ? [] : [bar];
  });
  return bars.length === 0 ? null : [...bars, legend()];
}

/** Rows that can still be looked over. */
const MOST_ROWS = 64;

/** A name stands in a report with its addresses in parentheses; what cannot be read is not drawn. */
function rangesOf(text: string): Listed[] {
  const [, name, inside] = /^(.+) \((.*)\)$/s.exec(text) ?? [];
  try {
    return parseNetworks(inside ?? text, '').flatMap((entry) =>
      entry.ranges.map((range) => ({ ...range, text: name ?? entry.text })),
    );
  } catch {
    return [];
  }
}

function measuredOf(source: ReportSource): Measured[] {
  const text = source.seenAs ?? source.address;
  const address = text === null || isIP(text.replace(/%.*$/, '')) === 0 ? null : addressToBigInt(text);
  return address === null ? [] : [{ ...address, source }];
}

function barOf(listed: readonly Listed[], measured: readonly Measured[], family: Family, host: string): Markup | null {
  const ends = listed.flatMap(({ first, last }) => [first, last]);
  const values = [...new Set([...ends, ...measured.map(({ value }) => value)])].toSorted((a, b) => (a < b ? -1 : 1));
  if (measured.length === 0 || values.length > MOST_ROWS) return null;
  const longest = Math.max(...values.map((value) => (bigIntToAddress(value, family) ?? '').length));
  const lanes = lanesAt(Math.ceil(longest * CHARACTER) + 24);
  const y = (value: bigint): number => TOP + values.indexOf(value) * ROW;
  const height = TOP + values.length * ROW;
  const gaps = values.slice(1).map((value, index) => gapOf(values[index] ?? value, value, listed, measured, lanes, y));
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': `IPv${family} addresses of ${host}`, tabindex: 0 },
    h(
      'svg',
      {
        class: 'addresses',
        role: 'img',
        viewBox: `0 0 ${lanes.width} ${height}`,
        width: lanes.width,
        height,
        'aria-label': summary(listed, measured, family),
      },
      h('text', { class: 'lane', x: lanes.list + LANE / 2, y: 14 }, 'list'),
      h('text', { class: 'lane', x: lanes.server, y: 14 }, 'server'),
      h('text', { class: 'about', x: lanes.range, y: 14 }, 'range on the list'),
      listed.map((range) => listedBar(range, lanes, y)),
      gaps,
      values.map((value) =>
        row(value, family, measured.filter((each) => each.value === value)[0], listed, lanes, y(value)),
      ),
    ),
  );
}

const [TOP, ROW, LANE, DOT, CHARACTER] = [36, 27, 20, 6.5, 7.7] as const;

/** Where the lanes stand, behind addresses of a given width. */
interface Lanes {
  readonly list: number;
  /** The middle of its bar. */
  readonly server: number;
  readonly about: number;
  readonly range: number;
  readonly width: number;
}

const lanesAt = (start: number): Lanes => ({
  list: start,
  server: start + 58,
  about: start + 84,
  range: start + 244,
  width: start + 470,
});

function listedBar({ first, last, text }: Listed, { list, range }: Lanes, y: (value: bigint) => number): Markup {
  const [from, to] = [y(first) - DOT - 3, y(last) + DOT + 3];
  return h(
    'g',
    {},
    h('rect', { class: 'listed', x: list, y: from, width: LANE, height: to - from, rx: 6 }),
    h('text', { class: 'range', x: range, y: y(first) + 4 }, text.length > 30 ? `${text.slice(0, 29)}…` : text),
  );
}

/** The server's lane between two rows: what holds on both sides is taken to hold between. */
function gapOf(
  from: bigint,
  to: bigint,
  listed: readonly Listed[],
  measured: readonly Measured[],
  { server }: Lanes,
  y: (value: bigint) => number,
): Markup | null {
  const before = trustOf(
    measured
      .filter(({ value }) => value <= from)
      .toSorted(byValue)
      .at(-1),
  );
  const after = trustOf(measured.filter(({ value }) => value >= to).toSorted(byValue)[0]);
  const trust: Trust = before === after ? before : 'unknown';
  if (before === 'unknown' && after === 'unknown') return null;
  const isListed = listed.some(({ first, last }) => first <= from && to <= last);
  const name = trust === 'trusted' ? (isListed ? 'right' : 'wrong') : trust;
  return h('rect', { class: `gap ${name}`, x: server - 4, y: y(from), width: 8, height: y(to) - y(from) });
}

const byValue = (a: Measured, b: Measured): number => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);

const trustOf = (measured: Measured | undefined): Trust =>
  measured === undefined
    ? 'unknown'
    : ({ yes: 'trusted', no: 'refused', unknown: 'unknown' } as const)[measured.source.relays];

const contains = (listed: readonly Listed[], value: bigint): boolean =>
  listed.some(({ first, last }) => first <= value && value <= last);

function row(
  value: bigint,
  family: Family,
  here: Measured | undefined,
  listed: readonly Listed[],
  { list, server, about }: Lanes,
  y: number,
): Markup {
  const address = h('text', { class: 'address', x: list - 14, y: y + 4 }, bigIntToAddress(value, family) ?? '');
  if (here === undefined) {
    return h('g', { class: 'end' }, address, h('line', { x1: list - 8, x2: list, y1: y, y2: y }));
  }
  const isListed = contains(listed, value);
  const trust = trustOf(here);
  const tone = trust === 'unknown' ? 'unknown' : (trust === 'trusted') === isListed ? 'right' : 'wrong';
  const word = { trusted: 'relays', refused: 'refused', unknown: 'no answer' }[trust];
  return h(
    'g',
    { class: `source ${tone}` },
    address,
    h('line', { x1: isListed ? list + LANE : list - 8, x2: server, y1: y, y2: y }),
    h('circle', { class: trust === 'refused' ? 'dot hollow' : 'dot', cx: server, cy: y, r: DOT }),
    h('text', { class: 'about', x: about, y: y + 4 }, `${word}, ${isListed ? 'listed' : 'not listed'}`),
  );
}

function summary(listed: readonly Listed[], measured: readonly Measured[], family: Family): string {
  const wrong = measured.filter(({ source, value }) => source.relays === 'yes' && !contains(listed, value));
  const names = wrong.map(({ source }) => sourceName(source)).slice(0, 10);
  const said =
    wrong.length === 0 ? 'none of them relays from outside the list' : `outside the list relay ${names.join(', ')}`;
  return `IPv${family} addresses: ${counted(listed.length, 'range')} on the list, ${counted(measured.length, 'source')} tried; ${said}.`;
}

const legend = (): Markup =>
  h(
    'ul',
    { class: 'legend' },
    (
      [
        ['listed', 'on the list'],
        ['right', 'the server trusts it, rightly'],
        ['wrong', 'the server trusts it, or refuses it, against the list'],
        ['refused', 'the server refuses it'],
        ['unknown', 'not known: somewhere here its trust ends'],
      ] as const
    ).map(([name, text]) =>
      h(
        'li',
        {},
        h(
          'svg',
          { class: 'addresses key', width: 14, height: 14, 'aria-hidden': 'true' },
          h('rect', { class: name === 'listed' ? 'listed' : `gap ${name}`, x: 1, y: 1, width: 12, height: 12, rx: 3 }),
        ),
        text,
      ),
    ),
  );
