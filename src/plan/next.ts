// The planner: what is still to be asked, as a pure function of the brief and of what is known. Each call works out all
// that is wanted in the light of the evidence and gives what has not been asked yet; it is called until nothing is left.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { type Known, know } from '../replies/known.js';
import type { Memory } from '../replies/memory.js';
import { wantedAuthentication } from './authenticate.js';
import { wantedClosing } from './closing.js';
import { wantedConfirmation } from './confirm.js';
import { wantedExtents } from './extent.js';
import { wantedFollowUps } from './follow-up.js';
import { wantedLast, wantedLogins } from './logins.js';
import { placesOf } from './places.js';
import { wantedBase, wantedSweep } from './sweep.js';

/**
 * Give the attempts to make next, in the order to make them; empty when there is nothing more to ask.
 * Called with no evidence it gives what an audit sends first, which is what `relayproof plan` prints.
 */
export function next(brief: Brief, evidence: readonly Evidence[], memory?: Memory): Attempt[] {
  const known = know(evidence, memory);
  const wanted = new Map<string, Attempt>();
  for (const attempt of wantedAttempts(brief, known)) {
    if (!known.byKey.has(attempt.key) && !wanted.has(attempt.key)) wanted.set(attempt.key, attempt);
  }
  return [...wanted.values()];
}

/**
 * Put evidence in the order in which a plan with all of it would ask, and leave out what it would not ask: the report is the
 * same whatever was sent at once, and whatever had been sent before the answer that made it needless.
 */
export function inOrder(brief: Brief, evidence: readonly Evidence[], memory?: Memory): Evidence[] {
  const known = know(evidence, memory);
  const keys = new Set(wantedAttempts(brief, known).map((attempt) => attempt.key));
  // The direct canary is nobody's plan.
  const direct = evidence.filter(({ attempt }) => attempt.role === 'direct');
  const kept = [...direct, ...[...keys].flatMap((key) => known.byKey.get(key)?.evidence ?? [])];
  // What was asked because of an answer goes with it.
  return kept.length < evidence.length ? inOrder(brief, kept, memory) : kept;
}

/** All that is wanted, asked or not; some of it more than once. Joined by concat: there are hundreds, and it is done with every answer. */
function wantedAttempts(brief: Brief, known: Known): readonly Attempt[] {
  const isAsked = (attempt: Attempt): boolean => known.byKey.has(attempt.key);
  const none: readonly Attempt[] = [];
  const places = placesOf(brief, known);
  const anonymous = none.concat(
    ...places.map((place) =>
      wantedBase(brief, place, known).concat(wantedSweep(brief, place, known), wantedFollowUps(brief, place, known)),
    ),
  );
  const isSwept = anonymous.every(isAsked);
  const cells = [...wantedAuthentication(brief, known)];
  const wanted = anonymous.concat([...wantedExtents(brief, known)], cells, [
    ...wantedConfirmation(brief, known, anonymous.concat(cells), isSwept),
    ...(isSwept ? places.flatMap((place) => wantedClosing(brief, place, known)) : none),
  ]);
  // Odd logins come once the account has shown that it works, and after the failures that belong to cells.
  if (!cells.every(isAsked)) return wanted;
  const logins = [...wantedLogins(brief, known)];
  const last = isSwept && logins.every(isAsked) ? [...wantedLast(brief, known)] : none;
  return wanted.concat(logins, last);
}
