// The list of products whose fixes are known, and the steps of one finding: those of the product that answers, else the general
// ones, which say so. Pure.
import type { Brief } from '../../model/brief.js';
import { expectationOf } from '../../model/policy.js';
import type { Software } from '../../model/report.js';
import type { Hit } from '../finders/hit.js';
import { RULES, type RuleId } from '../rules.js';
import type { View } from '../view.js';
import { APPLE } from './apple.js';
import { CAUSES_OF, type Cause, causesOf } from './causes.js';
import { checkCommand } from './check.js';
import { COURIER } from './courier.js';
import { EXIM } from './exim.js';
import { type Facts, type Fix, type ProductFixes, writeSteps } from './fix.js';
import { HARAKA } from './haraka.js';
import { networksOf } from './networks.js';
import { OPENSMTPD } from './opensmtpd.js';
import { JAMES, MADDY, STALWART } from './others.js';
import { POSTFIX } from './postfix.js';
import { QMAIL } from './qmail.js';
import { SENDMAIL } from './sendmail.js';
import { SURROUNDINGS } from './surroundings.js';
import { EXCHANGE, HMAILSERVER } from './windows.js';

export const PRODUCT_FIXES: readonly ProductFixes[] = [
  POSTFIX,
  EXIM,
  SENDMAIL,
  OPENSMTPD,
  COURIER,
  HARAKA,
  QMAIL,
  EXCHANGE,
  HMAILSERVER,
  STALWART,
  MADDY,
  JAMES,
  APPLE,
];

export const UNPROVEN = '(not proven by a test)';

/** Give the causes that a rule may have, itself among them. */
export const causesOfRule = (rule: RuleId): readonly Cause[] => [rule, ...(CAUSES_OF[rule] ?? [])];

/** Find the fixes of a product for the causes of a rule; empty where there are none. */
export const fixesOf = (product: ProductFixes, causes: readonly Cause[]): readonly (readonly [Cause, Fix])[] =>
  causes.flatMap((cause) => {
    const fix = product.fixes[cause];
    return fix === undefined ? [] : [[cause, fix] as const];
  });

/** Write the steps of a fix, and say where no test has proven them. */
export function stepsOf(product: ProductFixes, fix: Fix, facts: Facts): readonly string[] {
  const steps = writeSteps(product, fix, facts);
  const isProven = (fix.provenBy ?? []).length > 0;
  return isProven ? steps : steps.map((step, index) => (index === 0 ? `${UNPROVEN} ${step}` : step));
}

interface Mended {
  readonly fix: readonly string[];
  readonly references: readonly string[];
}

/** Give the steps of a finding, and the documentation that they follow. */
export function mend(rule: RuleId, hit: Hit, view: View): Mended {
  const { fix, references } = RULES[rule];
  const general: Mended = { fix: [...fix], references: [...references] };
  const facts = factsOf(view.brief);
  const around = fixesOf(SURROUNDINGS, [rule]);
  if (around.length > 0) return written(SURROUNDINGS, around, facts, general.fix, references);
  const all = causesOfRule(rule);
  // What no product is set differently for is for the operator of the audit, not for the server.
  if (!PRODUCT_FIXES.some((product) => fixesOf(product, all).length > 0)) return general;
  const check = `Then check this hole again -- run: ${checkCommand(view.brief, hit)}`;
  const software = view.known.software;
  const product = productOf(software);
  if (product === null) return { ...general, fix: [...fix, unknown(software), check] };
  const found = fixesOf(product, causesOf(rule, hit.items, view));
  if (found.length === 0) {
    return {
      ...general,
      fix: [...fix, `These steps are general: none of its own is known for ${product.product} here`, check],
    };
  }
  const { fix: own, references: more } = written(product, found.slice(0, MOST), facts, [], references);
  return { fix: [...own, check], references: more };
}

const MOST = 3;

const written = (
  product: ProductFixes,
  found: readonly (readonly [Cause, Fix])[],
  facts: Facts,
  before: readonly string[],
  references: readonly string[],
): Mended => ({
  fix: [...new Set([...before, ...found.flatMap(([, fix]) => stepsOf(product, fix, facts))])],
  references: [...new Set([...references, ...found.flatMap(([, fix]) => fix.follows)])],
});

/** The fixes of the product that answers; what is guessed from a banner's shape alone is not acted on. */
function productOf(software: Software | null): ProductFixes | null {
  if (software === null || software.confidence === 'low') return null;
  const name = KIN[software.product] ?? software.product;
  return PRODUCT_FIXES.find(({ product }) => product === name) ?? null;
}

/** Builds of another product, which are set as it is. */
const KIN: Readonly<Record<string, string>> = { Zimbra: 'Postfix' };

const unknown = (software: Software | null): string => {
  const why =
    software === null
      ? 'the server does not say what it is'
      : software.confidence === 'low'
        ? `the server is perhaps ${software.product}, and perhaps not`
        : `none of its own is known for ${software.product} here`;
  return `These steps are general: ${why}`;
};

/** What the policy says, as fixes need it. */
function factsOf({ policy, identity, user }: Brief): Facts {
  const networks = networksOf(policy.relayHosts);
  return {
    networks: networks.length > 0 ? networks : ['127.0.0.1/32', '::1/128'],
    isListGiven: networks.length > 0,
    permitsList: expectationOf(policy.preset, true, 'anonymous') !== 'refuse',
    permitsLogin: expectationOf(policy.preset, false, 'PLAIN') !== 'refuse',
    domain: policy.localDomains[0] ?? identity.localDomain ?? 'example.org',
    user: user ?? 'USER',
  };
}
