// relayproof itself against every real server: the built command line, its verdict, its cells and its exit status, held
// against the truth that truth.test.ts measures with other means.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type Audited, auditScenario } from '../../fixtures/real/audit.js';
import { differences, expectationOf } from '../../fixtures/real/expected.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { freePort } from '../../fixtures/real/port.js';
import type { Scenario } from '../../fixtures/real/scenario.js';
import { SCENARIOS, scenarioOf } from '../../fixtures/real/scenarios/index.js';
import { withServerAt } from '../../fixtures/real/with-server.js';

const reason = whyNotHere();
const title = (text: string): string => `${text}${reason === null ? '' : ` (skipped: ${reason})`}`;
const help = execFileSync(process.execPath, ['dist/bin/relayproof.js', 'audit', '--help'], { encoding: 'utf8' });

/** Options that a scenario's audit needs and this version does not have. */
function missingOptions({ proof, policy, options = [], truth }: Scenario): readonly string[] {
  const needs = [
    ...(proof === 'delivery' ? ['--sink'] : []),
    ...(policy.secondCanaryDomain === undefined ? [] : ['--second-canary-domain']),
    ...(truth.sources.some(({ route = 'bind' }) => route !== 'bind') ? ['proxy:'] : []),
    ...options.filter((word) => word.startsWith('--')),
  ];
  return needs.filter((option) => !help.includes(option));
}

/** Start the scenario's server and audit it as far as its proof needs. */
async function audit(scenario: Scenario): Promise<Audited> {
  const sinkPort = await freePort();
  return withServerAt(scenario.id, sinkPort, ({ port }) =>
    auditScenario(scenario, { port, ...(scenario.proof === 'delivery' ? { sinkPort } : {}) }),
  );
}

describe.skipIf(reason !== null)(title('audits of real servers'), () => {
  for (const scenario of SCENARIOS) {
    const want = expectationOf(scenario);
    const missing = missingOptions(scenario);
    test.skipIf(missing.length > 0)(
      `${scenario.id}: ${want.relay}, exit ${want.status}${missing.length > 0 ? ` (needs ${missing.join(' ')})` : ''}`,
      { timeout: 280_000, concurrent: true },
      async () => {
        const audited = await audit(scenario);
        expect(differences(scenario, audited, scenario.proof ?? 'rcpt'), audited.command).toEqual([]);
      },
    );
  }
});

// The first audit's own servers, with what its report has to name.
describe.skipIf(reason !== null)(title('the first audit, on Postfix'), () => {
  const rows = [
    ['postfix-closed-454', 0, null],
    ['postfix-closed-554', 0, null],
    ['postfix-sasl', 0, null],
    ['postfix-open', 1, { rule: 'open-relay', address: '127.0.0.66', technique: 'plain-external' }],
    ['postfix-range-31', 1, { rule: 'unapproved-host-relays', address: '127.0.0.11', technique: 'plain-external' }],
    ['postfix-range-25', 1, { rule: 'unapproved-host-relays', address: '127.0.0.66', technique: 'plain-external' }],
    ['postfix-approved-missing', 1, { rule: 'approved-host-refused', address: '127.0.0.10', technique: null }],
  ] as const;

  test.concurrent.each(rows)('%s: exit %i', { timeout: 120_000 }, async (id, status, named) => {
    const { report, ...audited } = await audit(scenarioOf(id));
    expect(audited.status, audited.stderr).toBe(status);
    const findings = report?.servers[0]?.findings.filter(({ breaksCompliance }) => breaksCompliance) ?? [];
    expect(findings.map(({ rule }) => rule)).toEqual(named === null ? [] : [named.rule]);
    if (named === null) return;
    const [finding] = findings;
    const sources = report?.servers[0]?.sources.filter(({ id: source }) => finding?.sources.includes(source));
    expect(sources?.map(({ address }) => address)).toEqual([named.address]);
    expect(finding?.message).toContain(named.address);
    if (named.technique !== null) expect(finding?.message).toContain(named.technique);
  });
});
