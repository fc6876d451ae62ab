// A domain is not its mail server: where port 25 of a name is silent and the name has MX records, the report names the hosts
// to audit instead (RFC 5321 section 5.1). Asks the resolver alone.

import type { Resolver } from '../execute/resolver.js';
import { isIP } from '../model/addresses.js';
import type { ServerReport } from '../model/report.js';
import { SERVICES } from '../model/target.js';

/** Add the hosts to audit to the report of a name that was not reached on port 25; any other report comes back as it is. */
export async function withMailHosts(server: ServerReport, resolver: Pick<Resolver, 'mx'>): Promise<ServerReport> {
  const { host, port } = server.target;
  const isSilent = server.sources.every(({ reachable }) => !reachable);
  if (port !== SERVICES.smtp || isIP(host.replace(/%.*$/, '')) > 0 || !isSilent) return server;
  const found = await resolver.mx(host).catch((): string[] => []);
  const hosts = found.filter((name) => name.toLowerCase() !== host.toLowerCase()).slice(0, MOST);
  if (hosts.length === 0) return server;
  const advice = `${host} takes its mail at ${hosts.join(', ')} (its MX records): audit ${hosts.length === 1 ? 'that host' : 'those hosts'}, as in relayproof audit ${hosts.join(' ')}`;
  return {
    ...server,
    findings: server.findings.map((finding) =>
      finding.rule === 'audit-inconclusive' ? { ...finding, fix: [advice, ...finding.fix] } : finding,
    ),
    verdict: { ...server.verdict, summary: `${server.verdict.summary.replace(/\.$/, '')}. ${advice}.` },
  };
}

/** Names that are shown; a domain with more has them in its DNS. */
const MOST = 10;
