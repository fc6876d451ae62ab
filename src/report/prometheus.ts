// Prometheus text format 0.0.4, for the textfile collector: gauges per server, source, cell, technique and finding.
// Labels name things, never text of replies; no series appears twice.
import {
  type LongReport,
  type ReportSource,
  SEVERITIES,
  type ServerReport,
  type ServerSummary,
} from '../model/report.js';
import { showEndpoint } from '../model/target.js';
import { markOf, sourceName, tallies } from './facts.js';
import { summariesOf } from './summary.js';
import { short } from './text.js';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Write the report as gauges; a question without an answer is its own gauge, not a missing sample. */
export function* prometheusPieces(report: LongReport): Generator<string> {
  const started = Date.parse(report.startedAt);
  const run: readonly Gauge[] = [
    { name: 'info', help: 'Version of relayproof.', samples: [{ labels: { version: report.tool.version }, value: 1 }] },
    {
      name: 'last_run_timestamp_seconds',
      help: 'End of the last audit.',
      samples: Number.isNaN(started) ? [] : [{ labels: {}, value: (started + report.durationMs) / 1000 }],
    },
    {
      name: 'last_run_duration_seconds',
      help: 'How long the last audit took.',
      samples: [{ labels: {}, value: report.durationMs / 1000 }],
    },
  ];
  for (const gauge of run) yield* gaugePieces(gauge.name, gauge.help, [gauge.samples]);
  const again = namedAgain(summariesOf(report));
  // All samples of a gauge stand together, so that the servers are gone through once for each.
  for (const { name, help, samplesOf } of GAUGES)
    yield* gaugePieces(name, help, ofServers(report.servers, again, samplesOf));
}

/** Of each server its samples; of those that stand more than once in the report all together, at the end. */
function* ofServers(
  servers: Iterable<ServerReport>,
  again: ReadonlySet<string>,
  samplesOf: (server: ServerReport) => readonly Sample[],
): Generator<readonly Sample[]> {
  const last: Sample[] = [];
  for (const server of servers) {
    const own = serverLabels(server);
    const samples = samplesOf(server).map(({ labels, value }) => ({ labels: { ...own, ...labels }, value }));
    if (again.has(written(own))) last.push(...samples);
    else yield samples;
  }
  yield last;
}

/** Servers that stand more than once in the report, by their labels. */
function namedAgain(summaries: readonly ServerSummary[]): ReadonlySet<string> {
  const [known, again] = [new Set<string>(), new Set<string>()];
  for (const name of summaries.map((summary) => written(serverLabels(summary)))) {
    if (known.has(name)) again.add(name);
    known.add(name);
  }
  return again;
}

const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly samplesOf: (server: ServerReport) => readonly Sample[];
}[] = [
  {
    name: 'relay_verdict',
    help: 'Whether the server relays for those it should not: 1 for the verdict that holds.',
    samplesOf: ({ verdict }) => oneHot('verdict', ['open', 'closed', 'inconclusive'], verdict.relay),
  },
  {
    name: 'compliance_verdict',
    help: 'Whether the server behaves as its policy says: 1 for the verdict that holds.',
    samplesOf: ({ verdict }) => oneHot('verdict', ['compliant', 'non-compliant', 'inconclusive'], verdict.compliance),
  },
  {
    name: 'findings',
    help: 'Number of findings by severity.',
    samplesOf: ({ findings }) =>
      SEVERITIES.map((severity) => ({
        labels: { severity },
        value: findings.filter((finding) => finding.severity === severity).length,
      })),
  },
  {
    name: 'finding',
    help: 'A finding by rule, 1 where compliance is broken by it and 0 where it is a note.',
    samplesOf: ({ findings }) =>
      findings.map(({ rule, breaksCompliance }) => ({ labels: { rule }, value: Number(breaksCompliance) })),
  },
  {
    name: 'cell_agrees',
    help: 'Whether a source is treated as the policy says, by access.',
    samplesOf: ({ sources }) =>
      sources.flatMap((source) =>
        source.cells.flatMap(({ access, security, agrees }) =>
          agrees === null ? [] : [{ labels: { ...sourceLabels(source), access, security }, value: Number(agrees) }],
        ),
      ),
  },
  {
    name: 'cell_unanswered',
    help: 'Whether the question how a source is treated has no answer, by access.',
    samplesOf: ({ sources }) =>
      sources.flatMap((source) =>
        source.cells.map((cell) => ({
          labels: { ...sourceLabels(source), access: cell.access, security: cell.security },
          value: Number(markOf(cell) === 'unknown'),
        })),
      ),
  },
  {
    name: 'source_reachable',
    help: 'Whether the server was reached from a source.',
    samplesOf: ({ sources }) =>
      sources.map((source) => ({ labels: sourceLabels(source), value: Number(source.reachable) })),
  },
  {
    name: 'techniques',
    help: 'Number of techniques tried anonymously, by what became of them.',
    samplesOf: (server) =>
      tallies(server).flatMap(({ source, refused, accepted, unknown }) =>
        Object.entries({ refused, accepted, unknown }).map(([fate, value]) => ({
          labels: { ...sourceLabels(source), fate },
          value,
        })),
      ),
  },
  {
    name: 'certificate_expiry_timestamp_seconds',
    help: 'End of the validity of the certificate of the server.',
    samplesOf: ({ target }) => {
      const end = Date.parse(target.certificate?.validTo ?? '');
      return Number.isNaN(end) ? [] : [{ labels: {}, value: end / 1000 }];
    },
  },
];

const serverLabels = ({ target }: Pick<ServerSummary, 'target'>): Readonly<Record<string, string>> => ({
  server: showEndpoint(target.host, target.port),
  address: target.address ?? '',
});

const sourceLabels = (source: ReportSource): Readonly<Record<string, string>> => ({
  source: sourceName(source),
  spec: source.spec,
});

const oneHot = (label: string, values: readonly string[], held: string): readonly Sample[] =>
  values.map((value) => ({ labels: { [label]: value }, value: Number(value === held) }));

function* gaugePieces(name: string, help: string, all: Iterable<readonly Sample[]>): Generator<string> {
  let isFirst = true;
  for (const samples of all) {
    // Two sources may bear one name: the collector refuses a file in which a series stands twice, so the worse one stands.
    const series = new Map<string, number>();
    for (const { labels, value } of samples) {
      const key = `relayproof_${name}${written(labels)}`;
      const known = series.get(key);
      const worse = name === 'cell_agrees' ? Math.min : Math.max;
      series.set(key, known === undefined ? value : worse(known, value));
    }
    if (series.size === 0) continue;
    if (isFirst) yield `# HELP relayproof_${name} ${help}\n# TYPE relayproof_${name} gauge\n`;
    isFirst = false;
    yield [...series].map(([key, value]) => `${key} ${value}\n`).join('');
  }
}

function written(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escapeLabel = (text: string): string => short(text, 300).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
