import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown } from '../../src/report/markdown.js';
import { anyReport, fixture, HOSTILE, NAMES, stuffed } from './fixtures.js';
import { renderMarkdown } from './render.js';

it.each(NAMES)('%s', async (name) => {
  await expect(renderMarkdown(fixture(name))).toMatchFileSnapshot(`golden/markdown.${name}.golden.md`);
});

/** What is left when code and escaped characters are taken out, read from left to right as CommonMark does. */
function outside(markdown: string): string {
  const plain = markdown.replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, '');
  let left = '';
  for (let at = 0; at < plain.length; ) {
    const [run] = /^`+/.exec(plain.slice(at)) ?? [];
    if (run !== undefined) {
      const end = new RegExp(`(?<!\`)${run}(?!\`)`, 'g');
      end.lastIndex = at + run.length;
      const found = end.exec(plain);
      if (found === null) throw new Error(`a code span without an end: ${plain.slice(at, at + 60)}`);
      at = end.lastIndex;
    } else if (plain[at] === '\\' && /[!-/:-@[-`{-~]/.test(plain[at + 1] ?? '')) {
      at += 2;
    } else {
      left += plain[at];
      at += 1;
    }
  }
  return left;
}

describe('text of strangers', () => {
  it.each(HOSTILE)('%j is only text', (text) => {
    const left = escapeMarkdown(text).replace(/\\[!-/:-@[-`{-~]/g, '');
    expect(left).not.toMatch(/[\\`*_{}[\]()#+.!|<>&~:@$^=\n-]/);
  });

  it('can become neither markup, HTML nor a link', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const left = outside(renderMarkdown(report)).replaceAll(/<\/?(details|summary)>/g, '');
        expect(left).not.toMatch(/[<>[\]&@\\`~]|:\/\/|www\./);
        expect(left).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every row of a table as long as its head', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const tables = renderMarkdown(report)
          .split('\n\n')
          .filter((part) => part.startsWith('| '));
        for (const table of tables) {
          const bars = table
            .trim()
            .split('\n')
            .map((row) => row.split('|').length);
          expect(new Set(bars).size).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('fits a job summary, a mebibyte, whatever the server says', () => {
  for (const stranger of HOSTILE.slice(0, 9)) {
    const text = renderMarkdown(stuffed(stranger.repeat(1_000_000 / stranger.length)));
    expect(text.length).toBeLessThan(1_000_000);
  }
});
