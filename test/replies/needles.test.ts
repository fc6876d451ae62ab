// Words that patterns cannot do without: no pattern that matches is ever passed over.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GENERIC } from '../../src/replies/generic.js';
import { matches, mayMatch, type Need, needOf } from '../../src/replies/needles.js';
import { PRODUCTS } from '../../src/replies/products/index.js';
import { readWording } from '../../src/replies/wording.js';

describe('needOf', () => {
  it.each<[RegExp, Need | null]>([
    [/relay access denied/, 'relay access denied'],
    [/^relay\b/, 'relay'],
    [/relay(?:ing|ed)? denied/, { all: ['relay', ' denied'] }],
    [/(?:relay|forward)ing/, { all: [{ any: ['relay', 'forward'] }, 'ing'] }],
    [/relay|forward/, { any: ['relay', 'forward'] }],
    [/relay .* denied|no mx/, { any: [{ all: ['relay ', ' denied'] }, 'no mx'] }],
    [/relay|.*/, null],
    [/relay|a/, null],
    [/relay|/, null],
    [/black ?listed/, { all: ['black', 'listed'] }],
    [/denieds?/, 'denied'],
    [/denied+/, 'denied'],
    [/denied+ it/, { all: ['denied', ' it'] }],
    [/denied{2}/, 'denied'],
    [/denied{0,2}/, 'denie'],
    [/(?:denied)*/, null],
    [/(?:denied)+/, 'denied'],
    [/(?:denied){0}/, null],
    [/(?<why>denied)/, 'denied'],
    [/(?=denied)/, null],
    [/a(?!denied)bcd/, 'abcd'],
    [/(?<!denied)/, null],
    [/[denied]/, null],
    [/[^\]]denied/, 'denied'],
    [/de\.nied\/\$/, 'de.nied/$'],
    [/de\wnied/, { all: ['de', 'nied'] }],
    [/abc\x41def\u0042gh\cJi/, { all: ['abc', 'def', 'gh'] }],
    [/\p{L}denied/u, 'denied'],
    [/de\nnied/, 'de\nnied'],
    [/Relay\SDENIED\B/i, { all: ['relay', 'denied'] }],
    [/größe/i, null],
    [/größe/, 'größe'],
    [/中継|拒否/u, { any: ['中継', '拒否'] }],
    [/a{denied/, 'a{denied'],
    [/denied/g, null],
    [/denied/y, null],
    [/denied/iu, null],
    [/(ab)denied\1/, { all: ['ab', 'denied'] }],
    [/relay😀?/u, null],
  ])('%s', (pattern, need) => {
    expect(needOf(pattern)).toEqual(need);
  });
});

const PATTERNS = [
  ...GENERIC.flatMap(({ says, unless }) => [says, unless]),
  ...PRODUCTS.flatMap(({ banner, ehlo, shape, help, refusal, rules }) => [
    ...[banner, ehlo, shape, help, refusal],
    ...rules.flatMap(({ says, unless }) => [says, unless]),
  ]),
].filter((pattern) => pattern !== undefined);

const passesOver = (pattern: RegExp, text: string): boolean =>
  pattern.test(text) && !mayMatch(pattern, text, text.toLowerCase());

describe('mayMatch', () => {
  it('reads nearly every pattern of the tables', () => {
    expect(PATTERNS.filter((pattern) => needOf(pattern) === null).length).toBeLessThan(PATTERNS.length / 20);
  });

  it('passes over no pattern of the tables that matches a reply of the corpus', () => {
    const corpus: { replies?: unknown } | unknown[] = JSON.parse(readFileSync('fixtures/replies/corpus.json', 'utf8'));
    const texts = textsIn(corpus).flatMap((text) => {
      const { named, plain } = readWording([text]);
      return [text, named, plain];
    });
    expect(texts.length).toBeGreaterThan(1_000);
    for (const pattern of PATTERNS) expect(texts.filter((text) => passesOver(pattern, text))).toEqual([]);
  });

  it('passes over no pattern that matches, of any that can be written', () => {
    const text = fc.string({ unit: fc.constantFrom(...'abc d'), maxLength: 12 });
    fc.assert(
      fc.property(patternSource(), text, fc.constantFrom('', 'i', 'u', 'm', 's'), (source, one, flags) => {
        expect(passesOver(new RegExp(source, flags), one)).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('matches', () => {
  it('tells of every pattern of the tables what it tells itself', () => {
    const corpus: unknown = JSON.parse(readFileSync('fixtures/replies/corpus.json', 'utf8'));
    const texts = textsIn(corpus).map((text) => readWording([text]).plain);
    for (const pattern of PATTERNS.filter(({ flags }) => !/[gy]/.test(flags)))
      expect(texts.filter((text) => matches(pattern, text) !== pattern.test(text))).toEqual([]);
  });

  it('tells the same of any that can be written', () => {
    const text = fc.string({ unit: fc.constantFrom(...'abc d'), maxLength: 12 });
    fc.assert(
      fc.property(patternSource(), text, fc.constantFrom('', 'i', 'u', 'm', 's'), (source, one, flags) => {
        const pattern = new RegExp(source, flags);
        expect(matches(pattern, one)).toBe(pattern.test(one));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    // What refers to a group of another alternative matches nothing there.
    ['(a)b|\\1c', 'c'],
    ['(?<one>a)b|c\\k<one>', 'ca'],
    ['^a|b$', 'xb'],
    ['a|', ''],
  ])('%s in %j', (source, text) => {
    const pattern = new RegExp(source);
    expect(matches(pattern, text)).toBe(pattern.test(text));
  });
});

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

/** Patterns over a few letters, of all that the tables are written in. */
function patternSource(): fc.Arbitrary<string> {
  const { all } = fc.letrec<{ all: string; sequence: string; atom: string }>((tie) => ({
    all: fc.oneof(
      { maxDepth: 3 },
      tie('sequence'),
      fc.tuple(tie('all'), tie('sequence')).map((two) => two.join('|')),
    ),
    sequence: fc.array(tie('atom'), { maxLength: 4 }).map((atoms) => atoms.join('')),
    atom: fc
      .tuple(
        fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          fc.constantFrom('a', 'b', 'ab', 'abc', 'bca', ' ', '.', '[ab]', '[^a\\]]', '\\w', '\\x61', '\\.', '\\n'),
          tie('all').map((one) => `(?:${one})`),
          tie('all').map((one) => `(${one})`),
        ),
        fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0,1}', '{1,}', '+?', '??'),
      )
      .chain(([atom, times]) =>
        fc.constantFrom(`${atom}${times}`, `${atom}${times}\\b`, `(?=${atom})`, `(?!${atom})`, `(?<!${atom})`),
      ),
  }));
  return all;
}
