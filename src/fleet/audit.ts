// The audit as a whole: every target, every address of it, one report. What the command line calls and the library exports.
// SAFETY: the last filter over everything that leaves is here: no report holds the password or a SASL response.
import { type ReceiverSpec, receive } from '../canary/index.js';
import { freshKey } from '../canary/key.js';
import { type Clock, type Random, systemClock, systemRandom } from '../execute/ports.js';
import { type Resolver, systemResolver } from '../execute/resolver.js';
import { compareAddresses } from '../judge/families.js';
import type { Brief } from '../model/brief.js';
import { complain, UsageError } from '../model/errors.js';
import type { Evidence } from '../model/evidence.js';
import { contains, isLoopback } from '../model/networks.js';
import type { AuditOptions } from '../model/options.js';
import type { ComplianceVerdict, RelayVerdict, Report, ServerReport } from '../model/report.js';
import type { TargetAddress } from '../model/target.js';
import { VERSION } from '../model/version.js';
import { makeRedactor, redactValue, WITHHELD } from '../smtp/redact.js';
import { auditServer } from './audit-server.js';
import { briefsFor } from './briefs.js';
import type { Post } from './canaries.js';
import { withMailHosts } from './mail-hosts.js';
import { unresolvedServer } from './unresolved.js';

export type AuditEvent =
  /** The first event, once the request has been found right: the report's own `startedAt`. */
  | { readonly kind: 'start'; readonly startedAt: string }
  | { readonly kind: 'warning'; readonly text: string }
  /** One answer of a server as it came, not judged yet: only together do answers say what they are worth. */
  | { readonly kind: 'answer'; readonly target: TargetAddress; readonly evidence: Evidence }
  | {
      readonly kind: 'progress';
      readonly done: number;
      /** Attempts known to be wanted; answers may call for more. */
      readonly total: number;
      readonly sources: { readonly done: number; readonly total: number };
      /** Findings so far, looked for now and then. */
      readonly findings: number;
    }
  | { readonly kind: 'server'; readonly server: ServerReport };

export interface AuditPorts {
  /** Aborts the audit; what was measured is reported. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AuditEvent) => void;
  readonly resolver?: Resolver;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where canaries are received; empty or absent: nowhere. */
  readonly receivers?: readonly ReceiverSpec[];
  /** Key of the canaries' tokens; absent: a fresh one. */
  readonly canaryKey?: Buffer;
}

/**
 * Audit servers that you run and give the report; of several options each is for its own targets, and the report is one.
 * @throws UsageError for options that cannot be meant, before anything is sent; trouble of servers is in the report.
 */
export async function audit(asked: AuditOptions | readonly AuditOptions[], ports: AuditPorts = {}): Promise<Report> {
  const { onEvent = () => {}, resolver = systemResolver, clock = systemClock, random = systemRandom } = ports;
  const signal = ports.signal ?? new AbortController().signal;
  const startedAt = clock.date().toISOString();
  const from = clock.now();
  const specs = ports.receivers ?? [];
  const parts = (Array.isArray(asked) ? (asked as readonly AuditOptions[]) : [asked as AuditOptions]).map((part) => ({
    ...part,
    confirm: part.confirm ?? (specs.length > 0 ? 'delivery' : 'rcpt'),
  }));
  const resolved = await Promise.all(
    parts.flatMap((options) =>
      options.targets.map(async (target) => ({ options, ...(await briefsFor(target, options, resolver, random)) })),
    ),
  );
  const secrets = secretsOf(parts);
  const redact = (text: string): string => secrets.filter(text);
  onEvent({ kind: 'start', startedAt });
  const servers: ServerReport[] = [];
  const add = async (server: ServerReport): Promise<void> => {
    const clean = redactValue(await withMailHosts(server, resolver), redact);
    servers.push(clean);
    onEvent({ kind: 'server', server: clean });
  };
  const key = ports.canaryKey ?? freshKey();
  const run = random(8);
  const onTrouble = (text: string): void => onEvent({ kind: 'warning', text });
  const receiver = specs.length > 0 ? await receive({ specs, key, run, onTrouble }).catch(cannotReceive) : null;
  const postOf = ({ confirm, canaryIsDomain, waitMs }: AuditOptions): Post | null =>
    confirm === 'rcpt'
      ? null
      : { key, run, canaryIsDomain, receiver: confirm === 'delivery' ? receiver : null, waitMs };
  for (const { options, target, briefs, problem } of resolved) {
    if (problem !== null) await add(unresolvedServer(target, options, problem));
    // Addresses of one name are compared before any of them is reported.
    const audited: ServerReport[] = [];
    for (const brief of briefs) {
      for (const text of warningsOf(brief)) onEvent({ kind: 'warning', text });
      const server = await auditServer(brief, options, {
        clock,
        random,
        signal,
        post: postOf(options),
        onSecrets: secrets.add,
        onEvidence: (evidence) =>
          onEvent({ kind: 'answer', target: brief.target, evidence: redactValue(withoutDialogue(evidence), redact) }),
        onProgress: (step) => onEvent({ kind: 'progress', ...step }),
      });
      audited.push(server);
    }
    for (const server of compareAddresses(audited)) await add(server);
  }
  await receiver?.close();
  return {
    schemaVersion: '1.0',
    tool: { name: 'relayproof', version: VERSION },
    startedAt,
    durationMs: Math.round(clock.now() - from),
    servers,
    verdict: overall(servers),
  };
}

/** A receiver that cannot be had is the operator's to mend, and nothing was sent yet. */
function cannotReceive(error: unknown): never {
  if (error instanceof UsageError) throw error;
  throw complain({
    subject: '--sink',
    problem: 'canaries cannot be received',
    got: error instanceof Error ? error.message : String(error),
    want: 'an address of this machine and a free port that this user may listen on',
  });
}

/** The last filter, which learns the SASL responses of the run as they are sent. */
function secretsOf(parts: readonly AuditOptions[]): {
  filter: (text: string) => string;
  add: (more: readonly string[]) => void;
} {
  const known = new Set(
    parts.flatMap(({ account, proxyPassword }) => [account?.password, proxyPassword].filter((one) => one != null)),
  );
  let filter = makeRedactor([...known]);
  return {
    filter: (text) => filter(text),
    add: (more) => {
      const fresh = more.filter((one) => !known.has(one));
      if (fresh.length === 0) return;
      for (const one of fresh) known.add(one);
      filter = makeRedactor([...known]);
    },
  };
}

/** SAFETY: replies of the AUTH dialogue, and the first after it, may repeat what was sent there. */
const withoutDialogue = (evidence: Evidence): Evidence => ({
  ...evidence,
  exchanges: evidence.exchanges.map((exchange) =>
    exchange.secret && exchange.reply !== null
      ? { ...exchange, reply: { ...exchange.reply, text: WITHHELD, lines: [] } }
      : exchange,
  ),
});

/** Sources that servers usually trust and that no list names: the most common false alarm. */
function warningsOf(brief: Brief): string[] {
  return brief.sources.flatMap((source) => {
    if (source.edge !== undefined) return [];
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
function overall(servers: readonly ServerReport[]): Report['verdict'] {
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
