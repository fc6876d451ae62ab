// Why a server said what it said: reply code, enhanced status code, words and stage to one reason of docs/contract.md.
// The reason decides, then the code: `454 4.7.1 Relay access denied` denies relaying. What is not known is
// `unclassified`, never a guess; a 2yz is never a refusal, a 4yz or 5yz never an acceptance (RFC 5321 section 4.2.1).
import type { Reason } from '../model/reason.js';
import { remember } from '../model/remember.js';
import type { Stage } from '../model/reply.js';
import { CODES, ENHANCED } from './codes.js';
import { GENERIC } from './generic.js';
import type { Product } from './product.js';
import { PRODUCTS } from './products/index.js';
import { firstMatch } from './rule.js';
import { WEIGHTS } from './weights.js';
import { readWording, type Wording } from './wording.js';

export interface Question {
  readonly stage: Stage | 'any';
  /** The reply's lines as received, with their codes; line ends, codes and text may be missing. */
  readonly reply: readonly string[];
  /** The server's product, as `fingerprint` or the operator names it; left out where it is not known. */
  readonly product?: string;
}

export interface Classification {
  readonly reason: Reason;
  /** The product whose table read the reply, else the one that was named; null where neither is known. */
  readonly product: string | null;
  /** `high`: the product's own words or a plain acceptance; `medium`: understood words; `low`: codes alone, or nothing. */
  readonly confidence: 'high' | 'medium' | 'low';
}

/** Say why a server answered so; never throws, whatever the lines hold. An empty reply is `unclassified`. */
export const classifyReply = ({ stage, reply, product }: Question): Classification =>
  asSaid(`${stage}\n${product ?? ''}\n${reply.join('\n')}`, () => classify(stage, readWording(reply), product));

const classify = (stage: Stage | 'any', wording: Wording, product: string | undefined): Classification => {
  const known = product === undefined ? null : findProduct(product);
  const named = known?.name ?? product ?? null;
  if (wording.contradicts) return { reason: 'protocol-error', product: named, confidence: 'low' };
  if (wording.code !== null && wording.code < 400) {
    return { reason: readPositive(stage, wording, wording.code), product: named, confidence: 'high' };
  }
  const key = [stage, named, wording.code, wording.enhanced, wording.plain, wording.named].join('\n');
  return inTheseWords(key, () => asAsked(stage, readRefusal(stage, wording, known, named)));
};

/** What a refusal is about where nobody has asked for relaying yet, be it said in words that deny it. */
const BEFORE_MAIL: Partial<Record<Stage | 'any', Reason>> = {
  connect: 'client-blocked',
  greeting: 'client-blocked',
  helo: 'greeting-rejected',
};

const asAsked = (stage: Stage | 'any', read: Classification): Classification => {
  // Who is told that he talks too soon, or out of turn, has his header read as talk: it counts for nothing there.
  if (stage === 'proxy' && read.reason === 'protocol-error') return { ...read, reason: 'claim-refused' };
  const reason = BEFORE_MAIL[stage];
  return reason === undefined || WEIGHTS[read.reason] !== 'denial' ? read : { ...read, reason };
};

/**
 * What was read before: a server says no to hundreds of questions in the same few words, and each answer
 * is read again and again.
 */
const asSaid = remember<Classification>({ most: 4_000, longest: 1_000 });
const inTheseWords = remember<Classification>({ most: 2_000, longest: 1_000 });

const readRefusal = (
  stage: Stage | 'any',
  wording: Wording,
  known: Product | null,
  named: string | null,
): Classification => {
  const own = known === null ? null : firstMatch(rulesOf(known), wording, stage);
  if (own !== null) return { reason: own.reason, product: named, confidence: 'high' };
  const told = findTold(wording, stage);
  if (told !== null) return { ...told, product: named ?? told.product };
  const generic = firstMatch(GENERIC, wording, stage);
  if (generic !== null) return { reason: generic.reason, product: named, confidence: 'medium' };
  const codes = known?.stampsCodes === true ? CODES : [...ENHANCED, ...CODES];
  const coded = stage === 'any' ? null : firstMatch(codes, wording, stage);
  return { reason: coded?.reason ?? 'unclassified', product: named, confidence: 'low' };
};

/** Find the product whose peculiar words these are. */
const findTold = (wording: Wording, stage: Stage | 'any'): Classification | null => {
  for (const { product, rules } of TELLING) {
    const rule = firstMatch(rules, wording, stage);
    if (rule !== null) return { reason: rule.reason, product: product.name, confidence: 'high' };
  }
  return null;
};

const TELLING = PRODUCTS.map((product) => ({ product, rules: product.rules.filter(({ tells }) => tells) })).filter(
  ({ rules }) => rules.length > 0,
);

const findProduct = (name: string): Product | null => PRODUCTS.find((product) => product.alias.test(name)) ?? null;

const rulesOf = (product: Product): Product['rules'] => [
  ...product.rules,
  ...(PRODUCTS.find((candidate) => candidate.name === product.kin)?.rules ?? []),
];

/** Stages at which a 2yz moves the session on, 221 aside. */
const ACCEPTING: ReadonlySet<Stage | 'any'> = new Set(['mail', 'rcpt', 'data', 'message', 'auth', 'delivery']);

const readPositive = (stage: Stage | 'any', wording: Wording, code: number): Reason => {
  if (code === 221) return /\berror\b|\bbreak rules\b/.test(wording.plain) ? 'protocol-error' : 'disconnected';
  if (code >= 300) return isIntermediate(stage, code) ? 'accepted' : 'protocol-error';
  // 252 answers VRFY and EXPN without saying anything (RFC 5321 section 3.5.3).
  if (code === 252 && !ACCEPTING.has(stage)) return 'not-implemented';
  return 'accepted';
};

/** 334 goes on with AUTH, 354 with the message; neither belongs anywhere else. */
const isIntermediate = (stage: Stage | 'any', code: number): boolean =>
  (code === 334 && (stage === 'auth' || stage === 'any')) ||
  (code === 354 && (stage === 'data' || stage === 'message' || stage === 'any'));
