// The plain attempt: what everything else at its source is compared with. Pure.
import type { Attempt } from '../model/attempt.js';
import type { Known } from './known.js';
import type { Item } from './read.js';

/** Its technique. */
export const PLAIN = 'plain-external';

/** The plain attempt at an attempt's source and security. */
export const plainOf = (attempt: Pick<Attempt, 'source' | 'security'>, known: Known): Item | undefined =>
  known
    .at(attempt.source, attempt.security)
    .find(
      ({ attempt: other }) =>
        other.role === 'probe' && other.technique === PLAIN && other.access === 'anonymous' && other.of === null,
    );

/**
 * Give the address that the server named to a source; null where it named none, or where it named the same one to a source that
 * it treats in another way: then the name is not what it goes by.
 */
export function seenAt(source: string, known: Known): string | null {
  const seen = namedTo(source, known);
  if (seen === null) return null;
  const others = known.sources.filter((id) => id !== source && id !== 'direct');
  return others.some((other) => namedTo(other, known) === seen && isTreatedOtherwise(source, other, known))
    ? null
    : seen;
}

const namedTo = (source: string, known: Known): string | null =>
  known.items.find(({ attempt, evidence }) => attempt.source === source && evidence.session.greeting !== null)?.evidence
    .session.seenAs ?? null;

const isTreatedOtherwise = (source: string, other: string, known: Known): boolean =>
  (['none', 'tls'] as const).some((security) => {
    const readings = [source, other].map((id) => plainOf({ source: id, security }, known)?.reading);
    return (
      readings.some((reading) => reading?.answer === 'accepted') &&
      readings.some((reading) => reading?.weight === 'denial')
    );
  });
