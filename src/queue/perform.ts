// A job done: the planner and the engine of an audit, held to one source and to what the auditor gave leave for. What comes back
// is evidence, without the secrets that were sent. Nothing of queues is in here.
import { hostname } from 'node:os';
import { prepareWith } from '../canary/prepare.js';
import { timeLimit } from '../canary/time-limit.js';
import { notAsked } from '../execute/context.js';
import { execute } from '../execute/execute.js';
import type { Clock, Random } from '../execute/ports.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import type { Account } from '../model/options.js';
import { type Source, sourceOf } from '../model/source.js';
import { showEndpoint } from '../model/target.js';
import type { Technique } from '../model/technique.js';
import { next } from '../plan/next.js';
import { createMemory } from '../replies/memory.js';
import { makeRedactor, redactValue } from '../smtp/redact.js';
import { sourcesFor } from '../sources/bind.js';
import { TECHNIQUES } from '../techniques/index.js';
import { needsPassword, withoutPassword } from './accounts.js';
import { isHarmless, type Job, type Leave, type Result } from './job.js';

/** Where a worker's attempts come from, and what it needs to make them. */
export interface Ground {
  /** A source spec of the worker's own machine. */
  readonly source: string;
  readonly proxyPassword: string | null;
  /** Look up the password of an account at a target's address, for an auditor that does not have it; null: not had here either. */
  readonly passwordOf: (user: string, address: string) => Promise<string | null>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Do a job until nothing of its source is left to ask, its time is over or the signal aborts. */
export async function perform(job: Job, leave: Leave, ground: Ground, signal: AbortSignal): Promise<Result> {
  const brief = briefOf(job);
  if (typeof brief === 'string') return { evidence: [], problem: brief };
  const planned = sourceOf(brief.sources, job.source);
  const [own] = await sourcesFor([ground.source], brief.target);
  if (planned === undefined || own === undefined)
    return { evidence: [], problem: 'the job names no source of its own' };
  if (own.unavailable !== null) return { evidence: [], problem: own.unavailable };
  const { account, missing } = await accountOf(leave.account, brief, ground);
  const secrets = new Set(account === null ? [] : [account.password]);
  const deadline = timeLimit(leave.deadlineMs, signal);
  try {
    const evidence = await ask(
      job,
      leave,
      { ...ground, account, missing, brief, own: { ...own, id: planned.id } },
      deadline.signal,
      secrets,
    );
    const redact = makeRedactor([...secrets]);
    const fresh = evidence
      .slice(job.evidence.length)
      .map((piece) => told(piece, `${planned.id}/${job.round}/`, redact));
    return { evidence: fresh, problem: null, ...(deadline.signal.aborted ? { isCut: true } : {}) };
  } finally {
    deadline.end();
  }
}

interface Known {
  readonly account: Account | null;
  /** Why the account's password is neither sent nor had here; null where it is, or is not needed. */
  readonly missing: string | null;
}

/** The account with its password, where it travelled or is known here. */
async function accountOf(
  account: Leave['account'],
  { target: { address } }: Brief,
  { passwordOf, random }: Ground,
): Promise<Known> {
  if (account === null || account.password !== null) return { account, missing: null };
  const { user } = account;
  const password = await passwordOf(user, address);
  if (password !== null) return { account: { user, password }, missing: null };
  const missing = `the worker has no password of ${user} for ${address} (its --account)`;
  return { account: withoutPassword(account, random), missing };
}

type Prepared = Ground & Known & { readonly brief: Brief; readonly own: Source };

function ask(
  { source, evidence, limits, canaryIsDomain }: Job,
  { granted }: Leave,
  { account, missing, brief, own, proxyPassword, clock, random }: Prepared,
  signal: AbortSignal,
  secrets: Set<string>,
): Promise<Evidence[]> {
  const tokens = new Map(granted.map((grant) => [grant.key, grant.tokens]));
  const isOurs = (attempt: Attempt): boolean =>
    attempt.source === source && (isHarmless(attempt) || tokens.has(attempt.key));
  const { target, identity } = brief;
  const mailbox = { canary: identity.canary, canaryIsDomain, sender: identity.sender };
  const server = showEndpoint(target.host, target.port);
  // SAFETY: what needs the password is not asked with another one, nor without.
  const isWithheld = (attempt: Attempt): boolean => missing !== null && needsPassword(attempt);
  const withheld =
    missing === null
      ? []
      : next(brief, evidence)
          .filter((attempt) => isOurs(attempt) && isWithheld(attempt))
          .map((attempt) => notAsked(attempt, missing, clock.date().toISOString()));
  const memory = createMemory();
  // Planned as the auditor plans, so that keys and decisions are the same; asked from a source of this machine.
  return execute((known) => next(brief, known, memory).filter((attempt) => isOurs(attempt) && !isWithheld(attempt)), {
    ...limits,
    brief: { ...brief, sources: brief.sources.map((one) => (one.id === source ? own : one)) },
    account,
    proxyPassword,
    clock,
    random,
    prepare: (attempt) => {
      const given = tokens.get(attempt.key);
      if (given == null) throw new Error(`a message without tokens: ${attempt.key}`);
      return prepareWith(attempt, given, { identity: mailbox, date: clock.date(), machine: hostname(), server });
    },
    initial: [...evidence, ...withheld],
    signal,
    onSecrets: (more) => {
      for (const one of more) secrets.add(one);
    },
    onEvidence: () => {},
  });
}

/** The brief with techniques of this machine's own catalogue, or why it has none. */
function briefOf({ brief }: Job): Brief | string {
  const found = brief.techniques.map((id): Technique | string => TECHNIQUES.find((one) => one.id === id) ?? id);
  const unknown = found.filter((one) => typeof one === 'string');
  if (unknown.length > 0) return `the worker does not know the technique ${unknown.join(', ')}`;
  return { ...brief, techniques: found.filter((one) => typeof one !== 'string') };
}

/** SAFETY: what the server may have repeated is redacted before it leaves; ids of sessions are made unique in the audit. */
const told = (piece: Evidence, prefix: string, redact: (text: string) => string): Evidence => ({
  ...piece,
  session: { ...redactValue(piece.session, redact), id: piece.session.id === '' ? '' : `${prefix}${piece.session.id}` },
  exchanges: redactValue(piece.exchanges, redact),
  fault: redactValue(piece.fault, redact),
});
