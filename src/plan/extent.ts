// Bisection: where an address relays that should not, further addresses are asked until both ends of the trusted range are
// known, with their outer neighbours. One address per end at a time, since each answer decides the next. Pure.
import { bigIntToAddress } from '../model/addresses.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { extentsOf } from '../model/extent.js';
import { type Source, sourceAt } from '../model/source.js';
import type { Known } from '../replies/known.js';
import { askedOf, sourcesOf } from '../replies/sources.js';
import { PLAIN_TECHNIQUE } from '../techniques/index.js';
import { makeProbes } from './attempt.js';
import { approvalOf, placesOf } from './places.js';
import { filledFor } from './values.js';

/** The plain attempt from the addresses that tell most about the ends of every hole found so far. */
export function* wantedExtents(brief: Brief, known: Known): Generator<Attempt> {
  const base = brief.findExtent ? claimant(brief.sources) : undefined;
  if (base === undefined) return;
  const asked = sourcesOf(brief, known).flatMap((source) => {
    const one = askedOf(brief, source, known);
    return one === null ? [] : [{ source, one }];
  });
  const holes = asked.filter(({ source, one }) => one.relays === true && approvalOf(brief, source, known) === false);
  const extents = extentsOf(
    asked.map(({ one }) => one),
    holes.map(({ one }) => one),
  );
  for (const { family, next } of extents) {
    for (const value of next) {
      const address = bigIntToAddress(value, family);
      if (address === null) continue;
      const source = sourceAt(base, address);
      for (const place of placesOf({ ...brief, sources: [source] }, known))
        yield* makeProbes(brief, place, PLAIN_TECHNIQUE, filledFor(brief, place.source, known));
    }
  }
}

/** The source whose way of claiming addresses serves for others: a planned one, else any. */
const claimant = (sources: readonly Source[]): Source | undefined => {
  const claiming = sources.filter(
    ({ route, unavailable }) => unavailable === null && (route === 'xclient' || route === 'proxy'),
  );
  return claiming.find(({ edge }) => edge !== undefined) ?? claiming[0];
};
