// Which addresses of this machine can be sources: bound on loopback for real, the rest judged on invented machines.
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { canBind, expand, type LocalAddress, localAddresses, sourcesFor } from '../../src/sources/bind.js';
import { parseSource } from '../../src/sources/spec.js';

const machine: readonly LocalAddress[] = [
  { address: '127.0.0.1', family: 4, prefix: 8 },
  { address: '::1', family: 6, prefix: 128 },
  { address: '192.0.2.10', family: 4, prefix: 24 },
  { address: '198.51.100.4', family: 4, prefix: 31 },
  { address: '2001:db8::10', family: 6, prefix: 64 },
  { address: 'fe80::10%eth0', family: 6, prefix: 64 },
];
const to = (address: string) => ({ host: 'mail.example.org', port: 25, security: 'none', address }) as const;
const auto = (address: string, here = machine) => expand(parseSource('auto', ''), to(address), here);

describe('auto', () => {
  it.each([
    ['203.0.113.5', ['192.0.2.10', '198.51.100.4']],
    ['127.0.0.1', ['127.0.0.1', '192.0.2.10', '198.51.100.4']],
    ['192.0.2.10', ['127.0.0.1', '192.0.2.10', '198.51.100.4']],
    ['2001:db8:1::5', ['2001:db8::10']],
    ['::1', ['::1', '2001:db8::10']],
    ['fe80::5%eth0', ['fe80::10%eth0']],
  ])('reaches %s from %j', (target, addresses) => {
    expect(auto(target).map(({ address }) => address)).toEqual(addresses);
  });

  it('is one unavailable source where no address fits', () => {
    const [only, ...others] = auto('2001:db8:1::5', machine.slice(0, 4));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ spec: 'auto', address: null, unavailable: expect.stringMatching(/no IPv6 address/) });
  });

  it('leaves edges to the planner', () => {
    expect(expand(parseSource('edges:proxy', ''), to('192.0.2.1'), machine)).toEqual([]);
  });
});

describe('an address of this machine', () => {
  it('lists loopback', () => {
    expect(localAddresses()).toContainEqual({ address: '127.0.0.1', family: 4, prefix: 8 });
  });

  it.each([
    ['192.0.2.77', /^192\.0\.2\.77 is not an address of this machine$/],
    ['2001:db8::77', /^2001:db8::77 (is not an address of this machine|is of a family)/],
    ['127.255.255.255', /broadcast/],
    ['192.0.2.255', /broadcast/],
    ['255.255.255.255', /broadcast/],
    ['0.0.0.0', /stands for any address/],
    ['::', /stands for any address/],
    ['224.0.0.1', /multicast/],
    ['ff02::1', /multicast/],
    ['localhost', /not an address/],
  ])('cannot be %s', async (address, reason) => {
    expect(await canBind(address, machine)).toMatch(reason);
  });

  it('can be loopback, while its ports are in use or not', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    expect(await canBind('127.0.0.1')).toBeNull();
    await new Promise((resolve) => server.close(resolve));
    if (process.platform === 'linux') expect(await canBind('127.0.0.66')).toBeNull();
  });
});

describe('the sources of a target', () => {
  it('are numbered in the order given, and `any` where none is', async () => {
    expect((await sourcesFor([], to('203.0.113.5'), machine)).map(({ id, spec }) => [id, spec])).toEqual([
      ['s1', 'any'],
    ]);
    const several = await sourcesFor(['any', 'auto', 'proxy:192.0.2.7'], to('127.0.0.1'), machine);
    expect(several.map(({ id, spec, address }) => [id, spec, address])).toEqual([
      ['s1', 'any', null],
      ['s2', 'auto', '127.0.0.1'],
      ['s3', 'auto', '192.0.2.10'],
      ['s4', 'auto', '198.51.100.4'],
      ['s5', 'proxy:192.0.2.7', '192.0.2.7'],
    ]);
    expect(several.map(({ unavailable }) => unavailable)).toEqual([
      null,
      null,
      expect.stringMatching(/not an address of this machine/),
      expect.stringMatching(/not an address of this machine/),
      null,
    ]);
  });

  it('do not include another family, and say so', async () => {
    const [v6] = await sourcesFor(['::1'], to('127.0.0.1'), machine);
    expect(v6).toMatchObject({ address: '::1', unavailable: "::1 is IPv6, the target's address 127.0.0.1 is IPv4" });
  });

  it.each([
    ['any', '127.0.0.1', true],
    ['any', '192.0.2.10', true],
    ['any', '203.0.113.5', false],
    ['127.0.0.66', '127.0.0.1', true],
    ['192.0.2.10', '192.0.2.10', true],
    ['192.0.2.10', '203.0.113.5', false],
    ['proxy:127.0.0.1', '203.0.113.5', true],
    ['xclient:203.0.113.5', '203.0.113.5', true],
    ['socks5://gate.example:1080', '127.0.0.1', false],
  ])('say whether %s towards %s is the server itself: %s', async (spec, target, itself) => {
    expect((await sourcesFor([spec], to(target), machine))[0]?.isServerItself).toBe(itself);
  });
});
