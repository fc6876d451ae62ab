import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyReport, fixture, NAMES, PLAIN, stuffed } from './fixtures.js';
import { renderSarif } from './render.js';

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation?: object }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}
interface Log {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly Result[];
  }[];
}
const read = (text: string): Log => JSON.parse(text) as Log;
const runOf = (log: Log) => {
  const [run, ...more] = log.runs;
  if (run === undefined || more.length > 0) throw new Error('not one run');
  return run;
};

it.each(NAMES)('%s', async (name) => {
  await expect(renderSarif(fixture(name), PLAIN)).toMatchFileSnapshot(`golden/sarif.${name}.golden.sarif`);
});

describe('results', () => {
  it.each(NAMES)('%s has one per finding, each of a rule of the list', (name) => {
    const report = fixture(name);
    const { tool, results } = runOf(read(renderSarif(report, PLAIN)));
    expect(results.map((result) => result.ruleId).toSorted()).toEqual(
      report.servers.flatMap((server) => server.findings.map((finding) => finding.rule)).toSorted(),
    );
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(new Set(tool.driver.rules.map((rule) => rule.id)).size).toBe(tool.driver.rules.length);
  });

  it('are errors where they break compliance', () => {
    const { results } = runOf(read(renderSarif(fixture('open-confirmed'), PLAIN)));
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['open-relay', 'error'],
      ['cleartext-authentication', 'warning'],
    ]);
  });

  it('point at the line of the configuration, where there is one', () => {
    const configuration = { path: 'ci/mail audit.yaml', lines: { 'mail.corp.example:25': 12 } };
    const [result] = runOf(read(renderSarif(fixture('open-confirmed'), { ...PLAIN, configuration }))).results;
    expect(result?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'ci/mail%20audit.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 12 },
    });
    expect(runOf(read(renderSarif(fixture('open-confirmed'), PLAIN))).results[0]?.locations[0]).not.toHaveProperty(
      'physicalLocation',
    );
  });

  it('keep their fingerprints whatever the server says', () => {
    const prints = (text: string) => runOf(read(text)).results.map((result) => result.partialFingerprints);
    const report = fixture('open-confirmed');
    const reworded = {
      ...report,
      servers: report.servers.map((server) => ({
        ...server,
        attempts: server.attempts.map((attempt) => ({ ...attempt, reply: null, exchanges: [], durationMs: 9 })),
        findings: server.findings.map((finding) => ({ ...finding, message: 'other words', attempts: [] })),
      })),
    };
    expect(prints(renderSarif(reworded, PLAIN))).toEqual(prints(renderSarif(report, PLAIN)));
    expect(new Set(prints(renderSarif(report, PLAIN)).map((print) => JSON.stringify(print))).size).toBe(2);
  });
});

it('takes any report, without a link or a control character of a stranger', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const text = renderSarif(report, PLAIN);
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      for (const { message, ruleId, level } of runOf(read(text)).results) {
        expect(message.text).not.toMatch(/\]\(/);
        expect(typeof ruleId).toBe('string');
        expect(['error', 'warning', 'note']).toContain(level);
      }
    }),
    { numRuns: 300 },
  );
  expect(renderSarif(stuffed('[a](b)'.repeat(170_000)), PLAIN).length).toBeLessThan(200_000);
});
