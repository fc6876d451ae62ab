// The report as one page of HTML: no network, no script needed to read it, nothing that a server says can become markup.
// SAFETY: the policy of the page allows our own style and script by their hashes and nothing else (CSP level 3).
import type { LongReport, ServerReport, ServerSummary } from '../model/report.js';
import { serverName } from './facts.js';
import type { RenderOptions } from './format.js';
import { h, literal, type Markup } from './html/markup.js';
import { SCRIPT, SCRIPT_HASH } from './html/script.js';
import { serverArticle, toneOf, verdictChips } from './html/server.js';
import { STYLE, STYLE_HASH } from './html/style.js';
import { detailed, FEW, summariesOf, worstFirst } from './summary.js';

/** Write the report as an HTML page: an index, the worst servers first, and each server; of many each folds. */
export function* htmlPieces(report: LongReport, { excuseOf }: RenderOptions): Generator<string> {
  const summaries = summariesOf(report);
  // The page is made around its servers, which are written one by one.
  const { markup } = h('html', { lang: 'en' }, head(report), h('body', {}, body(report, summaries)));
  const [before = '', after = ''] = markup.split(HERE.markup);
  yield `<!doctype html>\n${before}`;
  const isMany = summaries.length > FEW;
  const whole = new Set(isMany ? detailed(summaries, MOST_WHOLE) : summaries.keys());
  let index = 0;
  for (const server of report.servers) {
    const article = serverArticle(server, index, {
      isOnly: summaries.length === 1,
      isWhole: whole.has(index),
      excuseOf: excuseOf ?? (() => null),
    });
    const { markup: written } = isMany ? folded(server, article) : article;
    yield isMany ? `${written}\n` : written;
    index += 1;
  }
  yield `${after}\n`;
}

/** No text of a report can hold it: there every `<` is escaped. */
const HERE = literal('script', '');

/** Of many servers only so many have their conversations on the page, which a browser must still open. */
const MOST_WHOLE = 64;

const folded = (server: ServerReport, article: Markup): Markup =>
  h('details', { class: 'server' }, h('summary', {}, serverName(server), ' ', verdictChips(server.verdict)), article);

const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; script-src '${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

const head = ({ verdict }: LongReport): Markup =>
  h(
    'head',
    {},
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('meta', { name: 'referrer', content: 'no-referrer' }),
    h('title', {}, `relayproof: relay ${verdict.relay}, ${verdict.compliance}`),
    literal('style', STYLE),
  );

function body(report: LongReport, summaries: readonly ServerSummary[]): Markup[] {
  const { verdict, tool, startedAt, durationMs } = report;
  const when = `${startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}, ${duration(durationMs)}, relayproof ${tool.version}`;
  return [
    h('a', { class: 'skip', href: '#report' }, 'Skip to the report'),
    h(
      'header',
      { class: `top ${toneOf(verdict)}` },
      h('p', { class: 'brand' }, 'relayproof'),
      h('h1', {}, verdict.summary),
      h('p', { class: 'chips' }, verdictChips(verdict), confidence(summaries)),
      h('p', { class: 'when' }, when),
    ),
    h('main', { id: 'report' }, summaries.length > 1 ? overview(summaries) : null, HERE),
    literal('script', SCRIPT),
  ];
}

const confidence = ([only, ...others]: readonly ServerSummary[]): Markup | null =>
  only === undefined || others.length > 0 ? null : h('span', { class: 'under' }, only.verdict.confidence);

const overview = (summaries: readonly ServerSummary[]): Markup =>
  h(
    'nav',
    { 'aria-label': 'Servers' },
    h(
      'ul',
      { class: 'overview' },
      worstFirst(summaries).map((index) => {
        const server = summaries[index];
        if (server === undefined) return null;
        return h(
          'li',
          {},
          h('a', { href: `#server-${index + 1}` }, serverName(server)),
          ' ',
          verdictChips(server.verdict),
        );
      }),
    ),
  );

function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
