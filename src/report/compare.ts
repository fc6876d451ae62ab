// Two reports side by side: findings by server, rule, source and technique, never by text; verdicts by server. Pure.
import type { Finding, LongReport, ServerReport, ServerSummary, Severity } from '../model/report.js';
import { showEndpoint } from '../model/target.js';
import { proofsOf } from './facts.js';
import { summariesOf } from './summary.js';

/** What makes a finding the same one in another report; null where the finding names none. */
export interface FindingKey {
  /** `host:port` as the operator named it: addresses change without the server being another. */
  readonly server: string;
  readonly rule: string;
  /** As the operator gave it; a planned one with its address. */
  readonly source: string | null;
  readonly technique: string | null;
}

export interface Keyed {
  readonly key: FindingKey;
  /** What compares it: of a long report nothing else is kept. */
  readonly finding: Pick<Finding, 'severity' | 'breaksCompliance'>;
}

/** The keys of one finding: one for each source and technique that shows it, one at least. */
export function keysOf(server: ServerReport, finding: Finding): readonly FindingKey[] {
  const base = { server: endpointOf(server), rule: finding.rule };
  const specs = new Map(server.sources.map((source) => [source.id, specOf(server, source.id)]));
  const shown = proofsOf(server, finding).map(({ source, technique }) => ({
    ...base,
    source: specs.get(source) ?? source,
    technique,
  }));
  const bare = finding.sources
    .map((id) => specs.get(id) ?? id)
    .filter((spec) => !shown.some(({ source }) => source === spec))
    .map((source) => ({ ...base, source, technique: null }));
  const all: readonly FindingKey[] = [...shown, ...bare];
  const unique = [...new Map(all.map((key) => [showKey(key), key])).values()];
  return unique.length === 0 ? [{ ...base, source: null, technique: null }] : unique;
}

/** Name a server by `host:port`. */
const endpointOf = ({ target: { host, port } }: Pick<ServerSummary, 'target'>): string => showEndpoint(host, port);

/** One spec may stand for many sources (`auto`, `edges:…`): there the address tells them apart. */
function specOf({ sources }: ServerReport, id: string): string {
  const source = sources.find((each) => each.id === id);
  if (source === undefined) return id;
  const isShared = sources.filter((each) => each.spec === source.spec).length > 1;
  return isShared && source.address !== null ? `${source.spec} ${source.address}` : source.spec;
}

/** Write a key on one line, for people and as the identity of a finding. */
export function showKey({ server, rule, source, technique }: FindingKey): string {
  const by = technique === null ? '' : ` by ${technique}`;
  const from = source === null ? '' : ` from ${source}`;
  return `${rule} at ${server}${from}${by}`;
}

export interface Change {
  readonly kind: 'new' | 'gone' | 'worse' | 'better' | 'same';
  readonly key: FindingKey;
  readonly severity: Severity;
  readonly breaksCompliance: boolean;
}

export interface VerdictChange {
  readonly server: string;
  readonly what: 'relay' | 'compliance';
  readonly old: string | null;
  readonly new: string | null;
  readonly isWorse: boolean;
}

export interface Comparison {
  readonly changes: readonly Change[];
  readonly verdicts: readonly VerdictChange[];
  /** Whether something that breaks compliance is new, or a verdict has got worse. */
  readonly isWorse: boolean;
}

/** Compare two reports; findings of servers that one of them lacks are new or gone. */
export function compareReports(before: LongReport, after: LongReport): Comparison {
  const [old, current] = [keyedOf(before), keyedOf(after)];
  const changes = [...new Set([...current.keys(), ...old.keys()])].flatMap((id) => {
    const found = current.get(id) ?? old.get(id);
    if (found === undefined) return [];
    const { severity, breaksCompliance } = found.finding;
    return [{ kind: kindOf(old.get(id), current.get(id)), key: found.key, severity, breaksCompliance }];
  });
  const verdicts = verdictChanges(before, after);
  const isWorse =
    changes.some(({ kind, breaksCompliance }) => breaksCompliance && (kind === 'new' || kind === 'worse')) ||
    verdicts.some((change) => change.isWorse);
  return { changes, verdicts, isWorse };
}

/** All findings of a report by their keys; of two with one key the one that breaks compliance. */
export function keyedOf(report: LongReport): ReadonlyMap<string, Keyed> {
  const all = new Map<string, Keyed>();
  for (const server of report.servers) {
    for (const finding of server.findings) {
      const { severity, breaksCompliance } = finding;
      for (const key of keysOf(server, finding)) {
        const id = showKey(key);
        if (all.get(id)?.finding.breaksCompliance !== true)
          all.set(id, { key, finding: { severity, breaksCompliance } });
      }
    }
  }
  return all;
}

function kindOf(old: Keyed | undefined, current: Keyed | undefined): Change['kind'] {
  if (old === undefined) return 'new';
  if (current === undefined) return 'gone';
  const [was, is] = [old.finding.breaksCompliance, current.finding.breaksCompliance];
  return was === is ? 'same' : is ? 'worse' : 'better';
}

/** Verdicts from the best to the worst. */
const RANKS: { readonly [what in VerdictChange['what']]: readonly string[] } = {
  relay: ['closed', 'inconclusive', 'open'],
  compliance: ['compliant', 'inconclusive', 'non-compliant'],
};

function verdictChanges(before: LongReport, after: LongReport): VerdictChange[] {
  const [old, current] = [verdictsOf(before), verdictsOf(after)];
  const servers = [...new Set([...current.keys(), ...old.keys()])];
  return servers.flatMap((server) =>
    (['relay', 'compliance'] as const).flatMap((what): VerdictChange[] => {
      const [was, is] = [old.get(server)?.[what] ?? null, current.get(server)?.[what] ?? null];
      if (was === is) return [];
      const rank = (value: string): number => RANKS[what].indexOf(value);
      // A server that was not audited before has nothing to be worse than; its findings are new.
      const isWorse = was !== null && is !== null && rank(is) > rank(was);
      return [{ server, what, old: was, new: is, isWorse }];
    }),
  );
}

type Verdicts = { readonly [what in VerdictChange['what']]: string };

/** The worst verdicts over all addresses of each server. */
function verdictsOf(report: LongReport): ReadonlyMap<string, Verdicts> {
  const all = new Map<string, Verdicts>();
  for (const summary of summariesOf(report)) {
    const { relay, compliance } = summary.verdict;
    const known = all.get(endpointOf(summary));
    const worse = (what: VerdictChange['what'], verdict: string): string =>
      known === undefined || RANKS[what].indexOf(verdict) > RANKS[what].indexOf(known[what]) ? verdict : known[what];
    all.set(endpointOf(summary), { relay: worse('relay', relay), compliance: worse('compliance', compliance) });
  }
  return all;
}
