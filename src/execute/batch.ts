// Many attempts in one session: mail transactions in one pipelined group (RFC 2920) or line by line, closed by a sentinel: the
// plain foreign recipient and the local one again. What the sentinel does not bear out is asked again (ARCHITECTURE, "How a verdict
// is reached"). Nothing here opens or closes sessions.
import type { Attempt } from '../model/attempt.js';
import { announces, extensionsOf } from '../model/extensions.js';
import type { Reason } from '../model/reason.js';
import type { Exchange, Reply } from '../model/reply.js';
import { classifyReply } from '../replies/classify.js';
import type { Heard } from '../smtp/channel.js';
import { line } from '../smtp/line.js';
import { rcptLine } from './ask.js';
import { type Budget, isMalformed, sum, type Use } from './budget.js';
import { type Batch, isDelicate, type SharedSession, type Transaction } from './compose.js';
import type { Session } from './session.js';

export interface Sentinel {
  readonly mail: string;
  readonly foreign: string;
  readonly local: string;
  /** What the two were told in a fresh session; null where that is not known yet. */
  readonly foreignReason: Reason | null;
  readonly localReason: Reason | null;
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

export interface BatchResult {
  readonly answered: readonly Answered[];
  /** What was not answered, or not credibly: to be asked again. */
  readonly again: readonly Attempt[];
  /** Acceptances that the sentinel does not bear out, though each command has its reply: no refusal elsewhere takes them back. */
  readonly doubted: readonly Answered[];
  /** Reverse-paths that MAIL accepted. */
  readonly acceptedMail: readonly string[];
  /** Whether the server showed temper: budgets shrink and the session is of no more use. */
  readonly sign: Reason | 'slow' | 'sentinel' | null;
  /** What the session has used; at the worst, where that is not known. */
  readonly spent: Use;
  /** Milliseconds to the first reply; null where none came. */
  readonly firstMs: number | null;
}

/** Reasons that speak of the session, not of what was asked. */
const TEMPER: ReadonlySet<Reason> = new Set([
  'too-many-errors',
  'too-many-recipients',
  'rate-limited',
  'server-busy',
  'bad-sequence',
  'disconnected',
  'timeout',
  'protocol-error',
]);

interface Item {
  readonly text: string;
  readonly stage: 'helo' | 'mail' | 'rcpt';
  readonly transaction: number;
  readonly attempt: Attempt | null;
}

/** What was said in a batch, and what it is worth. */
interface Conversation {
  /** How many exchanges the session had before. */
  readonly from: number;
  readonly items: readonly Item[];
  readonly heards: readonly (Heard | null)[];
  readonly tempers: readonly (Reason | null)[];
  readonly sign: BatchResult['sign'];
  readonly isPipelining: boolean;
  readonly isMatched: boolean;
}

/** Ask a batch and weigh the answers by the sentinel; with `isLast` the session ends with it, where that saves a round trip. */
export async function askBatch(
  shared: SharedSession,
  { transactions, use, budget }: Batch,
  sentinel: Sentinel,
  isLast: boolean,
): Promise<BatchResult> {
  const items = itemsOf(shared, transactions, sentinel);
  const from = shared.session.exchanges.length;
  const isPipelining = mayPipeline(shared.session);
  const { heards, isSlow } = await converse(shared, items, isPipelining, isLast);
  shared.transactions += transactions.length + 1;
  shared.delicate += transactions.flatMap(({ attempts }) => attempts.filter(isDelicate)).length;
  for (const [at, heard] of heards.entries()) count(shared, items[at], heard, budget);
  const replies = heards.map((heard) => heard?.exchange.reply ?? null);
  const reasons = replies.map((reply, at) => (reply === null ? null : reasonOf(reply, items[at]?.stage ?? 'rcpt')));
  const tempers = reasons.map((reason, at) =>
    reason !== null && isTemper(reason, items, replies, at) ? reason : null,
  );
  const temper = tempers.find((reason) => reason !== null) ?? null;
  // What a recipient is told after a refused MAIL is what MAIL was told.
  const said = reasons.map((reason, at) => {
    const mailAt = items.findIndex((item) => item.transaction === items[at]?.transaction && item.stage === 'mail');
    return items[at]?.stage === 'rcpt' && (replies[mailAt]?.code ?? 0) >= 400 ? (reasons[mailAt] ?? null) : reason;
  });
  const foreignAt = items.length - 2;
  const isLocalBorneOut = matches(said[foreignAt + 1], sentinel.localReason ?? firstOf(sentinel.local, items, said));
  const isBorneOut =
    isLocalBorneOut && matches(said[foreignAt], sentinel.foreignReason ?? firstOf(sentinel.foreign, items, said));
  // One reply too many shows behind the last one, where the channel has ended the session.
  const isInOrder =
    shared.session.channel.fault === null &&
    items.every(({ text }, at) => text !== 'RSET' || (replies[at]?.code ?? 0) < 400);
  const sign: BatchResult['sign'] =
    temper ??
    (isSlow
      ? 'slow'
      : heards.length < items.length
        ? 'disconnected'
        : !isInOrder
          ? 'protocol-error'
          : isBorneOut
            ? null
            : 'sentinel');
  // Of a segment it is not known how much of it the server took.
  const spent = sign !== null && isPipelining ? use : { ...shared.use, syntax: use.syntax };
  // Which reply belongs to which command is certain line by line, and in a segment that was answered whole.
  const isMatched = !isPipelining || (sign === 'sentinel' && isLocalBorneOut);
  const conversation = { from, items, heards, tempers, sign, isPipelining, isMatched };
  const firstMs = heards[0]?.exchange.elapsedMs ?? null;
  return { ...weigh(shared, transactions, conversation), sign, spent, firstMs };
}

/** Whether the server announces PIPELINING under the security in force. */
export const mayPipeline = ({ channel, facts }: Session): boolean =>
  announces(extensionsOf(channel.tls ? facts.ehloTls : facts.ehlo), 'PIPELINING');

/**
 * After a sign nothing of one segment stands: a reply too few or too many would give each answer to its neighbour. Line by line
 * each answer is to its own line, and what a slow server said stands, as does what was asked in a fresh session.
 */
function weigh(
  shared: SharedSession,
  transactions: readonly Transaction[],
  { from, items, heards, tempers, sign, isPipelining, isMatched }: Conversation,
): Pick<BatchResult, 'answered' | 'again' | 'doubted' | 'acceptedMail'> {
  const answered: Answered[] = [];
  const again: Attempt[] = [];
  const doubted: Answered[] = [];
  const acceptedMail: string[] = [];
  const isFirstGroup = shared.transactions === transactions.length + 1;
  for (const [index, transaction] of transactions.entries()) {
    const mailAt = items.findIndex((item) => item.transaction === index && item.stage === 'mail');
    const mail = heards[mailAt] ?? null;
    const mailReply = mail?.exchange.reply ?? null;
    if (mailReply !== null && mailReply.code < 400) acceptedMail.push(transaction.mail);
    let isTainted = false;
    for (const [place, attempt] of transaction.attempts.entries()) {
      const isFresh = isFirstGroup && index === 0 && place === 0 && items[0]?.transaction === 0;
      const at = items.findIndex((item) => item.attempt === attempt);
      const isMailRefused = mailReply !== null && mailReply.code >= 400;
      const heard = isMailRefused ? mail : (heards[at] ?? null);
      const reply = heard?.exchange.reply ?? null;
      const isAnswer = reply !== null && (tempers[isMailRefused ? mailAt : at] ?? null) === null;
      const stands = isAnswer && !isTainted && (sign === null || (!isPipelining && (sign === 'slow' || isFresh)));
      const isAccepted = isAnswer && reply.code < 300;
      if (!heard || !isAnswer || (!stands && !(isAccepted && !isTainted && isMatched))) {
        again.push(attempt);
        continue;
      }
      (stands ? answered : doubted).push({
        attempt,
        exchanges: [...shared.preamble, ...(mail && !isMailRefused ? [mail.exchange] : []), heard.exchange],
        isAccepted,
        isFresh,
        refusedMail: isMailRefused && reply.code >= 500 ? heard.exchange : null,
        predecessors: mail
          ? shared.session.exchanges.slice(shared.preamble.length, from + exchangesBefore(heards, mailAt))
          : [],
      });
      // An accepted recipient may change what the same transaction is told from there on.
      isTainted ||= isAccepted;
    }
  }
  return { answered, again, doubted, acceptedMail: sign === null ? acceptedMail : [] };
}

const exchangesBefore = (heards: readonly (Heard | null)[], at: number): number =>
  heards.slice(0, at).filter((heard) => heard !== null).length;

/** The transaction of the local recipient that a session opens with while nothing else has told what it is told. */
const OPENING = -1;

/** Whether the answers of a group are to be held against what its session itself is told at first. */
const needsOpening = (shared: SharedSession, transactions: readonly Transaction[], sentinel: Sentinel): boolean =>
  sentinel.localReason === null &&
  shared.transactions === 0 &&
  transactions.flatMap(({ attempts }) => attempts).length > 1;

function itemsOf(shared: SharedSession, transactions: readonly Transaction[], sentinel: Sentinel): Item[] {
  const opening: readonly Item[] = needsOpening(shared, transactions, sentinel)
    ? [
        { text: sentinel.mail, stage: 'mail', transaction: OPENING, attempt: null },
        { text: sentinel.local, stage: 'rcpt', transaction: OPENING, attempt: null },
      ]
    : [];
  const isNew = shared.transactions === 0 && opening.length === 0;
  const reset = (transaction: number): Item[] =>
    transaction === 0 && isNew ? [] : [{ text: 'RSET', stage: 'helo', transaction, attempt: null }];
  const end = transactions.length;
  return [
    ...opening,
    ...transactions.flatMap(({ mail, attempts }, transaction): Item[] => [
      ...reset(transaction),
      { text: mail, stage: 'mail', transaction, attempt: null },
      ...attempts.map((attempt): Item => ({ text: rcptLine(attempt), stage: 'rcpt', transaction, attempt })),
    ]),
    ...reset(end),
    { text: sentinel.mail, stage: 'mail', transaction: end, attempt: null },
    { text: sentinel.foreign, stage: 'rcpt', transaction: end, attempt: null },
    { text: sentinel.local, stage: 'rcpt', transaction: end, attempt: null },
  ];
}

/** How much longer than usual a reply may take before the rest of a batch is given up, in milliseconds. */
const LONGEST_WAIT = 2_000;

/**
 * Send and hear, in one segment where PIPELINING is announced; null for what was not sent; shorter where the session ended.
 * SAFETY: a server that slows down slows down more; what is still on the way is asked again elsewhere.
 */
async function converse(
  shared: SharedSession,
  items: readonly Item[],
  isPipelining: boolean,
  isLast: boolean,
): Promise<{ heards: (Heard | null)[]; isSlow: boolean }> {
  const { channel, limits } = shared.session;
  const usual = shared.helloMs * 1.5 + 700;
  const patience = Math.min(limits.timeoutMs, usual + LONGEST_WAIT);
  const heards: (Heard | null)[] = [];
  let refused = -1;
  let before = 0;
  const toSend = items.map(({ stage, text }) => ({ stage, line: line(text) }));
  const waiting = isPipelining ? channel.pipeline(toSend, patience, isLast) : [];
  for (const [at, item] of items.entries()) {
    if (!isPipelining && item.stage === 'rcpt' && item.transaction === refused) {
      heards.push(null);
      continue;
    }
    const one = toSend[at];
    const pending = waiting[at] ?? (one ? channel.pipeline([one], patience)[0] : undefined);
    if (!pending) break;
    const heard = await pending;
    const { reply, elapsedMs } = heard.exchange;
    shared.session.exchanges.push(heard.exchange);
    if (heard.fault) {
      shared.session.fault = heard.fault;
      return { heards, isSlow: heard.fault.kind === 'timeout' };
    }
    heards.push(heard);
    const isRefusal = (reply?.code ?? 0) >= 400;
    if (item.stage === 'mail' && isRefusal) refused = item.transaction;
    // The replies of one segment are all timed from when it left.
    const tookMs = isPipelining ? elapsedMs - before : elapsedMs;
    before = elapsedMs;
    // Only refusals are slowed down on purpose; a recipient that is taken may cost the server something.
    if (isRefusal && tookMs > usual && at < items.length - 1) {
      channel.destroy();
      return { heards, isSlow: true };
    }
  }
  return { heards, isSlow: false };
}

const reasonOf = (reply: Reply, stage: 'helo' | 'mail' | 'rcpt'): Reason =>
  reply.code < 400 ? 'accepted' : classifyReply({ stage, reply: reply.lines }).reason;

/** `503` to a recipient after a refused MAIL is in order; elsewhere it means that the two sides have lost each other. */
function isTemper(reason: Reason, items: readonly Item[], replies: readonly (Reply | null)[], at: number): boolean {
  if (replies[at]?.code === 421) return true;
  if (reason !== 'bad-sequence') return TEMPER.has(reason);
  const item = items[at];
  if (item?.stage !== 'rcpt') return false;
  const mailAt = items.findIndex((one) => one.transaction === item.transaction && one.stage === 'mail');
  return (replies[mailAt]?.code ?? 0) < 400 && mailAt !== at;
}

const matches = (got: Reason | null | undefined, wanted: Reason | null): boolean => wanted === null || got === wanted;

/** What a recipient of the sentinel was told first in this group, from the same reverse-path; null where it was not asked so. */
function firstOf(recipient: string, items: readonly Item[], said: readonly (Reason | null)[]): Reason | null {
  const mail = items.at(-3)?.text;
  const usual = new Set(items.filter(({ text }) => text === mail).map(({ transaction }) => transaction));
  const at = items.findIndex(({ text, transaction }) => text === recipient && usual.has(transaction));
  // The last two are the sentinel itself.
  return at >= 0 && at < items.length - 2 ? (said[at] ?? null) : null;
}

/** Servers have many words for a path that they cannot read; a denial alone says that it was read. */
function isAboutSyntax(reply: Reply, { stage, attempt }: Item, budget: Budget): boolean {
  const reason = reasonOf(reply, stage);
  if (reason === 'relay-denied' || reason === 'authentication-required') return false;
  return (
    (reply.code >= 500 && reply.code <= 504) || SYNTAX.has(reason) || (attempt !== null && isMalformed(attempt, budget))
  );
}

const SYNTAX: ReadonlySet<Reason> = new Set(['syntax', 'address-not-qualified', 'not-implemented']);

function count(shared: SharedSession, item: Item | undefined, heard: Heard | null, budget: Budget): void {
  const reply = heard?.exchange.reply ?? null;
  if (!item || reply === null) return;
  const isNegative = reply.code >= 400;
  shared.use = sum(shared.use, {
    negatives: isNegative ? 1 : 0,
    nonMail: item.text === 'RSET' ? 1 : 0,
    syntax: isNegative && isAboutSyntax(reply, item, budget) ? 1 : 0,
  });
}
