// What a finder gives, and the words that all finders share: names of sources, quoted replies, proof. Pure.
import type { Confidence, Severity } from '../../model/report.js';
import type { Cell } from '../cells.js';
import type { Settled, SourceView, View } from '../view.js';

export interface Hit {
  readonly message: string;
  readonly items: readonly Settled[];
  readonly sources: readonly SourceView[];
  readonly confidence: Confidence;
  /** Set where the finding does not weigh what its rule says (inbound under send-only, no policy). */
  readonly isNote?: boolean;
  /** Set where it weighs less than its rule says, and breaks no policy. */
  readonly weighs?: Severity;
}

export interface Judged {
  readonly view: View;
  readonly cells: readonly Cell[];
}

export type Finder = (judged: Judged) => readonly Hit[];

const PROOF = { delivered: 'confirmed', queued: 'probable', accepted: 'possible' } as const;

export const PROOF_WORDS = { confirmed: 'delivered', probable: 'queued', possible: 'accepted at RCPT' } as const;

/** The items of a cell that relay. */
export const relaying = (cell: Cell): readonly Settled[] =>
  cell.items.filter(({ settlement }) => settlement.kind === 'relays');

/** The strongest proof among items that relay. */
export function confidenceOf(items: readonly Settled[]): Confidence {
  const proofs = items.flatMap(({ settlement }) => (settlement.kind === 'relays' ? [PROOF[settlement.proof]] : []));
  return proofs.includes('confirmed') ? 'confirmed' : proofs.includes('probable') ? 'probable' : 'possible';
}

/** How messages call a source: its address, else its spec with the address that the system picked. */
export const nameOf = ({ source, local }: SourceView): string =>
  source.address ?? (local === null || source.route !== 'bind' ? source.spec : `${source.spec} (${local})`);

/** The reply that decided, or the fault, in one line. */
export const quote = ({ reading: { reply, stage, reason } }: Settled): string =>
  reply
    ? `${reply.code}${reply.enhanced ? ` ${reply.enhanced}` : ''} ${reply.text.split('\n')[0] ?? ''} (at ${stage})`
    : `${reason} (at ${stage})`;

export const pathsOf = ({ attempt }: Settled): string => `<${attempt.reversePath}> to <${attempt.forwardPath}>`;

/** Names, each once, in order. */
export const list = (names: readonly string[]): string => [...new Set(names)].join(', ');

export const cellsAt = (judged: Judged, access: readonly string[]): readonly Cell[] =>
  judged.cells.filter((cell) => access.includes(cell.access));

export const sourcesOf = (cells: readonly Cell[]): readonly SourceView[] => [
  ...new Set(cells.map((cell) => cell.source)),
];

/** Every item of every place, those that are in no cell included. */
export const itemsOf = ({ view }: Judged): readonly Settled[] => view.items;

/** The sources of some items, in the order of the brief. */
export const sourcesBehind = ({ view }: Judged, items: readonly Settled[]): readonly SourceView[] =>
  view.sources.filter(({ source }) => items.some(({ attempt }) => attempt.source === source.id));

/** One hit for items that show the same; none where there are no items. */
export function together(judged: Judged, items: readonly Settled[], say: (first: Settled) => string): readonly Hit[] {
  const [first] = items;
  if (!first) return [];
  return [{ message: say(first), items, sources: sourcesBehind(judged, items), confidence: 'confirmed' }];
}
