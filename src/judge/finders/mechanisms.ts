// Findings about the SASL mechanisms: what is offered, and whether what is offered works (RFC 4954 section 3). Pure.
import { MECHANISMS } from '../../model/access.js';
import { isAnyMechanismOffered, NEEDS_AUTHENTICATION } from '../cells.js';
import type { PlaceView } from '../view.js';
import { cellsAt, type Finder, type Hit, itemsOf, type Judged, list, nameOf, sourcesBehind, together } from './hit.js';

/** One hit for all places whose announced mechanisms are wrong in the same way. */
function offers(judged: Judged, isWrong: (names: readonly string[], place: PlaceView) => string | null): Hit[] {
  const wrong = judged.view.sources.flatMap((source) =>
    source.places.flatMap((place) => {
      const names = place.offered;
      const problem = names === null ? null : isWrong(names, place);
      return problem === null ? [] : [{ source, place, problem }];
    }),
  );
  const [first] = wrong;
  if (!first) return [];
  return [
    {
      message: `${list(wrong.map(({ source }) => nameOf(source)))}: ${list(wrong.map(({ problem }) => problem))}`,
      items: first.place.plain ? [first.place.plain] : [],
      sources: [...new Set(wrong.map(({ source }) => source))],
      confidence: 'confirmed',
    },
  ];
}

/** The mechanisms that show the password to whoever listens. */
const shows = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name === 'PLAIN' || name === 'LOGIN');

const when = (place: PlaceView): string => (place.security === 'tls' ? 'under TLS' : 'without TLS');

export const MECHANISM_FINDERS = {
  'cram-md5-missing': (judged) =>
    offers(judged, (names, place) =>
      shows(names).length > 0 && !names.includes('CRAM-MD5')
        ? `${shows(names).join(' and ')} offered ${when(place)} without CRAM-MD5`
        : null,
    ),
  'cleartext-authentication': (judged) =>
    offers(judged, (names, place) =>
      place.security === 'none' && shows(names).length > 0 ? `${shows(names).join(' and ')} offered without TLS` : null,
    ),
  'cram-md5-weak-storage': (judged) =>
    offers(judged, (names, place) => (names.includes('CRAM-MD5') ? `CRAM-MD5 offered ${when(place)}` : null)),
  'mechanism-broken': (judged) => {
    const works = itemsOf(judged).find(
      ({ attempt, reading }) => attempt.credentials === 'valid' && reading.login?.answer === 'accepted',
    );
    if (!works) return [];
    return cellsAt(judged, MECHANISMS).flatMap((cell) => {
      if (cell.observed !== 'refuse' || cell.items.some(({ reading }) => reading.login?.answer === 'accepted'))
        return [];
      const items = cell.items.filter(({ reading }) => reading.login?.answer === 'refused');
      return together(
        judged,
        items,
        ({ reading }) =>
          `${nameOf(cell.source)}, ${cell.access} ${cell.security === 'tls' ? 'under TLS' : 'without TLS'}: the account was refused (${reading.login?.reply?.code ?? 'no reply'}), and logs in with ${works.attempt.mechanism ?? 'another mechanism'}${works.attempt.security === 'tls' ? ' under TLS' : ''}`,
      );
    });
  },
  'authentication-unavailable': (judged) => {
    const items = judged.cells
      .flatMap((cell) => cell.items)
      .filter(({ reading }) => reading.login?.reason === 'authentication-unavailable');
    const names = list(items.map(({ attempt }) => attempt.mechanism ?? ''));
    return together(
      judged,
      items,
      ({ reading }) =>
        `${list(sourcesBehind(judged, items).map(nameOf))}: ${names} answered ${reading.login?.reply?.code ?? ''}`,
    );
  },
  'authentication-not-offered': (judged) => {
    if (!NEEDS_AUTHENTICATION.has(judged.view.brief.policy.preset) || isAnyMechanismOffered(judged.view)) return [];
    const sources = judged.view.sources.filter((source) => source.places.some(({ offered }) => offered !== null));
    if (sources.length === 0) return [];
    return [
      {
        message: `the EHLO reply names none of ${MECHANISMS.join(', ')}, with or without TLS`,
        items: [],
        sources,
        confidence: 'confirmed',
      },
    ];
  },
  'static-challenge': (judged) => {
    const seen = itemsOf(judged).filter(({ evidence }) => evidence.challenge !== null);
    const twice = seen.filter(({ evidence: { challenge, session } }) =>
      seen.some((other) => other.evidence.challenge === challenge && other.evidence.session.id !== session.id),
    );
    return together(judged, twice, () => `${twice.length} connections got one and the same CRAM-MD5 challenge`);
  },
  'anonymous-mechanism': (judged) =>
    offers(judged, (names, place) => (names.includes('ANONYMOUS') ? `ANONYMOUS offered ${when(place)}` : null)),
  'mechanism-accepted-though-not-offered': (judged) => {
    const items = itemsOf(judged).filter(
      ({ attempt, reading }) =>
        attempt.extras.authentication === 'unadvertised' && reading.login?.answer === 'accepted',
    );
    const names = items.map(
      ({ attempt }) => `${attempt.mechanism ?? 'AUTH'} ${attempt.security === 'tls' ? 'under TLS' : 'without TLS'}`,
    );
    return together(
      judged,
      items,
      () => `${list(sourcesBehind(judged, items).map(nameOf))}: ${list(names)} is not offered, and logs the account in`,
    );
  },
} as const satisfies Record<string, Finder>;
