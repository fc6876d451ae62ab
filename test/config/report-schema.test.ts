import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { readReport, reportJsonSchema, type reportSchema } from '../../src/config/report-schema.js';
import { UsageError } from '../../src/model/errors.js';
import type { Report } from '../../src/model/report.js';
import { anyReport, fixture, NAMES, source } from '../report/fixtures.js';

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

const shipped = readFileSync(new URL('../../report.schema.json', import.meta.url), 'utf8');

function validator() {
  const ajv = new Ajv2020({ allErrors: true, strict: true });
  addFormats.default(ajv);
  return ajv.compile(JSON.parse(shipped));
}

describe('report.schema.json', () => {
  it('is of the type that the report has, and the other way round', () => {
    expectTypeOf<DeepReadonly<z.infer<typeof reportSchema>>>().toEqualTypeOf<DeepReadonly<Report>>();
  });

  it('is current (node .ci/schema.mjs writes it)', () => expect(shipped).toBe(reportJsonSchema()));

  it('describes every field', () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties') {
          for (const [name, field] of Object.entries(value as object)) {
            if (!('description' in field) && !('$ref' in field)) bare.push(`${path}.${name}`);
          }
        }
        visit(value, `${path}.${key}`);
      }
    };
    visit(JSON.parse(shipped), '');
    expect(bare).toEqual([]);
  });

  it.each(NAMES)('takes %s', (name) => {
    const validate = validator();
    validate(fixture(name));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('takes and refuses what the reader takes and refuses', () => {
    const validate = validator();
    const wrong = fc.constantFrom<unknown>(null, 1, 'x', [], {}, undefined, -1, true);
    fc.assert(
      fc.property(anyReport, fc.option(fc.tuple(fc.nat(), wrong)), (report, change) => {
        const value = JSON.parse(JSON.stringify(report));
        if (change !== null) damage(value, change[0], change[1]);
        const json = JSON.stringify(value);
        let isRead = true;
        try {
          readReport(json, 'report.json');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          isRead = false;
        }
        expect(validate(JSON.parse(json))).toBe(isRead);
      }),
      { numRuns: 300 },
    );
  });
});

/** Replace one value, or leave it out, anywhere in a report. */
function damage(root: unknown, at: number, wrong: unknown): void {
  const places: { holder: object; key: string }[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      if (Array.isArray(node) && wrong === undefined) continue;
      places.push({ holder: node, key });
      visit(Reflect.get(node, key));
    }
  };
  visit(root);
  const place = places[at % places.length];
  if (place === undefined) return;
  if (wrong === undefined) Reflect.deleteProperty(place.holder, place.key);
  else Reflect.set(place.holder, place.key, wrong);
}

describe('readReport', () => {
  it.each(NAMES)('reads %s as it was written', (name) => expect(readReport(source(name), name)).toEqual(fixture(name)));

  it('takes a byte order mark', () => expect(readReport(`\uFEFF${source('several-servers')}`, 'x')).toBeDefined());

  const changed = (
    change: (report: Record<string, unknown> & { servers: Record<string, unknown>[] }) => void,
  ): string => {
    const value = JSON.parse(source('closed-compliant'));
    change(value);
    return JSON.stringify(value);
  };
  it.each([
    ['', /^old\.json:1:1: not JSON: got the end of the file; want a report/],
    ['{"schemaVersion": "1.0",\n "tool": nothing}', /^old\.json: not JSON: got "o"; want/],
    ['{"a": 1,\n "b" 2}', /^old\.json:2:6: not JSON: got "2"/],
    ['[1, 2', /^old\.json:1:6: not JSON: got the end of the file/],
    ['[]', /^old\.json: \(root\): wrong value: got a list, want an object/],
    ['null', /^old\.json: \(root\): wrong value: got null, want an object/],
    [
      changed((report) => Object.assign(report, { schemaVersion: '2.0' })),
      /schemaVersion: wrong value: got "2\.0", want 1\.0/,
    ],
    [changed((report) => Object.assign(report, { extra: 1 })), /: extra: unknown field/],
    [
      changed((report) => Reflect.deleteProperty(report, 'verdict')),
      /: verdict: missing field: got nothing, want an object/,
    ],
    [
      changed((report) => Object.assign(report.servers[0] ?? {}, { notTested: 'x' })),
      /: servers\[0\]\.notTested: wrong value: got "x", want a list/,
    ],
    [
      changed((report) => Object.assign(report.servers[0] ?? {}, { verdict: { relay: 'opened\u001b[31m\u202e' } })),
      /servers\[0\]\.verdict\.relay: wrong value: got "opened\\u001b\[31m\\u202e", want open, closed or inconclusive/,
    ],
    [
      changed((report) => Object.assign(report, { startedAt: 'yesterday' })),
      /startedAt: wrong value: got "yesterday", want a UTC time/,
    ],
    [
      changed((report) => Object.assign(report, { durationMs: -1 })),
      /durationMs: wrong value: got -1, want at least 0/,
    ],
  ])('refuses %#: %s', (text, message) => {
    let got = '';
    try {
      readReport(text, 'old.json');
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      got = (error as Error).message;
    }
    expect(got).toMatch(message);
    expect(got).toMatch(/^[\x20-\x7e]+$/);
  });
});
