// Techniques that log in: with the account in ways that should give no right of their own, with published or random words that
// should give none at all, or at the mailbox service of the same host. Pure. Care with accounts as in authenticate.ts.
import type { Mechanism } from '../model/access.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { mechanismsOf } from '../model/extensions.js';
import type { Reason } from '../model/reason.js';
import type { Technique } from '../model/technique.js';
import { extensionsAt, type Known } from '../replies/known.js';
import { makeProbes, type Place } from './attempt.js';
import { maySendPassword, offered } from './authenticate.js';
import { hasOccasion, shownAt } from './occasion.js';
import { isSwept, placesOf, plainState } from './places.js';
import { filledFor } from './values.js';

/**
 * The selected techniques that log in over SMTP, at places where the anonymous plain attempt is refused; each login of the
 * account waits for the one before.
 */
export function* wantedLogins(brief: Brief, known: Known): Generator<Attempt> {
  let isAccountBusy = false;
  for (const attempt of possibleLogins(brief, known)) {
    if (attempt.credentials !== 'valid') yield attempt;
    else if (!isAccountBusy) {
      yield attempt;
      isAccountBusy = !known.byKey.has(attempt.key);
    }
  }
}

function* possibleLogins(brief: Brief, known: Known): Generator<Attempt> {
  const places = refusingPlaces(brief, known);
  for (const technique of brief.techniques) {
    if (!technique.credentials || technique.extras?.mailboxLogin) continue;
    const here = places.filter((place) => hasOccasion(technique, brief, place, shownAt(place, known)));
    const asked = technique.credentials === 'valid' ? here : failingPlaces(brief, here, known);
    for (const place of asked) {
      for (const mechanism of mechanismsFor(brief, place, technique, known))
        yield* makeProbes(brief, place, technique, filledFor(brief, place.source, known), mechanism);
    }
  }
}

/**
 * What changes how the server treats the source from then on: a mailbox that was read opens the relay for a while, so that
 * nothing asked afterwards would tell anything. To be asked when nothing else is left.
 */
export function* wantedLast(brief: Brief, known: Known): Generator<Attempt> {
  if (brief.user === null) return;
  const places = refusingPlaces(brief, known);
  for (const technique of brief.techniques) {
    if (!technique.extras?.mailboxLogin) continue;
    for (const source of brief.sources) {
      const place = places.find(
        (one) => one.source === source && hasOccasion(technique, brief, one, shownAt(one, known)),
      );
      if (place) yield* makeProbes(brief, place, technique, filledFor(brief, place.source, known));
    }
  }
}

const refusingPlaces = (brief: Brief, known: Known): Place[] =>
  placesOf(brief, known).filter(
    (place) =>
      !place.source.planned && isSwept(brief, place.source, known) && plainState(brief, place, known) === 'refused',
  );

/** The one place for logins that must fail is chosen among all: before each has answered, another might be chosen later. */
const isSettledEverywhere = (brief: Brief, known: Known): boolean =>
  placesOf(brief, known).every((place) => place.source.planned || plainState(brief, place, known) !== 'unknown');

/** Logins that fail get a source banned: from one stranger's own address, under TLS where there is a choice, or from all. */
function failingPlaces(brief: Brief, places: readonly Place[], known: Known): readonly Place[] {
  const own = places.filter((place) => place.source.route === 'bind' && offered(brief, place, known).length > 0);
  if (brief.negativeAuthentication === 'none' || !isSettledEverywhere(brief, known)) return [];
  if (brief.negativeAuthentication === 'full') return own;
  const one = own.find(({ security }) => security === 'tls') ?? own[0];
  return one ? [one] : [];
}

function mechanismsFor(brief: Brief, place: Place, technique: Technique, known: Known): readonly Mechanism[] {
  const here = offered(brief, place, known);
  const strongest = here.slice(0, 1);
  // Published and random words need no protection, and PLAIN names the user to every server.
  if (technique.credentials !== 'valid') return here.includes('PLAIN') ? ['PLAIN'] : strongest;
  if (brief.user === null || !maySendPassword(brief, place, known)) return [];
  const working = here.filter((mechanism) => hasWorked(known, place, mechanism));
  switch (technique.extras?.authentication) {
    case 'unadvertised':
      return unannounced(brief, place, known);
    case 'authzid':
      return working.filter((mechanism) => mechanism === 'PLAIN');
    case 'then-starttls':
      return brief.mayAuthenticateInClear && isRefusedUnderTls(brief, place, known) ? working.slice(0, 1) : [];
    default:
      return working.slice(0, 1);
  }
}

const isValidLogin = ({ attempt, reading }: Known['items'][number]): boolean =>
  attempt.credentials === 'valid' && attempt.role === 'probe' && reading.login?.answer === 'accepted';

const hasWorked = (known: Known, { source, security }: Place, mechanism: Mechanism): boolean =>
  known.at(source.id, security).some((item) => isValidLogin(item) && item.attempt.mechanism === mechanism);

/**
 * Mechanisms that a place does not announce. SAFETY: a password that was refused is probably wrong, and is not tried again;
 * until it has worked, one is tried at a time, for as long as the mechanism and not the password is refused.
 */
function unannounced(brief: Brief, place: Place, known: Known): readonly Mechanism[] {
  const announced = mechanismsOf(extensionsAt(known, place.source.id, place.security));
  const others = brief.mechanisms.filter((mechanism) => !announced.includes(mechanism));
  const cells = known.items.filter(({ attempt }) => attempt.extras.authentication === undefined);
  if (cells.some(isValidLogin)) return others;
  const isAsked = (mechanism: Mechanism): boolean =>
    known
      .at(place.source.id, place.security)
      .some(({ attempt }) => attempt.extras.authentication === 'unadvertised' && attempt.mechanism === mechanism);
  const asked = others.filter(isAsked);
  const next = others.filter((mechanism) => !isAsked(mechanism)).slice(0, 1);
  return known.items.some(isPasswordRefused) ? asked : [...asked, ...next];
}

/** What is said of a mechanism that is not there, or not there yet; anything else may be said of the password. */
const OF_MECHANISM: ReadonlySet<Reason> = new Set([
  'authentication-not-offered',
  'not-implemented',
  'bad-sequence',
  'encryption-required',
]);

const isPasswordRefused = ({ attempt, reading: { login } }: Known['items'][number]): boolean =>
  attempt.credentials === 'valid' && login?.answer === 'refused' && !OF_MECHANISM.has(login.reason);

/** What relays under TLS anyway shows nothing about a login before it. */
const isRefusedUnderTls = (brief: Brief, place: Place, known: Known): boolean =>
  plainState(brief, { ...place, security: 'tls' }, known) === 'refused';
