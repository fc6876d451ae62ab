// Saved reports: what is read, at once and in pieces, and what is said of what cannot be.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/model/errors.js';
import { fixture, NAMES, source } from '../report/fixtures.js';
import { readText } from './read-text.js';

/** At once, by the character, and in pieces that end anywhere. */
const SIZES = [undefined, 1, 1_000] as const;

describe.each(SIZES)('readReport, in pieces of %s', (size) => {
  it.each(NAMES)('reads %s as it was written', async (name) => {
    expect(await readText(source(name), size)).toEqual(fixture(name));
    expect(await readText(JSON.stringify(fixture(name)), size)).toEqual(fixture(name));
  });

  it('takes a byte order mark', async () => {
    expect(await readText(`\uFEFF${source('several-servers')}`, size)).toEqual(fixture('several-servers'));
  });

  const changed = (
    change: (report: Record<string, unknown> & { servers: Record<string, unknown>[] }) => void,
  ): string => {
    const value = JSON.parse(source('closed-compliant'));
    change(value);
    return JSON.stringify(value);
  };
  it.each([
    ['', /^old\.json:1:1: not JSON: got the end of the file; want a report/],
    ['{"schemaVersion": "1.0",\n "tool": nothing}', /^old\.json:2:11: not JSON: got "o"; want/],
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
  ])('refuses %#: %s', async (text, message) => {
    let got = '';
    try {
      await readText(text, size);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      got = (error as Error).message;
    }
    expect(got).toMatch(message);
    expect(got).toMatch(/^[\x20-\x7e]+$/);
  });
});
