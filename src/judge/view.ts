// Evidence arranged as the judge looks at it: per source, per security, with every attempt settled. Pure.
import type { Access, Secured } from '../model/access.js';
import { isApproved, isServerItself } from '../model/approval.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { isRelayWrong } from '../model/policy.js';
import type { Source } from '../model/source.js';
import { type Item, type Known, know } from '../replies/known.js';
import { plainOf, type Settlement, settle } from '../replies/settle.js';

export interface Settled extends Item {
  readonly settlement: Settlement;
}

export interface PlaceView {
  readonly source: SourceView;
  readonly security: Secured;
  readonly items: readonly Settled[];
  readonly plain: Settled | null;
  /** How the place stands: `needs-tls` and `no-tls` are answered by the other security, if by any. */
  readonly state: 'heard' | 'unheard' | 'needs-tls' | 'no-tls';
}

export interface SourceView {
  readonly source: Source;
  readonly approved: boolean | null;
  readonly isServerItself: boolean;
  /** Whether an anonymous relay from here is a hole; null where the approval is not known. */
  readonly isRelayWrong: boolean | null;
  readonly seenAs: string | null;
  readonly isReachable: boolean;
  readonly unknownBecause: string | null;
  readonly places: readonly PlaceView[];
}

export interface View {
  readonly brief: Brief;
  readonly known: Known;
  readonly sources: readonly SourceView[];
}

/** Arrange evidence for judging. */
export function viewOf(brief: Brief, evidence: readonly Evidence[]): View {
  const known = know(evidence);
  return { brief, known, sources: brief.sources.map((source) => viewSource(brief, source, known)) };
}

function viewSource(brief: Brief, source: Source, known: Known): SourceView {
  const items = known.items.filter((item) => item.attempt.source === source.id);
  const greeted = items.find(({ evidence }) => evidence.session.greeting !== null)?.evidence.session;
  const local = greeted?.localAddress ?? items[0]?.evidence.session.localAddress ?? null;
  const seenAs = source.seenAs ?? greeted?.seenAs ?? null;
  const approved = isApproved(brief.policy.relayHosts, source, brief.target.address, greeted?.seenAs ?? null, local);
  const fault = items.find(({ evidence }) => evidence.fault !== null)?.evidence.fault ?? null;
  const view = {
    source,
    approved,
    isServerItself: isServerItself(source, brief.target.address, local),
    isRelayWrong: approved === null ? null : isRelayWrong(brief.policy.preset, approved),
    seenAs,
    isReachable: greeted !== undefined,
    unknownBecause: source.unavailable ?? (greeted ? null : (fault?.detail ?? 'nothing was asked from here')),
    places: [] as PlaceView[],
  };
  view.places = (['none', 'tls'] as const)
    .filter((security) => known.at(source.id, security).length > 0)
    .map((security) => viewPlace(view, security, known, brief));
  return view;
}

function viewPlace(source: SourceView, security: Secured, known: Known, brief: Brief): PlaceView {
  const items = known
    .at(source.source.id, security)
    .map((item) => ({ ...item, settlement: settle(item, known, brief) }));
  const key = plainOf({ source: source.source.id, security }, known)?.attempt.key;
  const plain = items.find((item) => item.attempt.key === key) ?? null;
  return { source, security, items, plain, state: stateOf(plain) };
}

function stateOf(plain: Settled | null): PlaceView['state'] {
  if (!plain) return 'unheard';
  const { reading, attempt } = plain;
  if (reading.reason === 'encryption-required') return 'needs-tls';
  const isTlsTrouble = reading.stage === 'tls' || reading.stage === 'starttls';
  if (attempt.security === 'tls' && isTlsTrouble) return 'no-tls';
  return reading.answer === 'none' && ['connect', 'proxy', 'greeting', 'helo', 'xclient'].includes(reading.stage)
    ? 'unheard'
    : 'heard';
}

/** The anonymous probes of a place: the plain attempt, what a legitimate client asks, and the techniques. */
export const anonymousProbes = (place: PlaceView): readonly Settled[] =>
  place.items.filter(({ attempt }) => attempt.role === 'probe' && attempt.credentials === 'none');

/** The probes that bear on one authenticated or negative cell. */
export const loginsOf = (place: PlaceView, access: Access): readonly Settled[] =>
  place.items.filter(
    ({ attempt }) => attempt.role === 'probe' && attempt.access === access && attempt.credentials !== 'none',
  );
