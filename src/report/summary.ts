// What is kept of every server of a long report: enough for overviews, counts and the exit status, small enough for thousands.
// Everything else is read again from where the servers are. Pure.
import { type LongReport, SEVERITIES, type ServerReport, type ServerSummary, type Severity } from '../model/report.js';
import { FATES, isSweep } from './facts.js';

/** Texts that are kept once, however many servers say them. */
export type Intern = (text: string) => string;

/** Make a table of texts for one run. */
export function internTable(): Intern {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first !== undefined) return first;
    known.set(text, text);
    return text;
  };
}

/** Sum up one server. */
export function summarise(server: ServerReport): ServerSummary {
  const { target, policy, verdict } = server;
  const fates = { accepted: 0, refused: 0, unknown: 0, skipped: 0 };
  for (const attempt of server.attempts) if (isSweep(attempt)) fates[FATES[attempt.outcome]] += 1;
  const { accepted, refused, unknown } = fates;
  return {
    target: { host: target.host, port: target.port, address: target.address },
    policy: { preset: policy.preset },
    verdict,
    findings: server.findings.map(({ rule, severity, confidence, breaksCompliance, title, message }) => ({
      ...{ rule, severity, confidence, breaksCompliance, title, message },
    })),
    fates: { accepted, refused, unknown },
  };
}

/** Share the texts that a summary has in common with others. */
export function shared(summary: ServerSummary, intern: Intern): ServerSummary {
  const { verdict, findings } = summary;
  return {
    ...summary,
    verdict: { ...verdict, summary: intern(verdict.summary) },
    findings: findings.map((finding) => ({
      ...finding,
      rule: intern(finding.rule),
      title: intern(finding.title),
      message: intern(finding.message),
    })),
  };
}

/** The summaries of a report, as they were kept, or made of its servers. */
export const summariesOf = ({ summaries, servers }: LongReport): readonly ServerSummary[] =>
  summaries ?? Array.from(servers, summarise);

/** Servers whose details every format shows, as they come; of more there is an overview, and the details of the worst. */
export const FEW = 16;

/** The places of the servers in the report, worst first, as they came among equals. */
export const worstFirst = (summaries: readonly ServerSummary[]): readonly number[] =>
  summaries.map((_, index) => index).toSorted((a, b) => gravity(summaries[a]) - gravity(summaries[b]));

/** Smaller is worse: by both verdicts, then by the gravest finding. */
function gravity(summary: ServerSummary | undefined): number {
  if (summary === undefined) return 0;
  const { verdict, findings } = summary;
  const rank = RELAY_RANK[verdict.relay] * 3 + COMPLIANCE_RANK[verdict.compliance];
  const severities = findings.map(({ severity }) => SEVERITIES.indexOf(severity));
  return rank * (SEVERITIES.length + 1) + Math.min(SEVERITIES.length, ...severities);
}

const RELAY_RANK = { open: 0, inconclusive: 1, closed: 2 } as const;
const COMPLIANCE_RANK = { 'non-compliant': 0, inconclusive: 1, compliant: 2 } as const;

/** Whether nothing is to be done about a server: it is closed, and as its policy says. */
export const isFine = ({ verdict: { relay, compliance } }: ServerSummary): boolean =>
  relay === 'closed' && compliance === 'compliant';

/** How many servers have a finding of a rule. */
export interface RuleCount {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly breaksCompliance: boolean;
  readonly servers: number;
}

/** Count the servers by rule, the gravest first, then the most frequent. */
export function ruleCounts(summaries: readonly ServerSummary[]): readonly RuleCount[] {
  const counts = new Map<string, RuleCount>();
  for (const { findings } of summaries) {
    const own = new Map(
      findings.map((finding) => [`${finding.rule} ${finding.severity} ${finding.breaksCompliance}`, finding]),
    );
    for (const [key, { rule, title, severity, breaksCompliance }] of own) {
      const servers = (counts.get(key)?.servers ?? 0) + 1;
      counts.set(key, { rule, title, severity, breaksCompliance, servers });
    }
  }
  return [...counts.values()].toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      Number(b.breaksCompliance) - Number(a.breaksCompliance) ||
      b.servers - a.servers,
  );
}

/** The places of the servers whose details are shown: all of a few, in their order, else the worst that are not as they should be. */
export function detailed(summaries: readonly ServerSummary[], most: number): readonly number[] {
  if (summaries.length <= FEW) return summaries.map((_, index) => index);
  return worstFirst(summaries)
    .filter((index) => {
      const summary = summaries[index];
      return summary !== undefined && !isFine(summary);
    })
    .slice(0, most);
}
