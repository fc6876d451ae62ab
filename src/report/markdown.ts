// The report as GitHub-flavoured Markdown, for a job summary or a merge request: the answer first, details folded.
// SAFETY: text of the report stands escaped or in code; it can become neither markup nor a link.
import type { Finding, LongReport, ReportCell, ServerReport, ServerSummary } from '../model/report.js';
import { byGravity, columnsOf, markOf, proofsOf, serverName, sourceName, tallies, unanswered } from './facts.js';
import type { ExcuseOf, RenderOptions } from './format.js';
import { detailed, FEW, isFine, ruleCounts, summariesOf, worstFirst } from './summary.js';
import { counted, short } from './text.js';
import { ARROWS, proof } from './transcript.js';
import { ACCESS_HEADS, OBSERVED_WORDS, OUTCOME_WORDS, REASON_WORDS, RELAY_WORDS } from './words.js';

/** Write the report as Markdown; a section per server, of many for the worst of them. */
export function* markdownPieces(report: LongReport, { excuseOf }: RenderOptions): Generator<string> {
  const summaries = summariesOf(report);
  yield '# relayproof\n';
  if (summaries.length !== 1) yield* parted(overview(report, summaries));
  for (const index of detailed(summaries, FEW)) {
    const server = report.servers.at(index);
    if (server !== undefined) yield* parted(serverParts(server, excuseOf));
  }
}

const parted = (parts: readonly string[]): string[] => parts.flatMap((part) => (part === '' ? [] : [`\n${part}\n`]));

/** Rows of the overview; a job summary has no room for thousands. */
const MOST_ROWS = 200;

function overview({ verdict }: LongReport, summaries: readonly ServerSummary[]): string[] {
  const rows = worstFirst(summaries).flatMap((index) => summaries[index] ?? []);
  const shown = rows.length <= MOST_ROWS ? rows : rows.filter((row) => !isFine(row)).slice(0, MOST_ROWS);
  const rest = rows.length - shown.length;
  return [
    `**${escapeMarkdown(verdict.summary)}**`,
    table(
      ['', 'server', 'relay', 'compliance'],
      shown.map((server) => [
        signOf(server),
        code(serverName(server)),
        server.verdict.relay,
        server.verdict.compliance,
      ]),
    ),
    rest === 0 ? '' : `And ${counted(rest, 'more server')}, ${rows.filter(isFine).length} of all as the policy says.`,
    ...(summaries.length <= FEW ? [] : [rulesTable(summaries)]),
  ];
}

const rulesTable = (summaries: readonly ServerSummary[]): string =>
  table(
    ['', 'servers', 'severity', 'finding', 'what'],
    ruleCounts(summaries).map(({ rule, title, severity, breaksCompliance, servers }) => [
      breaksCompliance ? SIGNS.bad : 'ℹ️',
      String(servers),
      severity,
      code(rule),
      escapeMarkdown(title),
    ]),
  );

const SIGNS = { good: '✅', bad: '❌', unknown: '❔', excused: '☑️' } as const;

function signOf({ verdict: { relay, compliance } }: Pick<ServerSummary, 'verdict'>): string {
  if (relay === 'open' || compliance === 'non-compliant') return SIGNS.bad;
  return relay === 'closed' && compliance === 'compliant' ? SIGNS.good : SIGNS.unknown;
}

function serverParts(server: ServerReport, excuseOf: ExcuseOf = () => null): string[] {
  const { verdict, policy } = server;
  const hosts =
    policy.relayHosts.length === 0 ? 'no approved hosts' : `approved ${policy.relayHosts.map(code).join(', ')}`;
  const findings = byGravity(server.findings);
  return [
    `## ${signOf(server)} ${code(serverName(server))}`,
    `**${RELAY_WORDS[verdict.relay]}** (${verdict.confidence}), **${verdict.compliance}**: ${escapeMarkdown(verdict.summary)}`,
    `Policy \`${policy.preset}\`, ${hosts}`,
    matrix(server),
    tallyLine(server),
    ...findings.flatMap((finding) => findingParts(server, finding, excuseOf(server, finding))),
    ...list('No answer', noAnswer(server)),
    ...list('Not tested', server.notTested.map(escapeMarkdown)),
  ];
}

function matrix(server: ServerReport): string {
  const columns = columnsOf(server.sources);
  if (columns.length === 0) return '';
  const heads = columns.map(
    ({ access, security }) => `${ACCESS_HEADS[access].join(' ')}${security === 'tls' ? ' (TLS)' : ''}`,
  );
  const rows = server.sources.map((source) => [
    code(sourceName(source)),
    source.approved === null ? '?' : source.approved ? 'yes' : 'no',
    source.route,
    ...columns.map(({ access, security }) =>
      cellText(source.cells.find((cell) => cell.access === access && cell.security === security)),
    ),
  ]);
  return table(['source', 'approved', 'route', ...heads], rows);
}

function cellText(cell: ReportCell | undefined): string {
  if (cell === undefined) return '';
  const word = cell.observed === 'skipped' ? 'not asked' : OBSERVED_WORDS[cell.observed].word;
  return {
    agrees: `${SIGNS.good} ${word}`,
    differs: `${SIGNS.bad} **${word}**, want ${cell.expected}`,
    unknown: `${SIGNS.unknown} no answer`,
    free: word,
  }[markOf(cell)];
}

function tallyLine(server: ServerReport): string {
  return tallies(server)
    .filter(({ tried }) => tried > 1)
    .map(
      ({ source, tried, refused, accepted, unknown }) =>
        `${code(sourceName(source))}: ${counted(tried, 'technique')} tried anonymously, ${refused} refused, ${accepted} accepted, ${unknown} without an answer.`,
    )
    .join('\\\n');
}

function findingParts(server: ServerReport, finding: Finding, excuse: string | null): string[] {
  const sign = excuse !== null ? SIGNS.excused : finding.breaksCompliance ? SIGNS.bad : 'ℹ️';
  const proofs = proofsOf(server, finding);
  const spoken = proofs
    .slice(0, MOST)
    .flatMap((attempt) => [
      `*** ${short(attempt.technique, 100)} from ${attempt.source}: ${OUTCOME_WORDS[attempt.outcome]}`,
      ...proof(attempt).map(({ kind, text }) => ARROWS[kind] + short(text, 1000)),
    ]);
  return [
    `### ${sign} ${finding.severity}: ${escapeMarkdown(finding.title)}`,
    `${code(finding.rule)} (${finding.confidence}). ${escapeMarkdown(finding.message)}`,
    excuse === null ? '' : `**Does not count:** ${escapeMarkdown(excuse)}`,
    finding.fix.map((step, index) => `${index + 1}. ${escapeMarkdown(step)}`).join('\n'),
    spoken.length === 0
      ? ''
      : `<details><summary>${counted(proofs.length, 'attempt')} that prove it</summary>\n\n${codeBlock(spoken)}\n\n</details>`,
    finding.references.length === 0 ? '' : `See ${finding.references.map(escapeMarkdown).join('; ')}`,
  ];
}

const MOST = 5;

const noAnswer = (server: ServerReport): string[] => [
  ...server.sources.flatMap((source) =>
    source.unknownBecause === null ? [] : [`${code(sourceName(source))}: ${escapeMarkdown(source.unknownBecause)}`],
  ),
  ...unanswered(server).map(({ source, techniques, stage, reason, reply }) => {
    const said = reply === null ? '' : `: ${code(`${reply.code} ${reply.enhanced ?? ''} ${reply.text}`)}`;
    return `${code(sourceName(source))}: ${techniques.slice(0, MOST).map(code).join(', ')}${techniques.length > MOST ? ' and more' : ''}: ${REASON_WORDS[reason]} (${stage})${said}`;
  }),
];

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`**${title}**`, items.map((item) => `- ${item}`).join('\n')];

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Escape text so that it is only text: all that can begin markup, a link or an entity, by a backslash (CommonMark 2.4). */
export const escapeMarkdown = (text: string): string =>
  short(text, 2000).replace(/[\\`*_{}[\]()#+\-.!|<>&~:@$^=]/g, '\\$&');

/** Write text as a code span that nothing within can end, fit for a cell of a table. */
function code(text: string): string {
  const content = short(text, 500).replaceAll('|', '¦') || ' ';
  const fence = '`'.repeat(longestRun(content) + 1);
  return `${fence}${/^[` ]|[` ]$/.test(content) ? ` ${content} ` : content}${fence}`;
}

function codeBlock(lines: readonly string[]): string {
  const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return `${fence}\n${lines.join('\n')}\n${fence}`;
}

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
