// Which product answers, from greeting, EHLO, HELP and refusals. Greetings are often changed and sometimes lie, so they
// weigh less than words only one product says; a shape of EHLO that others may share weighs least. Unknown is an answer.
// SAFETY: all of it comes from the peer; text is cut before it is read, and a version is taken only from a short match.

import { remember } from '../model/remember.js';
import type { Software } from '../model/report.js';
import { mayMatch } from './needles.js';
import type { Product } from './product.js';
import { PRODUCTS } from './products/index.js';

/** What a server has shown of itself, as raw lines with codes; null or empty where it was not asked or did not answer. */
export interface Signs {
  readonly greeting: readonly string[] | null;
  readonly ehlo: readonly string[] | null;
  readonly help: readonly string[] | null;
  readonly refusals: readonly (readonly string[])[];
}

/** How much each sign weighs; two different kinds of it, or help alone, make a product certain. */
const WEIGHT = { banner: 2, ehlo: 3, shape: 1, help: 4, refusal: 3 } as const;
const CERTAIN = 4;
const LIKELY = 2;
const LONGEST = 8_000;

interface Shown {
  readonly text: string;
  readonly lower: string;
}

interface Seen {
  readonly greeting: Shown;
  /** First line without the server's own name, then the extensions. */
  readonly ehlo: Shown;
  readonly help: Shown;
  readonly refusals: Shown;
}

interface Candidate {
  readonly product: Product;
  readonly score: number;
  readonly version: string | null;
}

/** Tell the product from what it showed; null where nothing tells. A version is null unless the server says it. */
export const fingerprint = ({ greeting, ehlo, help, refusals }: Signs): Software | null => {
  const said = [greeting, ehlo, help].map((lines) => lines?.join('\n') ?? '');
  const refused = [...new Set(refusals.map((lines) => lines.join('\n')))];
  return asShown([...said, ...refused].join('\n\n'), () =>
    recognise({
      greeting: shown(withoutCodes(greeting ?? [])),
      ehlo: shown(withoutCodes(ehlo ?? [])),
      help: shown(withoutCodes(help ?? [])),
      refusals: shown(withCodes(refused)),
    }),
  );
};

/** What was recognised before: it is asked anew with every answer, and most of them say nothing new. */
const asShown = remember<Software | null>({ most: 200, longest: 10_000 });

const shown = (text: string): Shown => ({ text, lower: text.toLowerCase() });

const recognise = (seen: Seen): Software | null => {
  const candidates = PRODUCTS.map((product) => weigh(product, seen)).filter(({ score }) => score > 0);
  const ranked = candidates
    .map((candidate) => withKin(candidate, candidates))
    .sort((one, other) => other.score - one.score);
  const best = ranked[0];
  if (best === undefined) return null;
  const rival = ranked.find(({ product }) => product !== best.product && product.name !== best.product.kin);
  return { product: best.product.name, version: best.version, confidence: certainty(best.score, rival?.score ?? 0) };
};

const weigh = (product: Product, seen: Seen): Candidate => {
  const banner = found(product.banner, seen.greeting);
  const help = found(product.help, seen.help);
  const score =
    (banner === null ? 0 : WEIGHT.banner) +
    (help === null ? 0 : WEIGHT.help) +
    (found(product.ehlo, seen.ehlo) ? WEIGHT.ehlo : found(product.shape, seen.ehlo) ? WEIGHT.shape : 0) +
    (found(product.refusal, seen.refusals) ? WEIGHT.refusal : 0);
  return { product, score, version: banner?.[1] ?? help?.[1] ?? null };
};

const found = (pattern: RegExp | undefined, { text, lower }: Shown): RegExpExecArray | null =>
  pattern !== undefined && mayMatch(pattern, text, lower) ? pattern.exec(text) : null;

/** A build of another product shows that one's signs too; its own sign decides between the two. */
const withKin = (candidate: Candidate, all: readonly Candidate[]): Candidate => {
  const kin = all.find(({ product }) => product.name === candidate.product.kin);
  return kin === undefined
    ? candidate
    : { ...candidate, score: candidate.score + kin.score, version: candidate.version ?? kin.version };
};

/** Signs of two products at once are never certain: one of them is a mask, or another server stands in front. */
const certainty = (score: number, rival: number): Software['confidence'] => {
  if (score === rival || score < LIKELY) return 'low';
  if (score < CERTAIN || rival >= LIKELY) return 'medium';
  return 'high';
};

const joined =
  (clean: (line: string) => string) =>
  (texts: readonly string[]): string =>
    texts
      .flatMap((text) => text.split(/\r\n|\r|\n/))
      .map((line) => clean(line).trim())
      .join('\n')
      .slice(0, LONGEST);

const withCodes = joined((line) => line);
const withoutCodes = joined((line) => line.replace(/^\d{3}[ -]/, ''));
