import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted, cut, listed, oneLine, pad, printable, width, wrap } from '../../src/report/text.js';

describe('printable', () => {
  it.each([
    ['\u001b[31mred', '\\x1b[31mred'],
    ['a\u009bb', 'a\\x9bb'],
    ['\u202ex', '\\u{202e}x'],
    ['a\tb\r\nc', 'a\\tb\\r\nc'],
    ['\ud800', '\\u{d800}'],
    ['ä漢😀', 'ä漢😀'],
    ['plain <b>', 'plain <b>'],
  ])('%j is written %j', (text, shown) => expect(printable(text)).toBe(shown));

  it('leaves ASCII alone where nothing else can be shown', () => {
    expect(printable('ä😀', false)).toBe('\\xe4\\u{1f600}');
  });
});

it.each([
  ['a\nb', 'a b'],
  [' a \r\n  b ', 'a b'],
  ['a\rb', 'a\\rb'],
])('%j on one line is %j', (text, line) => expect(oneLine(text)).toBe(line));

it.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abcde…'],
  ['漢漢漢', 5, '漢漢…'],
  ['漢漢漢', 4, '漢…'],
  ['', 0, ''],
])('%j cut to %i is %j', (text, columns, line) => {
  expect(cut(text, columns)).toBe(line);
  expect(width(line)).toBeLessThanOrEqual(columns);
});

describe('wrap', () => {
  it.each([
    ['a bb ccc', 4, ['a bb', 'ccc']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['ab cdefgh', 4, ['ab', 'cdef', 'gh']],
    ['', 5, ['']],
    ['漢漢漢', 5, ['漢漢', '漢']],
  ])('%j in %i', (text, columns, lines) => expect(wrap(text, columns)).toEqual(lines));

  it('keeps every character but spaces, and its width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '漢', '-', '\u0301'), maxLength: 60 }),
        fc.integer({ min: 2, max: 20 }),
        (text, columns) => {
          const lines = wrap(text, columns);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
          for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

it('measures, fills, counts and lists', () => {
  expect([width('abc'), width('漢字'), width('e\u0301'), width('😀')]).toEqual([3, 4, 1, 2]);
  expect(pad('漢', 4)).toBe('漢  ');
  expect([counted(1, 'host'), counted(2, 'host')]).toEqual(['1 host', '2 hosts']);
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
});
