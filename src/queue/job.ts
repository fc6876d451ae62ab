// What an auditor and a worker tell each other (docs/decisions/0013): a job, the worker's asking for leave, the leave, the result.
// Pure data. Techniques go by id, so that their templates are expanded by the worker's own catalogue; the key of the canaries'
// tokens never travels.
import type { Tokens } from '../canary/token.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import type { Account, AccountElsewhere } from '../model/options.js';

/** Raised by whatever changes what is told, planned or handed back: unequal numbers refuse each other. */
export const PROTOCOL = 3;

export interface Limits {
  /** Sessions at once and connections per second, of those that the target's address may have from all places together. */
  readonly sessions: number;
  readonly rate: number | null;
  /** Whether others have sessions at the same address now. */
  readonly isShared?: boolean;
  readonly timeoutMs: number;
  readonly greylistWaitMs: number;
  readonly most: { readonly attempts: number; readonly connections: number };
}

/** One server, one source, one round of the planner. */
export interface Job {
  readonly brief: Omit<Brief, 'techniques'> & { readonly techniques: readonly string[] };
  /** Id of the source, in the brief. */
  readonly source: string;
  readonly round: number;
  readonly evidence: readonly Evidence[];
  readonly limits: Limits;
  readonly canaryIsDomain: boolean;
}

/** An attempt that needs the auditor's leave: it logs in, or sends a message with these tokens. */
export interface Grant {
  readonly key: string;
  readonly tokens: Tokens | null;
}

/** What a worker says before it begins: who it is, and a number used once that the leave and the result are bound to. */
export interface Ask {
  readonly nonce: string;
  /** Why it will not do the job, as one clause; null where it will. */
  readonly refusal: string | null;
}

/** What the auditor says to that; given anew to each start of a job, and no attempt is granted twice. */
export interface Leave {
  readonly granted: readonly Grant[];
  /** Without its password where the worker is to look it up. */
  readonly account: Account | AccountElsewhere | null;
  readonly deadlineMs: number;
}

export interface Result {
  readonly evidence: readonly Evidence[];
  /** Why nothing, or no more, was asked; one clause. Null where all was. */
  readonly problem: string | null;
  /** Set where the job was ended before it was done: what was granted and is not in the evidence may have been done. */
  readonly isCut?: true;
}

/** Say whether an attempt needs no leave: asked twice, it does no harm. */
export const isHarmless = ({ depth, mechanism, login, extras }: Attempt): boolean =>
  depth !== 'message' &&
  depth !== 'auth' &&
  mechanism === null &&
  login === undefined &&
  extras.authentication === undefined &&
  extras.mailboxLogin === undefined;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

// What opens was sealed by one of us, and the protocol says what is in it: the guards tell kinds apart, not honest from not.
export const isJob = (value: unknown): value is Job =>
  isRecord(value) && isRecord(value.brief) && isRecord(value.limits) && Array.isArray(value.evidence);

export const isAsk = (value: unknown): value is Ask => isRecord(value) && typeof value.nonce === 'string';

export const isLeave = (value: unknown): value is Leave =>
  isRecord(value) && Array.isArray(value.granted) && typeof value.deadlineMs === 'number';

export const isResult = (value: unknown): value is Result => isRecord(value) && Array.isArray(value.evidence);

/** What stands in the queue: the protocol in the clear, so that another one can be told from a forgery. */
export interface Envelope {
  readonly protocol: number;
  readonly sealed: string;
}

export const isEnvelope = (value: unknown): value is Envelope =>
  isRecord(value) && typeof value.protocol === 'number' && typeof value.sealed === 'string';

/** The reasons for which a job fails, as BullMQ keeps them: words of our own, since anybody may read and write them. */
export const FAILURES = {
  protocol: 'another protocol',
  forged: 'does not open',
  expired: 'expired',
  leave: 'no leave',
} as const;

/** The run that a job belongs to: its auditor's name. */
export const runOf = (job: string): string => job.split('-')[0] ?? '';

/** The associated data of a job, its leave and its result: what they are for, and nothing else. */
export const contextOf = (place: string, job: string, ...nonce: readonly string[]): readonly string[] => [
  String(PROTOCOL),
  place,
  job,
  ...nonce,
];
