// The plugin output of Nagios, Icinga and kin: one line with the state and the performance data, then a line per server
// and finding. Their exit status is the command's own (docs/contract.md): 0 OK, 3 UNKNOWN; 1 stands for CRITICAL here.
import type { LongReport, Report, ServerSummary } from '../model/report.js';
import { byGravity, serverName } from './facts.js';
import { summariesOf, worstFirst } from './summary.js';
import { short } from './text.js';

/** Write the state, the summary, performance data, and what was found in at most 4,000 characters. */
export function* nagiosPieces(report: LongReport): Generator<string> {
  const { relay, compliance, summary } = report.verdict;
  const state = stateOf(relay, compliance);
  const summaries = summariesOf(report);
  yield fitting(linesOf(`RELAYPROOF ${state}: ${bare(summary)} | ${performance(report, summaries)}`, summaries));
}

/** What fits is shown: the worst servers first. */
function* linesOf(first: string, summaries: readonly ServerSummary[]): Generator<string> {
  yield first;
  for (const index of worstFirst(summaries)) {
    const server = summaries[index];
    if (server === undefined) continue;
    const { relay, compliance, summary } = server.verdict;
    yield bare(`${stateOf(relay, compliance)}: ${serverName(server)}: ${summary}`);
    for (const { severity, rule, title } of byGravity(server.findings)) yield bare(`- ${severity}: ${rule}: ${title}`);
  }
}

type State = 'OK' | 'CRITICAL' | 'UNKNOWN';

function stateOf(relay: Report['verdict']['relay'], compliance: Report['verdict']['compliance']): State {
  // Under a policy without expectations an open relay is compliant: the exit status is 0, and so is the state.
  if (compliance === 'non-compliant') return 'CRITICAL';
  return compliance === 'compliant' ? 'OK' : relay === 'open' ? 'CRITICAL' : 'UNKNOWN';
}

/** A bar would begin performance data. */
const bare = (text: string): string => short(text, 300).replaceAll('|', '¦');

/** NRPE and others cut at 4 KiB. */
function fitting(lines: Iterable<string>): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length > 4000) return `${text}...\n`;
    text += `${line}\n`;
  }
  return text;
}

function performance(report: LongReport, servers: readonly ServerSummary[]): string {
  const sum = (countOf: (server: ServerSummary) => number): number =>
    servers.reduce((all, server) => all + countOf(server), 0);
  const values = {
    servers: servers.length,
    open: servers.filter((server) => server.verdict.relay === 'open').length,
    noncompliant: servers.filter((server) => server.verdict.compliance === 'non-compliant').length,
    inconclusive: servers.filter((server) => server.verdict.compliance === 'inconclusive').length,
    findings: sum(({ findings }) => findings.length),
    accepted: sum(({ fates }) => fates.accepted),
    refused: sum(({ fates }) => fates.refused),
    unanswered: sum(({ fates }) => fates.unknown),
  };
  const counts = Object.entries(values).map(([label, value]) => `${label}=${value};;;0`);
  return [...counts, `time=${(report.durationMs / 1000).toFixed(3)}s;;;0`].join(' ');
}
