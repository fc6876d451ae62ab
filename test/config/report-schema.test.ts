import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { issueOf, showIssue } from '../../src/config/issues.js';
import { reportJsonSchema, reportSchema } from '../../src/config/report-schema.js';
import { UsageError } from '../../src/model/errors.js';
import type { Report } from '../../src/model/report.js';
import { anyReport, fixture, NAMES } from '../report/fixtures.js';
import { readText } from './read-text.js';

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

  it('takes and refuses what the reader does, which says of pieces what the schema says of the whole', async () => {
    const validate = validator();
    const wrong = fc.constantFrom<unknown>(null, 1, 'x', [], {}, undefined, -1, true);
    const readBy = async (json: string, size?: number): Promise<unknown> => {
      try {
        return await readText(json, size);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return (error as UsageError).message;
      }
    };
    await fc.assert(
      fc.asyncProperty(
        anyReport,
        fc.array(fc.tuple(fc.nat(), wrong), { maxLength: 3 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.constantFrom(undefined, 2),
        async (report, changes, size, margin) => {
          const value = JSON.parse(JSON.stringify(report));
          for (const [at, instead] of changes) damage(value, at, instead);
          const json = JSON.stringify(value, null, margin);
          const read = await readBy(json);
          const { data, error } = reportSchema.safeParse(JSON.parse(json));
          const said = error === undefined ? '' : showIssue(issueOf(error.issues, JSON.parse(json)));
          expect(read).toEqual(data ?? `old.json: ${said}; want a report as -f json writes it`);
          expect(validate(JSON.parse(json))).toBe(data !== undefined);
          expect(await readBy(json, size)).toEqual(read);
        },
      ),
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
