// Every notation of "Sources" in docs/contract.md, what is refused, and that no password is repeated.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/model/errors.js';
import { parseSource } from '../../src/sources/spec.js';

const base = { id: 's1', address: null, seenAs: null, planned: false, unavailable: null, isServerItself: false };

const ONE: readonly (readonly [string, object])[] = [
  ['any', { route: 'bind' }],
  ['any,seen-as=192.0.2.7', { route: 'bind', seenAs: '192.0.2.7' }],
  ['192.0.2.7', { route: 'bind', address: '192.0.2.7' }],
  ['2001:DB8::7', { route: 'bind', address: '2001:db8::7' }],
  ['::ffff:127.0.0.2', { route: 'bind', address: '127.0.0.2' }],
  ['fe80::1%eth0', { route: 'bind', address: 'fe80::1%eth0' }],
  ['10.0.0.5,seen-as=2001:db8::5', { route: 'bind', address: '10.0.0.5', seenAs: '2001:db8::5' }],
  ['xclient:192.0.2.7', { route: 'xclient', address: '192.0.2.7', claim: { address: '192.0.2.7' } }],
  ['xclient:2001:db8::7', { route: 'xclient', address: '2001:db8::7', claim: { address: '2001:db8::7' } }],
  [
    'xclient:192.0.2.7,name=Host.example,helo=[192.0.2.7],login=ali ce=x,port=4711,proto=esmtp,seen-as=192.0.2.8',
    {
      route: 'xclient',
      address: '192.0.2.7',
      seenAs: '192.0.2.8',
      claim: {
        address: '192.0.2.7',
        name: 'host.example',
        helo: '[192.0.2.7]',
        login: 'ali ce=x',
        port: 4711,
        proto: 'ESMTP',
      },
    },
  ],
  ['proxy:192.0.2.7', { route: 'proxy', address: '192.0.2.7', proxyVersion: 1 }],
  ['proxy:2001:db8::7,version=2', { route: 'proxy', address: '2001:db8::7', proxyVersion: 2 }],
  ['socks5://gate.example:1080', { route: 'socks5', gateway: { host: 'gate.example', port: 1080, user: null } }],
  [
    'socks5://al%40ice@[2001:db8::9]:1080',
    { route: 'socks5', gateway: { host: '2001:db8::9', port: 1080, user: 'al@ice' } },
  ],
  ['http://alice@127.0.0.1:3128', { route: 'http', gateway: { host: '127.0.0.1', port: 3128, user: 'alice' } }],
  ['ssh://jump.example', { route: 'ssh', gateway: { host: 'jump.example', port: null, user: null } }],
  [
    'ssh://root@jump_1:2222,seen-as=192.0.2.1',
    { route: 'ssh', seenAs: '192.0.2.1', gateway: { host: 'jump_1', port: 2222, user: 'root' } },
  ],
  ['worker:fra-1.a', { route: 'worker', place: 'fra-1.a' }],
];

const SEVERAL = [
  ['auto', { kind: 'auto', seenAs: null }],
  ['auto,seen-as=192.0.2.7', { kind: 'auto', seenAs: '192.0.2.7' }],
  ['edges:xclient', { kind: 'edges', through: 'xclient', seenAs: null }],
  ['edges:proxy', { kind: 'edges', through: 'proxy', seenAs: null }],
] as const;

const REFUSED = [
  ['', /not a source: got ""/],
  ['anny', /not a source.*; did you mean any\?/],
  ['xlient:192.0.2.7', /did you mean xclient:\?/],
  ['sock5://h:1', /an unknown scheme: got "sock5:\/\/".*; did you mean socks5:\/\/\?/],
  ['mail.example.org', /not a source/],
  ['192.0.2.0/24', /a network is no source/],
  ['192.0.2', /not an address/],
  ['010.0.0.1', /not an address/],
  ['0.0.0.0', /no address of one host/],
  ['255.255.255.255', /no address of one host/],
  ['239.1.2.3', /multicast/],
  ['fe80::1', /link-local address without its zone/],
  ['xclient:', /--source xclient: not an address/],
  ['proxy:', /--source proxy: not an address/],
  ['xclient:host.example', /not an address/],
  ['xclient:192.0.2.7,name=', /a part without a value/],
  ['xclient:192.0.2.7,name', /a part without a value/],
  ['xclient:192.0.2.7,name=a,name=b', /given twice/],
  ['xclient:192.0.2.7,nmae=a.b', /takes no such part: got "nmae=".*; did you mean name\?/],
  ['xclient:192.0.2.7,name=a b', /--source name: not a host name/],
  ['xclient:192.0.2.7,login=a\r\nRSET', /--source login: control characters/],
  ['xclient:192.0.2.7,port=0', /--source port: not a port/],
  ['xclient:192.0.2.7,proto=LMTP', /want SMTP or ESMTP/],
  ['any,name=x', /any takes no such part/],
  ['192.0.2.7,version=1', /takes no such part/],
  ['any,seen-as=here', /--source seen-as: not an address/],
  ['proxy:192.0.2.7,version=3', /PROXY protocol version: got "3", want 1 or 2/],
  ['socks5://gate.example', /without a port/],
  ['http://:3128', /without a host/],
  ['http://gate.example:3128/path', /no path and no query/],
  ['http://gate.example:99999', /not a port/],
  ['ssh://-oProxyCommand=x', /not a host name/],
  ['ssh://-l@host', /not a user name/],
  ['ssh://a%0ab@host', /not a user name/],
  ['ssh://a%zz@host', /cannot be read/],
  ['worker:', /not the name of a place/],
  ['worker:../x', /not the name of a place/],
  ['edges:', /edges need a way/],
  ['edges:xclent', /did you mean xclient\?/],
] as const;

describe('a source spec', () => {
  it.each(ONE)('%s', (spec, wanted) => {
    expect(parseSource(spec, 's1')).toEqual({ kind: 'one', source: { ...base, spec, ...wanted } });
  });

  it.each(SEVERAL)('%s', (spec, wanted) => {
    expect(parseSource(spec, 's1')).toEqual({ spec, ...wanted });
  });

  it.each(REFUSED)('refuses %j', (spec, message) => {
    const read = () => parseSource(spec, 's1');
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^--source[^\p{Cc}]*$/u);
  });

  it.each([
    'socks5://alice:Zx97@gate.example:1080',
    'http://alice:Zx,97@gate.example:3128',
    'http://alice:Zx@97@gate.example:3128',
    'ssh://alice:Zx97@jump',
    'ssh://alice%3AZx97@jump',
    'ftp://alice:Zx97@jump',
  ])('shows no password of %s', (spec) => {
    const read = () => parseSource(spec, 's1');
    expect(read).toThrow(/^--source: a password in a URL: want a user name alone; /);
    expect(read).not.toThrow(/Zx|97/);
  });
});
