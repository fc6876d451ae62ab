// What the lanes of one server share: options, work, the server's temper as learnt so far, sources that gave up.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { once } from '../model/once.js';
import type { Account } from '../model/options.js';
import type { Exchange, Fault } from '../model/reply.js';
import { type Budget, startBudget } from './budget.js';
import type { Clock, Random } from './ports.js';
import type { Session, SessionLimits } from './session.js';
import type { Work } from './work.js';

/** An attempt with its tokens in the envelope, and the message that goes with it. */
export interface PreparedMessage {
  readonly attempt: Attempt;
  /** RFC 5322 text, not dot-stuffed. */
  readonly message: Buffer;
  /** The token to wait for. */
  readonly token: string;
}

export interface ExecuteOptions {
  readonly brief: Brief;
  readonly account: Account | null;
  /** Of the user that a proxy source names; null: none. */
  readonly proxyPassword: string | null;
  readonly clock: Clock;
  readonly random: Random;
  /** Sessions at once to the target's address. */
  readonly sessions: number;
  /** Whether others have sessions there too: then one counts until its connection is closed, not only until its QUIT. */
  readonly isShared?: boolean;
  /** Connections per second; null: no limit. */
  readonly rate: number | null;
  readonly timeoutMs: number;
  /** How long deferred attempts are tried again; 0: not at all. */
  readonly greylistWaitMs: number;
  /** Makes the message of an attempt that goes as far as one; null where none is ever sent. */
  readonly prepare: ((attempt: Attempt) => PreparedMessage) | null;
  /** What is known already. */
  readonly initial: readonly Evidence[];
  /** Where a run ends, whatever is left to ask. */
  readonly most: { readonly attempts: number; readonly connections: number };
  /** Aborts at the deadline, on an interrupt, or when the caller is done. */
  readonly signal: AbortSignal;
  /** Called with the SASL responses that were sent, before the evidence that may repeat them. */
  readonly onSecrets: (secrets: readonly string[]) => void;
  /** Called with each attempt's evidence as it is complete. */
  readonly onEvidence: (evidence: Evidence) => void;
}

export interface Context {
  readonly options: ExecuteOptions;
  readonly work: Work;
  readonly limits: SessionLimits;
  /** Null until the server has greeted. */
  budget: Budget | null;
  /** Whether the server takes many commands in one segment (RFC 2920), as far as is known. */
  isPipelining: boolean;
  /** Round trips that were timed, and the shortest of them in milliseconds. */
  readonly roundTrips: { count: number; leastMs: number };
  /** Sessions open now, and sessions ever opened. */
  open: number;
  opened: number;
  /** Lanes that may be at work; a server that takes fewer connections makes them fewer. */
  lanes: number;
  /** When the next connection may be made, for `rate`. */
  nextConnectionAt: number;
  isLoggingIn: boolean;
  /** Lanes that serve a shape now, by shape. */
  readonly serving: Map<string, number>;
  /** Failed connections in a row, by way to the server; null where none was ever made. */
  readonly trouble: Map<string, number>;
  readonly hasConnected: Set<string>;
  /** Ways to the server that will not be taken any more, and why. */
  readonly lost: Map<string, Lost>;
  /** MAIL commands that were accepted, and those that were refused for good, by shape and line. */
  readonly acceptedMail: Map<string, Set<string>>;
  readonly refusedMail: Map<
    string,
    { readonly mail: Exchange; readonly session: Session; readonly preamble: readonly Exchange[] }
  >;
  /** Evidence of acceptances that are being repeated alone. */
  readonly accepted: Map<string, Evidence>;
  /** What went before such an acceptance in its session, by the attempt's key; kept for its message too. */
  readonly predecessors: Map<string, readonly Exchange[]>;
  /** First evidence of deferred attempts, and how long they have waited. */
  readonly deferred: Map<string, { readonly first: Evidence; readonly waited: number; readonly round: number }>;
  /** Sessions that are saying QUIT. */
  readonly closing: Set<Promise<unknown>>;
}

export interface Lost {
  readonly fault: Fault | null;
  readonly session: Session;
}

/** Note how long a round trip took, in milliseconds. */
export function noteRoundTrip({ roundTrips }: Context, ms: number): void {
  roundTrips.count += 1;
  roundTrips.leastMs = Math.min(roundTrips.leastMs, ms);
}

/** So near, in milliseconds of a round trip, that sessions need not be saved; nothing is far before it was timed so often. */
const NEAR = 80;
const TIMES = 4;

/** Say whether a session costs next to nothing. */
export const isNear = ({ roundTrips }: Context): boolean => roundTrips.count < TIMES || roundTrips.leastMs <= NEAR;

/** What a session may use of the server's patience, as far as is known. */
export const budgetOf = (context: Context): Budget => context.budget ?? startBudget(null);

/**
 * Name the way on which an attempt reaches the server: its source, and whether a PROXY header of its own comes first. A
 * listener that hangs up on whoever sends none, or one of the other version, says nothing about who does.
 */
export const wayOf = ({ source, extras }: Attempt): string =>
  extras.proxy === undefined ? source : `${source}, with a PROXY header of version ${extras.proxy.version}`;

/** What attempts of one session have in common, as text: source, security, greeting. */
export const shapeOf = once(({ source, security, greeting }: Attempt): string =>
  [source, security, greeting.verb, greeting.name].join('/'),
);

/** Make the evidence of an attempt that was not made; `why` is one clause. */
export const notAsked = (attempt: Attempt, why: string, startedAt: string): Evidence => ({
  attempt,
  tries: 0,
  startedAt,
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

/** Make the evidence of one attempt from a session: what the session was told so far, where nothing else is given. */
export function makeEvidence(
  attempt: Attempt,
  session: Session,
  { startedAt, durationMs, tries }: { readonly startedAt: string; readonly durationMs: number; readonly tries: number },
  {
    shared = false,
    exchanges = [...session.exchanges],
    token,
    fault = session.fault,
    challenge = null,
    injected = 0,
    skipped = null,
  }: Partial<Pick<Evidence, 'shared' | 'exchanges' | 'token' | 'fault' | 'challenge' | 'injected' | 'skipped'>>,
): Evidence {
  return {
    attempt,
    tries,
    startedAt,
    durationMs,
    session: { ...session.facts },
    shared,
    exchanges,
    fault,
    skipped,
    canary: [],
    isInconsistent: false,
    injected,
    challenge,
    ...(token === undefined ? {} : { token }),
  };
}
