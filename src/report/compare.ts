// Two reports side by side: findings by server, rule, source and technique, never by text; verdicts by server. Pure.
import type { Finding, LongReport, ServerReport, ServerSummary, Severity } from '../model/report.js';
import { showEndpoint } from '../model/target.js';
import { proofsOf } from './facts.js';
import { type Intern, internTable } from './summary.js';

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

/** The texts of many keys are few. */
const sharedKey = ({ server, rule, source, technique }: FindingKey, intern: Intern): FindingKey => ({
  server: intern(server),
  rule: intern(rule),
  source: source === null ? null : intern(source),
  technique: technique === null ? null : intern(technique),
});

export interface Change {
  readonly kind: 'new' | 'gone' | 'worse' | 'better' | 'same';
  readonly key: FindingKey;
  readonly severity: Severity;
  readonly breaksCompliance: boolean;
}

type Verdicts = { readonly [what in VerdictChange['what']]: string };

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

/** What is compared of a report: nothing else of its servers is kept. */
export interface Compared {
  /** Findings by their keys; of two with one key the one that breaks compliance. */
  readonly findings: ReadonlyMap<string, Keyed>;
  /** The worst verdicts over all addresses of each server. */
  readonly verdicts: ReadonlyMap<string, Verdicts>;
}

/** Gather what is compared of a report whose servers come one by one. */
export function comparing(): { readonly add: (server: ServerReport) => void; readonly compared: Compared } {
  const findings = new Map<string, Keyed>();
  const verdicts = new Map<string, Verdicts>();
  const intern = internTable();
  const add = (server: ServerReport): void => {
    for (const finding of server.findings) {
      const { severity, breaksCompliance } = finding;
      for (const key of keysOf(server, finding)) {
        const id = showKey(key);
        if (findings.get(id)?.finding.breaksCompliance === true) continue;
        findings.set(id, { key: sharedKey(key, intern), finding: { severity, breaksCompliance } });
      }
    }
    const endpoint = endpointOf(server);
    const known = verdicts.get(endpoint);
    const worse = (what: VerdictChange['what']): string => {
      const verdict = server.verdict[what];
      return known === undefined || RANKS[what].indexOf(verdict) > RANKS[what].indexOf(known[what])
        ? verdict
        : known[what];
    };
    verdicts.set(endpoint, { relay: worse('relay'), compliance: worse('compliance') });
  };
  return { add, compared: { findings, verdicts } };
}

/** What is compared of a report. */
export function comparedOf({ servers }: LongReport): Compared {
  const { add, compared } = comparing();
  for (const server of servers) add(server);
  return compared;
}

/** Compare two reports; findings of servers that one of them lacks are new or gone. */
export const compareReports = (before: LongReport, after: LongReport): Comparison =>
  compare(comparedOf(before), comparedOf(after));

/** Compare what was gathered of two reports. */
export function compare(before: Compared, after: Compared): Comparison {
  const [old, current] = [before.findings, after.findings];
  const changes = [...new Set([...current.keys(), ...old.keys()])].flatMap((id) => {
    const found = current.get(id) ?? old.get(id);
    if (found === undefined) return [];
    const { severity, breaksCompliance } = found.finding;
    return [{ kind: kindOf(old.get(id), current.get(id)), key: found.key, severity, breaksCompliance }];
  });
  const verdicts = verdictChanges(before.verdicts, after.verdicts);
  const isWorse =
    changes.some(({ kind, breaksCompliance }) => breaksCompliance && (kind === 'new' || kind === 'worse')) ||
    verdicts.some((change) => change.isWorse);
  return { changes, verdicts, isWorse };
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

function verdictChanges(old: Compared['verdicts'], current: Compared['verdicts']): VerdictChange[] {
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
