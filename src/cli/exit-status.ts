// The exit status of an audit, as a pure function of its report (CONTRACT, "Exit status").
import type { Report, ServerReport } from '../model/report.js';

export const EXIT = { asPolicy: 0, broken: 1, usage: 2, inconclusive: 3, interrupted: 130 } as const;

export interface Counting {
  readonly failOn: 'open' | 'non-compliant';
  readonly allowInconclusive: boolean;
  /** Whether the audit was ended before it was done. */
  readonly interrupted: boolean;
}

/** Say what a report means to a shell: 1 wins over 130, which wins over 3. */
export function exitStatus(report: Report, { failOn, allowInconclusive, interrupted }: Counting): number {
  const answers = report.servers.map((server) => answerOf(server, failOn));
  if (answers.includes('broken')) return EXIT.broken;
  if (interrupted) return EXIT.interrupted;
  const isUnanswered = answers.includes('inconclusive') || answers.length === 0;
  return isUnanswered && !allowInconclusive ? EXIT.inconclusive : EXIT.asPolicy;
}

function answerOf(
  { policy, findings, verdict }: ServerReport,
  failOn: Counting['failOn'],
): 'fine' | 'broken' | 'inconclusive' {
  if (failOn === 'open') {
    return verdict.relay === 'open' ? 'broken' : verdict.relay === 'inconclusive' ? 'inconclusive' : 'fine';
  }
  // Without an expectation nothing can break it, and nothing was asked that had to be answered.
  if (policy.preset === 'none') return 'fine';
  if (verdict.relay === 'open' || verdict.compliance === 'non-compliant') return 'broken';
  if (findings.some(({ breaksCompliance }) => breaksCompliance)) return 'broken';
  return verdict.relay === 'inconclusive' || verdict.compliance === 'inconclusive' ? 'inconclusive' : 'fine';
}
