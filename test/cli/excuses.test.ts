// Baselines and waivers: what they excuse, what they say, and what they do to the exit status.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { excusesOf } from '../../src/cli/excuses.js';
import { exitStatus } from '../../src/cli/exit-status.js';
import type { Waiver } from '../../src/config/read-config.js';
import type { Report } from '../../src/model/report.js';
import { comparedOf } from '../../src/report/compare.js';
import { fixture } from '../report/fixtures.js';
import { run } from './run.js';

const OPEN = fixture('open-confirmed');
const WAIVER: Waiver = { rule: 'open-relay', reason: 'known', expires: '2030-01-31', where: 'f.yaml:3:5' };
const TODAY = '2026-11-24';

const breaking = (report: Report): Report => ({
  ...report,
  servers: report.servers.map((server) => ({
    ...server,
    findings: server.findings.filter((finding) => finding.breaksCompliance),
  })),
});

/** A report with the attempts that prove a finding cut to so many. */
const withProofs = (report: Report, most: number): Report => ({
  ...report,
  servers: report.servers.map((server) => ({
    ...server,
    findings: server.findings.map((finding) => ({ ...finding, attempts: finding.attempts.slice(0, most) })),
  })),
});

function statusOf(
  report: Report,
  baseline: Report | null,
  waivers: readonly Waiver[],
  failOn: 'open' | 'non-compliant' = 'non-compliant',
) {
  const excuses = excusesOf(report, baseline && comparedOf(baseline), waivers, TODAY);
  const status = exitStatus(report, {
    failOn,
    allowInconclusive: false,
    interrupted: false,
    ...excuses,
  });
  return { status, notes: excuses.notes };
}

const server = OPEN.servers[0]?.target.host ?? '';

describe('a waiver', () => {
  const only = breaking(OPEN);
  const rules = [...new Set(only.servers.flatMap(({ findings }) => findings.map(({ rule }) => rule)))];
  const forAll = rules.map((rule) => ({ ...WAIVER, rule }));

  it('excuses the finding, and says so with its reason and its day', () => {
    const { status, notes } = statusOf(only, null, forAll);
    expect(status).not.toBe(1);
    expect(notes[0]).toMatch(/^waived until 2030-01-31: open-relay at .*: known \(f\.yaml:3:5\)$/);
    const { excuseOf } = excusesOf(only, null, forAll, TODAY);
    for (const each of only.servers)
      for (const finding of each.findings) expect(excuseOf?.(each, finding)).toBe('waived until 2030-01-31: known');
  });

  it.each<[string, Partial<Waiver>, boolean]>([
    ['of this server', { server }, true],
    ['of this server and port', { server: `${server}:25` }, true],
    ['of another server', { server: 'other.example' }, false],
    ['of the source that shows it', { source: '198.51.100.66' }, true],
    ['of another source', { source: '198.51.100.67' }, false],
    ['of one technique among several', { technique: 'percent-local' }, false],
  ])('%s', (_, part, isExcused) => {
    const waivers = forAll.map((waiver) => (waiver.rule === 'open-relay' ? { ...waiver, ...part } : waiver));
    expect(statusOf(only, null, waivers).status === 1).toBe(!isExcused);
  });

  it('fails again after its day, and says so; on its day it holds', () => {
    const on = (expires: string) =>
      statusOf(
        only,
        null,
        forAll.map((waiver) => ({ ...waiver, expires })),
      );
    expect(on('2026-11-24').status).not.toBe(1);
    const { status, notes } = on('2026-11-23');
    expect(status).toBe(1);
    expect(notes[0]).toMatch(/^f\.yaml:3:5: a waiver that expired on 2026-11-23, so that this counts: open-relay at /);
  });

  it('that covers nothing is told', () => {
    const { notes } = statusOf(fixture('closed-compliant'), null, [WAIVER]);
    expect(notes).toEqual(['f.yaml:3:5: a waiver of open-relay that covers nothing: it can be taken out']);
  });
});

describe('a baseline', () => {
  it('excuses what it knows, also under --fail-on open', () => {
    for (const failOn of ['open', 'non-compliant'] as const) {
      expect(statusOf(OPEN, null, [], failOn).status).toBe(1);
      expect(statusOf(OPEN, OPEN, [], failOn).status).not.toBe(1);
    }
  });

  it('does not excuse a new technique of a known rule', () => {
    expect(statusOf(OPEN, withProofs(OPEN, 1), []).status).toBe(1);
    expect(statusOf(withProofs(OPEN, 1), OPEN, []).status).not.toBe(1);
  });

  it('does not excuse what was a note then and breaks compliance now', () => {
    const asNotes: Report = {
      ...OPEN,
      servers: OPEN.servers.map((each) => ({
        ...each,
        findings: each.findings.map((finding) => ({ ...finding, breaksCompliance: false })),
      })),
    };
    expect(statusOf(OPEN, asNotes, []).status).toBe(1);
  });

  it('does not turn what has no answer into a pass', () => {
    const unanswered = fixture('inconclusive-blocklisted');
    expect(statusOf(unanswered, unanswered, []).status).toBe(3);
  });
});

describe('on the command line', () => {
  let folder = '';
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relayproof-excuses-'));
    for (const name of ['open-confirmed', 'closed-compliant']) {
      await writeFile(at(`${name}.json`), JSON.stringify(fixture(name)));
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('diff ends with 1 where it got worse, else with 0', async () => {
    const [open, closed] = [at('open-confirmed.json'), at('closed-compliant.json')];
    const worse = await run(['diff', closed, open]);
    expect(worse).toMatchObject({ status: 1, stderr: '' });
    expect(worse.stdout).toContain('It got worse');
    expect(await run(['diff', open, open, '-f', 'json'])).toMatchObject({ status: 0 });
  });

  it('a baseline that is no report is told before anything is sent', async () => {
    const { status, stderr } = await run([
      'audit',
      'mail.example.org',
      '--canary',
      'a@canary.example.net',
      '--baseline',
      at('none'),
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^relayproof: --baseline: cannot be read \(ENOENT\): /);
  });
});
