// Evidence -> the report of one server: attempts with their outcomes, cells, findings, verdict. Pure: saved evidence judged
// again gives the same report. SAFETY: what is secret in an exchange is withheld here, where evidence becomes a report.
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { extensionsOf } from '../model/extensions.js';
import { showEntry } from '../model/networks.js';
import type { Reply } from '../model/reply.js';
import { type Finding, type ReportSource, type ReportTarget, SEVERITIES, type ServerReport } from '../model/report.js';
import type { Memory } from '../replies/memory.js';
import { reportAttempt } from './attempts.js';
import { type Cell, cellsOf } from './cells.js';
import type { Hit, Judged } from './finders/hit.js';
import { FINDERS } from './finders/index.js';
import { mend } from './fixes/index.js';
import { notTested } from './not-tested.js';
import { RULE_IDS, RULE_SETS, RULES, type Rule, type RuleId } from './rules.js';
import { relaysOf, verdictOf } from './verdict.js';
import { type SourceView, type View, viewOf } from './view.js';

/** Judge the evidence of one server. */
export function judge(brief: Brief, evidence: readonly Evidence[], memory?: Memory): ServerReport {
  const view = viewOf(brief, evidence, memory);
  const cells = cellsOf(view);
  const judged: Judged = { view, cells };
  const ids = new Map(view.known.items.map((item, index) => [item.attempt.key, `a${index + 1}`]));
  const idOf = (key: string): string => ids.get(key) ?? key;
  const findings = findAll(judged, idOf);
  return {
    target: reportTarget(view),
    policy: {
      preset: brief.policy.preset,
      rules: [...brief.policy.rules],
      relayHosts: brief.policy.relayHosts.map(showEntry),
      localDomains: [...brief.policy.localDomains],
    },
    sources: view.sources.map((source) => reportSource(source, cells, idOf)),
    attempts: view.items.map((item) => reportAttempt(item, idOf(item.attempt.key))),
    findings,
    notTested: notTested(judged),
    verdict: verdictOf(judged, findings),
  };
}

/** Rules that are looked for only where the policy's rules name them; all others always are. */
const BY_RULE: ReadonlySet<string> = new Set(Object.values(RULE_SETS).flat());

function findAll(judged: Judged, idOf: (key: string) => string): Finding[] {
  const { rules, preset } = judged.view.brief.policy;
  const findings = RULE_IDS.filter((id) => !BY_RULE.has(id) || rules.includes(id)).flatMap((id) =>
    // Without a policy nothing can break one.
    FINDERS[id](judged).map((hit: Hit) => makeFinding(judged.view, id, RULES[id], hit, preset !== 'none', idOf)),
  );
  return findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function makeFinding(
  view: View,
  id: RuleId,
  rule: Rule,
  hit: Hit,
  mayBreak: boolean,
  idOf: (key: string) => string,
): Finding {
  const { fix, references } = mend(id, hit, view);
  return {
    rule: id,
    severity: hit.isNote ? 'info' : (hit.weighs ?? rule.severity),
    confidence: hit.confidence,
    breaksCompliance: rule.breaks && mayBreak && !hit.isNote && hit.weighs === undefined,
    title: rule.title,
    message: hit.message,
    sources: [...new Set(hit.sources.map(({ source }) => source.id))],
    attempts: [...new Set(hit.items.map(({ attempt }) => idOf(attempt.key)))],
    fix,
    references: [...references, pageOf(id)],
  };
}

/** Where a finding is explained, with the steps for every product; docs/rules stands in the repository. */
const pageOf = (id: RuleId): string => `relayproof rules ${id} (docs/rules/${id}.md)`;

function reportTarget(view: View): ReportTarget {
  const { target } = view.brief;
  const sessions = view.known.items.map(({ evidence }) => evidence.session);
  const ehlos = new Set<Reply | null>();
  for (const { ehlo, ehloTls } of sessions) ehlos.add(ehlo).add(ehloTls);
  return {
    host: target.host,
    port: target.port,
    address: target.address,
    security: target.security,
    banner: sessions.find(({ greeting }) => greeting !== null)?.greeting?.text ?? null,
    extensions: [...new Set([...ehlos].flatMap(extensionsOf))],
    certificate: sessions.find(({ tls }) => tls !== null)?.tls?.certificate ?? null,
    software: view.known.software,
  };
}

function reportSource(view: SourceView, all: readonly Cell[], idOf: (key: string) => string): ReportSource {
  const cells = all.filter((cell) => cell.source === view);
  return {
    id: view.source.id,
    spec: view.source.spec,
    route: view.source.route,
    address: view.source.address,
    seenAs: view.seenAs,
    ...(view.source.edge === undefined ? {} : { edge: view.source.edge }),
    approved: view.approved,
    reachable: view.isReachable,
    unknownBecause: view.unknownBecause,
    relays: relaysOf(cells),
    cells: cells.map((cell) => ({
      access: cell.access,
      security: cell.security,
      expected: cell.expected,
      observed: cell.observed,
      agrees: cell.agrees,
      attempts: cell.items.map(({ attempt }) => idOf(attempt.key)),
    })),
  };
}
