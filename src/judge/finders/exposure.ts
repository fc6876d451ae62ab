// Findings about claims of another address (XCLIENT, XFORWARD, a PROXY header) that the server takes from whoever makes them:
// the way by which a list of approved hosts is got around whole. Pure.
import type { Settled } from '../view.js';
import {
  confidenceOf,
  type Finder,
  type Hit,
  itemsOf,
  type Judged,
  list,
  nameOf,
  quote,
  sourcesBehind,
} from './hit.js';

/** What a technique claims with; null for one that claims nothing. */
function claimOf({ attempt: { extras } }: Settled): 'XCLIENT' | 'XFORWARD' | 'PROXY' | null {
  if (extras.proxy !== undefined) return 'PROXY';
  if (extras.xclient !== undefined) return 'XCLIENT';
  return extras.commands?.some((command) => /^XFORWARD\b/i.test(command)) ? 'XFORWARD' : null;
}

/** Whether the server took the claim: said yes to it, or greeted behind a header as if there were none. */
function isTaken(item: Settled): boolean {
  const { exchanges, fault } = item.evidence;
  if (fault?.kind === 'claim-refused') return false;
  if (claimOf(item) === 'PROXY')
    return exchanges.some(({ stage, reply }) => stage === 'helo' && reply !== null && reply.code < 400);
  return exchanges.some(({ stage, reply }) => stage === 'xclient' && reply !== null && reply.code < 400);
}

/** List the claims that strangers could make. Only who is not approved, and comes as itself, tells: other sources may have the right. */
export function exposed(judged: Judged): readonly Settled[] {
  const strangers = judged.view.sources.filter(({ source, approved }) => source.route === 'bind' && approved === false);
  return itemsOf(judged).filter(
    (item) =>
      item.attempt.role === 'probe' &&
      claimOf(item) !== null &&
      isTaken(item) &&
      strangers.some(({ source }) => source.id === item.attempt.source),
  );
}

/** The plain attempt of the same place, refused: then it is the claim that relays. */
const isByClaim = (judged: Judged, { attempt, settlement }: Settled): boolean =>
  settlement.kind === 'relays' &&
  judged.view.sources.some(({ source, places }) =>
    places.some(
      ({ security, plain }) =>
        source.id === attempt.source && security === attempt.security && plain?.settlement.kind !== 'relays',
    ),
  );

function hitOf(judged: Judged, items: readonly Settled[], says: string, proof: Settled): Hit {
  const sources = sourcesBehind(judged, items);
  const names = list(items.map((item) => claimOf(item) ?? ''));
  return {
    message: `${list(sources.map(nameOf))}: ${names} is taken from a host that is not approved${says} (${proof.attempt.technique}: ${quote(proof)})`,
    items,
    sources,
    confidence: 'confirmed',
  };
}

export const EXPOSURE_FINDERS = {
  'address-claim-accepted': (judged) => {
    const taken = exposed(judged);
    const relaying = taken.filter((item) => isByClaim(judged, item));
    const [proof] = relaying;
    if (proof) {
      const hit = hitOf(judged, relaying, ', and the claimed address relays', proof);
      return [{ ...hit, confidence: confidenceOf(relaying) }];
    }
    const [first] = taken;
    return first ? [{ ...hitOf(judged, taken, '', first), weighs: 'medium' as const }] : [];
  },
} as const satisfies Record<string, Finder>;
