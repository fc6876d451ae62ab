// What is known of one mail server product: how it shows itself and how it words its refusals. One file per product,
// one line in products/index.ts. Patterns for showing itself are case-insensitive; rows of `rules` read wordings.
import type { Rule } from './rule.js';

export interface Product {
  /** The name reports use. */
  readonly name: string;
  /** Names under which others know it. */
  readonly alias: RegExp;
  /** Name of the product it is built on, whose replies it gives as well. */
  readonly kin?: string;
  /** Whether its enhanced status codes follow from the reply code alone and mean nothing. */
  readonly stampsCodes?: true;
  /** In the greeting; the first group is the version. Greetings are easily and often changed. */
  readonly banner?: RegExp;
  /** In the EHLO reply, whose lines are joined by line feeds without codes: words that only this product says. */
  readonly ehlo?: RegExp;
  /** The order and choice of extensions in the EHLO reply: others may happen to have it. */
  readonly shape?: RegExp;
  /** In the HELP reply; the first group is the version. */
  readonly help?: RegExp;
  /** In a refusal, with its codes: words that only this product says. */
  readonly refusal?: RegExp;
  readonly rules: readonly Rule[];
}
