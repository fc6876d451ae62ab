import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyReport, fixture, NAMES, source } from './fixtures.js';
import { renderJson } from './render.js';

it.each(NAMES)('%s is written as it stands: the fixture is the golden', (name) => {
  expect(renderJson(fixture(name))).toBe(source(name));
});

it('gives any report back, and nothing that a terminal obeys', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const json = renderJson(report);
      expect(JSON.parse(json)).toEqual(report);
      expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});
