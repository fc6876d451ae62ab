// What the planner and the judge of one audit work out again and again, since each plan is made anew from all evidence. Nothing but
// time depends on what is kept. It belongs to who plans and goes when the audit does: what a table of the whole process holds is
// moved about by the collector until it is old, and a thousand servers fill the memory.
import type { Attempt } from '../model/attempt.js';
import type { Evidence } from '../model/evidence.js';
import type { TemplateValues } from '../model/technique.js';
import type { Item } from './read.js';

export interface Memory {
  /** What evidence was read to, and the product that it was read as. */
  readonly items: Map<Evidence, { readonly product: string | null; readonly item: Item }>;
  /** The refusals in evidence, without what was asked. */
  readonly refusals: Map<Evidence, readonly string[]>;
  /** By source, and what is known of it and of the server. */
  readonly filled: Map<string, Filled>;
  /** The controls that an answer calls for, by the attempt that was answered. */
  readonly shapes: Map<Attempt, readonly Attempt[]>;
  readonly inbound: Map<Attempt, Attempt>;
}

/** What the names in templates stand for, and the attempts that were made of it, by all else that decides them. */
export interface Filled {
  readonly values: TemplateValues;
  readonly made: Map<string, readonly Attempt[]>;
}

/** Make the memory of one audit: its briefs may differ in what a run leaves to it, and in nothing that attempts are made of. */
export const createMemory = (): Memory => ({
  items: new Map(),
  refusals: new Map(),
  filled: new Map(),
  shapes: new Map(),
  inbound: new Map(),
});

/** Give what is kept under a key, else make and keep it. */
export function kept<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
