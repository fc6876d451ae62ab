// Attempts that authenticate: the account by every mechanism, then credentials that must not work. Care with accounts comes
// first: logins of one account never overlap, failures are few, and each is followed by a login that works. Pure.
import { CREDENTIALS, type Credentials, MECHANISMS, type Mechanism } from '../model/access.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { mechanismsOf } from '../model/extensions.js';
import { isLoopback } from '../model/networks.js';
import { extensionsAt, type Known } from '../replies/known.js';
import { makeControl, NEGATIVE_ACCESS, type Place } from './attempt.js';
import { isLoginTelling, isSwept, placesOf, plainState } from './places.js';

/** The technique that each kind of credentials belongs to. */
const CREDENTIAL_TECHNIQUES = {
  valid: 'auth-valid-relay',
  wrong: 'auth-wrong-password',
  empty: 'auth-empty-password',
  'unknown-account': 'auth-unknown-user',
} as const satisfies Record<Exclude<Credentials, 'none'>, string>;

/**
 * Authenticated attempts, one login of the account at a time: valid ones, then a failure and a login in turn, so that an
 * account is not locked and a lock is noticed.
 */
export function* wantedAuthentication(brief: Brief, known: Known): Generator<Attempt> {
  const places = loginPlaces(brief, known);
  const valid = [...wantedValid(brief, places, known)];
  yield* valid;
  // A failure before the account has shown that it works could be the one too many.
  if (valid.some((attempt) => !known.byKey.has(attempt.key))) return;
  if (brief.negativeAuthentication === 'none') return;
  const isRefused = valid.length > 0 && !valid.some((attempt) => hasLoggedIn(attempt, known));
  for (const { place, mechanism, credentials } of negatives(brief, places, known)) {
    // An account that refuses its own password tells nothing by refusing another one, and may be locked by it.
    if (isRefused && credentials !== 'unknown-account') continue;
    const attempt = makeLogin(brief, place, mechanism, credentials, brief.identity.sender);
    yield attempt;
    if (!known.byKey.has(attempt.key)) return;
    const login = credentials === 'unknown-account' ? null : loginAfter(attempt, known);
    if (login === null) continue;
    yield login;
    // Not asked yet, or locked by that failure: another one would only make it worse.
    if (!hasLoggedIn(login, known)) return;
  }
}

const hasLoggedIn = (attempt: Attempt, known: Known): boolean =>
  known.byKey.get(attempt.key)?.reading.login?.answer === 'accepted';

/** Where logins tell something; of each source TLS first, where clients log in, and no source before both have been heard. */
function loginPlaces(brief: Brief, known: Known): Place[] {
  const all = placesOf(brief, known).filter((place) => !place.source.planned);
  const waiting = new Set(
    all.filter((place) => plainState(brief, place, known) === 'unknown').map(({ source }) => source.id),
  );
  const telling = all.filter((place) => !waiting.has(place.source.id) && isLoginTelling(brief, place, known));
  const sources = [...new Set(telling.map(({ source }) => source))];
  return sources.flatMap((source) => {
    const here = telling.filter((place) => place.source === source);
    return [...here.filter(({ security }) => security === 'tls'), ...here.filter(({ security }) => security !== 'tls')];
  });
}

/**
 * Each mechanism with the account: as a legitimate client asks, and with a foreign sender where that was not accepted. Each
 * login waits for the one before; an account that one place refuses by every mechanism is not tried at another. A login that
 * could not be made there says nothing of the account.
 */
function* wantedValid(brief: Brief, places: readonly Place[], known: Known): Generator<Attempt> {
  if (brief.user === null) return;
  const { authSender, sender } = brief.identity;
  let hasWorked = false;
  let hasFailed = false;
  for (const place of places) {
    if (!maySendPassword(brief, place, known)) continue;
    const mechanisms = offered(brief, place, known);
    for (const mechanism of mechanisms) {
      const own = makeLogin(brief, place, mechanism, 'valid', authSender);
      yield own;
      const item = known.byKey.get(own.key);
      if (!item) return;
      const { reading, evidence } = item;
      if (reading.login?.answer !== 'accepted') {
        hasFailed ||= evidence.skipped === null;
        continue;
      }
      hasWorked = true;
      if (reading.answer === 'accepted' || reading.answer === 'queued' || authSender === sender) continue;
      const foreign = makeLogin(brief, place, mechanism, 'valid', sender, 'foreign-sender');
      yield foreign;
      if (!known.byKey.has(foreign.key)) return;
    }
    if (hasFailed && !hasWorked) return;
  }
}

/** The mechanisms of the brief that a place announces, strongest first. */
export const offered = (brief: Brief, place: Place, known: Known): Mechanism[] => {
  const announced = mechanismsOf(extensionsAt(known, place.source.id, place.security));
  return MECHANISMS.filter((mechanism) => brief.mechanisms.includes(mechanism) && announced.includes(mechanism));
};

/**
 * Say whether valid credentials may travel at a place: to loopback, where the operator said so, or over TLS that verifies.
 * SAFETY: CRAM-MD5 too, since what it shows can be guessed offline (RFC 2195 section 2).
 */
export function maySendPassword(brief: Brief, place: Place, known: Known): boolean {
  if (brief.mayAuthenticateInClear) return true;
  // Loopback is the proxy's own where a proxy stands between.
  const isProxied = ['socks5', 'http', 'worker'].includes(place.source.route);
  if (isLoopback(brief.target.address) && !isProxied) return true;
  if (place.security !== 'tls') return false;
  const tls = known.at(place.source.id, 'tls').find(({ evidence }) => evidence.session.tls !== null)?.evidence
    .session.tls;
  const certificate = tls?.certificate;
  return certificate != null && (certificate.problem === null || certificate.fingerprint === brief.tlsPin);
}

interface Negative {
  readonly place: Place;
  readonly mechanism: Mechanism;
  readonly credentials: 'wrong' | 'empty' | 'unknown-account';
}

/**
 * Logins that must fail: `safe` from one stranger source, the account's by the strongest mechanism; `full` everywhere.
 * The empty password goes in the clear where it can: a directory takes it for an anonymous bind (RFC 4513 section 5.1.2), and it
 * is asked only with what a client has sent.
 */
function negatives(brief: Brief, places: readonly Place[], known: Known): Negative[] {
  const swept = places.filter(
    (place) => isSwept(brief, place.source, known) && offered(brief, place, known).length > 0,
  );
  const strangers = ofMachines(brief, swept, known);
  const kinds = CREDENTIALS.filter((kind) => kind !== 'none' && kind !== 'valid');
  if (brief.negativeAuthentication === 'full')
    return strangers.flatMap((place) =>
      offered(brief, place, known).flatMap((mechanism) =>
        kinds
          .filter((kind) => kind === 'unknown-account' || brief.user !== null)
          .map((credentials) => ({ place, mechanism, credentials })),
      ),
    );
  // Under TLS where there is a choice: that is where clients log in.
  const place = strangers.find((candidate) => candidate.security === 'tls') ?? strangers[0];
  if (!place) return [];
  const [strongest, ...others] = offered(brief, place, known);
  if (strongest === undefined) return [];
  if (brief.user === null)
    return [strongest, ...others].map((mechanism) => ({ place, mechanism, credentials: 'unknown-account' }));
  const ofAccount: readonly Negative[] = [
    { place, mechanism: strongest, credentials: 'wrong' },
    { place, mechanism: others.find((mechanism) => mechanism !== 'CRAM-MD5') ?? strongest, credentials: 'empty' },
  ];
  const unknown = others.map((mechanism) => ({ place, mechanism, credentials: 'unknown-account' }) as const);
  return brief.failuresSpent ? unknown : [...ofAccount, ...unknown];
}

/** Places of this machine, else those of workers: once all of this machine are heard, so that failures happen at one of them. */
function ofMachines(brief: Brief, places: readonly Place[], known: Known): readonly Place[] {
  const isSilent = (place: Place): boolean =>
    place.source.route === 'bind' && plainState(brief, place, known) === 'unknown';
  const own = places.filter(({ source }) => source.route === 'bind');
  if (own.length > 0 || placesOf(brief, known).some(isSilent)) return own;
  return places.filter(({ source }) => source.route === 'worker');
}

/** A valid login to follow a failed one, by a mechanism that has worked there; null where none has. */
function loginAfter(failed: Attempt, known: Known): Attempt | null {
  const worked = known
    .at(failed.source, failed.security)
    .find(
      ({ attempt, reading }) =>
        attempt.credentials === 'valid' && attempt.role === 'probe' && reading.login?.answer === 'accepted',
    );
  if (!worked || worked.attempt.mechanism === null) return null;
  const { attempt } = worked;
  return {
    ...attempt,
    key: `${failed.key}/login`,
    role: 'login',
    depth: 'auth',
    of: failed.key,
  };
}

function makeLogin(
  brief: Brief,
  place: Place,
  mechanism: Mechanism,
  credentials: Exclude<Credentials, 'none'>,
  reversePath: string,
  suffix = '',
): Attempt {
  const control = makeControl(brief, place, 'control-approved', {
    role: 'probe',
    access: credentials === 'valid' ? mechanism : NEGATIVE_ACCESS[credentials],
    recipient: 'foreign',
    reversePath,
    forwardPath: brief.identity.canary,
  });
  const technique = CREDENTIAL_TECHNIQUES[credentials];
  return {
    ...control,
    key: [place.source.id, 'probe', technique, mechanism, place.security, suffix]
      .filter((part) => part !== '')
      .join('/'),
    technique,
    varied: ['authentication'],
    mechanism,
    credentials,
    alone: true,
  };
}
