// Findings that do not count: every format that people or code scanning read says why, and JUnit is red for none of them.
import { describe, expect, it } from 'vitest';
import type { RenderOptions } from '../../src/report/format.js';
import type { FormatName } from '../../src/report/index.js';
import { FORMATS } from '../../src/report/index.js';
import { fixture, HOSTILE, PLAIN } from './fixtures.js';
import { renderJunit, renderSarif } from './render.js';

const OPEN = fixture('open-confirmed');
const WHY = 'waived until 2030-01-31: the old printer';
const all: RenderOptions = { ...PLAIN, columns: 200, excuseOf: () => WHY };
const only = (rule: string): RenderOptions => ({
  ...all,
  excuseOf: (_, finding) => (finding.rule === rule ? WHY : null),
});

describe('a finding that does not count', () => {
  it.each<[FormatName, string]>([
    ['table', `Does not count: ${WHY}`],
    ['markdown', '**Does not count:** waived until 2030\\-01\\-31\\: the old printer'],
    ['html', `<strong>Does not count: </strong>${WHY}`],
    ['sarif', `"justification": "${WHY}"`],
    ['junit', `Does not count: ${WHY}`],
  ])('is said to be so in %s, and no other', (format, said) => {
    const times = (options: RenderOptions): number => FORMATS[format].render(OPEN, options).split(said).length - 1;
    expect(times(PLAIN)).toBe(0);
    expect(times(only('open-relay'))).toBe(1);
    expect(times(all)).toBe(2);
  });

  it.each<FormatName>(['json', 'ndjson', 'nagios', 'prometheus'])('is in %s as it is', (format) => {
    expect(FORMATS[format].render(OPEN, all)).toBe(FORMATS[format].render(OPEN, PLAIN));
  });

  it.each(HOSTILE)('is excused in words that stay words: %j', (why) => {
    const options: RenderOptions = { ...PLAIN, excuseOf: () => why };
    expect(() => JSON.parse(renderSarif(OPEN, options))).not.toThrow();
    expect(FORMATS.html.render(OPEN, options).match(/<(script|img)\b/g)).toEqual(
      FORMATS.html.render(OPEN, PLAIN).match(/<(script|img)\b/g),
    );
  });
});

describe('JUnit', () => {
  const failures = (options: RenderOptions): number => renderJunit(OPEN, options).split('<failure ').length - 1;

  it('is skipped for a finding that does not count, and red where another does', () => {
    const [before, after] = [failures(PLAIN), failures(only('open-relay'))];
    expect(before).toBeGreaterThan(2);
    expect(after).toBeLessThan(before);
  });

  it('is not red for what only such findings show', () => {
    expect(failures(all)).toBe(0);
  });

  it('keeps what has no answer an error', () => {
    const blocked = fixture('inconclusive-blocklisted');
    const errors = (options: RenderOptions): number => renderJunit(blocked, options).split('<error ').length - 1;
    expect(errors(all)).toBe(errors(PLAIN));
    expect(errors(all)).toBeGreaterThan(0);
  });
});
