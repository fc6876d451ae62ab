// Attempts -> evidence, with bounded concurrency, pace and time. The planner says what to ask; lanes of sessions ask it, many
// attempts in one session where that tells the same, alone where it does not.
import type { Evidence } from '../model/evidence.js';
import { classifyReply } from '../replies/classify.js';
import type { Context, ExecuteOptions } from './context.js';
import { runLane } from './lane.js';
import { createWork, type Next } from './work.js';

export type { ExecuteOptions } from './context.js';

/** A server that has said nothing for so long, in milliseconds, is not near. */
const FAR_MS = 20;

/** The first reading of a refusal takes its time, which passes unnoticed while a server is waited for. */
const prepareToRead = (): unknown => classifyReply({ stage: 'rcpt', reply: ['500 '] });

/**
 * Ask whatever `next` wants until it wants nothing more, and give all evidence.
 * When the signal aborts, what was not answered is left out.
 */
export async function execute(next: Next, options: ExecuteOptions): Promise<Evidence[]> {
  const { brief, sessions, timeoutMs } = options;
  // Where a lane fails for a mistake of ours, the others are no longer waited for, and leave nothing open.
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const work = createWork(next, options.clock, options.initial, options.onEvidence);
  const context: Context = {
    options: { ...options, signal },
    work,
    limits: {
      timeoutMs,
      signal,
      tlsPin: brief.tlsPin,
      proxyPassword: options.proxyPassword,
      mayAuthenticateInClear: brief.mayAuthenticateInClear,
      onSecrets: options.onSecrets,
    },
    budget: null,
    isPipelining: true,
    roundTrips: { count: 0, leastMs: Number.POSITIVE_INFINITY },
    open: 0,
    opened: options.initial.reduce(
      (most, { session }) => Math.max(most, Number(/^c(\d+)$/.exec(session.id)?.[1] ?? 0)),
      0,
    ),
    lanes: sessions,
    nextConnectionAt: 0,
    isLoggingIn: false,
    serving: new Map(),
    trouble: new Map(),
    hasConnected: new Set(),
    lost: new Map(),
    acceptedMail: new Map(),
    refusedMail: new Map(),
    accepted: new Map(),
    predecessors: new Map(),
    deferred: new Map(),
    closing: new Set(),
  };
  const lanes = Array.from({ length: sessions }, () =>
    runLane(context).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const answered = new AbortController();
  const waiting = options.clock.wait(FAR_MS, AbortSignal.any([signal, answered.signal])).then(() => {
    if (work.evidence.length === options.initial.length) prepareToRead();
  });
  await Promise.all(lanes);
  answered.abort();
  await waiting;
  await Promise.all(context.closing);
  return [...work.evidence];
}
