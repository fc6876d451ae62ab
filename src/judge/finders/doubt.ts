// Findings that say what could not be told, and why: none of them breaks compliance. Pure.
import { isSubmission } from '../../model/target.js';
import { ACCEPTS_EVERYTHING, turnedAwayAt } from '../../replies/settle.js';
import { adviceFor } from '../advice.js';
import { type Cell, isExcused } from '../cells.js';
import type { SourceView } from '../view.js';
import {
  cellsAt,
  type Finder,
  type Hit,
  itemsOf,
  type Judged,
  list,
  nameOf,
  quote,
  relaying,
  sourcesOf,
  together,
} from './hit.js';

/** One hit for cells that leave the same question open. */
function open(cells: readonly Cell[], say: (names: string) => string, items: readonly Cell['items'][number][]): Hit[] {
  if (cells.length === 0) return [];
  const sources = sourcesOf(cells);
  return [{ message: say(list(sources.map(nameOf))), items, sources, confidence: 'possible' }];
}

/** A source that is told the same of every recipient from some refusal on, where its local recipient shows it. */
const turnedAway = ({ view }: Judged, source: SourceView): Hit[] =>
  source.places.flatMap(({ security, items }): Hit[] => {
    const control = turnedAwayAt({ source: source.source.id, security }, view.known);
    const shown = items.filter(({ attempt }) => attempt.key === control?.attempt.key);
    return shown.map((item) => ({
      message: `${nameOf(source)}: <${item.attempt.forwardPath}>, accepted at first, ${quote(item)} in the end. Exempt ${nameOf(source)} from what bans it`,
      items: shown,
      sources: [source],
      confidence: 'possible',
    }));
  });

const relays = (judged: Judged): readonly Cell[] =>
  cellsAt(judged, ['anonymous']).filter((cell) => cell.observed === 'relay');

export const DOUBT_FINDERS = {
  'source-is-the-server': (judged) => {
    const cells = relays(judged).filter((cell) => cell.source.isRelayWrong === true && isExcused(judged, cell.source));
    return open(
      cells,
      (names) => `${names} relays, is the audited server itself, and no list was given`,
      cells.flatMap(relaying),
    );
  },
  'source-address-unknown': (judged) => {
    if (judged.view.brief.policy.preset === 'none') return [];
    const cells = relays(judged).filter((cell) => cell.source.approved === null);
    return open(cells, (names) => `${names} relays; whether it is on the list cannot be told`, cells.flatMap(relaying));
  },
  'accepts-everything': (judged) =>
    open(
      judged.cells.filter((cell) =>
        cell.items.some(
          ({ settlement }) => settlement.kind === 'unsettled' && settlement.because === ACCEPTS_EVERYTHING,
        ),
      ),
      (names) => `${names}: an invented local user and a name that cannot exist were accepted too`,
      [],
    ),
  'inconsistent-answers': (judged) => {
    const items = itemsOf(judged);
    const differing = items.filter(({ evidence }) => evidence.isInconsistent);
    return together(
      judged,
      differing,
      () => `${list(differing.map(({ attempt }) => attempt.technique))}: accepted once, refused when asked again`,
    );
  },
  'source-banned': (judged) => {
    const lost = itemsOf(judged).filter(({ evidence }) => evidence.tries === 0 && evidence.skipped === null);
    return judged.view.sources.flatMap((source): Hit[] => {
      const items = lost.filter(({ attempt }) => attempt.source === source.source.id);
      const [first] = items;
      if (!first) return turnedAway(judged, source);
      if (!source.isReachable) return [];
      const heard = source.places.flatMap((place) => place.items).length - items.length;
      const detail = first.evidence.fault?.detail ?? quote(first);
      return [
        {
          message: `${nameOf(source)}: ${heard} attempts were answered, then no connection: ${detail}; ${items.length} were not asked. Exempt ${nameOf(source)} from what bans it`,
          items,
          sources: [source],
          confidence: 'possible',
        },
      ];
    });
  },
  'audit-inconclusive': (judged) => {
    const unknown = judged.cells.filter((cell) => cell.observed === 'unknown');
    const silent = judged.view.sources.filter(
      (source) => source.unknownBecause !== null && !unknown.some((cell) => cell.source === source),
    );
    const clauses = [
      ...unknown.map(
        (cell) =>
          `${nameOf(cell.source)}, ${cell.access}${cell.security === 'tls' ? ' under TLS' : ''}: ${cell.because.slice(0, 3).join('; ')}`,
      ),
      ...silent.map((source) => `${nameOf(source)}: ${source.unknownBecause}`),
    ];
    if (clauses.length === 0) return [];
    const items = unknown.flatMap((cell) => cell.items.filter(({ settlement }) => settlement.kind === 'unsettled'));
    const { target, identity } = judged.view.brief;
    const advice = adviceFor(items, { isSubmission: isSubmission(target), isStrong: identity.localRecipient.strong });
    return [
      {
        message: [clauses.join(' | '), ...advice].join('. '),
        items,
        sources: [...sourcesOf(unknown), ...silent],
        confidence: 'possible',
      },
    ];
  },
} as const satisfies Record<string, Finder>;
