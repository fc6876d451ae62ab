// The exit status of an audit, as a pure function of its report (docs/contract.md, "Exit status").
import type { Finding, Report, ReportSource, ServerReport } from '../model/report.js';

export const EXIT = { asPolicy: 0, broken: 1, usage: 2, inconclusive: 3, interrupted: 130 } as const;

export interface Counting {
  readonly failOn: 'open' | 'non-compliant';
  readonly allowInconclusive: boolean;
  /** Whether the audit was ended before it was done. */
  readonly interrupted: boolean;
  /** Whether a finding is known or waived, and does not count; left out: every one counts. */
  readonly isExcused?: (server: ServerReport, finding: Finding) => boolean;
}

/** Say what a report means to a shell: 1 wins over 130, which wins over 3. */
export function exitStatus(report: Report, counting: Counting): number {
  const answers = report.servers.map((server) => answerOf(server, counting));
  if (answers.includes('broken')) return EXIT.broken;
  if (counting.interrupted) return EXIT.interrupted;
  const isUnanswered = answers.includes('inconclusive') || answers.length === 0;
  return isUnanswered && !counting.allowInconclusive ? EXIT.inconclusive : EXIT.asPolicy;
}

type Answer = 'fine' | 'broken' | 'inconclusive';

function answerOf(server: ServerReport, counting: Counting): Answer {
  const { policy, findings, verdict } = server;
  const { failOn, isExcused = () => false } = counting;
  const counted = findings.filter((finding) => !isExcused(server, finding));
  // Verdicts are those of all findings: where some do not count, what the others leave is read from findings and cells.
  if (counted.length < findings.length) return answerWithout(server, counted, failOn);
  if (failOn === 'open') {
    return verdict.relay === 'open' ? 'broken' : verdict.relay === 'inconclusive' ? 'inconclusive' : 'fine';
  }
  // Without an expectation nothing can break it, and nothing was asked that had to be answered.
  if (policy.preset === 'none') return 'fine';
  if (verdict.relay === 'open' || verdict.compliance === 'non-compliant') return 'broken';
  if (findings.some(({ breaksCompliance }) => breaksCompliance)) return 'broken';
  return verdict.relay === 'inconclusive' || verdict.compliance === 'inconclusive' ? 'inconclusive' : 'fine';
}

function answerWithout(server: ServerReport, counted: readonly Finding[], failOn: Counting['failOn']): Answer {
  const breaking = counted.filter(({ breaksCompliance }) => breaksCompliance);
  const holes = server.sources.filter(isHole).map(({ id }) => id);
  const shown =
    failOn === 'open' ? breaking.filter(({ sources }) => sources.some((id) => holes.includes(id))) : breaking;
  if (shown.length > 0) return 'broken';
  if (failOn === 'non-compliant' && server.policy.preset === 'none') return 'fine';
  const isOpenQuestion = server.sources.some(
    ({ unknownBecause, cells }) =>
      unknownBecause !== null || cells.some(({ observed, expected }) => observed === 'unknown' && expected !== 'any'),
  );
  return isOpenQuestion ? 'inconclusive' : 'fine';
}

/** Whether a source relays without valid credentials where it should be refused. */
const isHole = ({ cells }: ReportSource): boolean =>
  cells.some(({ expected, observed, access }) => expected === 'refuse' && observed === 'relay' && access !== 'inbound');
