// One server, from brief to report: plan, execute, plan again until nothing is left to ask, then judge.
import { execute } from '../execute/execute.js';
import type { Clock, Random } from '../execute/ports.js';
import { judge } from '../judge/judge.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import type { AuditOptions } from '../model/options.js';
import type { ServerReport } from '../model/report.js';
import { next } from '../plan/next.js';

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
  const evidence: Evidence[] = [];
  for (;;) {
    const attempts = next(brief, evidence);
    if (attempts.length === 0) break;
    if (signal.aborted) {
      const why = ports.signal.aborted ? 'the audit was interrupted' : 'the deadline was reached';
      evidence.push(...attempts.map((attempt) => notMade(attempt, why, ports.clock)));
      break;
    }
    const done = evidence.length;
    let made = 0;
    ports.onProgress(done, done + attempts.length);
    const results = await execute(attempts, {
      brief,
      account: options.account,
      clock: ports.clock,
      random: ports.random,
      sessions: options.sessions,
      timeoutMs: options.timeoutMs,
      signal,
      onEvidence: (piece) => {
        made += 1;
        ports.onEvidence(piece);
        ports.onProgress(done + made, done + attempts.length);
      },
    });
    evidence.push(...results);
  }
  return judge(brief, evidence);
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
  injected: 0,
  challenge: null,
});
