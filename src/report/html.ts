// The report as one page of HTML: no network, no script needed to read it, nothing that a server says can become markup.
// SAFETY: the policy of the page allows our own style and script by their hashes and nothing else (CSP level 3).
import type { Report } from '../model/report.js';
import { serverName } from './facts.js';
import { h, literal, type Markup } from './html/markup.js';
import { SCRIPT, SCRIPT_HASH } from './html/script.js';
import { serverArticle, toneOf, verdictChips } from './html/server.js';
import { STYLE, STYLE_HASH } from './html/style.js';

/** Write the report as an HTML page. */
export function renderHtml(report: Report): string {
  const { markup } = h('html', { lang: 'en' }, head(report), h('body', {}, body(report)));
  return `<!doctype html>\n${markup}\n`;
}

const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; script-src '${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

const head = ({ verdict }: Report): Markup =>
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

function body(report: Report): Markup[] {
  const { verdict, tool, startedAt, durationMs, servers } = report;
  const when = `${startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}, ${duration(durationMs)}, relayproof ${tool.version}`;
  return [
    h('a', { class: 'skip', href: '#report' }, 'Skip to the report'),
    h(
      'header',
      { class: `top ${toneOf(verdict)}` },
      h('p', { class: 'brand' }, 'relayproof'),
      h('h1', {}, verdict.summary),
      h('p', { class: 'chips' }, verdictChips(verdict), confidence(report)),
      h('p', { class: 'when' }, when),
    ),
    h(
      'main',
      { id: 'report' },
      servers.length > 1 ? overview(report) : null,
      servers.map((server, index) => serverArticle(server, index, servers.length === 1)),
    ),
    literal('script', SCRIPT),
  ];
}

const confidence = ({ servers: [only, ...others] }: Report): Markup | null =>
  only === undefined || others.length > 0 ? null : h('span', { class: 'under' }, only.verdict.confidence);

const overview = ({ servers }: Report): Markup =>
  h(
    'nav',
    { 'aria-label': 'Servers' },
    h(
      'ul',
      { class: 'overview' },
      servers.map((server, index) =>
        h('li', {}, h('a', { href: `#server-${index + 1}` }, serverName(server)), ' ', verdictChips(server.verdict)),
      ),
    ),
  );

function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
