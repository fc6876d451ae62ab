// The matrix as a heat map: a row per source, a column per access, each cell in the colour of how it is to be taken, and a
// link to the attempt it rests on.
import type { ReportCell, ReportSource, ServerReport } from '../../model/report.js';
import { type Column, columnsOf, type Mark, markOf, serverName, sourceName } from '../facts.js';
import { ACCESS_HEADS, OBSERVED_WORDS } from '../words.js';
import { h, type Markup } from './markup.js';
import { anchorOf, code, SIGNS, type Tone, unseen } from './page.js';

const TONES = { agrees: 'good', differs: 'bad', unknown: 'warn', free: 'plain' } as const satisfies Record<Mark, Tone>;

/** Draw the matrix of a server; null where nothing was asked. */
export function matrix(server: ServerReport, index: number): Markup | null {
  const columns = columnsOf(server.sources);
  if (columns.length === 0) return null;
  const heads = columns.map((column) => h('th', { scope: 'col' }, ACCESS_HEADS[column.access].join(' '), tls(column)));
  const rows = server.sources.map((source) =>
    h(
      'tr',
      {},
      rowHead(source),
      columns.map((column) => cellOf(server, index, source, column)),
    ),
  );
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': `Matrix of ${serverName(server)}`, tabindex: 0 },
    h(
      'table',
      { class: 'matrix' },
      h('caption', { class: 'unseen' }, 'What each source may do, by the right that it claims'),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'source'), heads)),
      h('tbody', {}, rows),
    ),
  );
}

const tls = ({ security }: Column): Markup | null => (security === 'tls' ? h('span', { class: 'tag' }, 'TLS') : null);

function rowHead(source: ReportSource): Markup {
  const approved = { true: 'on the list', false: 'not on the list', null: 'address unknown' }[`${source.approved}`];
  const route = source.route === 'bind' ? '' : `, by ${source.route}`;
  const name = sourceName(source);
  const spec = source.spec === name ? '' : `, ${source.spec}`;
  return h('th', { scope: 'row' }, code(name), h('span', { class: 'under' }, `${approved}${route}${spec}`));
}

function cellOf(server: ServerReport, index: number, source: ReportSource, column: Column): Markup {
  const cell = source.cells.find(({ access, security }) => access === column.access && security === column.security);
  if (cell === undefined) return h('td', { class: 'empty' }, unseen('not asked'));
  const tone = TONES[markOf(cell)];
  const [first] = cell.attempts;
  const target = first === undefined ? null : anchorOf(server, index, first);
  const content = [
    h('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[tone]),
    h('span', { class: 'word' }, wordOf(cell)),
    h('span', { class: 'under' }, wantOf(cell)),
  ];
  return h(
    'td',
    { class: tone },
    target === null ? h('span', { class: 'cell' }, content) : h('a', { class: 'cell', href: `#${target}` }, content),
  );
}

function wordOf({ observed }: ReportCell): string {
  if (observed === 'skipped') return 'not asked';
  return observed === 'unknown' ? 'no answer' : OBSERVED_WORDS[observed].word;
}

const wantOf = ({ expected }: ReportCell): string => (expected === 'any' ? 'no expectation' : `want ${expected}`);
