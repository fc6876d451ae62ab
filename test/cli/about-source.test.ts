// What `relayproof plan` says of each kind of source before anything is sent.
import { describe, expect, it } from 'vitest';
import { aboutSource } from '../../src/cli/about-source.js';
import { briefsFor } from '../../src/fleet/briefs.js';
import { OPTIONS, zone } from '../fleet/lab.js';

async function about(spec: string, host = '127.0.0.1'): Promise<readonly string[]> {
  const target = { host, port: 25, security: 'none' } as const;
  const options = { ...OPTIONS, sources: [spec], relayHosts: ['192.0.2.7'], targets: [target] };
  const { briefs } = await briefsFor(target, options, zone({}), () => 'cafe');
  return briefs.flatMap((brief) => brief.sources.map((source) => aboutSource(brief, source)));
}

describe('aboutSource', () => {
  it.each([
    ['127.0.0.66', /^bound to 127\.0\.0\.66; the server sees 127\.0\.0\.66; not approved$/],
    ['127.0.0.66,seen-as=192.0.2.7', /the server sees 192\.0\.2\.7, as the operator says; approved$/],
    ['::1', /^cannot work: ::1 is IPv6, the target's address 127\.0\.0\.1 is IPv4$/],
    ['198.51.100.77', /^cannot work: 198\.51\.100\.77 is not an address of this machine$/],
    ['xclient:192.0.2.7,login=alice', /^claims 192\.0\.2\.7, login alice with XCLIENT, .*; approved$/],
    ['proxy:2001:db8::7,version=2', /^claims 2001:db8::7 in a PROXY header of version 2, .*; not approved$/],
    [
      'socks5://alice@127.0.0.1:1080',
      /^through the SOCKS5 proxy 127\.0\.0\.1:1080 as alice; .* an address of the proxy; unknown/,
    ],
    ['http://[::1]:3128', /^through the HTTP proxy \[::1\]:3128; /],
    [
      'ssh://jump.example.org',
      /^through jump\.example\.org by ssh -W, in batch mode; .* an address of the host; unknown/,
    ],
  ])('of %s', async (spec, words) => expect((await about(spec)).join('\n')).toMatch(words));

  it('says where planned addresses lie', async () => {
    const lines = await about('edges:xclient');
    expect(lines[0]).toBe('claims 192.0.2.7; approved; the first of 192.0.2.7');
    expect(lines).toContain('claims 192.0.2.8; not approved; just outside 192.0.2.7');
    expect(lines.at(-1)).toBe('claims 2001:db8:7777::77; not approved; far from every entry');
  });
});
