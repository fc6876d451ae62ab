// The plain attempt: what everything else at its source is compared with. Pure.
import type { Attempt } from '../model/attempt.js';
import type { Item, Known } from './known.js';

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
