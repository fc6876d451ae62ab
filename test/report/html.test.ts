// The page as text: goldens, the policy's hashes, and that nothing a stranger says becomes markup.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { all, h } from '../../src/report/html/markup.js';
import { SCRIPT, SCRIPT_HASH } from '../../src/report/html/script.js';
import { STYLE, STYLE_HASH } from '../../src/report/html/style.js';
import { anyReport, fixture, HOSTILE, NAMES, stuffed } from './fixtures.js';
import { renderHtml } from './render.js';

it.each(NAMES)('%s', async (name) => {
  await expect(renderHtml(fixture(name))).toMatchFileSnapshot(`golden/html.${name}.golden.html`);
});

describe('the policy of the page', () => {
  const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

  it('allows our style and script as they are', () => {
    expect(STYLE_HASH).toBe(hash(STYLE));
    expect(SCRIPT_HASH).toBe(hash(SCRIPT));
  });

  it('lets neither end early', () => expect(STYLE + SCRIPT).not.toMatch(/<\/|<!--/));
});

/** Elements and attributes that a page of ours is made of, read as a browser's tokenizer would. */
function tagsOf(html: string): { name: string; attributes: string[] }[] {
  const body = html.replace(/<(style|script)>.*?<\/\1>/gs, '');
  return [...body.matchAll(/<(\/?[^\s>]*)((?:[^>"]|"[^"]*")*)>/g)].map(([, name = '', rest = '']) => ({
    name,
    attributes: [...rest.matchAll(/([^\s="]+)(?:="[^"]*")?/g)].map(([, attribute = '']) => attribute),
  }));
}

const OWN = new Set(tagsOf(NAMES.map((name) => renderHtml(fixture(name))).join('')).map(({ name }) => name));
const OWN_ATTRIBUTES = new Set(
  tagsOf(NAMES.map((name) => renderHtml(fixture(name))).join('')).flatMap(({ attributes }) => attributes),
);

describe('text of strangers', () => {
  it.each(HOSTILE)('%j is only text', (text) => {
    const { markup } = h('p', { title: text }, text, all(text));
    expect(markup).toMatch(/^<p title="[^"<>]*">[^<>]*<\/p>$/);
    expect(markup).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });

  it('makes no element and no attribute that is not ours', () => {
    const known = new Set([...OWN, 'title', '/title', 'nav', '/nav', 'circle', '/circle']);
    fc.assert(
      fc.property(anyReport, (report) => {
        const html = renderHtml(report);
        for (const { name, attributes } of tagsOf(html)) {
          expect(known.has(name), name).toBe(true);
          for (const attribute of attributes) expect(OWN_ATTRIBUTES.has(attribute), attribute).toBe(true);
        }
        expect(html).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 200 },
    );
  });

  it('names no place that the page could ask', () => {
    for (const stranger of HOSTILE) {
      const html = renderHtml(stuffed(stranger));
      for (const [, href = ''] of html.matchAll(/\shref="([^"]*)"/g)) expect(href).toMatch(/^#[a-z0-9-]+$/);
      expect(html).not.toMatch(/\s(src|action|style|on\w+)=/);
    }
  });
});

it('stays a page where a server says megabytes', () => {
  for (const stranger of HOSTILE.slice(0, 9)) {
    const html = renderHtml(stuffed(stranger.repeat(1_000_000 / stranger.length)));
    expect(html.length).toBeLessThan(5_000_000);
  }
});
