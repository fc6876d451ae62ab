// The first questions at every place, and the sweep of the catalogue where the policy says *refuse*. Pure. Techniques that log
// in are asked in logins.ts.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { expectationOf } from '../model/policy.js';
import type { Technique } from '../model/technique.js';
import type { Known } from '../replies/known.js';
import { kept } from '../replies/memory.js';
import { PLAIN, plainOf } from '../replies/plain.js';
import { PLAIN_TECHNIQUE } from '../techniques/index.js';
import { makeApprovedControl, makeControls, makeProbes, type Place } from './attempt.js';
import { hasOccasion, isGreeted, type Shown, shownAt } from './occasion.js';
import { approvalOf, isSwept, type PlainState, plainState } from './places.js';
import { filledFor } from './values.js';

/** The controls and the plain attempt; where relaying is expected, what a legitimate client asks comes first. */
export function wantedBase(brief: Brief, place: Place, known: Known): readonly Attempt[] {
  const plain = makeProbes(brief, place, PLAIN_TECHNIQUE, filledFor(brief, place.source, known));
  if (place.source.planned) return plain;
  const approved = approvalOf(brief, place.source, known);
  const mayRelay = expectationOf(brief.policy.preset, approved, 'anonymous') === 'relay';
  const approvedControl = mayRelay ? makeApprovedControl(brief, place, known) : [];
  return approvedControl.concat(makeControls(brief, place, known), plain);
}

/** Every selected technique, from sources where the policy says *refuse*, unless the plain attempt relays already. */
export function wantedSweep(brief: Brief, place: Place, known: Known): readonly Attempt[] {
  if (place.source.planned || !isSwept(brief, place.source, known)) return [];
  const plain = plainOf({ source: place.source.id, security: place.security }, known);
  if (plain?.reading.reason === 'timeout' && isGreeted(plain) && !isHeard(place, known)) return [];
  const stands: Standing = {
    isGreeted: plain === undefined || isGreeted(plain),
    here: plainState(brief, place, known),
    inClear: plainState(brief, { ...place, security: 'none' }, known),
  };
  const shown = shownAt(place, known);
  const isAsked = (technique: Technique): boolean =>
    technique.id !== PLAIN &&
    !technique.credentials &&
    isOpenQuestion(brief, technique, stands) &&
    hasOccasion(technique, brief, place, shown);
  const filled = filledFor(brief, place.source, known);
  return kept(filled.made, sweepKey(brief, place, stands, shown), () =>
    brief.techniques.filter(isAsked).flatMap((technique) => makeProbes(brief, place, technique, filled)),
  );
}

/** All that decides a sweep beside the values: most answers change nothing of it. */
function sweepKey({ target, confirm }: Brief, { source, security }: Place, stands: Standing, shown: Shown): string {
  const asked = [source.id, source.route, security, target.security, confirm];
  const known = [stands.isGreeted, stands.here, stands.inClear, shown.hasWaited];
  return ['sweep', ...asked, ...known, ...shown.extensions, 'in the clear', ...shown.inClear].join('\n');
}

/** How the plain attempt stands at a place, and in the clear at the same source. */
interface Standing {
  readonly isGreeted: boolean;
  readonly here: PlainState;
  readonly inClear: PlainState;
}

/** Whether the technique could still tell something: where the plain attempt relays already, it does not. */
function isOpenQuestion(brief: Brief, technique: Technique, stands: Standing): boolean {
  // Who is not even greeted can only be let in by a header before the greeting.
  if (!stands.isGreeted) return technique.extras?.proxy !== undefined;
  // That TLS by itself gives the right shows against what was refused in the clear.
  const isAboutTls = technique.security === 'tls' && technique.extras === undefined && brief.target.security !== 'tls';
  const state = isAboutTls ? stands.inClear : stands.here;
  if (state === 'needs-tls') return isAboutTls;
  // While the plain attempt is under way the sweep is asked already; should it relay, the rest is no longer wanted. What sends
  // messages, or asks for more than a recipient, waits.
  if (state === 'unknown') return technique.proof === undefined;
  return state === 'refused' || state === 'unsettled';
}

/** Whether anything at a place was answered beyond the greeting: a server that never says a word there would take hours. */
const isHeard = (place: Place, known: Known): boolean =>
  known
    .at(place.source.id, place.security)
    .some(({ evidence }) => evidence.exchanges.some(({ stage, reply }) => stage === 'mail' && reply !== null));
