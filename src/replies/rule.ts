// One row of a table that reads refusals, and how a table is tried: in order, the first row that fits decides.
// Rows see the wording of a reply (wording.ts): lower case, without addresses, and without host names unless they ask.
import type { Reason } from '../model/reason.js';
import type { Stage } from '../model/reply.js';
import { matches } from './needles.js';
import type { Wording } from './wording.js';

export interface Rule {
  readonly reason: Reason;
  /** Must occur in the wording. */
  readonly says?: RegExp;
  /** Must not occur in it. */
  readonly unless?: RegExp;
  /** Read host names and links too: for block lists, which are known by their names. */
  readonly withNames?: true;
  /** Stages this row is for; a reply whose stage is not known (`any`) fits as well, unless the row says `onlyThere`. */
  readonly stages?: readonly Stage[];
  readonly onlyThere?: true;
  readonly code?: RegExp;
  readonly enhanced?: RegExp;
  /** So peculiar to the product of its table that the text alone tells the product. */
  readonly tells?: true;
}

/** Find the first row that fits a refusal; null where none does. */
export const firstMatch = (rules: readonly Rule[], wording: Wording, stage: Stage | 'any'): Rule | null =>
  rules.find((rule) => fits(rule, wording, stage)) ?? null;

const fits = (rule: Rule, wording: Wording, stage: Stage | 'any'): boolean => {
  if (rule.stages !== undefined && !isAt(rule, rule.stages, stage)) return false;
  if (rule.code !== undefined && !rule.code.test(wording.code === null ? '' : String(wording.code))) return false;
  if (rule.enhanced !== undefined && !rule.enhanced.test(wording.enhanced ?? '')) return false;
  const text = rule.withNames ? wording.named : wording.plain;
  if (rule.says !== undefined && !matches(rule.says, text)) return false;
  return rule.unless === undefined || !matches(rule.unless, text);
};

const isAt = (rule: Rule, stages: readonly Stage[], stage: Stage | 'any'): boolean =>
  stage === 'any' ? rule.onlyThere !== true : stages.includes(stage);
