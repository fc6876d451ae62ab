// The first questions at every place, and the sweep of the catalogue where the policy says *refuse*. Pure.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { announces } from '../model/extensions.js';
import { expectationOf } from '../model/policy.js';
import { extensionsAt, type Known } from '../replies/known.js';
import { PLAIN } from '../replies/settle.js';
import { PLAIN_TECHNIQUE } from '../techniques/index.js';
import { makeApprovedControl, makeControls, makeProbes, type Place } from './attempt.js';
import { approvalOf, isSwept, plainState } from './places.js';

/** The controls and the plain attempt; where relaying is expected, what a legitimate client asks comes first. */
export function* wantedBase(brief: Brief, place: Place, known: Known): Generator<Attempt> {
  const approved = approvalOf(brief, place.source, known);
  if (expectationOf(brief.policy.preset, approved, 'anonymous') === 'relay') yield makeApprovedControl(brief, place);
  if (!place.source.planned) yield* makeControls(brief, place, known);
  yield* makeProbes(brief, place, PLAIN_TECHNIQUE, known);
}

/** Every selected technique, from sources where the policy says *refuse*, unless the plain attempt relays already. */
export function* wantedSweep(brief: Brief, place: Place, known: Known): Generator<Attempt> {
  if (place.source.planned || !isSwept(brief, place.source, known)) return;
  const state = plainState(brief, place, known);
  // While the plain attempt is under way the sweep is asked already; should it relay, the rest is no longer wanted.
  if (state !== 'refused' && state !== 'unsettled' && state !== 'unknown') return;
  const extensions = extensionsAt(known, place.source.id, place.security);
  for (const technique of brief.techniques) {
    // What only a message, a reply or a login shows is asked elsewhere.
    if (technique.id === PLAIN || (technique.proof ?? 'acceptance') !== 'acceptance' || technique.credentials) continue;
    if (technique.security !== undefined && technique.security !== place.security) continue;
    if (!(technique.needs ?? []).every((keyword) => announces(extensions, keyword))) continue;
    yield* makeProbes(brief, place, technique, known);
  }
}
