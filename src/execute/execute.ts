// Attempts -> evidence, with bounded concurrency, pace and time. The planner says what to ask; this says when, and asks again
// what the server's temper (a dropped line, a limit) left without an answer, at most three times.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence, SessionFacts } from '../model/evidence.js';
import type { Account } from '../model/options.js';
import type { Reason } from '../model/reason.js';
import type { Source } from '../model/source.js';
import { read } from '../replies/read.js';
import { ask } from './ask.js';
import type { Clock, Random } from './ports.js';
import { openSession } from './session.js';

export interface ExecuteOptions {
  readonly brief: Brief;
  readonly account: Account | null;
  readonly clock: Clock;
  readonly random: Random;
  /** Sessions at once to the target's address. */
  readonly sessions: number;
  readonly timeoutMs: number;
  /** Aborts at the deadline, on an interrupt, or when the caller is done. */
  readonly signal: AbortSignal;
  /** Called with each attempt's evidence as it is complete. */
  readonly onEvidence: (evidence: Evidence) => void;
}

const MAX_TRIES = 3;

/** Pauses before the second and the third try, in milliseconds: limits are often per second, or per minute. */
const PAUSES = [1_000, 5_000] as const;

/** What a server says or does when it is out of temper; asked again, the same question may be answered. */
const PASSING: ReadonlySet<Reason> = new Set([
  'disconnected',
  'server-busy',
  'rate-limited',
  'too-many-errors',
  'protocol-error',
]);

/** Make attempts and give their evidence in the order of the attempts; attempts not made when the signal aborts are left out. */
export async function execute(attempts: readonly Attempt[], options: ExecuteOptions): Promise<Evidence[]> {
  const sources = new Map(options.brief.sources.map((source) => [source.id, source]));
  const results = new Array<Evidence | undefined>(attempts.length);
  const queue = attempts.map((attempt, index) => ({ attempt, index }));
  const lanes = Array.from({ length: Math.min(options.sessions, queue.length) }, async () => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const source = sources.get(task.attempt.source);
      if (!source || options.signal.aborted) continue;
      const evidence = await attemptWithTries(task.attempt, source, options);
      if (evidence === null) continue;
      results[task.index] = evidence;
      options.onEvidence(evidence);
    }
  });
  await Promise.all(lanes);
  return results.filter((evidence) => evidence !== undefined);
}

async function attemptWithTries(attempt: Attempt, source: Source, options: ExecuteOptions): Promise<Evidence | null> {
  const { clock, signal } = options;
  let evidence: Evidence | null = null;
  for (let tries = 1; tries <= MAX_TRIES && !signal.aborted; tries += 1) {
    const latest = await attemptOnce(attempt, source, tries, options);
    // An interrupt is no answer of the server's.
    if (signal.aborted && latest.fault !== null) return evidence;
    evidence = latest;
    const reading = read(evidence, null);
    if (!PASSING.has(reading.reason) || attempt.credentials !== 'none') break;
    await clock.wait(PAUSES[tries - 1] ?? 0, signal);
  }
  return evidence;
}

async function attemptOnce(
  attempt: Attempt,
  source: Source,
  tries: number,
  options: ExecuteOptions,
): Promise<Evidence> {
  const { brief, clock, signal, timeoutMs } = options;
  const startedAt = clock.date().toISOString();
  const from = clock.now();
  const id = `${attempt.key}#${tries}`;
  const session = await openSession(id, brief.target, source, attempt, { timeoutMs, signal, tlsPin: brief.tlsPin });
  try {
    const { challenge } = await ask(session, attempt, options.account, options.random);
    const facts: SessionFacts = { ...session.facts };
    return {
      attempt,
      tries,
      startedAt,
      durationMs: Math.round(clock.now() - from),
      session: facts,
      shared: false,
      exchanges: [...session.exchanges],
      fault: session.fault,
      skipped: null,
      canary: [],
      injected: 0,
      challenge,
    };
  } finally {
    await session.channel.quit();
  }
}
