// The report for a terminal: the answer first, the matrix (a row per source, a column per access), then what to do.
// The only file that knows chalk and cli-table3; the instance of chalk is made per render, never the global one.
import { Chalk } from 'chalk';
import Table from 'cli-table3';
import type { LongReport, ReportCell, ReportSource, ServerReport } from '../model/report.js';
import { type Column, columnsOf, markOf, serverName, sourceName } from './facts.js';
import type { ExcuseOf, RenderOptions } from './format.js';
import { overviewLines, rulesLines, verdictLine } from './overview.js';
import { badge, sections } from './sections.js';
import { detailed, FEW, summariesOf } from './summary.js';
import { clean, PAINT, paragraph, room, SIGNS, type Terminal } from './terminal.js';
import { counted, cut, listed, width, wrap } from './text.js';
import { ACCESS_HEADS, ACCESS_SHORT, OBSERVED_WORDS } from './words.js';

/** Write the report for a terminal of the given width; with `quiet` the verdict alone, one line per server. */
export function* tablePieces(report: LongReport, options: RenderOptions): Generator<string> {
  const terminal = terminalOf(options);
  const { excuseOf = () => null } = options;
  const summaries = summariesOf(report);
  if (options.quiet) {
    for (const summary of summaries) yield `${verdictLine(terminal, summary)}\n`;
    return;
  }
  const [only] = report.servers;
  if (summaries.length === 1 && only !== undefined) {
    yield ended(serverLines(terminal, only, excuseOf));
    return;
  }
  // Of many servers the answer comes first as well as last.
  const rule = terminal.paint.faint(terminal.sign.rule.repeat(room(terminal)));
  const last = paragraph(terminal, '', report.verdict.summary, terminal.paint.strong);
  yield ended([...last, ...overviewLines(terminal, summaries), '', rule, '']);
  const shown = options.verbose ? summaries.map((_, index) => index) : detailed(summaries, FEW);
  for (const index of shown) {
    const server = report.servers.at(index);
    if (server !== undefined) yield ended([...serverLines(terminal, server, excuseOf), '', rule, '']);
  }
  const left = summaries.length - shown.length;
  const more = `${counted(left, 'more server')}: --verbose shows each, and -o html=report.html writes a page`;
  yield ended([
    ...(left === 0 ? [] : [...paragraph(terminal, '', more), '']),
    ...rulesLines(terminal, summaries),
    ...last,
  ]);
}

const serverLines = (terminal: Terminal, server: ServerReport, excuseOf: ExcuseOf): string[] => [
  ...headLines(terminal, server),
  ...matrixLines(terminal, server),
  ...sections(terminal, server, excuseOf),
];

function ended(lines: readonly string[]): string {
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function terminalOf({ color, unicode, columns, verbose }: RenderOptions): Terminal {
  const chalk = new Chalk({ level: color });
  const paint = {
    strong: chalk.bold,
    faint: chalk.dim,
    good: chalk.green,
    bad: chalk.red.bold,
    // A field of colour needs a margin; without colour the margin would be an indent.
    alarm: (text: string) => (color === 0 ? text : chalk.bgRed.white.bold(` ${text} `)),
    warn: chalk.yellow,
    note: chalk.cyan,
  };
  return { columns, unicode, verbose, paint, sign: SIGNS[unicode ? 'unicode' : 'ascii'] };
}

function headLines(terminal: Terminal, server: ServerReport): string[] {
  const { target, policy } = server;
  const software =
    target.software === null
      ? 'unknown software'
      : [target.software.product, target.software.version].filter((part) => part !== null).join(' ');
  const security = { none: '', starttls: ', STARTTLS', tls: ', TLS' }[target.security];
  const hosts = policy.relayHosts.length === 0 ? 'no approved hosts' : `approved ${shortList(policy.relayHosts)}`;
  const domains = policy.localDomains.length === 0 ? 'no local domain' : `local ${shortList(policy.localDomains)}`;
  return [
    ...paragraph(terminal, '', `${serverName(server)}, ${software}${security}`, terminal.paint.strong),
    ...badge(terminal, server),
    ...paragraph(terminal, '', `policy ${policy.preset}; ${hosts}; ${domains}`, terminal.paint.faint),
  ];
}

const shortList = (texts: readonly string[]): string =>
  texts.length > 6 ? `${texts.slice(0, 5).join(', ')} and ${texts.length - 5} more` : listed(texts);

/**
 * How the matrix is written: cells as words or letters, column heads whole or short, and the source in columns of its
 * own, in one column of several lines, or on a line above its cells.
 */
interface Layout {
  readonly words: boolean;
  readonly heads: typeof ACCESS_HEADS | typeof ACCESS_SHORT;
  readonly source: 'columns' | 'lines' | 'above';
  readonly gap: string;
  /** What the policy says, where it says otherwise: behind what was seen, or below it. */
  readonly want: 'behind' | 'below';
}

/** The first that fits is taken. */
const LAYOUTS: readonly Layout[] = [
  { words: true, heads: ACCESS_HEADS, source: 'columns', gap: '  ', want: 'behind' },
  { words: true, heads: ACCESS_HEADS, source: 'columns', gap: '  ', want: 'below' },
  { words: true, heads: ACCESS_HEADS, source: 'lines', gap: '  ', want: 'below' },
  { words: true, heads: ACCESS_HEADS, source: 'above', gap: '  ', want: 'below' },
  { words: true, heads: ACCESS_SHORT, source: 'above', gap: ' ', want: 'below' },
  { words: false, heads: ACCESS_SHORT, source: 'columns', gap: '  ', want: 'below' },
  { words: false, heads: ACCESS_SHORT, source: 'above', gap: ' ', want: 'below' },
];
const SMALLEST: Layout = { words: false, heads: ACCESS_SHORT, source: 'above', gap: ' ', want: 'below' };

function matrixLines(terminal: Terminal, server: ServerReport): string[] {
  const columns = columnsOf(server.sources);
  if (columns.length === 0) return [];
  const sources = chosen(terminal, server.sources);
  const fits = (lines: readonly string[]): boolean =>
    lines.every((line) => width(line.replace(PAINT, '')) <= room(terminal));
  const layout = LAYOUTS.find((each) => fits(draw(terminal, sources, columns, each)));
  const drawn = layout === undefined ? inParts(terminal, sources, columns) : draw(terminal, sources, columns, layout);
  const left = server.sources.length - sources.length;
  const rest = left === 0 ? [] : paragraph(terminal, '  ', `and ${left} more sources as the policy says (--verbose)`);
  return ['', ...drawn, ...rest, ...legend(terminal, sources, columns, layout ?? SMALLEST)];
}

/** A long matrix is shortened to the rows that say something new. */
function chosen(terminal: Terminal, sources: readonly ReportSource[]): readonly ReportSource[] {
  if (terminal.verbose || sources.length <= 20) return sources;
  const telling = sources.filter((source) =>
    source.cells.some((cell) => ['differs', 'unknown'].includes(markOf(cell))),
  );
  return [...new Set([...sources.slice(0, 3), ...telling])];
}

/** Where letters do not fit either, groups of columns stand below one another. */
function inParts(terminal: Terminal, sources: readonly ReportSource[], columns: readonly Column[]): string[] {
  const perPart = Math.max(1, Math.floor((room(terminal) - 4) / 6));
  const parts = Array.from({ length: Math.ceil(columns.length / perPart) }, (_, part) =>
    columns.slice(part * perPart, (part + 1) * perPart),
  );
  return parts.flatMap((part, index) => [...(index > 0 ? [''] : []), ...draw(terminal, sources, part, SMALLEST)]);
}

function draw(
  terminal: Terminal,
  sources: readonly ReportSource[],
  columns: readonly Column[],
  layout: Layout,
): string[] {
  const { paint } = terminal;
  const own = { columns: ['source', 'approved', 'route'], lines: ['source'], above: [''] }[layout.source];
  const table = new Table({
    head: [...own, ...columns.map((column) => headOf(columns, column, layout))].map((head) => paint.faint(head)),
    chars: { ...BARE, middle: layout.gap },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const [index, source] of sources.entries()) {
    const group = groupOf(source);
    if (group !== null && group !== groupOf(sources[index - 1])) {
      const content = cut(clean(terminal, group), room(terminal) - 2, terminal.unicode);
      table.push([{ content: paint.faint(content), colSpan: own.length + columns.length }]);
    }
    const cells = columns.map((column) => cellText(terminal, source, column, layout));
    const names = nameLines(terminal, source).map((line) => cut(line, 39, terminal.unicode));
    if (layout.source === 'columns') table.push([names.join('\n'), approval(source), source.route, ...cells]);
    if (layout.source === 'lines')
      table.push([[...names, approval(source), `by ${source.route}`].join('\n'), ...cells]);
    if (layout.source === 'above') {
      const name = `${names.join(' ')}, ${approval(source)}, by ${source.route}`;
      const content = cut(` ${name}`, room(terminal) - 1, terminal.unicode);
      table.push([{ content, colSpan: columns.length + 1 }], ['', ...cells]);
    }
  }
  // With sources above, the first column is part of the indent.
  const margin = layout.source === 'above' ? ' ' : '  ';
  return table
    .toString()
    .split('\n')
    .map((line) => `${margin}${line}`.trimEnd());
}

/** What planned addresses stand below, entry by entry; null for sources that the operator named. */
function groupOf(source: ReportSource | undefined): string | null {
  if (source?.edge === undefined) return null;
  if (source.edge.place === 'extent') return 'to find how far the server trusts:';
  return source.edge.entry === null ? 'far from every entry:' : `around ${source.edge.entry}:`;
}

/** cli-table3 without its frame: columns parted by two spaces. */
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
} as const;

/** TLS is named in the head where some columns are without it. */
function headOf(columns: readonly Column[], { access, security }: Column, layout: Layout): string {
  const lines: readonly string[] = layout.heads[access];
  const mixed = columns.some((column) => column.security === 'none');
  return [...lines, ...(security === 'tls' && mixed ? ['TLS'] : [])].join('\n');
}

function nameLines(terminal: Terminal, source: ReportSource): string[] {
  const name = clean(terminal, sourceName(source));
  const moved = source.seenAs !== null && source.address !== null && source.seenAs !== source.address;
  return moved ? [name, `(bound to ${clean(terminal, source.address)})`] : [name];
}

const approval = ({ approved }: ReportSource): string =>
  approved === null ? 'unknown' : approved ? 'approved' : 'not approved';

const cellOf = (source: ReportSource, { access, security }: Column): ReportCell | undefined =>
  source.cells.find((cell) => cell.access === access && cell.security === security);

function cellText(terminal: Terminal, source: ReportSource, column: Column, layout: Layout): string {
  const { paint, sign } = terminal;
  const cell = cellOf(source, column);
  if (cell === undefined) return paint.faint(source.reachable ? '' : sign.unknown);
  const mark = markOf(cell);
  const { word, letter } = OBSERVED_WORDS[cell.observed];
  const seen = layout.words ? word : letter;
  const text = mark === 'unknown' ? sign.unknown : `${sign[mark]} ${seen}`;
  const paintOf = { agrees: paint.good, differs: paint.bad, unknown: paint.warn, free: paint.faint }[mark];
  if (mark !== 'differs') return paintOf(text);
  const wanted = layout.words ? `want ${cell.expected}` : `not ${wantedLetter(cell)}`;
  return layout.want === 'behind' ? paintOf(`${text}, ${wanted}`) : `${paintOf(text)}\n${paintOf(wanted)}`;
}

const wantedLetter = ({ expected }: ReportCell): string => (expected === 'any' ? '-' : OBSERVED_WORDS[expected].letter);

function legend(
  terminal: Terminal,
  sources: readonly ReportSource[],
  columns: readonly Column[],
  layout: Layout,
): string[] {
  const cells = sources.flatMap((source) => columns.flatMap((column) => cellOf(source, column) ?? []));
  const marks = new Set(cells.map(markOf));
  const seen = new Set(cells.map((cell) => cell.observed));
  const { sign } = terminal;
  const notes = [
    ...(marks.has('agrees') ? [`${sign.agrees} as the policy says`] : []),
    ...(marks.has('differs') ? [`${sign.differs} not as it says`] : []),
    ...(marks.has('free') ? [`${sign.free} it says nothing`] : []),
    ...(marks.has('unknown') ? [`${sign.unknown} no answer`] : []),
    ...Object.entries(OBSERVED_WORDS).flatMap(([observed, { word, legend: said, letter, meaning }]) => {
      if (observed === 'unknown' || ![...seen].some((each) => each === observed)) return [];
      if (!layout.words) return [`${letter} ${meaning}`];
      return said === null ? [] : [`${word}: ${said}`];
    }),
  ];
  // A note is kept on one line: no-break spaces while it is wrapped.
  const text = notes.map((note) => note.replaceAll(' ', '\u00a0')).join('; ');
  return wrap(text, room(terminal) - 2).map((line) => `  ${terminal.paint.faint(line.replaceAll('\u00a0', ' '))}`);
}
