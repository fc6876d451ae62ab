// What a run has learnt so far, indexed for planner and judge: every attempt with its evidence and its reading.
// Pure; made anew from evidence each time, so that saved evidence gives the same answers as a live run.
import type { Secured } from '../model/access.js';
import type { Attempt } from '../model/attempt.js';
import type { Evidence } from '../model/evidence.js';
import { extensionsOf } from '../model/extensions.js';
import { once } from '../model/once.js';
import type { Software } from '../model/report.js';
import { fingerprint } from './fingerprint.js';
import { type Reading, read } from './read.js';

export interface Item {
  readonly attempt: Attempt;
  readonly evidence: Evidence;
  readonly reading: Reading;
}

export interface Known {
  /** The ids of all sources that were asked from, in the order of their first appearance. */
  readonly sources: readonly string[];
  /** In the order of their keys' first appearance; a later piece of evidence of the same attempt replaces the earlier. */
  readonly items: readonly Item[];
  readonly byKey: ReadonlyMap<string, Item>;
  readonly software: Software | null;
  /** Whether a foreign recipient was denied to anybody, anywhere, or called invalid: then the server tells recipients apart. */
  readonly hasDenial: boolean;
  /** Attempts that went as far as a message. */
  readonly messages: readonly Item[];
  /** Items of one source and security. */
  at(source: string, security: Secured): readonly Item[];
  /** Those of them that are mail for the local recipient. */
  inboundAt(source: string, security: Secured): readonly Item[];
}

/** Index evidence and read it, with the product as the greeting, the EHLO replies and the refusals give it away. */
export function know(evidence: readonly Evidence[]): Known {
  const latest = new Map<string, Evidence>();
  for (const piece of evidence) latest.set(piece.attempt.key, piece);
  const software = recognise([...latest.values()]);
  const product = software !== null && software.confidence !== 'low' ? software.product : null;
  const items = [...latest.values()].map((piece) => itemOf(piece, product));
  const places = byPlace(items);
  const inbound = byPlace(items.filter(({ attempt: { role } }) => role === 'inbound' || role === 'inbound-as'));
  return {
    sources: [...places.keys()],
    items,
    byKey: new Map(items.map((item) => [item.attempt.key, item])),
    software,
    hasDenial: items.some(
      ({ attempt, reading }) =>
        attempt.recipient === 'foreign' &&
        (reading.weight === 'denial' || (reading.reason === 'relay-or-unknown' && reading.answer === 'permanent')),
    ),
    messages: items.filter(({ attempt }) => attempt.depth === 'message' && attempt.role === 'probe'),
    at: (source, security) => places.get(source)?.[security] ?? [],
    inboundAt: (source, security) => inbound.get(source)?.[security] ?? [],
  };
}

function byPlace(items: readonly Item[]): ReadonlyMap<string, Readonly<Record<Secured, readonly Item[]>>> {
  const places = new Map<string, Record<Secured, Item[]>>();
  for (const item of items) {
    const { source, security } = item.attempt;
    const known = places.get(source);
    const place = known ?? { none: [], tls: [] };
    if (known === undefined) places.set(source, place);
    place[security].push(item);
  }
  return places;
}

/** Evidence does not change, and is read anew with every piece that is added: each reading is kept for as long as its evidence. */
const ITEMS = new WeakMap<Evidence, { readonly product: string | null; readonly item: Item }>();

function itemOf(evidence: Evidence, product: string | null): Item {
  const kept = ITEMS.get(evidence);
  if (kept !== undefined && kept.product === product) return kept.item;
  const item = { attempt: evidence.attempt, evidence, reading: read(evidence, product) };
  ITEMS.set(evidence, { product, item });
  return item;
}

function recognise(evidence: readonly Evidence[]): Software | null {
  const greeted = evidence.find((piece) => piece.session.greeting !== null && piece.attempt.role !== 'direct')?.session;
  if (!greeted) return null;
  const refusals: (readonly string[])[] = [];
  for (const piece of evidence) {
    if (refusals.length >= MOST_REFUSALS) break;
    refusals.push(...refusalsIn(piece));
  }
  return fingerprint({
    greeting: greeted.greeting?.lines ?? null,
    ehlo: greeted.ehlo?.lines ?? null,
    help: null,
    refusals: refusals.slice(0, MOST_REFUSALS),
  });
}

const MOST_REFUSALS = 40;

const refusalsIn = once(({ attempt, exchanges }: Evidence): readonly (readonly string[])[] =>
  exchanges.flatMap(({ reply }) => (reply !== null && reply.code >= 400 ? [withoutPaths(reply.lines, attempt)] : [])),
);

/** What a refusal repeats of the question tells nothing of the server, and makes each one another. */
const withoutPaths = (lines: readonly string[], { forwardPath, reversePath }: Attempt): readonly string[] =>
  lines.map((line) => line.replaceAll(`<${forwardPath}>`, '<>').replaceAll(`<${reversePath}>`, '<>'));

/** The EHLO reply in force under a security: after TLS where the session was secured, else before it. */
export const ehloOf = (evidence: Evidence) =>
  evidence.attempt.security === 'tls' ? evidence.session.ehloTls : evidence.session.ehlo;

/** The extension lines announced at one place; empty where no EHLO was answered there. */
export function extensionsAt(known: Known, source: string, security: Secured): readonly string[] {
  const item = known.at(source, security).find(({ evidence }) => ehloOf(evidence) !== null);
  return item ? extensionsOf(ehloOf(item.evidence)) : [];
}
