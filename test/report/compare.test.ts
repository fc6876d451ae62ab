// What changed between two reports: by server, rule, source and technique, never by text; and when it is worse.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, Report, ServerReport } from '../../src/model/report.js';
import { CHANGE_FORMATS } from '../../src/report/changes.js';
import { compareReports, keysOf, showKey } from '../../src/report/compare.js';
import { anyReport, fixture, NAMES } from './fixtures.js';

type Change = (server: ServerReport) => ServerReport;
const changed = (report: Report, ...changes: readonly Change[]): Report => ({
  ...report,
  servers: report.servers.map((server) => changes.reduce((so, change) => change(so), server)),
});
const findings =
  (change: (finding: Finding) => Finding | null): Change =>
  (server) => ({ ...server, findings: server.findings.flatMap((finding) => change(finding) ?? []) });

const OPEN = fixture('open-confirmed');
const kinds = (before: Report, after: Report): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of compareReports(before, after).changes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

describe('a report compared', () => {
  it.each(NAMES)('%s with itself has not changed', (name) => {
    const { changes, verdicts, isWorse } = compareReports(fixture(name), fixture(name));
    expect(changes.filter(({ kind }) => kind !== 'same')).toEqual([]);
    expect({ verdicts, isWorse }).toEqual({ verdicts: [], isWorse: false });
  });

  it('has not changed where only words have', () => {
    const reworded = changed(
      OPEN,
      findings((finding) => ({ ...finding, title: 'x', message: 'y', fix: [], references: [] })),
      (server) => ({
        ...server,
        attempts: server.attempts.map((attempt) => ({ ...attempt, id: `b${attempt.id}`, reply: null, exchanges: [] })),
      }),
      findings((finding) => ({ ...finding, attempts: finding.attempts.map((id) => `b${id}`) })),
    );
    expect(Object.keys(kinds(OPEN, reworded))).toEqual(['same']);
  });

  it('is worse by a new technique of a known rule, and better without it', () => {
    const fewer = changed(
      OPEN,
      findings((finding) => ({ ...finding, attempts: finding.attempts.slice(1) })),
    );
    expect(compareReports(fewer, OPEN)).toMatchObject({ isWorse: true });
    expect(kinds(fewer, OPEN)).toMatchObject({ new: 1 });
    expect(compareReports(OPEN, fewer)).toMatchObject({ isWorse: false });
    expect(kinds(OPEN, fewer)).toMatchObject({ gone: 1 });
  });

  it('is not worse by a note, and worse once it breaks compliance', () => {
    const isNote = (finding: Finding): boolean => !finding.breaksCompliance;
    const without = changed(
      OPEN,
      findings((finding) => (isNote(finding) ? null : finding)),
    );
    expect(OPEN.servers.some((server) => server.findings.some(isNote))).toBe(true);
    expect(compareReports(without, OPEN).isWorse).toBe(false);
    const breaking = changed(
      OPEN,
      findings((finding) => ({ ...finding, breaksCompliance: true })),
    );
    expect(compareReports(OPEN, breaking)).toMatchObject({ isWorse: true });
    expect(kinds(OPEN, breaking)).toHaveProperty('worse');
  });

  it.each<[string, Partial<ServerReport['verdict']>, Partial<ServerReport['verdict']>, boolean]>([
    ['closed to open', { relay: 'closed' }, { relay: 'open' }, true],
    ['closed to inconclusive', { relay: 'closed' }, { relay: 'inconclusive' }, true],
    ['open to inconclusive', { relay: 'open' }, { relay: 'inconclusive' }, false],
    ['compliant to inconclusive', { compliance: 'compliant' }, { compliance: 'inconclusive' }, true],
    ['non-compliant to compliant', { compliance: 'non-compliant' }, { compliance: 'compliant' }, false],
  ])('%s: worse is %s', (_, before, after, isWorse) => {
    const base = changed(fixture('closed-compliant'), (server) => ({ ...server, findings: [] }));
    const withVerdict = (verdict: Partial<ServerReport['verdict']>) =>
      changed(base, (server) => ({ ...server, verdict: { ...server.verdict, ...verdict } }));
    const comparison = compareReports(withVerdict(before), withVerdict(after));
    expect(comparison.verdicts).toHaveLength(1);
    expect(comparison.isWorse).toBe(isWorse);
  });

  it('does not call a server worse that was not audited before, but its findings new', () => {
    const none: Report = { ...OPEN, servers: [] };
    expect(compareReports(none, fixture('closed-compliant')).isWorse).toBe(false);
    expect(compareReports(none, OPEN)).toMatchObject({ isWorse: true });
    expect(compareReports(OPEN, none)).toMatchObject({ isWorse: false });
  });

  it('is the same whatever the order of findings, attempts and servers', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const turned: Report = {
          ...report,
          servers: report.servers.toReversed().map((server) => ({
            ...server,
            findings: server.findings.toReversed(),
          })),
        };
        expect(compareReports(report, turned).isWorse).toBe(false);
        expect(kinds(report, turned).new ?? 0).toBe(0);
      }),
    );
  });
});

it('tells sources of one spec apart by their address', () => {
  const report = fixture('range-too-wide');
  const [server] = report.servers;
  const [finding] = server?.findings ?? [];
  if (server === undefined || finding === undefined) throw new Error('no finding');
  const keys = keysOf(server, finding).map(showKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.join('\n')).toContain('from edges:proxy 127.0.0.64 by ');
});

describe('changes as text', () => {
  const pairs = [
    ['closed-compliant', 'open-confirmed'],
    ['open-confirmed', 'wrong-password-accepted'],
    ['range-too-wide', 'range-too-wide'],
  ] as const;
  it.each(
    pairs.flatMap((pair) => (['table', 'markdown', 'json'] as const).map((format) => [...pair, format] as const)),
  )('%s, then %s, as %s', async (before, after, format) => {
    const text = CHANGE_FORMATS[format](compareReports(fixture(before), fixture(after)));
    await expect(text).toMatchFileSnapshot(`golden/diff-${format}.${before}.${after}.golden.txt`);
  });

  it('holds nothing that a terminal obeys, whatever the report', () => {
    fc.assert(
      fc.property(anyReport, anyReport, (before, after) => {
        for (const write of Object.values(CHANGE_FORMATS)) {
          expect(write(compareReports(before, after))).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 100 },
    );
  });
});
