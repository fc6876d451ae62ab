// Findings about who relays without a valid login, and who may deliver: from the anonymous and the inbound cells. Pure.
import { type Cell, isExcused } from '../cells.js';
import { trustBeyond } from '../extents.js';
import {
  cellsAt,
  confidenceOf,
  type Finder,
  type Hit,
  type Judged,
  list,
  nameOf,
  PROOF_WORDS,
  pathsOf,
  quote,
  relaying,
  sourcesOf,
} from './hit.js';

/** Anonymous cells that relay where that is a hole, the server itself without a list set aside. */
const holes = (judged: Judged): readonly Cell[] =>
  cellsAt(judged, ['anonymous']).filter(
    (cell) => cell.observed === 'relay' && cell.source.isRelayWrong === true && !isExcused(judged, cell.source),
  );

/**
 * Strangers are told apart by their address where the plain attempt relays for some of them and is refused to others. What
 * differs for one source before and after STARTTLS is no matter of its address.
 */
function isListTooWide(judged: Judged): boolean {
  const strangers = cellsAt(judged, ['anonymous']).filter(
    (cell) => cell.source.isRelayWrong === true && cell.source.approved === false,
  );
  return (['none', 'tls'] as const).some((security) => {
    const here = strangers.filter((cell) => cell.security === security);
    const plain = here.flatMap((cell) => cell.plain?.settlement.kind ?? []);
    return plain.includes('relays') && plain.includes('refused');
  });
}

const byPlain = (cell: Cell): boolean => cell.plain?.settlement.kind === 'relays';

/** One hit for all cells that relay, the plain attempt first. */
export function relayHit(cells: readonly Cell[]): Hit[] {
  const items = cells.flatMap(relaying);
  const [first] = items;
  if (!first) return [];
  const confidence = confidenceOf(items);
  const techniques = list(items.map(({ attempt }) => attempt.technique));
  const sources = sourcesOf(cells);
  return [
    {
      message: `${list(sources.map(nameOf))}: ${techniques} ${PROOF_WORDS[confidence]}; ${pathsOf(first)} was answered ${quote(first)}`,
      items,
      sources,
      confidence,
    },
  ];
}

/** Without a policy a relay is told, and held against nobody. */
const noted = ({ view }: Judged, hits: readonly Hit[]): Hit[] =>
  hits.map((hit) => ({ ...hit, isNote: view.brief.policy.preset === 'none' }));

export const RELAY_FINDERS = {
  'open-relay': (judged) => {
    const cells = holes(judged).filter((cell) => cell.source.approved !== true);
    return noted(judged, relayHit(isListTooWide(judged) ? cells.filter((cell) => !byPlain(cell)) : cells));
  },
  'unapproved-host-relays': (judged) => {
    if (!isListTooWide(judged)) return [];
    const cells = holes(judged).filter((cell) => cell.source.approved === false && byPlain(cell));
    const trust = trustBeyond(judged.view, sourcesOf(cells));
    const hits = relayHit(cells).map((hit) => ({ ...hit, message: [...trust, hit.message].join('; ') }));
    return noted(judged, hits);
  },
  'approved-host-relays-anonymously': (judged) =>
    relayHit(holes(judged).filter((cell) => cell.source.approved === true)),
  'approved-host-refused': (judged) => {
    const cells = cellsAt(judged, ['anonymous']).filter(
      (cell) => cell.expected === 'relay' && cell.observed === 'refuse',
    );
    const items = cells.flatMap((cell) => cell.items);
    const [first] = items;
    if (!first) return [];
    const message = `${list(sourcesOf(cells).map(nameOf))}: ${pathsOf(first)} was answered ${quote(first)}`;
    return [{ message, items, sources: sourcesOf(cells), confidence: 'confirmed' }];
  },
  'inbound-refused': (judged) => {
    const cells = cellsAt(judged, ['inbound']).filter((cell) => cell.observed === 'refuse' && cell.expected !== 'any');
    const items = cells.flatMap((cell) => cell.items);
    const [first] = items;
    if (!first) return [];
    const isWanted = cells.every((cell) => cell.expected === 'refuse');
    const after = isWanted ? '; the policy wants it so, and other mail servers can no longer deliver to this one' : '';
    return [
      {
        message: `${list(sourcesOf(cells).map(nameOf))}: mail for <${first.attempt.forwardPath}> was answered ${quote(first)}${after}`,
        items,
        sources: sourcesOf(cells),
        confidence: 'confirmed',
        isNote: isWanted,
      },
    ];
  },
} as const satisfies Record<string, Finder>;
