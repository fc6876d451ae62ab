// The exit status of an audit, as a pure function of its report (docs/contract.md, "Exit status").
import type { Finding, LongReport, ReportSource, ServerReport, ServerSummary } from '../model/report.js';
import type { ExcuseOf } from '../report/format.js';
import { summariesOf } from '../report/summary.js';

export const EXIT = { asPolicy: 0, broken: 1, usage: 2, inconclusive: 3, bug: 70, interrupted: 130 } as const;

export interface Counting {
  readonly failOn: 'open' | 'non-compliant';
  readonly allowInconclusive: boolean;
  /** Whether the audit was ended before it was done. */
  readonly interrupted: boolean;
  /** Whether relayproof itself failed over a server; left out: it did not. */
  readonly hasFailed?: boolean;
  /** Why a finding does not count; left out: every one counts. */
  readonly excuseOf?: ExcuseOf;
}

/** Say what a report means to a shell: 1 wins over 70 and 130, which win over 3. */
export function exitStatus(report: LongReport, counting: Counting): number {
  const answers = new Set(answersOf(report, counting));
  if (answers.has('broken')) return EXIT.broken;
  if (counting.hasFailed) return EXIT.bug;
  if (counting.interrupted) return EXIT.interrupted;
  const isUnanswered = answers.has('inconclusive') || answers.size === 0;
  return isUnanswered && !counting.allowInconclusive ? EXIT.inconclusive : EXIT.asPolicy;
}

type Answer = 'fine' | 'broken' | 'inconclusive';

/** Where nothing is excused, what is kept of each server says it all. */
function* answersOf(report: LongReport, { failOn, excuseOf }: Counting): Generator<Answer> {
  if (excuseOf === undefined) {
    for (const summary of summariesOf(report)) yield answerOf(summary, failOn);
    return;
  }
  for (const server of report.servers) {
    const counted = server.findings.filter((finding) => excuseOf(server, finding) === null);
    // Verdicts are those of all findings: where some do not count, what the others leave is read from findings and cells.
    yield counted.length < server.findings.length ? answerWithout(server, counted, failOn) : answerOf(server, failOn);
  }
}

function answerOf(server: Pick<ServerSummary, 'policy' | 'findings' | 'verdict'>, failOn: Counting['failOn']): Answer {
  const { policy, findings, verdict } = server;
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
