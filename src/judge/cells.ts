// Cells: per source, access and security, what was expected and what was observed. Everything else the judge says
// (relays, agrees, both verdicts, most findings) derives from cells. Pure.
import { type Access, MECHANISMS, type Mechanism, type Secured } from '../model/access.js';
import { extensionsOf, mechanismsOf } from '../model/extensions.js';
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
  /** The plain attempt of the cell's place; null where it was not made. */
  readonly plain: Settled | null;
  /** Why the cell is unknown or skipped, one clause each; empty elsewhere. */
  readonly because: readonly string[];
}

interface Seen {
  readonly observed: Observed;
  readonly because?: readonly string[];
  /** A rule that the policy does not hold the server to: then the cell disagrees with nothing. */
  readonly rule?: string;
}

/** Presets under which nobody can send without AUTH: not offering any mechanism breaks them. */
export const NEEDS_AUTHENTICATION: ReadonlySet<string> = new Set(['auth-only', 'send-only', 'submission']);

const NEGATIVES = ['wrong-password', 'empty-password', 'unknown-account'] as const;

/** Work out all cells, source by source. */
export function cellsOf(view: View): Cell[] {
  const cells = view.sources.flatMap((source) =>
    countedPlaces(source).flatMap((place) => [
      anonymousCell(view, place),
      ...MECHANISMS.flatMap((mechanism) => mechanismCell(view, place, mechanism)),
      ...NEGATIVES.flatMap((access) => negativeCell(view, place, access)),
      ...inboundCell(view, place),
    ]),
  );
  return cells.map((cell) =>
    cell.access === 'anonymous' && cell.observed === 'relay' && isExcused({ view, cells }, cell.source)
      ? { ...cell, agrees: null }
      : cell,
  );
}

/**
 * Say whether a relay from a source is no hole: it is the server itself, and no list was given that would say whether the
 * server may (docs/contract.md, "Sources"). Relaying for a stranger elsewhere as well, the server relays for everybody.
 */
export function isExcused(
  { view, cells }: { readonly view: View; readonly cells: readonly Cell[] },
  source: SourceView,
): boolean {
  const { policy } = view.brief;
  if (!source.isServerItself || policy.relayHosts.length > 0) return false;
  if (policy.preset === 'auth-only' || policy.preset === 'send-only') return false;
  return !cells.some(
    (cell) =>
      cell.access === 'anonymous' &&
      cell.observed === 'relay' &&
      cell.source.isRelayWrong === true &&
      !cell.source.isServerItself,
  );
}

/** The places that answer for a source: one that only asks for TLS, or whose TLS cannot be had, is answered by the other. */
function countedPlaces(source: SourceView): readonly PlaceView[] {
  const isHeard = source.places.some((place) => place.state === 'heard');
  return isHeard
    ? source.places.filter((place) => place.state === 'heard' || place.state === 'unheard')
    : source.places.slice(0, 1);
}

function makeCell(view: View, place: PlaceView, access: Access, items: readonly Settled[], seen: Seen): Cell {
  const expected = expectationOf(view.brief.policy.preset, place.source.approved, access);
  return {
    source: place.source,
    access,
    security: place.security,
    expected,
    observed: seen.observed,
    agrees: agreement(view, access, expected, seen),
    items,
    plain: place.plain,
    because: seen.because ?? [],
  };
}

const isNegative = (access: Access): boolean => (NEGATIVES as readonly string[]).includes(access);

function agreement(view: View, access: Access, expected: Expected, { observed, rule }: Seen): boolean | null {
  const { preset, rules } = view.brief.policy;
  if (observed === 'unknown') return null;
  if (expected === 'any') return true;
  if (observed === 'skipped' || observed === 'not-discriminating') return null;
  if (observed === 'not-offered')
    return expected === 'refuse' || !NEEDS_AUTHENTICATION.has(preset) || isAnyMechanismOffered(view);
  // A login that must fail and fails is right, whoever asks.
  if (isNegative(access) && observed === 'refuse') return true;
  if (observed === expected) return true;
  return rule === undefined || rules.includes(rule) ? false : null;
}

/** Whether any session of the run was offered a mechanism of the policy. */
export const isAnyMechanismOffered = (view: View): boolean =>
  view.known.items.some(({ evidence: { session } }) =>
    [session.ehlo, session.ehloTls].some((ehlo) =>
      mechanismsOf(extensionsOf(ehlo)).some((name) => (MECHANISMS as readonly string[]).includes(name)),
    ),
  );

const isUnsettled = ({ settlement }: Settled): boolean => settlement.kind === 'unsettled';

/** Why items are not settled, each clause once. */
const whyUnsettled = (items: readonly Settled[]): string[] => [
  ...new Set(items.flatMap(({ settlement }) => (settlement.kind === 'unsettled' ? [settlement.because] : []))),
];

/** Any acceptance that counts is a relay; any attempt that is not settled leaves the cell unknown. */
function anonymousCell(view: View, place: PlaceView): Cell {
  const probes = anonymousProbes(place);
  const cell = (seen: Seen): Cell => makeCell(view, place, 'anonymous', probes, seen);
  if (probes.some(({ settlement }) => settlement.kind === 'relays')) return cell({ observed: 'relay' });
  if (probes.some(isUnsettled)) return cell({ observed: 'unknown', because: whyUnsettled(probes) });
  if (probes.length === 0) return cell({ observed: 'unknown', because: ['nothing was asked'] });
  // What the techniques were told says nothing where the plain question was not asked (docs/contract.md, "Verdicts").
  if (place.plain === null) return cell({ observed: 'unknown', because: ['the plain attempt was not made'] });
  return cell({ observed: 'refuse' });
}

function mechanismCell(view: View, place: PlaceView, mechanism: Mechanism): Cell[] {
  if (!view.brief.mechanisms.includes(mechanism) || place.source.source.planned) return [];
  const items = loginsOf(place, mechanism);
  const cell = (observed: Observed, ...because: string[]): Cell[] => [
    makeCell(view, place, mechanism, items, { observed, because }),
  ];
  if (items.length === 0) return cell(...whyNoLogin(view, place, mechanism));
  const loggedIn = items.filter(({ reading }) => reading.login?.answer === 'accepted');
  if (loggedIn.some(({ settlement }) => settlement.kind === 'relays')) return cell('relay');
  if (loggedIn.length > 0) {
    const unsettled = whyUnsettled(items);
    return unsettled.length === 0 ? cell('refuse') : cell('unknown', ...unsettled);
  }
  const login = items.find(({ reading }) => reading.login?.answer === 'refused')?.reading.login;
  const unasked = items.flatMap(({ evidence }) => evidence.skipped ?? []);
  if (!login) return cell('unknown', ...new Set(unasked.length > 0 ? unasked : ['the login was not answered']));
  // 538 and its kin in the clear say: under TLS only. What cannot be used is not offered.
  if (login.reason === 'encryption-required' && place.security === 'none') return cell('not-offered');
  if (login.reason !== 'authentication-failed' && login.reason !== 'unclassified')
    return cell('unknown', `the login was refused for another reason: ${login.reason}`);
  if (!hasLogin(view)) return cell('unknown', 'every mechanism refused the account: the password is probably wrong');
  return [makeCell(view, place, mechanism, items, { observed: 'refuse', rule: 'mechanism-broken' })];
}

/** What is observed of a mechanism that the account was not tried with, and why it was not. */
function whyNoLogin(view: View, place: PlaceView, mechanism: Mechanism): [Observed, ...string[]] {
  const { offered } = place;
  if (offered === null) return ['unknown', place.items.length === 0 ? 'nothing was asked' : 'EHLO was not answered'];
  if (!offered.includes(mechanism)) return ['not-offered'];
  if (view.brief.user === null) return ['skipped', 'no account was given'];
  const anonymous = place.plain?.settlement.kind;
  if (anonymous === 'relays') return ['not-discriminating'];
  if (anonymous !== 'refused') return ['unknown', 'the anonymous attempt is not settled'];
  const isRefused = view.known.items.some(
    ({ attempt, reading }) => attempt.credentials === 'valid' && reading.login?.answer === 'refused',
  );
  return isRefused && !hasLogin(view)
    ? ['unknown', 'the account was refused and is not tried again']
    : ['skipped', 'credentials are sent over verified TLS only'];
}

/** Whether the account has logged in anywhere in the run. */
const hasLogin = (view: View): boolean =>
  view.known.items.some(
    ({ attempt, reading }) => attempt.credentials === 'valid' && reading.login?.answer === 'accepted',
  );

/** A login that must fail: 235 is an acceptance whatever follows; after a failure the question is whether it relays all the same. */
function negativeCell(view: View, place: PlaceView, access: (typeof NEGATIVES)[number]): Cell[] {
  const items = loginsOf(place, access);
  if (items.length === 0) return [];
  const cell = (seen: Seen): Cell[] => [makeCell(view, place, access, items, seen)];
  if (items.some(({ settlement }) => settlement.kind === 'relays')) return cell({ observed: 'relay' });
  if (items.some(({ reading }) => reading.login?.answer === 'accepted'))
    return cell({ observed: 'accept', rule: `${access}-accepted` });
  if (items.some(isUnsettled)) return cell({ observed: 'unknown', because: whyUnsettled(items) });
  const unheard = items.flatMap(({ reading: { login } }) =>
    login?.answer !== 'refused'
      ? ['the login was not answered']
      : login.reason === 'authentication-unavailable'
        ? ['the server could not check passwords']
        : [],
  );
  return unheard.length === items.length
    ? cell({ observed: 'unknown', because: [...new Set(unheard)] })
    : cell({ observed: 'refuse' });
}

/** Mail for a local recipient; only a mailbox that the operator named says anything. */
function inboundCell(view: View, place: PlaceView): Cell[] {
  const control = place.items.find(({ attempt }) => attempt.role === 'inbound');
  if (!control) return [];
  const cell = (observed: Observed, ...because: string[]): Cell[] => [
    makeCell(view, place, 'inbound', [control], { observed, because }),
  ];
  const { reading, settlement } = control;
  if (reading.answer === 'accepted' || reading.answer === 'queued') return cell('accept');
  if (!view.brief.identity.localRecipient.strong) return cell('skipped', 'no local recipient was named');
  if (settlement.kind === 'unsettled') return cell('unknown', settlement.because);
  return cell('refuse');
}
