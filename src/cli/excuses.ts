// Findings that do not count: known from a baseline, or waived in the configuration until a day. Nothing is left out of a
// report for that; it only does not fail, and says why. A waiver that has expired excuses nothing.
import type { Waiver } from '../config/read-config.js';
import type { Finding, LongReport } from '../model/report.js';
import { type Compared, type FindingKey, keysOf, showKey } from '../report/compare.js';
import type { ExcuseOf } from '../report/format.js';
import { short } from '../report/text.js';

export interface Excuses {
  /** Gives a reason where everything that shows a finding is known or waived; left out where nothing can be. */
  readonly excuseOf?: ExcuseOf;
  /** What to say of it, a line each. */
  readonly notes: readonly string[];
}

/** Read what excuses findings of a report. `today` is a UTC day as 2026-12-31. */
export function excusesOf(
  report: LongReport,
  baseline: Compared | null,
  waivers: readonly Waiver[],
  today: string,
): Excuses {
  if (baseline === null && waivers.length === 0) return { notes: [] };
  const isExpired = ({ expires }: Waiver): boolean => expires < today;
  const valid = waivers.filter((waiver) => !isExpired(waiver));
  // What broke nothing then and does now is new.
  const isKnown = (key: FindingKey, finding: Finding): boolean => {
    const before = baseline?.findings.get(showKey(key));
    return before !== undefined && (before.finding.breaksCompliance || !finding.breaksCompliance);
  };
  const excuseOf: ExcuseOf = (server, finding) => {
    const reasons = keysOf(server, finding).map((key) => {
      if (isKnown(key, finding)) return KNOWN;
      const waiver = valid.find((each) => covers(each, key));
      return waiver === undefined ? null : `waived until ${waiver.expires}: ${waiver.reason}`;
    });
    return reasons.includes(null) ? null : short([...new Set(reasons)].join('; '), 1000);
  };

  const baselineNotes: string[] = [];
  const covered = new Map<Waiver, FindingKey[]>(waivers.map((waiver) => [waiver, []]));
  for (const server of report.servers) {
    for (const finding of server.findings) {
      const keys = keysOf(server, finding);
      if (keys.every((key) => isKnown(key, finding))) baselineNotes.push(`${KNOWN}: ${keys.map(showKey).join('; ')}`);
      for (const [waiver, of] of covered) of.push(...keys.filter((key) => covers(waiver, key)));
    }
  }
  const waived = [...covered].map(([waiver, keys]) => noteOf(waiver, keys, isExpired(waiver)));
  return { excuseOf, notes: [...baselineNotes, ...waived].map((note) => short(note, 1000)) };
}

const KNOWN = 'known from the baseline';

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
