// Findings that do not count: known from a baseline, or waived in the configuration until a day. Nothing is left out of a
// report for that; it only does not fail, and standard error says why. A waiver that has expired excuses nothing.
import type { Waiver } from '../config/read-config.js';
import type { Finding, Report, ServerReport } from '../model/report.js';
import { type FindingKey, keyedOf, keysOf, showKey } from '../report/compare.js';
import { short } from '../report/text.js';

export interface Excuses {
  /** Whether a finding does not count: everything that shows it is known or waived. */
  readonly isExcused: (server: ServerReport, finding: Finding) => boolean;
  /** What to say of it, a line each. */
  readonly notes: readonly string[];
}

/** Read what excuses findings of a report. `today` is a UTC day as 2026-12-31. */
export function excusesOf(report: Report, baseline: Report | null, waivers: readonly Waiver[], today: string): Excuses {
  const known = baseline === null ? new Map<string, { finding: Finding }>() : keyedOf(baseline);
  const isExpired = ({ expires }: Waiver): boolean => expires < today;
  const valid = waivers.filter((waiver) => !isExpired(waiver));
  // What broke nothing then and does now is new.
  const isKnown = (key: FindingKey, finding: Finding): boolean => {
    const before = known.get(showKey(key));
    return before !== undefined && (before.finding.breaksCompliance || !finding.breaksCompliance);
  };
  const isExcused = (server: ServerReport, finding: Finding): boolean =>
    keysOf(server, finding).every((key) => isKnown(key, finding) || valid.some((waiver) => covers(waiver, key)));

  const found = report.servers.flatMap((server) => server.findings.map((finding) => ({ server, finding })));
  const keys = found.flatMap(({ server, finding }) => keysOf(server, finding));
  const waived = waivers.map((waiver) =>
    noteOf(
      waiver,
      keys.filter((key) => covers(waiver, key)),
      isExpired(waiver),
    ),
  );
  const inBaseline = found.filter(({ server, finding }) =>
    keysOf(server, finding).every((key) => isKnown(key, finding)),
  );
  const baselineNotes = inBaseline.map(
    ({ server, finding }) => `known from the baseline: ${keysOf(server, finding).map(showKey).join('; ')}`,
  );
  return { isExcused, notes: [...baselineNotes, ...waived].map((note) => short(note, 1000)) };
}

function covers({ rule, server, source, technique }: Waiver, key: FindingKey): boolean {
  const isServer = server === undefined || key.server === server || key.server.replace(/:\d+$/, '') === server;
  const isSource = source === undefined || key.source === source || key.source?.startsWith(`${source} `) === true;
  return key.rule === rule && isServer && isSource && (technique === undefined || key.technique === technique);
}

function noteOf({ rule, reason, expires, where }: Waiver, covered: readonly FindingKey[], isExpired: boolean): string {
  if (covered.length === 0) return `${where}: a waiver of ${rule} that covers nothing: it can be taken out`;
  const what = covered.map(showKey).join('; ');
  return isExpired
    ? `${where}: a waiver that expired on ${expires}, so that this counts: ${what}: ${reason}`
    : `waived until ${expires}: ${what}: ${reason} (${where})`;
}
