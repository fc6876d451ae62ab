// The fixture reports, and reports of arbitrary and of hostile text that obey the types.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { ACCESSES, CREDENTIALS, MECHANISMS } from '../../src/model/access.js';
import { PRESETS } from '../../src/model/policy.js';
import { REASONS } from '../../src/model/reason.js';
import { STAGES } from '../../src/model/reply.js';
import { OUTCOMES, type Report, SEVERITIES } from '../../src/model/report.js';
import { ROUTES } from '../../src/model/source.js';
import type { RenderOptions } from '../../src/report/format.js';

const folder = new URL('../../fixtures/reports/', import.meta.url);

export const NAMES: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace(/\.json$/, ''));

export const source = (name: string): string => readFileSync(new URL(`${name}.json`, folder), 'utf8');
export const fixture = (name: string): Report => JSON.parse(source(name)) as Report;

export const PLAIN: RenderOptions = { color: 0, unicode: true, columns: 80, verbose: false, quiet: false };

/** What strangers write to be taken for markup, for commands of a terminal, or for formulas of a spreadsheet. */
export const HOSTILE = [
  '\u001b[2J\u001b]0;owned\u0007\u001b[31mred',
  '\u009b31mC1\u0090q\u009c',
  '<script>alert(1)</script><img src=x onerror=alert(1)>"\'`&amp;',
  ']]><!--<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
  '[a](javascript:alert(1)) `code` | cell | **bold** # head\n---\n<details>',
  '=HYPERLINK("http://evil.example","x")',
  '\u202eevil\u202c\u2066\u2069\u200f\u200b\ufeff',
  'line one\r\nline two\n\n::error::github\u2028three\u2029',
  '\ud800 lone \udc00 surrogates \u{1f600}\u{10ffff}\ufffe',
  '```\n~~~\n<!-- -->',
  '\0\u0001\u0008\u007f',
  '\\"}],"x":{"\\n" {a="b"} 1\n# TYPE x counter\n|perf=1',
  '漢字かな交じり文 ｗｉｄｅ e\u0301',
  '',
] as const;

const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.tuple(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 10 })).map((parts) => parts.join(' ')),
);
const textOrNull = fc.option(text);
const texts = fc.array(text, { maxLength: 3 });
const id = fc.constantFrom('s1', 's2', 'a1', 'a2', 'a3', ...HOSTILE);
const ids = fc.array(id, { maxLength: 3 });
const secured = fc.constantFrom('none' as const, 'tls' as const);
const confidence = fc.constantFrom('confirmed' as const, 'probable' as const, 'possible' as const);
const relay = fc.constantFrom('open' as const, 'closed' as const, 'inconclusive' as const);
const compliance = fc.constantFrom('compliant' as const, 'non-compliant' as const, 'inconclusive' as const);
const time = fc.constant('2026-11-24T09:00:00.000Z');
const ms = fc.nat(100_000);

const reply = fc.option(fc.record({ code: fc.integer({ min: 200, max: 599 }), enhanced: textOrNull, text }));
const exchange = fc.record({ stage: fc.constantFrom(...STAGES), sent: textOrNull, reply, elapsedMs: ms });
const attempt = fc.record({
  id,
  source: id,
  technique: text,
  mechanism: fc.option(fc.constantFrom(...MECHANISMS)),
  credentials: fc.constantFrom(...CREDENTIALS),
  recipient: fc.constantFrom('foreign' as const, 'local' as const),
  security: secured,
  helo: text,
  reversePath: text,
  forwardPath: text,
  outcome: fc.constantFrom(...OUTCOMES),
  stage: fc.constantFrom(...STAGES),
  reason: fc.constantFrom(...REASONS),
  reply,
  tries: fc.integer({ min: 1, max: 3 }),
  startedAt: time,
  durationMs: ms,
  canary: fc.option(
    fc.record({
      token: text,
      event: fc.constantFrom('delivered' as const, 'bounced' as const, 'callout' as const, 'none' as const),
      detail: textOrNull,
      received: texts,
    }),
  ),
  exchanges: fc.array(exchange, { maxLength: 3 }),
});
const cell = fc.record({
  access: fc.constantFrom(...ACCESSES),
  security: secured,
  expected: fc.constantFrom('relay' as const, 'refuse' as const, 'accept' as const, 'any' as const),
  observed: fc.constantFrom(
    'relay' as const,
    'refuse' as const,
    'accept' as const,
    'not-offered' as const,
    'not-discriminating' as const,
    'skipped' as const,
    'unknown' as const,
  ),
  agrees: fc.option(fc.boolean()),
  attempts: ids,
});
const server = fc.record({
  target: fc.record({
    host: text,
    port: fc.integer({ min: 1, max: 65_535 }),
    address: textOrNull,
    security: fc.constantFrom('none' as const, 'starttls' as const, 'tls' as const),
    banner: textOrNull,
    extensions: texts,
    certificate: fc.option(
      fc.record({
        subject: text,
        issuer: text,
        altNames: texts,
        validFrom: text,
        validTo: text,
        fingerprint: text,
        problem: textOrNull,
      }),
    ),
    software: fc.option(
      fc.record({
        product: text,
        version: textOrNull,
        confidence: fc.constantFrom('high' as const, 'medium' as const, 'low' as const),
      }),
    ),
  }),
  policy: fc.record({ preset: fc.constantFrom(...PRESETS), rules: texts, relayHosts: texts, localDomains: texts }),
  sources: fc.array(
    fc.record({
      id,
      spec: text,
      route: fc.constantFrom(...ROUTES),
      address: textOrNull,
      seenAs: textOrNull,
      approved: fc.option(fc.boolean()),
      reachable: fc.boolean(),
      unknownBecause: textOrNull,
      relays: fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const),
      cells: fc.array(cell, { maxLength: 6 }),
    }),
    { maxLength: 3 },
  ),
  attempts: fc.array(attempt, { maxLength: 5 }),
  findings: fc.array(
    fc.record({
      rule: text,
      severity: fc.constantFrom(...SEVERITIES),
      confidence,
      breaksCompliance: fc.boolean(),
      title: text,
      message: text,
      sources: ids,
      attempts: ids,
      fix: texts,
      references: texts,
    }),
    { maxLength: 3 },
  ),
  notTested: texts,
  verdict: fc.record({ relay, confidence, compliance, summary: text }),
});

/** Any report that the types allow, its text hostile more often than not. */
export const anyReport: fc.Arbitrary<Report> = fc.record({
  schemaVersion: fc.constant('1.0' as const),
  tool: fc.record({ name: fc.constant('relayproof' as const), version: text }),
  startedAt: time,
  durationMs: ms,
  servers: fc.array(server, { maxLength: 3 }),
  verdict: fc.record({ relay, compliance, summary: text }),
});

/** A report with the given text wherever a stranger's text can stand. */
export function stuffed(stranger: string): Report {
  const replaced = new Set(['text', 'banner', 'seenAs', 'unknownBecause', 'detail', 'message', 'summary', 'product']);
  return JSON.parse(source('open-confirmed'), (key, value) =>
    replaced.has(key) && (typeof value === 'string' || value === null) ? stranger : value,
  ) as Report;
}
