import { announces, extensionsOf } from '../model/extensions.js';
import type { Heard } from '../smtp/channel.js';
import { line } from '../smtp/line.js';
import { rcptLine } from './ask.js';
import { sum, type Use } from './budget.js';
import { type Batch, isDelicate, type SharedSession, type Transaction } from './compose.js';
import type { Session } from './session.js';
import { type Item, type Sentinel, useOf, type Weighed, weigh } from './weigh.js';

export interface BatchResult extends Weighed {
  /** What the session has used; at the worst, where that is not known. */
  readonly spent: Use;
  /** Milliseconds to the first reply; null where none came. */
  readonly firstMs: number | null;
}

/** Ask a batch and weigh the answers by the sentinel; with `isLast` the session ends with it, where that saves a round trip. */
export async function askBatch(
  shared: SharedSession,
  { transactions, use, budget }: Batch,
  sentinel: Sentinel,
  isLast: boolean,
): Promise<BatchResult> {
  const { session, preamble } = shared;
  const items = itemsOf(shared, transactions, sentinel);
  const before = shared.transactions === 0 ? null : session.exchanges.slice(preamble.length);
  const isPipelining = mayPipeline(session);
  const { heards, isSlow } = await converse(shared, items, isPipelining, isLast);
  shared.transactions += transactions.length + 1;
  shared.delicate += transactions.flatMap(({ attempts }) => attempts.filter(isDelicate)).length;
  for (const [at, item] of items.entries()) {
    const reply = heards[at]?.exchange.reply ?? null;
    if (reply !== null) shared.use = sum(shared.use, useOf(item, reply, budget));
  }
  const isBroken = session.channel.fault !== null;
  const weighed = weigh({ transactions, items, heards, isPipelining, isSlow, isBroken, preamble, before }, sentinel);
  // Of a segment it is not known how much of it the server took.
  const spent = weighed.sign !== null && isPipelining ? use : { ...shared.use, syntax: use.syntax };
  return { ...weighed, spent, firstMs: heards[0]?.exchange.elapsedMs ?? null };
}

/** Whether the server announces PIPELINING under the security in force. */
export const mayPipeline = ({ channel, facts }: Session): boolean =>
  announces(extensionsOf(channel.tls ? facts.ehloTls : facts.ehlo), 'PIPELINING');

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
  let refused: number | null = null;
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
