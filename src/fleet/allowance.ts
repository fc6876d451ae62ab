// What all servers of a run share and may not exceed together: messages (--max-messages), and the failed logins of an account,
// which are asked of the first server that would ask them and of no other (`safe`). Sends nothing; plans nothing of its own.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { next } from '../plan/next.js';
import type { Memo } from '../queue/memory.js';
import { createMemory, type Memory } from '../replies/memory.js';

/** One thing that was spent: a message, the failed logins of an account, or leave that a worker was given. */
export type Grant = { readonly kind: 'message' } | { readonly kind: 'failed-logins'; readonly user: string } | Memo;

/** What is left of a run. */
export interface Allowance {
  /** Messages that may still be sent where the run may send so many in all. */
  messagesLeft(most: number): number;
  /** Take a message; false where the run has sent so many. */
  takeMessage(most: number): boolean;
  /** Take the failed logins of an account; false where they are spent. */
  takeFailedLogins(user: string): boolean;
}

/** How many messages a run has sent: one number, which all of its threads see. */
export type MessageCount = Int32Array<SharedArrayBuffer>;

/** Say how many messages are left where a run may send so many. */
export const messagesLeft = (sent: MessageCount, most: number): number => Math.max(0, most - Atomics.load(sent, 0));

/** Make the allowance of a run; `onGrant` is told before anything is sent. */
export function allowanceOf(
  granted: readonly Grant[] = [],
  onGrant: (grant: Grant) => void = () => {},
): Allowance & { readonly sent: MessageCount } {
  const spentBy = new Set(granted.flatMap((grant) => (grant.kind === 'failed-logins' ? [grant.user] : [])));
  const sent: MessageCount = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  Atomics.store(sent, 0, granted.filter(({ kind }) => kind === 'message').length);
  return {
    sent,
    messagesLeft: (most) => messagesLeft(sent, most),
    takeMessage: (most) => {
      if (messagesLeft(sent, most) === 0) return false;
      onGrant({ kind: 'message' });
      Atomics.add(sent, 0, 1);
      return true;
    },
    takeFailedLogins: (user) => {
      // Servers disagree about the case of a name; a directory behind them seldom cares.
      const name = user.toLowerCase();
      if (spentBy.has(name)) return false;
      onGrant({ kind: 'failed-logins', user: name });
      spentBy.add(name);
      return true;
    },
  };
}

/** The planner of one server, within what the run allows. */
export interface Planner {
  /** The brief as the run leaves it now. */
  brief(): Brief;
  /** What all plans of this server share. */
  readonly memory: Memory;
  /** What is to be asked next, as far as the run allows it. */
  plan(known: readonly Evidence[]): Attempt[];
  /** Count a message as sent that an auditor of the run before this one may have sent, and has taken from what the run may send. */
  spent(key: string): void;
  /** What is wanted and was not allowed; why, as one clause. */
  whyNot(attempt: Attempt): string | null;
}

/** Make the planner of one server. What it wants and the run allows is spent, whether it comes to be sent or not. */
export function plannerFor(asked: Brief, allowance: Allowance): Planner {
  const memory = createMemory();
  const messages = new Map<string, { readonly isProof: boolean }>();
  let hasLogins = false;
  let failuresSpent = false;
  const proofs = (): number => [...messages.values()].filter(({ isProof }) => isProof).length;
  const left = (): number => allowance.messagesLeft(asked.maxMessages);
  const brief = (maxMessages: number): Brief => ({
    ...asked,
    maxMessages,
    ...(failuresSpent ? { failuresSpent } : {}),
  });

  /** Whoever would ask them first has them. */
  const planned = (known: readonly Evidence[]): Attempt[] => {
    const attempts = next(brief(proofs() + left()), known, memory);
    const { user, negativeAuthentication } = asked;
    if (user === null || negativeAuthentication !== 'safe' || hasLogins || failuresSpent) return attempts;
    if (!attempts.some(isFailure)) return attempts;
    hasLogins = allowance.takeFailedLogins(user);
    failuresSpent = !hasLogins;
    return failuresSpent ? next(brief(proofs() + left()), known, memory) : attempts;
  };

  const spent = (key: string, isProof = true): void => {
    if (!messages.has(key)) messages.set(key, { isProof });
  };

  /** What was asked has been spent already: an auditor before this one had it answered. */
  const acknowledge = (known: readonly Evidence[]): void => {
    for (const { attempt, skipped } of known) {
      if (skipped !== null) continue;
      hasLogins ||= isFailure(attempt);
      if (attempt.depth === 'message' && attempt.role !== 'direct') spent(attempt.key, attempt.of !== null);
    }
  };

  return {
    brief: () => brief(proofs()),
    memory,
    spent: (key) => spent(key),
    plan: (known) => {
      acknowledge(known);
      return planned(known).filter((attempt) => {
        if (attempt.depth !== 'message' || messages.has(attempt.key)) return true;
        if (!allowance.takeMessage(asked.maxMessages)) return false;
        messages.set(attempt.key, { isProof: attempt.of !== null });
        return true;
      });
    },
    whyNot: ({ depth, key }) =>
      depth === 'message' && !messages.has(key)
        ? `the run has sent its ${asked.maxMessages} messages (--max-messages)`
        : null,
  };
}

/** A login of the account that must fail, and that somebody may count. */
const isFailure = ({ credentials }: Attempt): boolean => credentials === 'wrong' || credentials === 'empty';
