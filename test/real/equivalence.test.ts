// Sharing sessions saves time and changes nothing else, on real servers as on the embedded one: every scenario is audited as
// usual and with one connection per attempt, one after another, and what is judged is the same. As far as RCPT: messages are
// sent alone in either way. Techniques of each kind stand for the catalogue, so that it does not take ten minutes.
import { describe, expect, test } from 'vitest';
import { type Audited, auditScenario } from '../../fixtures/real/audit.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { freePort } from '../../fixtures/real/port.js';
import type { Scenario } from '../../fixtures/real/scenario.js';
import { SCENARIOS } from '../../fixtures/real/scenarios/index.js';
import { withServerAt } from '../../fixtures/real/with-server.js';
import type { ServerReport } from '../../src/model/report.js';

const reason = whyNotHere();
const ONE_EACH = ['--sessions', '1', '--no-shared-sessions'];
const TECHNIQUES = [
  ...['plain-external', 'null-sender', 'sender-local-bogus', 'sender-unqualified', 'sender-ip-literal'],
  ...['percent-local', 'quoted-at-local', 'double-at-host', 'source-route-local', 'bang-local', 'rcpt-no-brackets'],
  ...['rcpt-postmaster-foreign', 'ehlo-local-domain', 'helo-only', 'no-helo', 'xclient-approved', 'proxy-v1-approved'],
];
/** Where every connection waits for seconds before it is of use, so that one each for all of these would take minutes. */
const SLOW: readonly string[] = [
  'courier-default-tarpit',
  'exim-slow-greeting',
  'exim-two-messages',
  'sendmail-greet-pause',
];
const FEW = ['plain-external', 'null-sender'];
/** Who bans a client for what it was refused is heard until then: how far that is depends on how it was asked. */
const BANS: readonly string[] = ['exim-ban'];
/** What it says is how it was asked: accepted beside others and refused alone, or the other way round. */
const ABOUT_SHARING = 'inconsistent-answers';

/** Each way gets a server of its own, so that neither meets what the other has left behind. */
async function audit(scenario: Scenario, extra: readonly string[]): Promise<Audited> {
  const { id, options = [] } = scenario;
  const few = (SLOW.includes(id) ? FEW : TECHNIQUES).join(',');
  const techniques = options.includes('--techniques') ? [] : ['--techniques', few];
  return withServerAt(scenario.id, await freePort(), ({ port }) =>
    auditScenario(scenario, { port, extra: [...techniques, ...extra] }),
  );
}

/** What must not depend on how it was asked; the confidence of *closed* may. */
const judged = ({ verdict, sources, findings }: ServerReport) => ({
  relay: verdict.relay,
  compliance: verdict.compliance,
  sources: sources.map(({ spec, approved, relays, cells }) => ({
    spec,
    approved,
    relays,
    cells: cells.map(({ access, security, expected, observed, agrees }) => [
      ...[access, security, expected, observed],
      agrees,
    ]),
  })),
  rules: findings.flatMap(({ rule }) => (rule === ABOUT_SHARING ? [] : rule)).sort(),
});

const told = ({ report, status }: Audited) => ({ status, servers: report?.servers.map(judged) });

describe.skipIf(reason !== null)(`one connection per attempt${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test.concurrent.each(
    SCENARIOS.filter(({ id }) => !BANS.includes(id)).map((scenario) => [scenario.id, scenario] as const),
  )('%s', { timeout: 280_000 }, async (_, scenario) => {
    const [shared, apart] = await Promise.all([audit(scenario, []), audit(scenario, ONE_EACH)]);
    expect(told(apart), `${apart.command}\n${apart.stderr}`).toEqual(told(shared));
  });
});
