// The verdicts, from cells and findings by one rule of precedence: relay open > inconclusive > closed; compliance
// non-compliant > inconclusive > compliant. Order of evidence plays no part. Pure.
import type { Confidence, Finding, RelayVerdict, ServerVerdict } from '../model/report.js';
import { type Cell, isExcused } from './cells.js';
import { confidenceOf, type Judged } from './finders/hit.js';
import type { SourceView } from './view.js';

/** Cells of anonymous and of invalid credentials: where relaying is a hole for whoever may not relay. */
const HOLE_ACCESS: ReadonlySet<string> = new Set(['anonymous', 'wrong-password', 'empty-password', 'unknown-account']);

/** Say whether a source relays anonymously or with credentials that are not valid, as its cells show. */
export function relaysOf(cells: readonly Cell[]): 'yes' | 'no' | 'unknown' {
  if (cells.some((cell) => HOLE_ACCESS.has(cell.access) && cell.observed === 'relay')) return 'yes';
  const anonymous = cells.filter((cell) => cell.access === 'anonymous').map((cell) => cell.observed);
  return anonymous.length > 0 && anonymous.every((observed) => observed === 'refuse') ? 'no' : 'unknown';
}

/** How one source bears on the server's relay verdict; null where relaying is no hole there. */
function relayOfSource(judged: Judged, source: SourceView): RelayVerdict | null {
  const cells = judged.cells.filter((cell) => cell.source === source && HOLE_ACCESS.has(cell.access));
  if (source.unknownBecause !== null) return 'inconclusive';
  if (source.isRelayWrong === false) return null;
  if (cells.some((cell) => cell.observed === 'relay'))
    return source.isRelayWrong === null || isExcused(judged, source) ? 'inconclusive' : 'open';
  // A login that must fail leaves the question open where what followed it was not answered.
  const isOpen = cells.some((cell) =>
    cell.access === 'anonymous'
      ? cell.observed !== 'refuse'
      : cell.items.some(({ settlement }) => settlement.kind === 'unsettled'),
  );
  return cells.length === 0 || isOpen ? 'inconclusive' : 'closed';
}

/** A cell without an expectation is a question all the same where a login was tried: the mechanism rules hold everywhere. */
const isOpenCell = ({ observed, expected, items }: Cell): boolean =>
  observed === 'unknown' && (expected !== 'any' || items.some(({ attempt }) => attempt.mechanism !== null));

/** Judge a server from its cells and findings. */
export function verdictOf(judged: Judged, findings: readonly Finding[]): ServerVerdict {
  const perSource = judged.view.sources.map((source) => relayOfSource(judged, source));
  const counted = perSource.filter((verdict) => verdict !== null);
  const relay: RelayVerdict = counted.includes('open')
    ? 'open'
    : counted.length === 0 || counted.includes('inconclusive')
      ? 'inconclusive'
      : 'closed';
  const breaking = findings.filter((finding) => finding.breaksCompliance);
  const isOpenQuestion =
    counted.includes('inconclusive') ||
    judged.cells.some(isOpenCell) ||
    judged.view.sources.some((source) => source.unknownBecause !== null);
  const compliance =
    breaking.length > 0 || judged.cells.some((cell) => cell.agrees === false)
      ? 'non-compliant'
      : isOpenQuestion && judged.view.brief.policy.preset !== 'none'
        ? 'inconclusive'
        : isOpenQuestion && judged.view.sources.every((source) => source.unknownBecause !== null)
          ? 'inconclusive'
          : 'compliant';
  return {
    relay,
    confidence: confidence(judged, relay),
    compliance,
    summary: summary(judged, relay, compliance, breaking),
  };
}

function confidence(judged: Judged, relay: RelayVerdict): Confidence {
  if (relay === 'inconclusive') return 'possible';
  if (relay === 'closed')
    return judged.view.known.items.some(({ evidence }) => evidence.shared) ? 'probable' : 'confirmed';
  return confidenceOf(
    judged.cells
      .filter(
        (cell) => HOLE_ACCESS.has(cell.access) && cell.source.isRelayWrong === true && !isExcused(judged, cell.source),
      )
      .flatMap((cell) => cell.items),
  );
}

const RELAY_WORDS: Record<RelayVerdict, string> = {
  open: 'The server relays for those it should not',
  closed: 'The server relays for nobody it should not',
  inconclusive: 'Whether the server relays for those it should not could not be settled',
};

/** Where no policy says who should not be relayed for. */
const WITHOUT_POLICY: Record<RelayVerdict, string> = {
  open: 'The server relays for strangers',
  closed: 'The server relays for no stranger',
  inconclusive: 'Whether the server relays for strangers could not be settled',
};

function summary(
  judged: Judged,
  relay: RelayVerdict,
  compliance: ServerVerdict['compliance'],
  breaking: readonly Finding[],
): string {
  const strangers = judged.view.sources.some((source) => source.isRelayWrong !== false);
  const preset = judged.view.brief.policy.preset;
  const first = !strangers
    ? 'No source was tested that should be refused'
    : relay === 'inconclusive' && judged.view.sources.every((source) => source.unknownBecause !== null)
      ? 'The server could not be reached'
      : (preset === 'none' ? WITHOUT_POLICY : RELAY_WORDS)[relay];
  const second = {
    compliant: preset === 'none' ? 'no policy was set' : `it behaves as ${preset} says`,
    'non-compliant': `it does not behave as ${preset} says: ${[...new Set(breaking.map((finding) => finding.rule))].join(', ')}`,
    inconclusive: `whether it behaves as ${preset} says is not settled`,
  }[compliance];
  return `${first}; ${second}.`;
}
