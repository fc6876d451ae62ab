// Evidence arranged as the judge looks at it: per source, per security, with every attempt settled. Pure.
import type { Access, Secured } from '../model/access.js';
import { isApproved, isServerItself } from '../model/approval.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { announces, extensionsOf, mechanismsOf } from '../model/extensions.js';
import { isRelayWrong } from '../model/policy.js';
import type { Stage } from '../model/reply.js';
import type { Source } from '../model/source.js';
import { type Known, know } from '../replies/known.js';
import type { Memory } from '../replies/memory.js';
import { plainOf, seenAt } from '../replies/plain.js';
import type { Item } from '../replies/read.js';
import { type Settlement, settle } from '../replies/settle.js';
import { sourcesOf } from '../replies/sources.js';

export interface Settled extends Item {
  readonly settlement: Settlement;
}

export interface PlaceView {
  readonly source: SourceView;
  readonly security: Secured;
  readonly items: readonly Settled[];
  readonly plain: Settled | null;
  /** Mechanisms announced in any session, sorted; null where EHLO was not answered here. */
  readonly offered: readonly string[] | null;
  /** How the place stands: `needs-tls` and `no-tls` are answered by the other security, if by any. */
  readonly state: 'heard' | 'unheard' | 'needs-tls' | 'no-tls';
}

export interface SourceView {
  readonly source: Source;
  readonly approved: boolean | null;
  readonly isServerItself: boolean;
  /** Whether an anonymous relay from here is a hole; null where the approval is not known. */
  readonly isRelayWrong: boolean | null;
  /** The socket's own address where one was open, else null. */
  readonly local: string | null;
  readonly seenAs: string | null;
  readonly isReachable: boolean;
  readonly unknownBecause: string | null;
  readonly places: readonly PlaceView[];
}

export interface View {
  readonly brief: Brief;
  readonly known: Known;
  readonly sources: readonly SourceView[];
  /** Every item of every place, in their order. */
  readonly items: readonly Settled[];
}

/** Arrange evidence for judging. */
export function viewOf(brief: Brief, evidence: readonly Evidence[], memory?: Memory): View {
  const known = know(evidence, memory);
  const sources = sourcesOf(brief, known).map((source) => viewSource(brief, source, known));
  const items = sources.flatMap(({ places }) => places.flatMap((place) => place.items));
  return { brief, known, sources, items };
}

function viewSource(brief: Brief, source: Source, known: Known): SourceView {
  const items = known.items.filter((item) => item.attempt.source === source.id);
  const greeted = items.find(({ evidence }) => evidence.session.greeting !== null)?.evidence.session;
  const local = greeted?.localAddress ?? items[0]?.evidence.session.localAddress ?? null;
  const seenAs = source.seenAs ?? greeted?.seenAs ?? null;
  const approved = isApproved(brief.policy.relayHosts, source, brief.target.address, seenAt(source.id, known), local);
  const fault = items.find(({ evidence }) => evidence.fault !== null)?.evidence.fault ?? null;
  const view = {
    source,
    approved,
    isServerItself: isServerItself(source, brief.target.address, local),
    isRelayWrong: approved === null ? null : isRelayWrong(brief.policy.preset, approved),
    local,
    seenAs,
    isReachable: greeted !== undefined,
    unknownBecause:
      source.unavailable ??
      refusedClaim(source, items) ??
      (greeted ? null : (fault?.detail ?? 'nothing was asked from here')),
    places: [] as PlaceView[],
  };
  view.places = securitiesOf(brief, source, known).map((security) => viewPlace(view, security, known, brief));
  return view;
}

/** Why the server does not take a claimed address for ours; null where it does, or where there is no claim. */
function refusedClaim({ route }: Source, items: readonly Item[]): string | null {
  if (route !== 'xclient' && route !== 'proxy') return null;
  const plain = items.find(({ attempt }) => attempt.extras.xclient === undefined && attempt.extras.proxy === undefined);
  if (!plain || (plain.reading.stage !== 'xclient' && plain.reading.stage !== 'proxy')) return null;
  const { fault } = plain.evidence;
  return fault?.detail ?? `the claimed address was refused: ${plain.reading.reply?.lines[0] ?? plain.reading.reason}`;
}

/** Where a source was asked; TLS that is announced and was not asked under counts as well: it is not answered. */
function securitiesOf(brief: Brief, source: Source, known: Known): Secured[] {
  const ehlos = new Set(known.at(source.id, 'none').map(({ evidence }) => evidence.session.ehlo));
  const offersTls = [...ehlos].some((ehlo) => announces(extensionsOf(ehlo), 'STARTTLS'));
  return (['none', 'tls'] as const).filter(
    (security) =>
      known.at(source.id, security).length > 0 ||
      (security === 'tls' && offersTls && !source.planned && brief.target.security !== 'tls'),
  );
}

function viewPlace(source: SourceView, security: Secured, known: Known, brief: Brief): PlaceView {
  const items = known.at(source.source.id, security).map((item): Settled => {
    const { attempt, evidence, reading } = item;
    return { attempt, evidence, reading, settlement: settle(item, known, brief) };
  });
  const key = plainOf({ source: source.source.id, security }, known)?.attempt.key;
  const plain = items.find((item) => item.attempt.key === key) ?? null;
  return { source, security, items, plain, offered: offeredIn(items, security), state: stateOf(items, plain) };
}

function offeredIn(items: readonly Settled[], security: Secured): readonly string[] | null {
  const replies = new Set(
    items.map(({ evidence: { session } }) => (security === 'tls' ? session.ehloTls : session.ehlo)),
  );
  replies.delete(null);
  if (replies.size > 0) return [...new Set([...replies].flatMap((reply) => mechanismsOf(extensionsOf(reply))))].sort();
  return items.some(({ reading }) => reading.stage === 'mail' || reading.stage === 'rcpt') ? [] : null;
}

/**
 * Say how a place stands. Evidence of relaying is always heard. TLS cannot be had only where it failed for every attempt:
 * one failed handshake says nothing, and what was not asked under TLS may not be taken for a refusal.
 */
function stateOf(items: readonly Settled[], plain: Settled | null): PlaceView['state'] {
  if (items.some(({ settlement }) => settlement.kind === 'relays')) return 'heard';
  if (!plain) return 'unheard';
  // Who asks for TLS under TLS has given no answer that the other place could stand in for.
  if (plain.attempt.security === 'none' && plain.reading.reason === 'encryption-required') return 'needs-tls';
  if (plain.attempt.security === 'tls' && items.length > 1 && items.every(isWithoutTls)) return 'no-tls';
  const { answer, stage } = plain.reading;
  return answer === 'none' && BEFORE_ENVELOPE.has(stage) ? 'unheard' : 'heard';
}

const BEFORE_ENVELOPE: ReadonlySet<Stage> = new Set([
  'connect',
  'proxy',
  'greeting',
  'helo',
  'starttls',
  'tls',
  'xclient',
]);

/** The server refused STARTTLS or failed the handshake; it did not merely hang up or stay silent. */
const isWithoutTls = ({ reading }: Settled): boolean =>
  (reading.stage === 'tls' || reading.stage === 'starttls') &&
  (reading.reason === 'tls-failed' || reading.reply !== null);

/** The anonymous probes of a place: the plain attempt, what a legitimate client asks, and the techniques. */
export const anonymousProbes = (place: PlaceView): readonly Settled[] =>
  place.items.filter(
    (item) => item.attempt.role === 'probe' && item.attempt.credentials === 'none' && bearsOnRelay(item),
  );

/**
 * Whether the answer says anything about relaying: a reply that only tells, or mail for a local recipient, does not, unless the
 * canary came all the same.
 */
function bearsOnRelay({ attempt, settlement }: Settled): boolean {
  if (attempt.proof === undefined) return true;
  if (attempt.proof === 'replies') return attempt.isSign;
  return attempt.proof === 'delivery' && settlement.kind === 'relays';
}

/** What a legitimate client asks once it has logged in; other uses of the account are findings of their own. */
const LEGITIMATE = 'auth-valid-relay';

/** The probes that bear on one authenticated or negative cell. */
export const loginsOf = (place: PlaceView, access: Access): readonly Settled[] =>
  place.items.filter(
    ({ attempt }) =>
      attempt.role === 'probe' &&
      attempt.access === access &&
      attempt.credentials !== 'none' &&
      (attempt.credentials !== 'valid' || attempt.technique === LEGITIMATE),
  );
