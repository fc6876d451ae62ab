// SARIF 2.1.0 (OASIS), as code scanning reads it: a rule per finding id, a result per finding.
// Fingerprints are made of rule, server and sources, never of text, so that a result stays itself from run to run.
import type { Finding, LongReport, ServerReport, Severity } from '../model/report.js';
import { showEndpoint } from '../model/target.js';
import { byGravity, proofsOf, serverName, sourceName, unanswered } from './facts.js';
import type { Configuration, RenderOptions } from './format.js';
import { escapeJson } from './json.js';
import { printable, short } from './text.js';
import { ARROWS, proof } from './transcript.js';
import { REASON_WORDS } from './words.js';

/** Write the report as SARIF 2.1.0; results point at the configuration's line of their server where that is known. */
export function* sarifPieces(report: LongReport, options: RenderOptions): Generator<string> {
  const { servers } = report;
  const rules = rulesOf(servers);
  const places = new Map(rules.map(({ rule }, index) => [rule, index]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'relayproof', version: printable(report.tool.version), rules: rules.map(ruleOf) },
        },
        invocations: [{ ...invocationOf(report), toolExecutionNotifications: [HERE] }],
        results: [HERE],
        columnKind: 'utf16CodeUnits',
      },
    ],
  };
  const [head = '', middle = '', foot = ''] = JSON.stringify(log, null, 2).split(PLACE);
  yield escapeJson(head);
  yield* listed(servers, 12, notificationsOf);
  yield escapeJson(middle);
  yield* listed(servers, 8, (server) =>
    byGravity(server.findings).map((finding) => resultOf(server, finding, places.get(finding.rule) ?? 0, options)),
  );
  yield `${escapeJson(foot)}\n`;
}

/** Where a list is written server by server; in a text of the report its quotes would be escaped. */
const HERE = 'relayproof:here';
const PLACE = /\[\s*"relayproof:here"\s*\]/;

/** Write a list of JSON values, so many spaces from the margin. */
function* listed(
  servers: Iterable<ServerReport>,
  margin: number,
  valuesOf: (server: ServerReport) => readonly object[],
): Generator<string> {
  const line = `\n${' '.repeat(margin)}`;
  let isFirst = true;
  for (const server of servers) {
    for (const value of valuesOf(server)) {
      yield (isFirst ? `[${line}` : `,${line}`) + escapeJson(JSON.stringify(value, null, 2)).replaceAll('\n', line);
      isFirst = false;
    }
  }
  yield isFirst ? '[]' : `\n${' '.repeat(margin - 2)}]`;
}

/** A finding of each rule, in the order in which the results name them. */
function rulesOf(servers: Iterable<ServerReport>): readonly Finding[] {
  const rules = new Map<string, Finding>();
  for (const server of servers) for (const finding of byGravity(server.findings)) rules.set(finding.rule, finding);
  return [...rules.values()];
}

const LEVELS = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
} as const satisfies Record<Severity, string>;

/** What code scanning sorts by, 0.1 to 10.0; notes have none. */
const SCORES = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: null } as const satisfies Record<
  Severity,
  string | null
>;

const levelOf = (finding: Finding): string => (finding.breaksCompliance ? 'error' : LEVELS[finding.severity]);

function ruleOf(finding: Finding) {
  const steps = finding.fix.map((step, index) => `${index + 1}. ${short(step, 1000)}`);
  const references = finding.references.map((reference) => short(reference, 300));
  const score = SCORES[finding.severity];
  return {
    id: short(finding.rule, 200),
    shortDescription: { text: short(finding.title, 1000) },
    fullDescription: { text: short(finding.title, 1000) },
    help: { text: [short(finding.title, 1000), ...steps, ...references.map((each) => `See ${each}`)].join('\n') },
    defaultConfiguration: { level: levelOf(finding) },
    properties: {
      tags: ['security', 'smtp', 'open-relay'],
      ...(score === null ? {} : { 'security-severity': score }),
    },
  };
}

function resultOf(
  server: ServerReport,
  finding: Finding,
  ruleIndex: number,
  { configuration, excuseOf }: RenderOptions,
) {
  const excuse = excuseOf?.(server, finding) ?? null;
  const endpoint = showEndpoint(server.target.host, server.target.port);
  const sources = server.sources.filter((source) => finding.sources.includes(source.id));
  const [first] = proofsOf(server, finding);
  const spoken = first === undefined ? [] : proof(first).map(({ kind, text }) => ARROWS[kind] + short(text, 1000));
  return {
    ruleId: short(finding.rule, 200),
    ruleIndex,
    level: levelOf(finding),
    message: { text: messageText([`${short(serverName(server), 300)}: ${short(finding.message, 2000)}`, ...spoken]) },
    locations: [
      {
        ...(configuration === undefined ? {} : { physicalLocation: placeOf(configuration, endpoint) }),
        logicalLocations: [{ name: short(endpoint, 300), kind: 'resource' }],
      },
    ],
    partialFingerprints: {
      'relayproof/v1': [
        finding.rule,
        endpoint,
        server.target.address ?? '',
        ...sources.map((each) => each.spec).toSorted(),
      ]
        .map((part) => short(part, 300))
        .join('|'),
    },
    ...(excuse === null
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: short(excuse, 1000) }] }),
    properties: {
      severity: finding.severity,
      confidence: finding.confidence,
      breaksCompliance: finding.breaksCompliance,
      sources: sources.map((source) => short(sourceName(source), 300)),
      techniques: [...new Set(proofsOf(server, finding).map((attempt) => short(attempt.technique, 300)))],
    },
  };
}

/** SAFETY: `[text](target)` is a link in a SARIF message (section 3.11.6); a stranger's text must not make one. */
const messageText = (lines: readonly string[]): string => lines.join('\n').replaceAll('](', '] (');

function placeOf({ path, lines }: Configuration, endpoint: string) {
  return {
    artifactLocation: { uri: encodeURI(printable(path)), uriBaseId: '%SRCROOT%' },
    region: { startLine: lines[endpoint] ?? 1 },
  };
}

function invocationOf({ startedAt, durationMs }: LongReport) {
  const end = Date.parse(startedAt) + durationMs;
  return {
    executionSuccessful: true,
    startTimeUtc: startedAt,
    ...(Number.isNaN(end) ? {} : { endTimeUtc: new Date(end).toISOString() }),
  };
}

/** What has no answer and what was not tested are notifications of the run, not results. */
function notificationsOf(server: ServerReport) {
  const name = short(serverName(server), 300);
  const note = (level: 'warning' | 'note', text: string) => ({
    level,
    message: { text: messageText([`${name}: ${short(text, 1000)}`]) },
  });
  return [
    ...server.sources.flatMap((source) =>
      source.unknownBecause === null ? [] : [note('warning', `${sourceName(source)}: ${source.unknownBecause}`)],
    ),
    ...unanswered(server).map(({ source, techniques, reason, stage }) =>
      note('warning', `${sourceName(source)}: ${techniques.join(', ')}: ${REASON_WORDS[reason]} (${stage})`),
    ),
    ...server.notTested.map((text) => note('note', `not tested: ${text}`)),
  ];
}
