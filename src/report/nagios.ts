// The plugin output of Nagios, Icinga and kin: one line with the state and the performance data, then a line per server
// and finding. Their exit status is the command's own (CONTRACT): 0 OK, 3 UNKNOWN; 1 stands for CRITICAL here.
import type { Report } from '../model/report.js';
import { byGravity, FATES, isSweep, serverName } from './facts.js';
import { short } from './text.js';

/** Write the state, the summary, performance data, and what was found in at most 4,000 characters. */
export function renderNagios(report: Report): string {
  const { relay, compliance, summary } = report.verdict;
  const state = stateOf(relay, compliance);
  const lines = report.servers.flatMap((server) => [
    `${stateOf(server.verdict.relay, server.verdict.compliance)}: ${serverName(server)}: ${server.verdict.summary}`,
    ...byGravity(server.findings).map((finding) => `- ${finding.severity}: ${finding.rule}: ${finding.title}`),
  ]);
  return fitting([`RELAYPROOF ${state}: ${bare(summary)} | ${performance(report)}`, ...lines.map(bare)]);
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
function fitting(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length > 4000) return `${text}...\n`;
    text += `${line}\n`;
  }
  return text;
}

function performance(report: Report): string {
  const { servers } = report;
  const sweep = servers.flatMap((server) => server.attempts).filter(isSweep);
  const findings = servers.flatMap((server) => server.findings);
  const fate = (wanted: string): number => sweep.filter((attempt) => FATES[attempt.outcome] === wanted).length;
  const values = {
    servers: servers.length,
    open: servers.filter((server) => server.verdict.relay === 'open').length,
    noncompliant: servers.filter((server) => server.verdict.compliance === 'non-compliant').length,
    inconclusive: servers.filter((server) => server.verdict.compliance === 'inconclusive').length,
    findings: findings.length,
    accepted: fate('accepted'),
    refused: fate('refused'),
    unanswered: fate('unknown'),
  };
  const counts = Object.entries(values).map(([label, value]) => `${label}=${value};;;0`);
  return [...counts, `time=${(report.durationMs / 1000).toFixed(3)}s;;;0`].join(' ');
}
