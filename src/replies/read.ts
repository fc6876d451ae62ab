// Evidence of one attempt -> what was answered, where, and why. Pure; the first thing planner and judge do with evidence.
// The reason decides, then the code (docs/decisions/0003-what-counts-as-proof.md); nothing here knows what other attempts were told.
import type { Attempt } from '../model/attempt.js';
import type { Evidence } from '../model/evidence.js';
import type { Reason } from '../model/reason.js';
import type { Exchange, Reply, Stage } from '../model/reply.js';
import { classifyReply } from './classify.js';
import { WEIGHTS, type Weight } from './weights.js';

/** `accepted`: the last thing asked for got a 2yz; `queued`: so did a whole message. */
export type Answer = 'accepted' | 'queued' | 'permanent' | 'temporary' | 'none';

export interface Reading {
  readonly stage: Stage;
  readonly reason: Reason;
  readonly weight: Weight;
  readonly answer: Answer;
  /** The reply that decided; null for a fault and for an attempt that was not made. */
  readonly reply: Reply | null;
  /** The answer to AUTH where the attempt authenticated, whatever followed. */
  readonly login: Login | null;
}

/** An attempt with what came of it. */
export interface Item {
  readonly attempt: Attempt;
  readonly evidence: Evidence;
  readonly reading: Reading;
}

export interface Login {
  readonly answer: 'accepted' | 'refused' | 'none';
  readonly reason: Reason;
  readonly reply: Reply | null;
}

const isNegative = (reply: Reply | null): reply is Reply => reply !== null && reply.code >= 400;

const lastAt = (exchanges: readonly Exchange[], stage: Stage): Exchange | undefined =>
  exchanges.findLast((exchange) => exchange.stage === stage);

/** Stages whose last reply must be positive before the next one means anything, in session order. */
const GATES: readonly Stage[] = [
  'proxy',
  'greeting',
  'helo',
  'starttls',
  'xclient',
  'auth',
  'mail',
  'rcpt',
  'data',
  'message',
];

/**
 * Read the evidence of one attempt.
 * A failed login with credentials that are not valid does not decide: what was asked after it does.
 * @param product what the server is known to be, for the classifier; null when unknown.
 */
export function read(evidence: Evidence, product: string | null): Reading {
  const { attempt, exchanges, fault } = evidence;
  const login = readLogin(evidence, product);
  if (evidence.skipped !== null) return answered('connect', 'unclassified', 'none', null, login);
  // The source itself was not to be had: whatever was said, it was said to another client.
  if (fault?.kind === 'claim-refused' && fault.stage === 'xclient')
    return answered('xclient', 'claim-refused', 'none', null, login);
  const failedLoginDecides = attempt.credentials === 'valid' || attempt.depth === 'auth';
  for (const stage of GATES) {
    if (stage === 'auth' && !failedLoginDecides) continue;
    const exchange = lastAt(exchanges, stage);
    if (!exchange || !isNegative(exchange.reply)) continue;
    const reason = isTakenForCommand(stage, exchange.reply)
      ? 'claim-refused'
      : classify(exchange.reply, stage, product).reason;
    return answered(stage, reason, exchange.reply.code < 500 ? 'temporary' : 'permanent', exchange.reply, login);
  }
  if (fault) return answered(fault.stage, fault.kind, 'none', null, login);
  const last = exchanges.findLast((exchange) => exchange.reply !== null);
  if (!last) return answered('connect', 'protocol-error', 'none', null, login);
  if (attempt.extras.afterStarttls !== undefined) {
    const injected = exchanges.findLast(({ stage, reply }) => stage === 'tls' && reply !== null);
    // That the server obeyed shows by any reply; that it dropped the commands, by none.
    return injected
      ? answered('tls', 'accepted', 'accepted', injected.reply, login)
      : answered('tls', 'not-implemented', 'permanent', null, login);
  }
  // To VRFY and EXPN 252 says neither yes nor no (RFC 5321 section 3.5.3).
  if (attempt.extras.commands !== undefined && last.reply?.code === 252)
    return answered(last.stage, 'not-implemented', 'permanent', last.reply, login);
  return answered(last.stage, 'accepted', last.stage === 'message' ? 'queued' : 'accepted', last.reply, login);
}

/** Whether a PROXY header was answered as a command would be, in whatever words (RFC 5321 section 4.2.1, x0z: syntax). */
const isTakenForCommand = (stage: Stage, { code }: Reply): boolean => stage === 'proxy' && code >= 500 && code < 505;

function answered(stage: Stage, reason: Reason, answer: Answer, reply: Reply | null, login: Login | null): Reading {
  return { stage, reason, weight: WEIGHTS[reason], answer, reply, login };
}

/** Read how AUTH ended; null where the attempt did not authenticate. 334 at the end means it was never answered. */
function readLogin({ attempt, exchanges, fault }: Evidence, product: string | null): Login | null {
  if (attempt.mechanism === null && attempt.extras.authentication === undefined) return null;
  const reply = lastAt(exchanges, 'auth')?.reply ?? null;
  if (!reply) return { answer: 'none', reason: fault?.kind ?? 'authentication-not-offered', reply: null };
  if (reply.code >= 200 && reply.code < 300) return { answer: 'accepted', reason: 'accepted', reply };
  if (reply.code < 400) return { answer: 'none', reason: fault?.kind ?? 'protocol-error', reply };
  return { answer: 'refused', reason: classify(reply, 'auth', product).reason, reply };
}

const classify = (reply: Reply, stage: Stage, product: string | null) =>
  classifyReply({ stage, reply: reply.lines, ...(product === null ? {} : { product }) });

/**
 * Say whether two refusals are word for word the same but for what was asked about.
 * Addresses, their parts, numbers and queue ids are set aside; the codes count.
 * @param about words that were asked about (paths, their local parts and domains), any case.
 */
export function isSameText(a: Reply, b: Reply, about: readonly string[]): boolean {
  if (a.code !== b.code) return false;
  const words = [...new Set(about.map((word) => word.toLowerCase()))].filter((word) => word.length > 2);
  words.sort((one, other) => other.length - one.length);
  return skeleton(a, words) === skeleton(b, words);
}

function skeleton(reply: Reply, words: readonly string[]): string {
  let text = reply.text.toLowerCase();
  for (const word of words) text = text.replaceAll(word, '#');
  return text
    .replace(/<[^>]*>/g, '#')
    .replace(/[^\s"'()<>,;:]+@[^\s"'()<>,;:]*/g, '#')
    .replace(/["']?#(?:["'%!@:.#]*#)*["']?/g, '#')
    .replace(/\b[0-9a-z]*\d[0-9a-z]*\b/g, '0')
    .replace(/\s+/g, ' ')
    .trim();
}
