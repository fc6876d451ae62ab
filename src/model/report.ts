// The report as docs/contract.md has it. Written as JSON as it stands; every other format is a function of it.
import type { Access, Credentials, Mechanism, Secured } from './access.js';
import type { CertificateFacts } from './evidence.js';
import type { Expected, Preset } from './policy.js';
import type { Reason } from './reason.js';
import type { Stage } from './reply.js';
import type { Edge, Route } from './source.js';
import type { Security } from './target.js';

export const OUTCOMES = [
  'delivered',
  'queued',
  'accepted',
  'vanished',
  'bounced',
  'refused',
  'deferred',
  'failed',
  'skipped',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Confidence = 'confirmed' | 'probable' | 'possible';
export type Observed = 'relay' | 'refuse' | 'accept' | 'not-offered' | 'not-discriminating' | 'skipped' | 'unknown';
export type RelayVerdict = 'open' | 'closed' | 'inconclusive';
export type ComplianceVerdict = 'compliant' | 'non-compliant' | 'inconclusive';

export interface ReportReply {
  readonly code: number;
  readonly enhanced: string | null;
  readonly text: string;
}

export interface ReportExchange {
  readonly stage: Stage;
  readonly sent: string | null;
  readonly reply: ReportReply | null;
  readonly elapsedMs: number;
}

export interface ReportCanary {
  /** The forward token. */
  readonly token: string;
  readonly event: 'delivered' | 'bounced' | 'callout' | 'none';
  readonly detail: string | null;
  readonly received: readonly string[];
}

export interface ReportAttempt {
  readonly id: string;
  readonly source: string;
  readonly technique: string;
  readonly mechanism: Mechanism | null;
  readonly credentials: Credentials;
  readonly recipient: 'foreign' | 'local';
  readonly security: Secured;
  readonly helo: string;
  readonly reversePath: string;
  readonly forwardPath: string;
  readonly outcome: Outcome;
  readonly stage: Stage;
  readonly reason: Reason;
  readonly reply: ReportReply | null;
  readonly tries: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly canary: ReportCanary | null;
  readonly exchanges: readonly ReportExchange[];
}

export interface ReportCell {
  readonly access: Access;
  readonly security: Secured;
  readonly expected: Expected;
  readonly observed: Observed;
  readonly agrees: boolean | null;
  readonly attempts: readonly string[];
}

export interface ReportSource {
  readonly id: string;
  readonly spec: string;
  readonly route: Route;
  readonly address: string | null;
  readonly seenAs: string | null;
  /** Set where the address was planned around the list. */
  readonly edge?: Edge | undefined;
  readonly approved: boolean | null;
  readonly reachable: boolean;
  readonly unknownBecause: string | null;
  readonly relays: 'yes' | 'no' | 'unknown';
  readonly cells: readonly ReportCell[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly breaksCompliance: boolean;
  readonly title: string;
  readonly message: string;
  readonly sources: readonly string[];
  readonly attempts: readonly string[];
  readonly fix: readonly string[];
  readonly references: readonly string[];
}

export interface Software {
  readonly product: string;
  readonly version: string | null;
  readonly confidence: 'high' | 'medium' | 'low';
}

export interface ReportTarget {
  readonly host: string;
  readonly port: number;
  /** Null where the name did not resolve. */
  readonly address: string | null;
  readonly security: Security;
  readonly banner: string | null;
  readonly extensions: readonly string[];
  readonly certificate: CertificateFacts | null;
  readonly software: Software | null;
}

export interface ServerVerdict {
  readonly relay: RelayVerdict;
  readonly confidence: Confidence;
  readonly compliance: ComplianceVerdict;
  readonly summary: string;
}

export interface ServerReport {
  readonly target: ReportTarget;
  readonly policy: {
    readonly preset: Preset;
    readonly rules: readonly string[];
    readonly relayHosts: readonly string[];
    readonly localDomains: readonly string[];
  };
  readonly sources: readonly ReportSource[];
  readonly attempts: readonly ReportAttempt[];
  readonly findings: readonly Finding[];
  readonly notTested: readonly string[];
  readonly verdict: ServerVerdict;
}

export interface Report {
  readonly schemaVersion: '1.0';
  readonly tool: { readonly name: 'relayproof'; readonly version: string };
  readonly startedAt: string;
  readonly durationMs: number;
  readonly servers: readonly ServerReport[];
  readonly verdict: { readonly relay: RelayVerdict; readonly compliance: ComplianceVerdict; readonly summary: string };
}

/** The servers of a report, wherever they are kept: an array, or a file that is read server by server. */
export interface ServerList extends Iterable<ServerReport> {
  readonly length: number;
  at(index: number): ServerReport | undefined;
}

/** A finding without its proof, and without what its rule says anyway. */
export type FindingSummary = Pick<
  Finding,
  'rule' | 'severity' | 'confidence' | 'breaksCompliance' | 'title' | 'message'
>;

/** What is kept of each server of a long report: enough for overviews, counts and the exit status. */
export interface ServerSummary {
  readonly target: Pick<ReportTarget, 'host' | 'port' | 'address'>;
  readonly policy: Pick<ServerReport['policy'], 'preset'>;
  readonly verdict: ServerVerdict;
  readonly findings: readonly FindingSummary[];
  /** Anonymous attempts of the sweep, by what became of them. */
  readonly fates: { readonly accepted: number; readonly refused: number; readonly unknown: number };
}

/** A report whose servers may be more than memory holds at once; every report is one. */
export interface LongReport extends Omit<Report, 'servers'> {
  readonly servers: ServerList;
  /** In the order of the servers; absent: they are made of them. */
  readonly summaries?: readonly ServerSummary[];
}
