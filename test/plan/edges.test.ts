// The addresses that a list is asked at, and how few answers tell how far trust reaches.
import { describe, expect, it } from 'vitest';
import { addressToBigInt, bigIntToAddress } from '../../src/model/addresses.js';
import { type Asked, extentsOf } from '../../src/model/extent.js';
import { contains, parseNetworks, showRange } from '../../src/model/networks.js';
import { type Source, sourceAt, sourceOf } from '../../src/model/source.js';
import { edgeSources, planEdges } from '../../src/plan/edges.js';

const planned = (list: string): Record<string, string[]> => {
  const groups: Record<string, string[]> = {};
  for (const { address, edge } of planEdges(parseNetworks(list, 'list')))
    groups[edge.place] = [...(groups[edge.place] ?? []), address];
  return groups;
};

describe('planEdges', () => {
  it('stands on both sides of every end of a network', () => {
    expect(planned('192.0.2.0/25')).toEqual({
      first: ['192.0.2.0'],
      last: ['192.0.2.127'],
      inside: ['192.0.2.1', '192.0.2.126'],
      outside: ['192.0.1.255', '192.0.2.128'],
      wider: ['192.0.2.255'],
      'outside-wider': ['192.0.3.0'],
      class: ['192.0.2.254'],
      mapped: ['::ffff:192.0.2.128'],
      '6to4': ['2002:c000:200::1'],
      far: ['203.0.113.77', '2001:db8:7777::77'],
    });
  });

  it.each([
    ['one host', '198.51.100.7', 'outside-wider', ['198.51.100.5']],
    ['one host, in its class C', '198.51.100.7', 'class', ['198.51.100.1', '198.51.100.254']],
    ['a range that is no network', '198.51.100.10-198.51.100.99', 'wider', ['198.51.100.0', '198.51.100.127']],
    ['the upper half', '192.0.2.128/25', 'wider', ['192.0.2.0']],
    ['an IPv6 network', '2001:db8:4::/48', 'wider', ['2001:db8:5:ffff:ffff:ffff:ffff:ffff']],
    ['an IPv6 network', '2001:db8:4::/48', 'mapped', undefined],
    ['all of IPv4', '0.0.0.0/0', 'wider', undefined],
    ['the lowest network', '1.0.0.0/8', 'outside', ['2.0.0.0']],
    ['the highest network', '223.0.0.0/8', 'outside', ['222.255.255.255']],
    ['documentation networks', '203.0.113.0/24, 198.51.100.0/24', 'far', ['192.0.2.77', '2001:db8:7777::77']],
  ])('knows %s: %s, %s', (_, list, place, addresses) => expect(planned(list)[place]).toEqual(addresses));

  it('asks at addresses of hosts alone, each once', () => {
    const all = Object.values(planned('0.0.0.0/0, 10.0.0.0/8 10.0.0.0/9 ::/0 192.0.2.0/25 192.0.2.128/25')).flat();
    expect(new Set(all).size).toBe(all.length);
    for (const address of all) expect(address).not.toMatch(/^(0|22[4-9]|2[3-5]\d)\.|^::$|^ff/);
  });

  it('needs few addresses for a list', () => {
    expect(planEdges(parseNetworks('192.0.2.0/25 198.51.100.0/26 2001:db8::/48', 'list')).length).toBeLessThan(40);
  });
});

describe('edge sources', () => {
  const list = parseNetworks('192.0.2.0/25', 'list');

  it('claim their address, and are planned unless all is swept', () => {
    const [first] = edgeSources(list, { spec: 'edges:xclient', through: 'xclient' }, 3, false);
    expect(first).toMatchObject({
      id: 's3',
      spec: 'edges:xclient',
      route: 'xclient',
      address: '192.0.2.0',
      claim: { address: '192.0.2.0' },
      planned: true,
      edge: { entry: '192.0.2.0/25', place: 'first' },
    });
    const [swept] = edgeSources(list, { spec: 'edges:proxy', through: 'proxy' }, 1, true);
    expect(swept).toMatchObject({ route: 'proxy', planned: false });
    expect(swept?.claim).toBeUndefined();
  });

  it('are found again by id, those made on the way included', () => {
    const sources: Source[] = edgeSources(list, { spec: 'edges:xclient', through: 'xclient' }, 1, false);
    const [base] = sources;
    if (base === undefined) throw new Error('no source was planned');
    const made = sourceAt(base, '2001:db8::7');
    expect(made).toMatchObject({ id: 's1@2001:db8::7', address: '2001:db8::7', claim: { address: '2001:db8::7' } });
    expect(sourceOf(sources, made.id)).toEqual(made);
    expect(sourceOf(sources, 's2')).toBe(sources[1]);
    expect(sourceOf(sources, 's99@192.0.2.1')).toBeUndefined();
  });
});

/** Ask a server that trusts these networks, from a start, until nothing is gained by asking more. */
function bisect(trusted: string, start: string, known: readonly string[] = []) {
  const server = parseNetworks(trusted, 'server');
  const ask = (address: string): Asked => {
    const value = addressToBigInt(address);
    if (value === null) throw new Error(`not an address: ${address}`);
    return { ...value, relays: contains(server, address) };
  };
  const asked = [start, ...known].map(ask);
  for (let questions = 0; ; ) {
    const [extent] = extentsOf(asked, asked.slice(0, 1));
    if (extent === undefined) throw new Error('no extent');
    if (extent.next.length === 0) {
      const { isFirstExact, isLastExact } = extent;
      return { range: showRange(extent), isExact: isFirstExact && isLastExact, questions };
    }
    for (const value of extent.next) asked.push(ask(bigIntToAddress(value, extent.family) ?? ''));
    questions += extent.next.length;
    if (questions > 400) throw new Error('it does not end');
  }
}

describe('extentsOf', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.200', 20],
    ['10.0.0.0/8', '10.77.1.3', 20],
    ['192.0.2.200', '192.0.2.200', 14],
    ['192.0.2.10-192.0.2.99', '192.0.2.50', 30],
    ['2001:db8::/32', '2001:db8::7', 24],
    ['2001:db8:4::/47', '2001:db8:5::1', 24],
    ['128.0.0.0/2', '150.1.1.1', 20],
  ])('finds %s from %s in at most %i questions', (trusted, start, most) => {
    const { range, isExact, questions } = bisect(trusted, start);
    expect({ range, isExact }).toEqual({ range: trusted, isExact: true });
    expect(questions).toBeLessThanOrEqual(most);
  });

  it('asks nothing where the edges told already', () => {
    expect(bisect('192.0.2.0/24', '192.0.2.128', ['192.0.2.0', '192.0.1.255', '192.0.2.255', '192.0.3.0'])).toEqual({
      range: '192.0.2.0/24',
      isExact: true,
      questions: 0,
    });
  });

  it('says "at least" where an end cannot be verified', () => {
    const at = (text: string, relays: boolean | null): Asked => ({
      family: 4,
      value: addressToBigInt(text)?.value ?? 0n,
      relays,
    });
    const start = at('192.0.2.5', true);
    const [extent] = extentsOf([start, at('192.0.2.4', false), at('192.0.2.7', false), at('192.0.2.6', null)], [start]);
    expect(extent).toMatchObject({ isFirstExact: true, isLastExact: false, next: [] });
  });

  it('gives starts of one run one extent', () => {
    const at = (text: string, relays: boolean): Asked => ({
      family: 4,
      value: addressToBigInt(text)?.value ?? 0n,
      relays,
    });
    const [a, b, c] = [at('192.0.2.5', true), at('192.0.2.6', true), at('198.51.100.1', true)];
    expect(extentsOf([a, b, c, at('193.0.0.0', false)], [a, b, c])).toHaveLength(2);
  });
});
