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
import { canariesFor, type Post } from './canaries.js';

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onSecrets: (secrets: readonly string[]) => void;
  readonly onEvidence: (evidence: Evidence) => void;
  /** Null at level `rcpt`: nothing is sent. */
  readonly post: Post | null;
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
  const plan = (known: readonly Evidence[]): Attempt[] => {
    const attempts = next(brief, known);
    wanted = known.length + attempts.length;
    return attempts;
  };
  const { clock, random } = ports;
  const canaries = ports.post === null ? null : canariesFor(brief, ports.post, clock, random);
  const direct = (await canaries?.direct(signal)) ?? null;
  let evidence: readonly Evidence[] = direct === null ? [] : [direct];
  // What came back of the messages may call for more of them.
  for (let awaited: Evidence[] | null = null; ; evidence = awaited) {
    const known = evidence.length;
    let done = known;
    evidence = await execute(plan, {
      brief,
      account: options.account,
      proxyPassword: options.proxyPassword,
      clock,
      random,
      sessions: options.sessions,
      rate: options.rate,
      timeoutMs: options.timeoutMs,
      greylistWaitMs: options.greylistWaitMs,
      prepare: canaries?.prepare ?? null,
      initial: evidence,
      signal,
      onSecrets: ports.onSecrets,
      onEvidence: (piece) => {
        done += 1;
        ports.onEvidence(piece);
        ports.onProgress(done, Math.max(done, wanted));
      },
    });
    awaited = (await canaries?.settle(evidence, signal)) ?? null;
    if (awaited === null) break;
  }
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
