import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/model/errors.js';
import {
  addressToBigInt,
  addressWithin,
  bigIntToAddress,
  canonicalAddress,
  contains,
  isGlobal,
  isLoopback,
  isPrivate,
  parseNetworks,
  resolveEntry,
  showEntry,
  showRange,
} from '../../src/model/networks.js';

const OPTION = '--relay-hosts';
const ranges = (text: string): string[] =>
  parseNetworks(text, OPTION).flatMap((entry) => entry.ranges.map((range) => showRange(range)));

describe('notations', () => {
  it.each([
    ['192.0.2.7', 'address', '192.0.2.7'],
    ['192.0.2.0/24', 'network', '192.0.2.0/24'],
    ['0.0.0.0/0', 'network', '0.0.0.0/0'],
    ['192.0.2.7/32', 'network', '192.0.2.7'],
    ['192.0.2.0/255.255.255.0', 'network', '192.0.2.0/24'],
    ['192.0.2.128/255.255.255.128', 'network', '192.0.2.128/25'],
    ['0.0.0.0/0.0.0.0', 'network', '0.0.0.0/0'],
    ['192.0.2.10-192.0.2.99', 'range', '192.0.2.10-192.0.2.99'],
    ['192.0.2.0-192.0.2.255', 'range', '192.0.2.0/24'],
    ['192.0.2.9-192.0.2.9', 'range', '192.0.2.9'],
    ['192.0.2.*', 'network', '192.0.2.0/24'],
    ['10.*.*.*', 'network', '10.0.0.0/8'],
    ['2001:DB8:0:0:0:0:0:1', 'address', '2001:db8::1'],
    ['2001:db8::/32', 'network', '2001:db8::/32'],
    ['::/0', 'network', '::/0'],
    ['2001:db8::/ffff:ffff::', 'network', '2001:db8::/32'],
    ['2001:db8::1-2001:db8::ff', 'range', '2001:db8::1-2001:db8::ff'],
    ['2001:db8::*', 'network', '2001:db8::/112'],
    ['::192.0.2.7', 'address', '::c000:207'],
    ['::ffff:192.0.2.7', 'address', '192.0.2.7'],
    ['::ffff:c000:207', 'address', '192.0.2.7'],
    ['::ffff:192.0.2.0/120', 'network', '192.0.2.0/24'],
    ['::ffff:0:0/96', 'network', '0.0.0.0/0'],
    ['::ffff:192.0.2.0/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00', 'network', '192.0.2.0/24'],
    ['::ffff:192.0.2.1-::ffff:192.0.2.9', 'range', '192.0.2.1-192.0.2.9'],
    ['::ffff:192.0.2.*', 'network', '192.0.2.0/24'],
    ['[2001:db8::]/32', 'network', '2001:db8::/32'],
    ['[::ffff:127.0.0.0]/104', 'network', '127.0.0.0/8'],
    ['[::1]', 'address', '::1'],
  ])('%s is a %s: %s', (text, kind, shown) => {
    const [entry, ...more] = parseNetworks(text, OPTION);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ text, kind });
    expect(ranges(text)).toEqual([shown]);
  });

  it.each([
    'mail.example.org',
    'mail.example.org.',
    'localhost',
    'web-1.example.org',
    '1-2.example.org',
    'mx_1',
    'ä.de',
  ])('%s is a name without addresses until it is resolved', (text) =>
    expect(parseNetworks(text, OPTION)).toEqual([{ text, kind: 'name', ranges: [] }]),
  );

  it('takes several entries in one value, separated by commas or white space', () => {
    const list = parseNetworks(' 127.0.0.0/8 [::1]/128,\n\t192.0.2.7 , mail.example.org,', OPTION);
    expect(list.map((entry) => entry.text)).toEqual(['127.0.0.0/8', '[::1]/128', '192.0.2.7', 'mail.example.org']);
  });
});

const refusal = (text: string, where = OPTION): string => {
  try {
    parseNetworks(text, where);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error(`not refused: ${text}`);
};

describe('what is refused', () => {
  it.each([
    ['010.0.0.1', /octal.*got 010\.0\.0\.1, want 10\.0\.0\.1$/],
    ['192.0.2.08', /octal.*want 192\.0\.2\.8$/],
    ['010.0.0.0/8', /octal/],
    ['127.1', /short form/],
    ['10/8', /short form/],
    ['192.0.2', /short form/],
    ['192.0.2.', /short form/],
    ['2130706433', /short form/],
    ['0x7f.1', /hexadecimal/],
    ['0x7f000001', /hexadecimal/],
    ['0x7f.0.0.1/8', /hexadecimal/],
    ['192.0.2.0/024', /leading zero.*want \/24$/],
    ['192.0.2.0/00', /leading zero.*want \/0$/],
    ['192.0.2.0/33', /out of range.*from 0 to 32/],
    ['2001:db8::/129', /out of range.*from 0 to 128/],
    ['::ffff:192.0.2.0/129', /out of range/],
    ['::ffff:0:0/95', /beyond the mapped/],
    ['192.0.2.0/', /cannot be read/],
    ['192.0.2.0/-1', /cannot be read/],
    ['192.0.2.0/24/24', /cannot be read/],
    ['192.0.2.0/255.0.255.0', /not contiguous/],
    ['192.0.2.0/0.0.0.255', /not contiguous/],
    ['192.0.2.0/255.255.255.00', /cannot be read/],
    ['2001:db8::/ffff::ffff', /not contiguous/],
    ['2001:db8::/::ffff:255.255.0.0', /not contiguous/],
    ['192.0.2.0/ffff::', /different families/],
    ['2001:db8::/255.255.255.0', /different families/],
    ['192.0.2.7/24', /host bits.*got 192\.0\.2\.7\/24, want 192\.0\.2\.0\/24 or 192\.0\.2\.7\/32$/],
    ['192.0.2.7/255.255.255.0', /host bits.*want 192\.0\.2\.0\/24 or 192\.0\.2\.7\/32$/],
    ['2001:db8::1/32', /host bits.*want 2001:db8::\/32 or 2001:db8::1\/128$/],
    ['::ffff:192.0.2.7/120', /host bits.*want 192\.0\.2\.0\/24 or 192\.0\.2\.7\/32$/],
    ['192.0.2.99-192.0.2.10', /ends before its start.*want 192\.0\.2\.10-192\.0\.2\.99$/],
    ['2001:db8::ff-2001:db8::1', /ends before its start/],
    ['192.0.2.1-2001:db8::1', /different families/],
    ['::1-::ffff:192.0.2.1', /different families/],
    ['192.0.2.10-99', /one end of a range/],
    ['192.0.2.10-', /one end of a range/],
    ['-192.0.2.10', /one end of a range/],
    ['192.0.2.1-192.0.2.2-192.0.2.3', /one end of a range/],
    ['192.0.2.1-010.0.0.1', /one end of a range.*octal/],
    ['fe80::1%eth0', /zone.*want fe80::1$/],
    ['fe80::%eth0/64', /zone.*want fe80::\/64$/],
    ['192.0.2.256', /above 255/],
    ['1.2.3.4.5', /IPv4/],
    ['192.*', /star/],
    ['192.0.*.7', /star/],
    ['192.0.2.1*', /star/],
    ['*', /star/],
    ['*.example.org', /star/],
    ['192.0.2.*/24', /not a host/],
    ['mail.example.org/24', /host name has no mask/],
    ['2001:db8::g', /not an IPv6 address/],
    ['192.0.2.7:25', /not an IPv6 address.*without a port/],
    ['[192.0.2.7]', /not a host/],
    ['-example.org', /not a host/],
    ['.example.org', /not a host/],
    ['a..b', /not a host/],
    ['!192.0.2.7', /not a host/],
    ['', /empty list/],
    [' , ', /empty list/],
  ])('%s', (text, message) => {
    const got = refusal(text);
    expect(got).toMatch(message);
    expect(got).toMatch(/^--relay-hosts: .*: got .*, want /);
    expect(got).not.toContain('\n');
  });

  it.each([
    ['192.0.2.7, 127.1', OPTION, '--relay-hosts, column 12: '],
    ['127.1', 'relayproof.yaml:12:15', 'relayproof.yaml:12:15: '],
    ['192.0.2.7 127.1', 'relayproof.yaml:12:15', 'relayproof.yaml:12:25: '],
    ['192.0.2.7,\n  127.1', 'C:\\a:b.yaml:12:15', 'C:\\a:b.yaml:13:3: '],
  ])('%j in %s is placed', (text, where, start) => expect(refusal(text, where).startsWith(start)).toBe(true));

  it('never lets text of the operator break the line', () => {
    expect(refusal(`\u001b[31m${'x'.repeat(5000)}\u202e`)).toMatch(/^[\x20-\x7e]{1,400}$/);
  });
});

describe('lists', () => {
  const list = parseNetworks(
    '192.0.2.0/25 ::ffff:198.51.100.0/120 2001:db8::/64 203.0.113.5-203.0.113.6 mx.example.org',
    OPTION,
  );

  it.each([
    ['192.0.2.0', true],
    ['192.0.2.127', true],
    ['192.0.2.128', false],
    ['::ffff:192.0.2.7', true],
    ['::FFFF:c000:0207', true],
    ['198.51.100.7', true],
    ['::c000:207', false],
    ['2001:db8::ffff', true],
    ['2001:db8::1%eth0', true],
    ['2001:db8:0:1::', false],
    ['203.0.113.4', false],
    ['203.0.113.5', true],
    ['203.0.113.7', false],
    ['mx.example.org', false],
    ['192.0.2', false],
    ['', false],
  ])('%s: %s', (address, inside) => expect(contains(list, address)).toBe(inside));

  it('does not take the v6 default network for v4', () => {
    expect(contains(parseNetworks('::/0', OPTION), '192.0.2.7')).toBe(false);
  });

  it('gives a name its addresses, once, and shows them', () => {
    const [name] = parseNetworks('mx.example.org', OPTION);
    const [address] = parseNetworks('192.0.2.7', OPTION);
    if (name === undefined || address === undefined) throw new Error('no entry');
    const resolved = resolveEntry(name, ['192.0.2.7', '2001:DB8::7', '::ffff:192.0.2.8', 'nonsense']);
    expect(showEntry(name)).toBe('mx.example.org');
    expect(showEntry(resolved)).toBe('mx.example.org (192.0.2.7, 2001:db8::7, 192.0.2.8)');
    expect(contains([resolved], '192.0.2.8')).toBe(true);
    expect(contains([resolved], '192.0.2.9')).toBe(false);
    expect(resolveEntry(address, ['198.51.100.1'])).toBe(address);
    expect(showEntry(address)).toBe('192.0.2.7');
  });
});

describe('an address that a list holds', () => {
  it.each([
    ['127.0.0.10', 4, '127.0.0.10'],
    ['192.0.2.0/24', 4, '192.0.2.1'],
    ['192.0.2.10-192.0.2.99', 4, '192.0.2.11'],
    ['2001:db8::/48, 192.0.2.7', 4, '192.0.2.7'],
    ['2001:db8::/48, 192.0.2.7', 6, '2001:db8::1'],
    ['192.0.2.7', 6, null],
    ['mail.example.org', 4, null],
  ] as const)('%s, IPv%i: %s', (text, family, address) =>
    expect(addressWithin(parseNetworks(text, OPTION), family)).toBe(address),
  );
});

describe('addresses', () => {
  it.each([
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:0DB8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['010.0.0.1', '010.0.0.1'],
    ['no address', 'no address'],
  ])('%s is written %s', (text, canonical) => expect(canonicalAddress(text)).toBe(canonical));

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.2', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['169.254.0.1', 'private'],
    ['fe80::1%eth0', 'private'],
    ['fd00::1', 'private'],
    ['8.8.8.8', 'global'],
    ['172.32.0.1', 'global'],
    ['2606:4700::1', 'global'],
    ['192.0.2.7', 'none'],
    ['2001:db8::7', 'none'],
    ['0.0.0.0', 'none'],
    ['::', 'none'],
    ['224.0.0.1', 'none'],
    ['localhost', 'none'],
  ])('%s: %s', (address, kind) => {
    const kinds = { loopback: isLoopback(address), private: isPrivate(address), global: isGlobal(address) };
    expect(Object.entries(kinds).flatMap(([name, holds]) => (holds ? [name] : []))).toEqual(
      kind === 'none' ? [] : [kind],
    );
  });

  it('knows where a family ends', () => {
    expect(bigIntToAddress(-1n, 4)).toBeNull();
    expect(bigIntToAddress(1n << 32n, 4)).toBeNull();
    expect(bigIntToAddress((1n << 32n) - 1n, 4)).toBe('255.255.255.255');
    expect(bigIntToAddress(1n << 128n, 6)).toBeNull();
    expect(addressToBigInt('127.1')).toBeNull();
  });
});

describe('properties', () => {
  const v4 = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255))).map((octets) => octets.join('.'));
  const v6 = fc
    .tuple(...Array.from({ length: 8 }, () => fc.oneof(fc.constantFrom(0, 0, 1, 0xffff), fc.nat(0xffff))))
    .map((groups) => groups.map((group) => group.toString(16)).join(':'))
    .filter((text) => !text.startsWith('0:0:0:0:0:ffff:'));
  const bits = (text: string): string =>
    text.includes('.')
      ? text
          .split('.')
          .map((octet) => Number(octet).toString(2).padStart(8, '0'))
          .join('')
      : text
          .split(':')
          .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
          .join('');
  const fromBits = (text: string): string =>
    text.length === 32
      ? (text.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)).join('.')
      : (text.match(/.{16}/g) ?? []).map((group) => Number.parseInt(group, 2).toString(16)).join(':');

  it('holds by a network what shares its leading bits, near its ends and anywhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(v4, v6).chain((family) => fc.tuple(family, family)),
        fc.nat(128),
        fc.nat(140),
        ([host, other], length, flip) => {
          const width = bits(host).length;
          const prefix = Math.min(length, width);
          const network = bits(host).slice(0, prefix);
          const list = parseNetworks(`${fromBits(network.padEnd(width, '0'))}/${prefix}`, OPTION);
          const near = [...bits(host)].map((bit, index) => (index === flip ? String(1 - Number(bit)) : bit)).join('');
          for (const address of [bits(other), near, network.padEnd(width, '0'), network.padEnd(width, '1')]) {
            const text = fromBits(address);
            fc.pre(!text.startsWith('0:0:0:0:0:ffff:'));
            expect(contains(list, text)).toBe(address.startsWith(network));
          }
        },
      ),
    );
  });

  it('holds by a range what lies between its ends, as net.BlockList finds', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(v4, v6).chain((family) => fc.tuple(family, family, family)),
        ([one, two, probe]) => {
          const [start, end] = bits(one) <= bits(two) ? [one, two] : [two, one];
          const family = start.includes('.') ? 'ipv4' : 'ipv6';
          const peer = new BlockList();
          peer.addRange(start, end, family);
          const list = parseNetworks(`${start}-${end}`, OPTION);
          for (const address of [probe, start, end]) expect(contains(list, address)).toBe(peer.check(address, family));
        },
      ),
    );
  });

  it('finds an address equal to itself in any notation', () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6), (text) => {
        const value = addressToBigInt(text);
        if (value === null) throw new Error('no address');
        const canonical = canonicalAddress(text);
        expect(bigIntToAddress(value.value, value.family)).toBe(canonical);
        expect(addressToBigInt(canonical)).toEqual(value);
        if (value.family === 4) expect(canonicalAddress(`::ffff:${text}`)).toBe(canonical);
      }),
    );
  });

  it('takes any text as a list or refuses it by a UsageError', () => {
    const odd = fc.string({ unit: fc.constantFrom(...'0123456789abfx.:/-*%[] ,\n'.split('')), maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(odd, fc.string({ unit: 'binary' })), (text) => {
        try {
          for (const entry of parseNetworks(text, OPTION)) {
            for (const range of entry.ranges) expect(range.first <= range.last).toBe(true);
            const again = entry.ranges.map(showRange).join(' ');
            if (again !== '') expect(ranges(again)).toEqual([again]);
          }
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
