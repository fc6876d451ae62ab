// Every way to be seen at another address, against real servers, proxies and an sshd: which client they saw is read from their
// own logs, not from the report.
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type RunningGateway,
  startDante,
  startHaproxy,
  startSshd,
  startTinyproxy,
} from '../../fixtures/real/gateways.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { type PostfixSettings, startPostfix } from '../../fixtures/real/postfix.js';
import type { Running } from '../../fixtures/real/server.js';
import { audit } from '../../src/fleet/audit.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';
import { OPTIONS } from '../fleet/lab.js';

const reason = whyNotHere();
const LIMIT = { timeout: 200_000 };
const PASSWORD = 'pr0xy-secret.word';

/** Nothing is relayed: the sink's port refuses. */
const AROUND = { sinkPort: 9, account: null };

async function withPostfix<T>(settings: PostfixSettings, use: (server: Running) => Promise<T>): Promise<T> {
  const server = await startPostfix(settings, AROUND);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function withGateway<G extends RunningGateway, T>(
  start: Promise<G>,
  use: (gateway: G) => Promise<T>,
): Promise<T> {
  const gateway = await start;
  try {
    return await use(gateway);
  } finally {
    await gateway.stop();
  }
}

async function auditAt(port: number, change: Partial<AuditOptions>, host = '127.0.0.1'): Promise<ServerReport> {
  const options: AuditOptions = {
    ...OPTIONS,
    timeoutMs: 10_000,
    ...change,
    targets: [{ host, port, security: 'none' }],
  };
  const resolver = {
    addresses: async () => ['127.0.0.1'],
    hasRoute: async () => true,
    mx: async () => [],
    txt: async () => [],
    names: async () => [],
  };
  const report = await audit(options, { resolver });
  const [server] = report.servers;
  if (server === undefined) throw new Error('no server in the report');
  return server;
}

const seenBy = (server: { log(): string }, address: string): boolean => server.log().includes(`unknown[${address}]`);
const findingOf = ({ findings }: ServerReport, rule: string) => findings.find((finding) => finding.rule === rule);
const rows = ({ sources }: ServerReport) =>
  sources.map(({ address, approved, relays, unknownBecause }) => [address, approved, relays, unknownBecause]);

describe.skipIf(reason !== null)(`sources at real servers${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  const LIST = { relayHosts: ['192.0.2.0/24', '2001:db8:5::/48'] };
  const TRUSTING = { mynetworks: '192.0.2.0/24 [2001:db8:5::]/48' };

  test('XCLIENT, for one host', LIMIT, () =>
    withPostfix({ main: { ...TRUSTING, smtpd_authorized_xclient_hosts: '127.0.0.1' } }, async (postfix) => {
      const sources = ['xclient:192.0.2.7', 'xclient:198.51.100.7', 'xclient:2001:db8:5::7', 'xclient:2001:db8:6::7'];
      const server = await auditAt(postfix.port, { ...LIST, sources: [...sources, '127.0.0.66'] });
      expect(rows(server)).toEqual([
        ['192.0.2.7', true, 'yes', null],
        ['198.51.100.7', false, 'no', null],
        ['2001:db8:5::7', true, 'yes', null],
        ['2001:db8:6::7', false, 'no', null],
        ['127.0.0.66', false, 'no', null],
      ]);
      for (const address of ['198.51.100.7', '2001:db8:6::7']) expect(seenBy(postfix, address)).toBe(true);
      expect(findingOf(server, 'address-claim-accepted')).toBeUndefined();
    }),
  );

  test('XCLIENT, for nobody', LIMIT, () =>
    withPostfix({ main: { mynetworks: '127.0.0.0/8 192.0.2.0/24' } }, async (postfix) => {
      const server = await auditAt(postfix.port, { ...LIST, sources: ['xclient:198.51.100.7'] });
      expect(rows(server)).toEqual([
        ['198.51.100.7', false, 'unknown', 'the server does not announce XCLIENT to this client'],
      ]);
      expect(server.verdict.relay).toBe('inconclusive');
    }),
  );

  test('XCLIENT, for all', LIMIT, () =>
    withPostfix(
      { main: { ...TRUSTING, mynetworks: '127.0.0.1', smtpd_authorized_xclient_hosts: '127.0.0.0/8' } },
      async (postfix) => {
        const server = await auditAt(postfix.port, {
          relayHosts: ['127.0.0.1'],
          sources: ['127.0.0.66'],
          techniques: ['plain-external', 'xclient-addr'],
        });
        expect(findingOf(server, 'address-claim-accepted')).toMatchObject({ severity: 'critical' });
      },
    ),
  );

  test('a mask one bit too wide in a list of three: named in few attempts', LIMIT, () =>
    withPostfix(
      {
        main: {
          mynetworks: '192.0.2.0/24 198.51.100.64/26 [2001:db8:5::]/48',
          smtpd_authorized_xclient_hosts: '127.0.0.1',
        },
      },
      async (postfix) => {
        const relayHosts = ['192.0.2.0/25', '198.51.100.64/26', '2001:db8:5::/48'];
        const server = await auditAt(postfix.port, { relayHosts, sources: ['edges:xclient'] });
        expect(findingOf(server, 'unapproved-host-relays')?.message).toContain(
          'the server trusts 192.0.2.0/24, the policy says 192.0.2.0/25',
        );
        expect(server.attempts.length).toBeLessThan(100);
        for (const address of ['192.0.1.255', '192.0.3.0']) expect(seenBy(postfix, address)).toBe(true);
      },
    ),
  );

  const BEHIND_PROXY: PostfixSettings = {
    main: TRUSTING,
    listeners: [{ name: 'smtp', options: { smtpd_upstream_proxy_protocol: 'haproxy' }, sign: 'connection' }],
  };
  const CLAIMED = ['192.0.2.7', '198.51.100.7', '2001:db8:5::7', '2001:db8:6::7'];
  const CLAIMS = [1, 2].flatMap((version) => CLAIMED.map((one) => `proxy:${one},version=${version}`));

  test('PROXY headers, both versions, both families', LIMIT, () =>
    withPostfix(BEHIND_PROXY, async (postfix) => {
      const server = await auditAt(postfix.port, { ...LIST, sources: CLAIMS });
      expect(rows(server).map(([, ...row]) => row)).toEqual(
        [1, 2].flatMap(() => [true, false, true, false].map((approved) => [approved, approved ? 'yes' : 'no', null])),
      );
      for (const address of ['198.51.100.7', '2001:db8:6::7']) expect(seenBy(postfix, address)).toBe(true);
    }),
  );

  test.each([1, 2] as const)('HAProxy in front of Postfix, version %i', LIMIT, (version) =>
    withPostfix(BEHIND_PROXY, (postfix) =>
      withGateway(startHaproxy(postfix.port, version), async (haproxy) => {
        const server = await auditAt(haproxy.port, { ...LIST, sources: CLAIMS });
        expect(rows(server).map(([, ...row]) => row)).toEqual(
          [1, 2].flatMap(() => [true, false, true, false].map((approved) => [approved, approved ? 'yes' : 'no', null])),
        );
        for (const address of CLAIMED) {
          expect(seenBy(postfix, address)).toBe(true);
          expect(haproxy.log()).toContain(address);
        }
      }),
    ),
  );

  test('a PROXY header to a server that expects none', LIMIT, () =>
    withPostfix({ main: { mynetworks: '127.0.0.0/8 192.0.2.0/24' } }, async (postfix) => {
      const server = await auditAt(postfix.port, {
        ...LIST,
        sources: ['proxy:192.0.2.7', 'proxy:192.0.2.7,version=2'],
      });
      expect(rows(server).map(([, , relays, because]) => [relays, because === null])).toEqual([
        ['unknown', false],
        ['unknown', false],
      ]);
    }),
  );

  describe.each([
    ['socks5', startDante, '127.0.0.77', /user name or password refused/],
    ['http', startTinyproxy, '127.0.0.78', /HTTP 40[17] /],
  ] as const)('%s', (scheme, start, from, refusal) => {
    test('comes from where the proxy stands', LIMIT, () =>
      withPostfix({ main: { mynetworks: '127.0.0.1' } }, (postfix) =>
        withGateway(start(from, null), async (gateway) => {
          const source = `${scheme}://127.0.0.1:${gateway.port},seen-as=${from}`;
          const named = await auditAt(postfix.port, { sources: [source] }, 'mail.corp.test');
          expect(rows(named)).toEqual([[null, false, 'no', null]]);
          expect(seenBy(postfix, from)).toBe(true);
        }),
      ),
    );

    test('logs in, and tells of a refusal without the password', LIMIT, () =>
      withPostfix({ main: { mynetworks: from } }, (postfix) =>
        withGateway(start(from, { user: 'alice', password: PASSWORD }), async (gateway) => {
          const sources = [`${scheme}://alice@127.0.0.1:${gateway.port},seen-as=${from}`];
          const right = await auditAt(postfix.port, { sources, relayHosts: [from], proxyPassword: PASSWORD });
          expect(rows(right)).toEqual([[null, true, 'yes', null]]);
          const wrong = await auditAt(postfix.port, { sources, relayHosts: [from], proxyPassword: `${PASSWORD}-not` });
          expect(wrong.sources[0]?.unknownBecause).toMatch(refusal);
          expect(JSON.stringify([right, wrong])).not.toContain(PASSWORD);
        }),
      ),
    );
  });

  test.skipIf(!existsSync('/usr/bin/ssh'))('ssh -W', LIMIT, () =>
    withPostfix({ main: { mynetworks: '127.0.0.10' } }, (postfix) =>
      withGateway(startSshd(), async (sshd) => {
        const path = process.env.PATH ?? '';
        process.env.PATH = `${sshd.folder}${delimiter}${path}`;
        try {
          const sources = ['ssh://jump,seen-as=127.0.0.1', 'ssh://nobody@jump', 'ssh://127.0.0.1:1'];
          const server = await auditAt(postfix.port, { sources, relayHosts: ['127.0.0.10'] }, 'mail.corp.test');
          expect(server.sources.map(({ relays }) => relays)).toEqual(['no', 'unknown', 'unknown']);
          expect(sshd.log()).toMatch(new RegExp(`direct_tcpip.*target mail\\.corp\\.test port ${postfix.port}`, 'i'));
          expect(seenBy(postfix, '127.0.0.1')).toBe(true);
          expect(server.sources[1]?.unknownBecause).toMatch(/ssh: .*Permission denied/);
          expect(server.sources[2]?.unknownBecause).toMatch(/ssh: .*Connection refused/);
        } finally {
          process.env.PATH = path;
        }
      }),
    ),
  );
});
