// What a run has learnt so far, indexed for planner and judge: every attempt with its evidence and its reading.
// Pure; made anew from evidence each time, so that saved evidence gives the same answers as a live run.
import type { Secured } from '../model/access.js';
import type { Evidence } from '../model/evidence.js';
import { extensionsOf, serverNameOf } from '../model/extensions.js';
import type { Software } from '../model/report.js';
import { fingerprint } from './fingerprint.js';
import { createMemory, kept, type Memory } from './memory.js';
import { type Item, read } from './read.js';

export interface Known {
  /** The ids of all sources that were asked from, in the order of their first appearance. */
  readonly sources: readonly string[];
  /** In the order of their keys' first appearance; a later piece of evidence of the same attempt replaces the earlier. */
  readonly items: readonly Item[];
  readonly byKey: ReadonlyMap<string, Item>;
  readonly software: Software | null;
  /** The server's own name, as its first replies tell it; null where they do not. */
  readonly serverName: string | null;
  /** Whether a foreign recipient was denied to anybody, anywhere, or called invalid: then the server tells recipients apart. */
  readonly hasDenial: boolean;
  /** Whether a foreign recipient was taken: then what the canary shares with a name that cannot exist is its shape. */
  readonly hasTaken: boolean;
  /** Attempts that went as far as a message. */
  readonly messages: readonly Item[];
  /** Items of one source and security. */
  at(source: string, security: Secured): readonly Item[];
  /** Those of them that are mail for the local recipient. */
  inboundAt(source: string, security: Secured): readonly Item[];
  readonly memory: Memory;
}

/** Index evidence and read it, with the product as the greeting, the EHLO replies and the refusals give it away. */
export function know(evidence: readonly Evidence[], memory: Memory = createMemory()): Known {
  const latest = new Map<string, Evidence>();
  for (const piece of evidence) latest.set(piece.attempt.key, piece);
  const software = recognise([...latest.values()], memory);
  const product = software !== null && software.confidence !== 'low' ? software.product : null;
  const items = [...latest.values()].map((piece) => itemOf(piece, product, memory));
  const places = byPlace(items);
  const inbound = byPlace(items.filter(({ attempt: { role } }) => role === 'inbound' || role === 'inbound-as'));
  return {
    sources: [...places.keys()],
    items,
    byKey: new Map(items.map((item) => [item.attempt.key, item])),
    software,
    serverName: serverNameIn(items),
    hasDenial: items.some(
      ({ attempt, reading }) =>
        attempt.recipient === 'foreign' &&
        (reading.weight === 'denial' || (reading.reason === 'relay-or-unknown' && reading.answer === 'permanent')),
    ),
    hasTaken: items.some(
      ({ attempt, reading }) =>
        attempt.role === 'probe' && attempt.isSign && (reading.answer === 'accepted' || reading.answer === 'queued'),
    ),
    messages: items.filter(({ attempt }) => attempt.depth === 'message' && attempt.role === 'probe'),
    at: (source, security) => places.get(source)?.[security] ?? [],
    inboundAt: (source, security) => inbound.get(source)?.[security] ?? [],
    memory,
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

/** Evidence does not change, and is read anew only where the server turns out to be another product. */
function itemOf(evidence: Evidence, product: string | null, { items }: Memory): Item {
  const found = items.get(evidence);
  if (found !== undefined && found.product === product) return found.item;
  const item = { attempt: evidence.attempt, evidence, reading: read(evidence, product) };
  items.set(evidence, { product, item });
  return item;
}

function serverNameIn(items: readonly Item[]): string | null {
  for (const { attempt, evidence } of items) {
    // The receiver of the canaries is another server.
    if (attempt.role === 'direct') continue;
    const name = serverNameOf(ehloOf(evidence)) ?? serverNameOf(evidence.session.greeting);
    if (name) return name;
  }
  return null;
}

function recognise(evidence: readonly Evidence[], memory: Memory): Software | null {
  const greeted = evidence.find((piece) => piece.session.greeting !== null && piece.attempt.role !== 'direct')?.session;
  if (!greeted) return null;
  const refusals: string[] = [];
  for (const piece of evidence) {
    if (refusals.length >= MOST_REFUSALS) break;
    refusals.push(...kept(memory.refusals, piece, () => refusalsIn(piece)));
  }
  return fingerprint({
    greeting: greeted.greeting?.lines ?? null,
    ehlo: greeted.ehlo?.lines ?? null,
    help: null,
    refusals: [...new Set(refusals.slice(0, MOST_REFUSALS))].map((text) => [text]),
  });
}

const MOST_REFUSALS = 40;

/** The refusals in evidence; what they repeat of the question tells nothing of the server, and makes each one another. */
const refusalsIn = ({ attempt: { forwardPath, reversePath }, exchanges }: Evidence): readonly string[] =>
  exchanges.flatMap(({ reply }) =>
    reply === null || reply.code < 400
      ? []
      : [reply.lines.join('\n').replaceAll(`<${forwardPath}>`, '<>').replaceAll(`<${reversePath}>`, '<>')],
  );

/** The EHLO reply in force under a security: after TLS where the session was secured, else before it. */
const ehloOf = (evidence: Evidence) =>
  evidence.attempt.security === 'tls' ? evidence.session.ehloTls : evidence.session.ehlo;

/** The extension lines announced at one place; empty where no EHLO was answered there. */
export function extensionsAt(known: Known, source: string, security: Secured): readonly string[] {
  const item = known.at(source, security).find(({ evidence }) => ehloOf(evidence) !== null);
  return item ? extensionsOf(ehloOf(item.evidence)) : [];
}
