// The sources of a run: those of the brief, and those that the planner added on the way. Pure.

import { addressToBigInt } from '../model/addresses.js';
import type { Brief } from '../model/brief.js';
import type { Asked } from '../model/extent.js';
import { once } from '../model/once.js';
import { type Source, sourceOf } from '../model/source.js';
import type { Known } from './known.js';
import { plainOf } from './plain.js';
import { settle } from './settle.js';

/** All sources, the brief's first, then those added in the order in which they were asked. */
export function sourcesOf(brief: Brief, known: Known): readonly Source[] {
  const listed = idsOf(brief.sources);
  const added = known.sources.filter((id) => !listed.has(id));
  return added.length === 0
    ? brief.sources
    : [...brief.sources, ...added.flatMap((id) => sourceOf(brief.sources, id) ?? [])];
}

const idsOf = once((sources: readonly Source[]): ReadonlySet<string> => new Set(sources.map(({ id }) => id)));

/** What the plain attempt of a source says of its address; null where it has no address, or nothing was answered yet. */
export function askedOf(brief: Brief, source: Source, known: Known): Asked | null {
  const address = addressToBigInt(source.seenAs ?? source.address ?? '');
  // The mapped form of an address is asked about the form, and says nothing of the address.
  if (address === null || source.edge?.place === 'mapped') return null;
  const kinds = (['none', 'tls'] as const).flatMap((security) => {
    const plain = plainOf({ source: source.id, security }, known);
    return plain === undefined ? [] : [settle(plain, known, brief).kind];
  });
  if (kinds.length === 0) return null;
  return { ...address, relays: kinds.includes('relays') ? true : kinds.includes('refused') ? false : null };
}
