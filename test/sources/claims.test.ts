// Whole audits of an embedded server from claimed addresses: what is sent, what is believed, and that a claim that is not had
// leaves its source unknown, never a plain session.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { serve } from '../../fixtures/hostile/server.js';
import type { ServerConfig } from '../../src/demo/config.js';
import { startServer } from '../../src/demo/server.js';
import type { ServerReport } from '../../src/model/report.js';
import { auditParts, auditPort, CANARY, rulesOf, STRANGER, verdictOf } from '../fleet/lab.js';

const trusts = (...networks: string[]) => ({ relay: [{ kind: 'network' as const, in: networks }] });
const TAKES_XCLIENT = { xclient: { from: ['127.0.0.0/8'] } } as const;
const TAKES_PROXY: Partial<ServerConfig> = { proxy: { from: ['127.0.0.0/8'], required: true, waitMs: 500 } };

const HEARS_HEADERS: ServerConfig = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice'],
  delivery: { foreign: 'keep' },
  ...TAKES_PROXY,
};

const sentIn = ({ attempts }: ServerReport, stage: string): string[] => [
  ...new Set(
    attempts.flatMap(({ exchanges }) => exchanges).flatMap((one) => (one.stage === stage ? (one.sent ?? []) : [])),
  ),
];
const findingOf = ({ findings }: ServerReport, rule: string) => findings.find((finding) => finding.rule === rule);

describe('xclient', () => {
  it('is seen at the claimed addresses, and greets again', async () => {
    const { server } = await auditParts([trusts('192.0.2.0/24'), TAKES_XCLIENT], {
      sources: ['xclient:192.0.2.7', 'xclient:198.51.100.7', 'xclient:2001:db8::7'],
      relayHosts: ['192.0.2.0/24'],
    });
    expect(
      server.sources.map(({ address, approved, relays, unknownBecause }) => [
        address,
        approved,
        relays,
        unknownBecause,
      ]),
    ).toEqual([
      ['192.0.2.7', true, 'yes', null],
      ['198.51.100.7', false, 'no', null],
      ['2001:db8::7', false, 'no', null],
    ]);
    expect(sentIn(server, 'xclient')).toEqual([
      'XCLIENT ADDR=192.0.2.7',
      'XCLIENT ADDR=198.51.100.7',
      'XCLIENT ADDR=IPV6:2001:db8::7',
    ]);
    const stages = server.attempts[0]?.exchanges.map(({ stage }) => stage) ?? [];
    expect(stages.slice(0, 4)).toEqual(['greeting', 'helo', 'xclient', 'helo']);
    expect(verdictOf(server)).toBe('closed/compliant');
  });

  it('writes attributes as xtext', async () => {
    const { server } = await auditParts([trusts(), TAKES_XCLIENT], {
      sources: ['xclient:192.0.2.7,name=client.example.org,helo=client.example.org,login=a=b+c d,port=2525,proto=smtp'],
    });
    expect(sentIn(server, 'xclient')).toEqual([
      'XCLIENT NAME=client.example.org ADDR=192.0.2.7 PORT=2525 PROTO=SMTP HELO=client.example.org LOGIN=a+3Db+2Bc+20d',
    ]);
  });

  it('leaves the source unknown where it is not announced', async () => {
    const { server } = await auditParts([trusts('127.0.0.1')], { sources: ['xclient:192.0.2.7'] });
    expect(server.sources[0]).toMatchObject({
      relays: 'unknown',
      unknownBecause: 'the server does not announce XCLIENT to this client',
    });
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
    // Not one envelope was sent as the client that we are.
    expect(sentIn(server, 'mail')).toEqual([]);
  });

  it.each([
    [
      'is refused',
      'XCLIENT ADDR',
      '530 5.7.0 Authentication required',
      'XCLIENT was refused: 530 5.7.0 Authentication required',
    ],
    [
      'is announced without the attribute',
      'XCLIENT NAME HELO',
      '220 not asked',
      'the server announces XCLIENT without ADDR',
    ],
  ])('leaves the source unknown where it %s', async (_, announced, answer, because) => {
    const hostile = await serve(({ socket, seen }) => {
      socket.write('220 mail.corp.test ESMTP\r\n');
      socket.on('data', (line: Buffer) => {
        seen.push(line.toString());
        if (/^QUIT/i.test(line.toString())) return socket.end('221 bye\r\n');
        // Open to whoever asks as itself: a plain session would look like a relay.
        const isClaim = /^XCLIENT/.test(line.toString());
        return socket.write(isClaim ? `${answer}\r\n` : `250-mail.corp.test\r\n250 ${announced}\r\n`);
      });
    });
    const { server } = await auditPort(hostile.port, { sources: ['xclient:192.0.2.7'] });
    await hostile.close();
    expect(server.sources[0]).toMatchObject({ relays: 'unknown', unknownBecause: because });
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
    expect(hostile.seen.length).toBeGreaterThan(0);
    expect(hostile.seen.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([]);
    expect(sentIn(server, 'mail')).toEqual([]);
  });

  it('believes the server before the claim', async () => {
    const hostile = await serve(({ socket }) => {
      socket.write('220 mail.corp.test ESMTP\r\n');
      socket.on('data', (line: Buffer) => {
        if (/^QUIT/i.test(line.toString())) return socket.end('221 bye\r\n');
        if (/^XCLIENT/.test(line.toString())) return socket.write('220 mail.corp.test ESMTP\r\n');
        if (/^RCPT/.test(line.toString())) return socket.write('554 5.7.1 Relay access denied\r\n');
        return socket.write(`250-mail.corp.test Hello auditor.example.net [198.51.100.9]\r\n250 XCLIENT ADDR\r\n`);
      });
    });
    const options = { sources: ['xclient:192.0.2.7'], relayHosts: ['192.0.2.0/24'] };
    const { server } = await auditPort(hostile.port, options);
    await hostile.close();
    expect(server.sources[0]).toMatchObject({ address: '192.0.2.7', seenAs: '198.51.100.9', approved: false });
  });
});

describe('proxy', () => {
  it.each([
    ['version 1', 'proxy:192.0.2.7', 'PROXY TCP4 192.0.2.7 127.0.0.1 40000 '],
    ['version 2', 'proxy:192.0.2.7,version=2', 'PROXY TCP4 192.0.2.7 127.0.0.1 40000 '],
    ['version 1, IPv6', 'proxy:2001:db8::7', 'PROXY TCP6 2001:db8::7 ::ffff:127.0.0.1 40000 '],
    ['version 2, IPv6', 'proxy:2001:db8::7,version=2', 'PROXY TCP6 2001:db8::7 ::ffff:127.0.0.1 40000 '],
  ])('is seen at the claimed address: %s', async (_, spec, line) => {
    const { server, demo } = await auditParts([trusts('192.0.2.0/24', '2001:db8::/32'), TAKES_PROXY], {
      sources: [spec, 'proxy:198.51.100.7'],
      relayHosts: ['192.0.2.0/24', '2001:db8::/32'],
    });
    expect(server.sources.map(({ approved, relays }) => [approved, relays])).toEqual([
      [true, 'yes'],
      [false, 'no'],
    ]);
    expect(sentIn(server, 'proxy')[0]).toContain(line + demo.port);
    expect(server.attempts[0]?.exchanges[0]?.stage).toBe('proxy');
  });

  it('leaves the source unknown where the server takes the header for commands', async () => {
    const { server } = await auditParts([trusts('127.0.0.1', '192.0.2.7')], { sources: ['proxy:192.0.2.7'] });
    expect(server.sources[0]?.relays).toBe('unknown');
    expect(server.sources[0]?.unknownBecause).not.toBeNull();
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
  });
});

describe('edges', () => {
  const WIDE = trusts('192.0.2.0/24', '198.51.100.64/26', '2001:db8:1::/64');
  const LIST = ['192.0.2.0/25, 198.51.100.64/26', '2001:db8:1::/64'];

  it.each([
    ['edges:xclient', TAKES_XCLIENT],
    ['edges:proxy', TAKES_PROXY],
  ] as const)('name the mask that is one bit too wide: %s', async (spec, part) => {
    const { server } = await auditParts([WIDE, part], { sources: [spec], relayHosts: LIST });
    expect(rulesOf(server)).toEqual(['unapproved-host-relays']);
    const finding = findingOf(server, 'unapproved-host-relays');
    expect(finding?.message).toContain('the server trusts 192.0.2.0/24, the policy says 192.0.2.0/25');
    expect(server.attempts.length).toBeLessThan(100);
    expect(new Set(server.attempts.map(({ technique }) => technique))).toEqual(new Set(['plain-external']));
    expect(server.sources.every(({ unknownBecause }) => unknownBecause === null)).toBe(true);
  });

  it('are closed where the list is right', async () => {
    const { server } = await auditParts([trusts('192.0.2.0/25'), TAKES_XCLIENT], {
      sources: ['edges:xclient'],
      relayHosts: ['192.0.2.0/25'],
    });
    expect(verdictOf(server)).toBe('closed/compliant');
  });

  it('find the extent of a hole wherever it ends', async () => {
    const wide = trusts('192.0.2.0/25', '203.0.113.16/28');
    const options = { sources: ['edges:xclient', 'xclient:203.0.113.20'], relayHosts: ['192.0.2.0/25'] };
    const without = await auditParts([wide, TAKES_XCLIENT], options);
    expect(findingOf(without.server, 'unapproved-host-relays')?.message).not.toContain('203.0.113.16/28');
    const { server } = await auditParts([wide, TAKES_XCLIENT], { ...options, findExtent: true });
    const finding = findingOf(server, 'unapproved-host-relays');
    expect(finding?.message).toContain('the server trusts 203.0.113.16/28, the policy says nothing of it');
    const asked = server.sources.map(({ address }) => address);
    for (const end of ['203.0.113.15', '203.0.113.16', '203.0.113.31', '203.0.113.32']) expect(asked).toContain(end);
  });

  it('sweep the catalogue where that is wanted', async () => {
    const { server } = await auditParts([trusts('192.0.2.7'), TAKES_XCLIENT], {
      sources: ['edges:xclient'],
      relayHosts: ['192.0.2.7'],
      techniques: ['plain-external', 'percent-local'],
      sweep: 'all',
    });
    expect(server.attempts.some(({ technique }) => technique === 'percent-local')).toBe(true);
  });

  it('need a list, and a search for the extent needs a way to claim', async () => {
    await expect(auditParts([], { sources: ['edges:xclient'], relayHosts: [] })).rejects.toThrow(
      'edges of a list that is empty',
    );
    await expect(auditParts([], { findExtent: true })).rejects.toThrow(
      '--find-extent: no way to ask from other addresses',
    );
  });
});

describe('address-claim-accepted', () => {
  const from = { sources: [STRANGER], relayHosts: ['192.0.2.0/24', '127.0.0.1'], canary: CANARY };

  it.each([
    ['XCLIENT', TAKES_XCLIENT, ['xclient-addr']],
    ['PROXY', { proxy: { from: ['127.0.0.0/8'], required: false, waitMs: 250 } }, ['proxy-v1', 'proxy-v2']],
  ] as const)('is critical where the claimed address relays: %s', async (name, part, techniques) => {
    const { server } = await auditParts([trusts('127.0.0.1'), part as Partial<ServerConfig>], {
      ...from,
      techniques: ['plain-external', ...techniques],
    });
    expect(findingOf(server, 'address-claim-accepted')).toMatchObject({
      severity: 'critical',
      breaksCompliance: true,
      message: expect.stringContaining(
        `${STRANGER}: ${name} is taken from a host that is not approved, and the claimed address relays`,
      ),
    });
  });

  it('is found by version 1 where version 2 gets no answer, nor whoever sends no header', async () => {
    const demo = await startServer({ ...HEARS_HEADERS, relay: trusts('192.0.2.0/24').relay });
    const front = await serve(({ socket }) => {
      socket.once('data', (head) => {
        if (!head.toString('latin1').startsWith('PROXY ')) return;
        const behind = connect(demo.port, demo.address);
        behind.on('error', () => socket.destroy()).write(head);
        socket.pipe(behind).pipe(socket);
      });
    });
    const techniques = ['plain-external', 'proxy-v1', 'proxy-v2', 'proxy-v1-approved', 'proxy-v2-approved'];
    const { server } = await auditPort(front.port, { ...from, techniques, sessions: 1, timeoutMs: 300 });
    await front.close();
    await demo.close();
    expect(server.verdict.relay).toBe('open');
    expect(findingOf(server, 'address-claim-accepted')?.message).toContain('proxy-v1-approved');
  });

  it('is told of XFORWARD as well, which relays for nobody', async () => {
    const { server } = await auditParts([trusts('192.0.2.0/24'), { extensions: { offer: ['XFORWARD'] } }], {
      ...from,
      techniques: ['plain-external', 'xclient-addr'],
    });
    expect(findingOf(server, 'address-claim-accepted')).toMatchObject({
      severity: 'medium',
      message: expect.stringContaining(
        `${STRANGER}: XFORWARD is taken from a host that is not approved (xforward-exposed: 250`,
      ),
    });
    expect(findingOf(server, 'client-forged-in-log')).toBeUndefined();
  });

  it('is less where it does not', async () => {
    const { server } = await auditParts([trusts('192.0.2.0/24'), TAKES_XCLIENT], {
      ...from,
      techniques: ['plain-external', 'xclient-addr'],
    });
    expect(findingOf(server, 'address-claim-accepted')).toMatchObject({ severity: 'medium', breaksCompliance: false });
  });

  it('is not found where nobody takes a claim', async () => {
    const { server } = await auditParts([trusts('127.0.0.1')], {
      ...from,
      techniques: ['plain-external', 'xclient-addr', 'proxy-v1', 'proxy-v2'],
    });
    expect(rulesOf(server)).not.toContain('address-claim-accepted');
    expect(verdictOf(server)).toMatch(/^closed/);
  });
});
