// What the conversation of a batch is worth: which answers stand, which are asked again, and whether the server showed temper
// (docs/decisions, 10). Pure: a batch is weighed by what was said alone.
import type { Attempt } from '../model/attempt.js';
import type { Reason } from '../model/reason.js';
import type { Exchange, Reply } from '../model/reply.js';
import { classifyReply } from '../replies/classify.js';
import type { Heard } from '../smtp/channel.js';
import { type Budget, isMalformed, type Use } from './budget.js';
import type { Transaction } from './compose.js';

export interface Sentinel {
  readonly mail: string;
  readonly foreign: string;
  readonly local: string;
  /** What the two were told in a fresh session; null where that is not known yet. */
  readonly foreignReason: Reason | null;
  readonly localReason: Reason | null;
}

/** A line of a batch; the last three are the sentinel's. */
export interface Item {
  readonly text: string;
  readonly stage: 'helo' | 'mail' | 'rcpt';
  /** The transaction that it belongs to, by its place among those of the batch. */
  readonly transaction: number;
  /** Null where the line is for no attempt alone. */
  readonly attempt: Attempt | null;
}

export interface Conversation {
  readonly transactions: readonly Transaction[];
  readonly items: readonly Item[];
  /** What each item was told: null for what was not sent; shorter where the session ended. */
  readonly heards: readonly (Heard | null)[];
  /** Whether all of it went out in one segment. */
  readonly isPipelining: boolean;
  /** Whether the server was given up for taking its time. */
  readonly isSlow: boolean;
  /** Whether the channel ended with a fault. */
  readonly isBroken: boolean;
  /** Greeting, EHLO, TLS. */
  readonly preamble: readonly Exchange[];
  /** What the session was asked between its greeting and this batch; null where nothing was. */
  readonly before: readonly Exchange[] | null;
}

export interface Answered {
  readonly attempt: Attempt;
  readonly exchanges: readonly Exchange[];
  readonly isAccepted: boolean;
  /** Whether nothing was asked before it in its session. */
  readonly isFresh: boolean;
  /** Set where MAIL was refused: true of every attempt with this reverse-path. */
  readonly refusedMail: Exchange | null;
  /** What the session was asked between its greeting and this attempt's transaction. */
  readonly predecessors: readonly Exchange[];
}

export interface Weighed {
  readonly answered: readonly Answered[];
  /** What was not answered, or not credibly: to be asked again. */
  readonly again: readonly Attempt[];
  /** Acceptances that the sentinel does not bear out, though each command has its reply: no refusal elsewhere takes them back. */
  readonly doubted: readonly Answered[];
  /** Reverse-paths that MAIL accepted. */
  readonly acceptedMail: readonly string[];
  /** Whether the server showed temper: budgets shrink and the session is of no more use. */
  readonly sign: Reason | 'slow' | 'sentinel' | null;
}

/**
 * Weigh the answers of a batch by its sentinel. After a sign nothing of one segment stands: a reply too few or too many would
 * give each answer to its neighbour. Line by line each answer is to its own line, and what a slow server said stands, as does
 * what was refused in a fresh session.
 */
export function weigh(conversation: Conversation, sentinel: Sentinel): Weighed {
  const { transactions, items, heards, isPipelining, preamble, before } = conversation;
  const answers = answersOf(conversation);
  const { sign, isMatched } = signOf(conversation, answers, sentinel);
  const answered: Answered[] = [];
  const again: Attempt[] = [];
  const doubted: Answered[] = [];
  const acceptedMail: string[] = [];
  for (const [index, transaction] of transactions.entries()) {
    const mailAt = items.findIndex((item) => item.transaction === index && item.stage === 'mail');
    const mail = heards[mailAt] ?? null;
    const mailReply = mail?.exchange.reply ?? null;
    const isMailRefused = mailReply !== null && mailReply.code >= 400;
    if (mailReply !== null && !isMailRefused) acceptedMail.push(transaction.mail);
    let isTainted = false;
    for (const [place, attempt] of transaction.attempts.entries()) {
      const isFresh = before === null && index === 0 && place === 0 && items[0]?.transaction === 0;
      const at = isMailRefused ? mailAt : items.findIndex((item) => item.attempt === attempt);
      const heard = heards[at] ?? null;
      const reply = heard?.exchange.reply ?? null;
      const isAnswer = reply !== null && answers[at]?.isTemper !== true;
      const isAccepted = isAnswer && reply.code < 300;
      // An acceptance that comes before lines are out of step may be the answer to the line above.
      const isEarlyRefusal = isFresh && !isAccepted;
      const stands =
        isAnswer && !isTainted && (sign === null || (!isPipelining && (sign === 'slow' || isEarlyRefusal)));
      if (!heard || !isAnswer || (!stands && !(isAccepted && !isTainted && isMatched))) {
        again.push(attempt);
        continue;
      }
      (stands ? answered : doubted).push({
        attempt,
        exchanges: [...preamble, ...(mail && !isMailRefused ? [mail.exchange] : []), heard.exchange],
        isAccepted,
        isFresh,
        refusedMail: isMailRefused && reply.code >= 500 ? heard.exchange : null,
        predecessors: mail ? [...(before ?? []), ...exchangesOf(heards.slice(0, mailAt))] : [],
      });
      // An accepted recipient may change what the same transaction is told from there on.
      isTainted ||= isAccepted;
    }
  }
  return { answered, again, doubted, acceptedMail: sign === null ? acceptedMail : [], sign };
}

const exchangesOf = (heards: readonly (Heard | null)[]): readonly Exchange[] =>
  heards.flatMap((heard) => (heard === null ? [] : [heard.exchange]));

/** What a line was told, read; null where nothing was. */
type Answer = {
  /** Why; of a recipient after a refused MAIL, what MAIL was told. */
  readonly reason: Reason;
  readonly code: number;
  /** Whether it speaks of the session, not of what was asked. */
  readonly isTemper: boolean;
} | null;

function answersOf({ items, heards }: Conversation): readonly Answer[] {
  let mail: Answer = null;
  return heards.map((heard, at) => {
    const item = items[at];
    const reply = heard?.exchange.reply ?? null;
    if (item?.stage !== 'rcpt') mail = null;
    if (!item || reply === null) return null;
    const { code } = reply;
    const reason = reasonOf(reply, item.stage);
    if (item.stage !== 'rcpt') {
      const answer = { reason, code, isTemper: isTemper(code, reason, false) };
      if (item.stage === 'mail') mail = answer;
      return answer;
    }
    const refusal = mail !== null && mail.code >= 400 ? mail : null;
    return { reason: refusal?.reason ?? reason, code, isTemper: isTemper(code, reason, refusal === null) };
  });
}

/** Reasons that speak of the session, not of what was asked. */
const TEMPER: ReadonlySet<Reason> = new Set([
  'too-many-errors',
  'too-many-recipients',
  'rate-limited',
  'server-busy',
  'disconnected',
  'timeout',
  'protocol-error',
]);

/** `503` to a recipient after a refused MAIL is in order; after an accepted one it means that the two sides have lost each other. */
const isTemper = (code: number, reason: Reason, isAfterMail: boolean): boolean =>
  code === 421 || TEMPER.has(reason) || (reason === 'bad-sequence' && isAfterMail);

/** The sign that a batch showed; `isMatched`: whether each reply belongs to its line all the same. */
function signOf(
  { items, heards, isPipelining, isSlow, isBroken }: Conversation,
  answers: readonly Answer[],
  sentinel: Sentinel,
): { sign: Weighed['sign']; isMatched: boolean } {
  const isLocalBorneOut = matches(answers[items.length - 1], sentinel.localReason ?? first(sentinel.local));
  const isForeignBorneOut = matches(answers[items.length - 2], sentinel.foreignReason ?? first(sentinel.foreign));
  const isInOrder = items.every(({ text }, at) => text !== 'RSET' || (answers[at]?.code ?? 0) < 400);
  const temper = answers.find((answer) => answer?.isTemper)?.reason ?? null;
  const sign =
    temper ??
    (isSlow
      ? 'slow'
      : heards.length < items.length
        ? 'disconnected'
        : // One reply too many shows behind the last one, where the channel has ended the session.
          isBroken || !isInOrder
          ? 'protocol-error'
          : isLocalBorneOut && isForeignBorneOut
            ? null
            : 'sentinel');
  // Which reply belongs to which command is certain line by line, and in a segment that was answered whole.
  return { sign, isMatched: !isPipelining || (sign === 'sentinel' && isLocalBorneOut) };

  /** What a recipient of the sentinel was told first in this batch, from the same reverse-path; null where it was not asked so. */
  function first(recipient: string): Reason | null {
    const mail = items.at(-3)?.text;
    const usual = new Set(items.filter(({ text }) => text === mail).map(({ transaction }) => transaction));
    const at = items.findIndex(({ text, transaction }) => text === recipient && usual.has(transaction));
    // The last two are the sentinel itself.
    return at >= 0 && at < items.length - 2 ? (answers[at]?.reason ?? null) : null;
  }
}

const matches = (got: Answer | undefined, wanted: Reason | null): boolean => wanted === null || got?.reason === wanted;

/** A farewell (221) or a 3yz is no acceptance, wherever it stands. */
const reasonOf = (reply: Reply, stage: Item['stage']): Reason =>
  reply.code === 250 ? 'accepted' : classifyReply({ stage, reply: reply.lines }).reason;

/** What an item's reply has used of the server's patience (budget.ts). */
export function useOf({ text, stage, attempt }: Item, reply: Reply, budget: Budget): Use {
  const isNegative = reply.code >= 400;
  return {
    negatives: isNegative ? 1 : 0,
    nonMail: text === 'RSET' ? 1 : 0,
    syntax: isNegative && isAboutSyntax(reply, stage, attempt !== null && isMalformed(attempt, budget)) ? 1 : 0,
  };
}

/** Servers have many words for a path that they cannot read; a denial alone says that it was read. */
function isAboutSyntax(reply: Reply, stage: Item['stage'], isMalformedPath: boolean): boolean {
  const reason = reasonOf(reply, stage);
  if (reason === 'relay-denied' || reason === 'authentication-required') return false;
  return (reply.code >= 500 && reply.code <= 504) || SYNTAX.has(reason) || isMalformedPath;
}

const SYNTAX: ReadonlySet<Reason> = new Set(['syntax', 'address-not-qualified', 'not-implemented']);
