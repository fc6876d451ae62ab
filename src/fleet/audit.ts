// The audit as a whole: every target, every address of it, one report. What the command line calls and the library exports.
// SAFETY: the last filter over everything that leaves is here: no report holds the password or a SASL response.
import { type Clock, type Random, systemClock, systemRandom } from '../execute/ports.js';
import { type Resolver, systemResolver } from '../execute/resolver.js';
import type { Brief } from '../model/brief.js';
import { contains, isLoopback } from '../model/networks.js';
import type { AuditOptions } from '../model/options.js';
import type { ComplianceVerdict, RelayVerdict, Report, ServerReport } from '../model/report.js';
import type { Target } from '../model/target.js';
import { VERSION } from '../model/version.js';
import { makeRedactor, redactValue } from '../smtp/redact.js';
import { auditServer } from './audit-server.js';
import { briefsFor, type Resolved } from './briefs.js';
import { unresolvedServer } from './unresolved.js';

export type AuditEvent =
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'server'; readonly server: ServerReport };

export interface AuditPorts {
  /** Aborts the audit; what was measured is reported. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AuditEvent) => void;
  readonly resolver?: Resolver;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Audit servers that you run and give the report.
 * @throws UsageError for options that cannot be meant, before anything is sent; trouble of servers is in the report.
 */
export async function audit(options: AuditOptions, ports: AuditPorts = {}): Promise<Report> {
  const { onEvent = () => {}, resolver = systemResolver, clock = systemClock, random = systemRandom } = ports;
  const signal = ports.signal ?? new AbortController().signal;
  const startedAt = clock.date().toISOString();
  const from = clock.now();
  const resolved = await Promise.all(options.targets.map((target) => briefsFor(target, options, resolver, random)));
  const redact = makeRedactor(options.account === null ? [] : [options.account.password]);
  const servers: ServerReport[] = [];
  for (const { target, briefs, problem } of resolved) {
    if (problem !== null) servers.push(unresolvedServer(target, options, problem));
    for (const brief of briefs) {
      for (const text of warningsOf(brief)) onEvent({ kind: 'warning', text });
      const server = await auditServer(brief, options, {
        clock,
        random,
        signal,
        onEvidence: () => {},
        onProgress: (done, total) => onEvent({ kind: 'progress', done, total }),
      });
      const clean = redactValue(server, redact);
      servers.push(clean);
      onEvent({ kind: 'server', server: clean });
    }
  }
  return {
    schemaVersion: '1.0',
    tool: { name: 'relayproof', version: VERSION },
    startedAt,
    durationMs: Math.round(clock.now() - from),
    servers,
    verdict: overall(servers),
  };
}

/** Sources that servers usually trust and that no list names: the most common false alarm. */
function warningsOf(brief: Brief): string[] {
  return brief.sources.flatMap((source) => {
    if (source.unavailable !== null) return [`${source.spec}: ${source.unavailable}; this source stays unknown`];
    const address = source.address ?? (source.isServerItself ? brief.target.address : null);
    if (address === null || !source.isServerItself || contains(brief.policy.relayHosts, address)) return [];
    const what = isLoopback(address) ? 'a loopback address' : "the server's own address";
    return [
      `${source.spec}: ${address} is ${what}, which servers usually trust, and --relay-hosts does not name it: a relay from there may say nothing about strangers`,
    ];
  });
}

/** The verdict over all servers: the worst of each kind. */
export function overall(servers: readonly ServerReport[]): Report['verdict'] {
  const worst = <T>(order: readonly T[], values: readonly T[], none: T): T =>
    order.find((value) => values.includes(value)) ?? none;
  const relay = worst<RelayVerdict>(
    ['open', 'inconclusive', 'closed'],
    servers.map(({ verdict }) => verdict.relay),
    'inconclusive',
  );
  const compliance = worst<ComplianceVerdict>(
    ['non-compliant', 'inconclusive', 'compliant'],
    servers.map(({ verdict }) => verdict.compliance),
    'inconclusive',
  );
  const [only] = servers;
  if (servers.length === 1 && only) return { relay, compliance, summary: only.verdict.summary };
  const count = (value: ComplianceVerdict): number =>
    servers.filter(({ verdict }) => verdict.compliance === value).length;
  const summary = `${servers.length} servers: ${count('compliant')} compliant, ${count('non-compliant')} non-compliant, ${count('inconclusive')} inconclusive.`;
  return { relay, compliance, summary };
}

export type { Resolved, Target };
