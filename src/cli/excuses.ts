// Findings that do not count: known from a baseline, or waived in the configuration until a day. Nothing is left out of a
// report for that; it only does not fail, and standard error says why. A waiver that has expired excuses nothing.
import type { Waiver } from '../config/read-config.js';
import type { Finding, LongReport, ServerReport } from '../model/report.js';
import { type FindingKey, type Keyed, keyedOf, keysOf, showKey } from '../report/compare.js';
import { short } from '../report/text.js';

export interface Excuses {
  /** Whether a finding does not count: everything that shows it is known or waived; null where nothing can be. */
  readonly isExcused: ((server: ServerReport, finding: Finding) => boolean) | null;
  /** What to say of it, a line each. */
  readonly notes: readonly string[];
}

/** Read what excuses findings of a report. `today` is a UTC day as 2026-12-31. */
export function excusesOf(
  report: LongReport,
  baseline: LongReport | null,
  waivers: readonly Waiver[],
  today: string,
): Excuses {
  if (baseline === null && waivers.length === 0) return { isExcused: null, notes: [] };
  const known = baseline === null ? new Map<string, Keyed>() : keyedOf(baseline);
  const isExpired = ({ expires }: Waiver): boolean => expires < today;
  const valid = waivers.filter((waiver) => !isExpired(waiver));
  // What broke nothing then and does now is new.
  const isKnown = (key: FindingKey, finding: Finding): boolean => {
    const before = known.get(showKey(key));
    return before !== undefined && (before.finding.breaksCompliance || !finding.breaksCompliance);
  };
  const isExcused = (server: ServerReport, finding: Finding): boolean =>
    keysOf(server, finding).every((key) => isKnown(key, finding) || valid.some((waiver) => covers(waiver, key)));

  const baselineNotes: string[] = [];
  const covered = new Map<Waiver, FindingKey[]>(waivers.map((waiver) => [waiver, []]));
  for (const server of report.servers) {
    for (const finding of server.findings) {
      const keys = keysOf(server, finding);
      if (keys.every((key) => isKnown(key, finding)))
        baselineNotes.push(`known from the baseline: ${keys.map(showKey).join('; ')}`);
      for (const [waiver, of] of covered) of.push(...keys.filter((key) => covers(waiver, key)));
    }
  }
  const waived = [...covered].map(([waiver, keys]) => noteOf(waiver, keys, isExpired(waiver)));
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
