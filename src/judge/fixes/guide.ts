// Fixes to read, apart from any finding: per cause of a rule, with example values in place of an operator's own. Pure.
import { complain } from '../../model/errors.js';
import { didYouMean } from '../../model/nearest.js';
import { RULES, type RuleId } from '../rules.js';
import { CAUSES, type Cause } from './causes.js';
import type { Facts, ProductFixes } from './fix.js';
import { causesOfRule, fixesOf, PRODUCT_FIXES, stepsOf } from './index.js';
import { SURROUNDINGS } from './surroundings.js';

export interface Guide {
  /** What opens the hole, as one line. */
  readonly title: string;
  readonly steps: readonly string[];
  readonly follows: readonly string[];
}

/** What stands in for the operator's own values (RFC 5737, RFC 3849, RFC 2606). */
export const EXAMPLE_FACTS: Facts = {
  networks: ['192.0.2.0/24', '2001:db8::/48'],
  isListGiven: true,
  permitsList: true,
  permitsLogin: true,
  domain: 'example.org',
  user: 'alice',
};

const titleOf = (cause: Cause, rule: RuleId): string =>
  Object.hasOwn(CAUSES, cause) ? CAUSES[cause as keyof typeof CAUSES] : RULES[rule].title;

/** Give a product's fixes for a rule, one per cause; empty where it has none. Surroundings of servers count for all products. */
export function guidesOf(rule: RuleId, product: ProductFixes, facts: Facts): readonly Guide[] {
  const source = fixesOf(SURROUNDINGS, [rule]).length > 0 ? SURROUNDINGS : product;
  return fixesOf(source, causesOfRule(rule)).map(([cause, fix]) => ({
    title: titleOf(cause, rule),
    steps: stepsOf(source, fix, facts),
    follows: fix.follows,
  }));
}

/** The word by which a product is named on the command line, as `mac-os-x-server`. */
export const wordOf = ({ product }: ProductFixes): string => product.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** Find a product by its name. @throws UsageError */
export function productNamed(word: string): ProductFixes {
  const wanted = word.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const found = PRODUCT_FIXES.find((product) => wordOf(product) === wanted);
  if (found !== undefined) return found;
  const words = PRODUCT_FIXES.map(wordOf);
  throw complain({
    subject: '--product',
    problem: 'no product whose fixes are known',
    got: word,
    want: words.join(', '),
    hint: didYouMean(wanted, words),
  });
}
