// One server, from brief to report: plan, execute, plan again until nothing is left to ask, then judge.
import { timeLimit } from '../canary/time-limit.js';
import { notAsked } from '../execute/context.js';
import type { Clock, Random } from '../execute/ports.js';
import { judge } from '../judge/judge.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import type { AuditOptions } from '../model/options.js';
import type { ServerReport } from '../model/report.js';
import { ceilingsOf } from '../plan/ceilings.js';
import { inOrder, next } from '../plan/next.js';
import { usualDeadline } from '../plan/tarpit.js';
import type { Places } from '../queue/places.js';
import type { Memory } from '../replies/memory.js';
import { type Allowance, plannerFor } from './allowance.js';
import { canariesFor, type Post } from './canaries.js';
import { askingFor, withPlaces } from './elsewhere.js';
import type { Step } from './step.js';

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onSecrets: (secrets: readonly string[]) => void;
  readonly onEvidence: (evidence: Evidence) => void;
  /** Null at level `rcpt`: nothing is sent. */
  readonly post: Post | null;
  /** Where sources at other places are asked; absent or null: nowhere. */
  readonly places?: Places | null;
  /** What the run leaves to this server of what all its servers share. */
  readonly allowance: Allowance;
  /** Whether others have sessions at the same address now. */
  readonly isShared: boolean;
  readonly onProgress: (step: Step) => void;
}

/** Audit one server; what could not be asked before the deadline or an interrupt is evidence of its own: never *closed*. */
export async function auditServer(brief: Brief, options: AuditOptions, ports: ServerPorts): Promise<ServerReport> {
  const deadline = timeLimit(deadlineOf(brief, options), ports.signal);
  try {
    return await auditWithin(brief, options, ports, deadline.signal);
  } finally {
    deadline.end();
  }
}

const deadlineOf = (brief: Brief, { deadlineMs, sessions }: AuditOptions): number =>
  deadlineMs ?? usualDeadline(brief, sessions);

async function auditWithin(
  asked: Brief,
  options: AuditOptions,
  ports: ServerPorts,
  signal: AbortSignal,
): Promise<ServerReport> {
  const { places = null } = ports;
  const until = performance.now() + deadlineOf(asked, options);
  const brief = await withPlaces(asked, places, signal);
  const planner = plannerFor(brief, ports.allowance);
  let wanted = 0;
  let askedSources = 0;
  const plan = (known: readonly Evidence[]): Attempt[] => {
    const attempts = planner.plan(known);
    wanted = known.length + attempts.length;
    askedSources = new Set(attempts.map(({ source }) => source)).size;
    return attempts;
  };
  const { clock, random } = ports;
  const most = ceilingsOf(brief);
  const findingsIn = findingCounter(brief, planner.memory, clock);
  const heard: Evidence[] = [];
  const canaries = ports.post === null ? null : canariesFor(brief, ports.post, clock, random);
  const direct = (await canaries?.direct(signal)) ?? null;
  const elsewhere = places && {
    places,
    brief: planner.brief,
    canaryIsDomain: options.canaryIsDomain,
    tokensOf: (attempt: Attempt) => canaries?.tokensOf(attempt) ?? null,
    onSpent: planner.spent,
    isReceived: ports.post?.receiver != null,
    leftMs: () => until - performance.now(),
  };
  const ask = askingFor(brief, elsewhere);
  let evidence: readonly Evidence[] = direct === null ? [] : [direct];
  // What came back of the messages may call for more of them; after the end of the time nothing more is asked.
  for (let isOver = false; !isOver; ) {
    const known = evidence.length;
    let done = known;
    evidence = await ask(plan, {
      brief,
      account: options.account,
      proxyPassword: options.proxyPassword,
      clock,
      random,
      sessions: options.sessions,
      isShared: ports.isShared,
      rate: options.rate,
      timeoutMs: options.timeoutMs,
      greylistWaitMs: options.greylistWaitMs,
      prepare: canaries?.prepare ?? null,
      initial: evidence,
      most,
      signal,
      onSecrets: ports.onSecrets,
      onEvidence: (piece) => {
        done += 1;
        heard.push(piece);
        ports.onEvidence(piece);
        const { length } = brief.sources;
        ports.onProgress({
          done,
          total: Math.max(done, wanted),
          sources: { done: Math.max(0, length - askedSources), total: length },
          findings: findingsIn(heard),
        });
      },
    });
    const heardOf = (await canaries?.settle(evidence, signal)) ?? null;
    isOver = heardOf === null || signal.aborted;
    evidence = heardOf ?? evidence;
  }
  const why = ports.signal.aborted ? 'the audit was interrupted' : 'the deadline was reached';
  const left = planner.brief();
  const at = clock.date().toISOString();
  const { memory } = planner;
  const missing = next(left, evidence, memory).map((attempt) => notAsked(attempt, planner.whyNot(attempt) ?? why, at));
  return judge(left, inOrder(left, [...evidence, ...missing], memory), memory);
}

/** Judging takes a while: it is done no more often than every second, and never for more than a twentieth of the time. */
function findingCounter(brief: Brief, memory: Memory, clock: Clock): (heard: readonly Evidence[]) => number {
  let count = 0;
  let notBefore = clock.now() + JUDGED_EVERY_MS;
  return (heard) => {
    const from = clock.now();
    if (from < notBefore) return count;
    count = judge(brief, inOrder(brief, heard, memory), memory).findings.filter(
      ({ rule }) => rule !== 'audit-inconclusive',
    ).length;
    const until = clock.now();
    notBefore = until + Math.max(JUDGED_EVERY_MS, (until - from) * 20);
    return count;
  };
}

const JUDGED_EVERY_MS = 1_000;
