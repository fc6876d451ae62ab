// A bare domain whose port 25 is silent is answered with the hosts of its MX records.
import { describe, expect, it } from 'vitest';
import type { Resolver } from '../../src/execute/resolver.js';
import { audit } from '../../src/fleet/audit.js';
import { withMailHosts } from '../../src/fleet/mail-hosts.js';
import { DEFAULTS } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';
import { parseTarget } from '../../src/model/target.js';
import { fixture } from '../report/fixtures.js';

const zone = (records: readonly string[]): Resolver => ({
  addresses: async () => [],
  mx: async () => records,
  txt: async () => [],
  names: async () => [],
  hasRoute: async () => true,
});

function silent(changes: Partial<ServerReport['target']> = {}): ServerReport {
  const server = fixture('several-servers').servers.find(({ sources }) => sources.every(({ reachable }) => !reachable));
  if (server === undefined) throw new Error('no silent server among the fixtures');
  return { ...server, target: { ...server.target, host: 'corp.example', port: 25, ...changes } };
}

const fixesOf = ({ findings }: ServerReport): string[] => findings.flatMap(({ fix }) => fix);

describe('the hosts to audit', () => {
  it('are named first in what to do, and in the summary', async () => {
    const server = await withMailHosts(silent(), zone(['mx1.corp.example', 'mx2.corp.example']));
    expect(fixesOf(server)[0]).toMatch(
      /mx1\.corp\.example, mx2\.corp\.example.*relayproof audit mx1\.corp\.example mx2/,
    );
    expect(server.verdict.summary).toContain('mx1.corp.example');
  });

  it.each<[string, ServerReport, readonly string[]]>([
    ['without MX records', silent(), []],
    ['that is its own mail host', silent(), ['CORP.example']],
    ['asked on another port', silent({ port: 587 }), ['mx1.corp.example']],
    ['given as an address', silent({ host: '192.0.2.1' }), ['mx1.corp.example']],
    ['given as an IPv6 address', silent({ host: '2001:db8::1' }), ['mx1.corp.example']],
  ])('are not named of a server %s', async (_, server, records) => {
    expect(await withMailHosts(server, zone(records))).toBe(server);
  });

  it('are not named where the server was reached', async () => {
    const [server] = fixture('open-confirmed').servers;
    if (server === undefined) throw new Error('no server');
    expect(await withMailHosts(server, zone(['mx1.corp.example']))).toBe(server);
  });

  it('are in the report of a domain without addresses', async () => {
    const report = await audit(
      { ...DEFAULTS, targets: [parseTarget('corp.example')], canary: 'relaytest@canary.example.net' },
      { resolver: zone(['mx1.corp.example']) },
    );
    expect(report.verdict.summary).toContain('relayproof audit mx1.corp.example');
  });
});
