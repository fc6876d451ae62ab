// What a session is asked next: the attempts that fit it, by the mail transactions that they share, within the server's budget
// (ARCHITECTURE, "The life of an attempt"). Pure but for the session's own account of what it has used; sends nothing.
import type { Attempt } from '../model/attempt.js';
import type { Exchange } from '../model/reply.js';
import { mailLine } from './ask.js';
import { type Budget, fits, isMalformed, sum, type Use } from './budget.js';
import type { Session } from './session.js';

/** A session that several attempts use, and what they have used of the server's patience. */
export interface SharedSession {
  readonly session: Session;
  readonly shape: string;
  /** Greeting, EHLO, TLS: what every attempt's transcript begins with. */
  readonly preamble: readonly Exchange[];
  /** Milliseconds that EHLO took: what a reply takes when the server is in no mood. */
  readonly helloMs: number;
  use: Use;
  transactions: number;
  /** Attempts to the plain foreign recipient, or one like it, that were asked here. */
  delicate: number;
}

/** Recipients of one reverse-path. */
export interface Transaction {
  readonly mail: string;
  readonly attempts: readonly Attempt[];
}

export interface Batch {
  readonly transactions: readonly Transaction[];
  /** What the session will have used at the worst, the sentinel included. */
  readonly use: Use;
  readonly budget: Budget;
}

/** What the sentinel itself may use. */
const SENTINEL: Use = { negatives: 1, nonMail: 1, syntax: 0 };

/**
 * Pick the attempts that fit a session: whole transactions, each reverse-path that is not known yet with one recipient, but for
 * the one of strangers, without which nothing can be asked. Attempts come in the planner's order; what does not fit is left for
 * the next batch. Empty when nothing fits.
 */
export function compose(
  attempts: readonly Attempt[],
  shared: Pick<SharedSession, 'use' | 'transactions' | 'delicate'>,
  budget: Budget,
  { accepted, usual, isNear }: ReversePaths,
): Batch {
  const transactions: { mail: string; attempts: Attempt[]; mayShare: boolean }[] = [];
  let use = sum(shared.use, SENTINEL);
  let delicate = shared.delicate;
  const isEarly = shared.transactions === 0;
  for (const attempt of inTurn(attempts, budget, isEarly)) {
    if (isDelicate(attempt) && delicate >= FIRST_ANSWERS && (isEarly || isNear)) continue;
    const mail = mailLine(attempt);
    const isKnown = accepted.has(mail);
    const mayShare = attempt.reversePath !== '' && (isKnown || mail === usual);
    const open = transactions.find(
      (one) => mayShare && one.mayShare && one.mail === mail && one.attempts.length < budget.recipients,
    );
    // A reverse-path that may be refused goes with one recipient at a time.
    if (!open && !isKnown && mail !== usual && transactions.some((one) => one.mail === mail)) continue;
    const cost: Use = {
      negatives: isKnown || open ? 1 : 2,
      nonMail: open || (transactions.length === 0 && shared.transactions === 0) ? 0 : 1,
      syntax: isMalformed(attempt, budget) ? 1 : 0,
    };
    if (!fits(budget, sum(use, cost))) continue;
    use = sum(use, cost);
    if (isDelicate(attempt)) delicate += 1;
    if (open) open.attempts.push(attempt);
    else transactions.push({ mail, attempts: [attempt], mayShare });
  }
  for (const one of transactions) one.attempts.sort((a, b) => place(a) - place(b));
  transactions.sort((a, b) => lastPlace(a) - lastPlace(b));
  return { transactions, use, budget };
}

/** Whether a session can take more after a batch, of what was left out of it; one that cannot says QUIT with the batch. */
export function hasRoomAfter(
  { transactions, use, budget }: Batch,
  shared: Pick<SharedSession, 'transactions' | 'delicate'>,
  others: readonly Attempt[],
  paths: ReversePaths,
): boolean {
  const delicate = shared.delicate + transactions.flatMap(({ attempts }) => attempts.filter(isDelicate)).length;
  const left = others.filter((attempt) => !(paths.isNear && isDelicate(attempt) && delicate >= FIRST_ANSWERS));
  if (left.length === 0 || budget.mayGrow) return left.length > 0;
  const then = { use, transactions: shared.transactions + transactions.length + 1, delicate };
  return compose(left, then, budget, paths).transactions.length > 0;
}

/**
 * A server may refuse every foreign recipient alike from some error of a session on, and then nothing tells its refusals apart
 * from true ones: what would be missed is asked before that, as far as sessions cost little.
 */
const FIRST_ANSWERS = 4;

/** Whether an attempt names a foreign recipient outright: such are all the same to a server that has lost its patience. */
export const isDelicate = ({ role, isSign }: Attempt): boolean => role === 'probe' && isSign;

/**
 * Those that a session should be asked first come first: the delicate ones while it is new, and malformed paths before others,
 * since they are what a session can take fewest of: where some are left for later, they are left over in the end.
 */
function inTurn(attempts: readonly Attempt[], budget: Budget, isEarly: boolean): readonly Attempt[] {
  const turns: readonly Attempt[][] = [[], [], [], [], [], []];
  for (const attempt of attempts) {
    const rank = attempt.varied.length === 0 ? 0 : isMalformed(attempt, budget) ? 1 : 2;
    turns[(isDelicate(attempt) === isEarly ? 0 : 3) + rank]?.push(attempt);
  }
  return turns.flat();
}

/** Where an attempt stands in its transaction: an accepted recipient makes those behind it worthless, so the local ones come last. */
const place = (attempt: Attempt): number =>
  isDelicate(attempt)
    ? 0
    : attempt.role === 'inbound' || attempt.role === 'inbound-as'
      ? 3
      : attempt.role === 'unknown-local'
        ? 2
        : 1;

const lastPlace = ({ attempts }: Transaction): number => Math.max(...attempts.map(place));

/** MAIL commands as they went so far. */
export interface ReversePaths {
  /** Accepted in this run, for the shape. */
  readonly accepted: ReadonlySet<string>;
  /** That of strangers. */
  readonly usual: string;
  /** Whether a session costs next to nothing. */
  readonly isNear: boolean;
}
