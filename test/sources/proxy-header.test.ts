// The PROXY header against bytes written out by hand from the specification.
import { describe, expect, it } from 'vitest';
import { type ProxyClaim, proxyHeader } from '../../src/sources/proxy-header.js';

const CLAIM: ProxyClaim = { version: 1, client: '127.0.0.1', clientPort: 40000, server: '192.0.2.25', serverPort: 25 };
const encode = (claim: Partial<ProxyClaim>): string => proxyHeader({ ...CLAIM, ...claim }).bytes.toString('latin1');
const SIGNATURE = '0d0a0d0a000d0a515549540a';

describe('proxyHeader', () => {
  it.each([
    ['v4 to v4', {}, 'PROXY TCP4 127.0.0.1 192.0.2.25 40000 25\r\n'],
    ['v6 to v6', { client: '2001:DB8::7', server: '2001:db8::25' }, 'PROXY TCP6 2001:db8::7 2001:db8::25 40000 25\r\n'],
    ['v4 to v6', { server: '2001:db8::25' }, 'PROXY TCP6 ::ffff:127.0.0.1 2001:db8::25 40000 25\r\n'],
    ['v6 to v4', { client: '2001:db8::7' }, 'PROXY TCP6 2001:db8::7 ::ffff:192.0.2.25 40000 25\r\n'],
    ['a zone is left out', { server: 'fe80::1%eth0' }, 'PROXY TCP6 ::ffff:127.0.0.1 fe80::1 40000 25\r\n'],
  ] as const)('writes version 1: %s', (_, claim, expected) => expect(encode(claim)).toBe(expected));

  it.each([
    ['v4', {}, `${SIGNATURE}2111000c7f000001c00002199c400019`],
    [
      'v4 to v6',
      { server: '2001:db8::25' },
      `${SIGNATURE}2121002400000000000000000000ffff7f00000120010db80000000000000000000000259c400019`,
    ],
  ] as const)('writes version 2: %s', (_, claim, expected) =>
    expect(proxyHeader({ ...CLAIM, version: 2, ...claim }).bytes.toString('hex')).toBe(expected),
  );

  it('refuses what is no address', () => expect(() => encode({ client: 'localhost' })).toThrow('not an address'));
});
