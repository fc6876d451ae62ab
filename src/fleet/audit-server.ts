// One server, from brief to report: plan, execute, plan again until nothing is left to ask, then judge.
import { execute } from '../execute/execute.js';
import type { Clock, Random } from '../execute/ports.js';
import { judge } from '../judge/judge.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import type { AuditOptions } from '../model/options.js';
import type { ServerReport } from '../model/report.js';
import { inOrder, next } from '../plan/next.js';

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onEvidence: (evidence: Evidence) => void;
  /** Called with the number of attempts done and known to be wanted. */
  readonly onProgress: (done: number, total: number) => void;
}

/** The deadline of a server where none was given, in milliseconds: generous to slow servers, final for those that never end. */
const DEADLINE_MS = 600_000;

/** Audit one server; what could not be asked before the deadline or an interrupt is evidence of its own: never *closed*. */
export async function auditServer(brief: Brief, options: AuditOptions, ports: ServerPorts): Promise<ServerReport> {
  const deadline = AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS);
  const signal = AbortSignal.any([ports.signal, deadline]);
  let wanted = 0;
  let done = 0;
  const evidence = await execute(
    (known) => {
      const attempts = next(brief, known);
      wanted = known.length + attempts.length;
      return attempts;
    },
    {
      brief,
      account: options.account,
      clock: ports.clock,
      random: ports.random,
      sessions: options.sessions,
      rate: options.rate,
      timeoutMs: options.timeoutMs,
      greylistWaitMs: options.greylistWaitMs,
      signal,
      onEvidence: (piece) => {
        done += 1;
        ports.onEvidence(piece);
        ports.onProgress(done, Math.max(done, wanted));
      },
    },
  );
  const why = ports.signal.aborted ? 'the audit was interrupted' : 'the deadline was reached';
  const missing = next(brief, evidence).map((attempt) => notMade(attempt, why, ports.clock));
  return judge(brief, inOrder(brief, [...evidence, ...missing]));
}

const notMade = (attempt: Attempt, why: string, clock: Clock): Evidence => ({
  attempt,
  tries: 0,
  startedAt: clock.date().toISOString(),
  durationMs: 0,
  session: { id: '', localAddress: null, greeting: null, ehlo: null, ehloTls: null, tls: null, seenAs: null },
  shared: false,
  exchanges: [],
  fault: null,
  skipped: why,
  canary: [],
  isInconsistent: false,
  injected: 0,
  challenge: null,
});
