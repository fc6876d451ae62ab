// Cells: per source, access and security, what was expected and what was observed. Everything else the judge says
// (relays, agrees, both verdicts, most findings) derives from cells. Pure.
import { type Access, MECHANISMS, type Mechanism, type Secured } from '../model/access.js';
import { announces, extensionsOf, mechanismsOf } from '../model/extensions.js';
import { type Expected, expectationOf } from '../model/policy.js';
import type { Observed } from '../model/report.js';
import { anonymousProbes, loginsOf, type PlaceView, type Settled, type SourceView, type View } from './view.js';

export interface Cell {
  readonly source: SourceView;
  readonly access: Access;
  readonly security: Secured;
  readonly expected: Expected;
  readonly observed: Observed;
  readonly agrees: boolean | null;
  readonly items: readonly Settled[];
  /** Why the cell is unknown or skipped, one clause each; empty elsewhere. */
  readonly because: readonly string[];
}

type Seen = Pick<Cell, 'observed' | 'because'>;

/** Presets under which nobody can send without AUTH: not offering any mechanism breaks them. */
const NEED_AUTHENTICATION: ReadonlySet<string> = new Set(['auth-only', 'send-only', 'submission']);

/** Work out all cells, source by source. */
export function cellsOf(view: View): Cell[] {
  const hasLogin = view.known.items.some(({ reading }) => reading.login?.answer === 'accepted');
  return view.sources.flatMap((source) => {
    const places = countedPlaces(source);
    return places.flatMap((place) => [
      anonymousCell(view, place),
      ...MECHANISMS.map((mechanism) => mechanismCell(view, place, mechanism, hasLogin)).filter((cell) => cell !== null),
      ...(['wrong-password', 'empty-password', 'unknown-account'] as const)
        .map((access) => negativeCell(view, place, access))
        .filter((cell) => cell !== null),
      ...inboundCell(view, place),
    ]);
  });
}

/** The places that answer for a source: one that only asks for TLS, or whose TLS cannot be had, is answered by the other. */
function countedPlaces(source: SourceView): readonly PlaceView[] {
  const heard = source.places.filter((place) => place.state === 'heard');
  return heard.length > 0 ? heard : source.places.slice(0, 1);
}

function makeCell(view: View, place: PlaceView, access: Access, items: readonly Settled[], seen: Seen): Cell {
  const { approved } = place.source;
  const expected = expectationOf(view.brief.policy.preset, approved, access);
  return {
    source: place.source,
    access,
    security: place.security,
    expected,
    agrees: agreement(view, expected, seen.observed),
    items,
    ...seen,
  };
}

function agreement(view: View, expected: Expected, observed: Observed): boolean | null {
  if (observed === 'unknown') return null;
  if (expected === 'any') return true;
  if (observed === 'skipped' || observed === 'not-discriminating') return null;
  if (observed === 'not-offered')
    return expected === 'refuse' || !NEED_AUTHENTICATION.has(view.brief.policy.preset) || isAnyMechanismOffered(view);
  return observed === expected;
}

/** Whether any session of the run was offered a mechanism of the policy. */
export const isAnyMechanismOffered = (view: View): boolean =>
  view.known.items.some(({ evidence: { session } }) =>
    [session.ehlo, session.ehloTls].some((ehlo) =>
      mechanismsOf(extensionsOf(ehlo)).some((name) => (MECHANISMS as readonly string[]).includes(name)),
    ),
  );

/** Any acceptance that counts is a relay; any attempt that is not settled leaves the cell unknown. */
function anonymousCell(view: View, place: PlaceView): Cell {
  const probes = anonymousProbes(place);
  const cell = (seen: Seen): Cell => makeCell(view, place, 'anonymous', probes, seen);
  if (probes.some(({ settlement }) => settlement.kind === 'relays')) return cell({ observed: 'relay', because: [] });
  const open = probes.flatMap(({ settlement }) => (settlement.kind === 'unsettled' ? [settlement.because] : []));
  if (open.length > 0) return cell({ observed: 'unknown', because: [...new Set(open)] });
  if (probes.length === 0) return cell({ observed: 'unknown', because: ['nothing was asked'] });
  return cell({ observed: 'refuse', because: [] });
}

function mechanismCell(view: View, place: PlaceView, mechanism: Mechanism, hasLogin: boolean): Cell | null {
  const items = loginsOf(place, mechanism);
  const cell = (observed: Observed, ...because: string[]): Cell =>
    makeCell(view, place, mechanism, items, { observed, because });
  if (!view.brief.mechanisms.includes(mechanism) || place.source.source.planned) return null;
  const offered = offeredAt(place);
  if (offered === null) return cell('unknown', 'EHLO was not answered');
  if (items.length === 0) {
    if (!offered.includes(mechanism)) return cell('not-offered');
    if (view.brief.user === null) return cell('skipped', 'no account was given');
    const anonymous = place.plain?.settlement.kind;
    if (anonymous === 'relays') return cell('not-discriminating');
    if (anonymous !== 'refused') return cell('unknown', 'the anonymous attempt is not settled');
    return cell('skipped', 'credentials are sent over verified TLS only');
  }
  if (items.some((item) => item.reading.login?.answer === 'accepted' && item.settlement.kind === 'relays'))
    return cell('relay');
  const login = items.find((item) => item.reading.login?.answer === 'accepted');
  if (login) {
    const unsettled = items.flatMap(({ settlement }) => (settlement.kind === 'unsettled' ? [settlement.because] : []));
    return unsettled.length === 0 ? cell('refuse') : cell('unknown', ...unsettled);
  }
  const refused = items.find((item) => item.reading.login?.answer === 'refused');
  if (!refused) return cell('unknown', 'the login was not answered');
  if (refused.reading.login?.reason !== 'authentication-failed' && refused.reading.login?.reason !== 'unclassified')
    return cell('unknown', `the login was refused for another reason: ${refused.reading.login?.reason}`);
  return hasLogin
    ? cell('refuse')
    : cell('unknown', 'every mechanism refused the account: the password is probably wrong');
}

/** Mechanisms announced at a place; null where EHLO was not answered there. */
export function offeredAt(place: PlaceView): readonly string[] | null {
  const sessions = place.items.map(({ evidence }) =>
    place.security === 'tls' ? evidence.session.ehloTls : evidence.session.ehlo,
  );
  const ehlo = sessions.find((reply) => reply !== null);
  if (ehlo) return mechanismsOf(extensionsOf(ehlo));
  return place.items.some(({ reading }) => reading.stage === 'mail' || reading.stage === 'rcpt') ? [] : null;
}

function negativeCell(view: View, place: PlaceView, access: Access): Cell | null {
  const items = loginsOf(place, access);
  if (items.length === 0) return null;
  const cell = (observed: Observed, ...because: string[]): Cell =>
    makeCell(view, place, access, items, { observed, because });
  if (items.some(({ settlement }) => settlement.kind === 'relays')) return cell('relay');
  if (items.some(({ reading }) => reading.login?.answer === 'accepted')) return cell('accept');
  const unheard = items.flatMap(({ reading: { login } }) =>
    login?.answer !== 'refused'
      ? ['the login was not answered']
      : login.reason === 'authentication-unavailable'
        ? ['the server could not check passwords']
        : [],
  );
  return unheard.length === items.length ? cell('unknown', ...new Set(unheard)) : cell('refuse');
}

/** Mail for a local recipient; only a mailbox that the operator named says anything. */
function inboundCell(view: View, place: PlaceView): Cell[] {
  const control = place.items.find(({ attempt }) => attempt.role === 'inbound');
  if (!control) return [];
  const cell = (observed: Observed, ...because: string[]): Cell[] => [
    makeCell(view, place, 'inbound', [control], { observed, because }),
  ];
  const { answer, weight, reason } = control.reading;
  if (answer === 'accepted') return cell('accept');
  if (!view.brief.identity.localRecipient.strong) return cell('skipped', 'no local recipient was named');
  if (weight === 'denial') return cell('refuse');
  if (answer === 'permanent' && (reason === 'relay-or-unknown' || reason === 'unknown-recipient'))
    return cell('refuse');
  return cell('unknown', control.settlement.kind === 'unsettled' ? control.settlement.because : reason);
}

/** Whether STARTTLS is announced at a place. */
export const offersStarttls = (place: PlaceView): boolean =>
  place.items.some(({ evidence }) => announces(extensionsOf(evidence.session.ehlo), 'STARTTLS'));
