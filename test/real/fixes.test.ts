// Fixes proven: a real server with the hole, an audit with the built command line, then what the report says, word for word, and
// the audit again: closed, and as the policy wants it, so that approved hosts and authenticated users still relay.
import { execFileSync } from 'node:child_process';
import { describe, type ExpectStatic, expect, test } from 'vitest';
import { type Audited, auditScenario } from '../../fixtures/real/audit.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { freePort } from '../../fixtures/real/port.js';
import type { Scenario } from '../../fixtures/real/scenario.js';
import { SCENARIOS, scenarioOf } from '../../fixtures/real/scenarios/index.js';
import type { Running } from '../../fixtures/real/server.js';
import { withServerAt } from '../../fixtures/real/with-server.js';
import { PRODUCT_FIXES, UNPROVEN } from '../../src/judge/fixes/index.js';
import type { Finding } from '../../src/model/report.js';

const reason = whyNotHere();
const help = execFileSync(process.execPath, ['dist/bin/relayproof.js', 'audit', '--help'], { encoding: 'utf8' });

/** Where the fixtures keep what the product keeps elsewhere, and what a service manager would do. */
const PLACES: Readonly<Record<string, string>> = {
  "Exim's configuration": '/etc/exim.conf',
  '/etc/mail/sendmail.mc': '/relayproof.mc',
  'smtpd.conf': '/etc/smtpd.conf',
};
/** Before the fix: names that an installed server has, which the fixture's own files stand for. */
const FURNISH: Readonly<Record<string, string>> = {
  sendmail: 'ln -sf /relayproof.mc /etc/mail/sendmail.mc; ln -sf /etc/mail/relayproof.cf /etc/mail/sendmail.cf',
};

interface Parts {
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A step as the report has it, taken apart at its labels. */
function partsOf(step: string): Parts {
  const [text = '', ...rest] = step.split(/ -- (?=(?:in|before|after|below|add|run): ?)/);
  const labels = rest.map((part) => /^(\w+): ?(.*)$/s.exec(part)?.slice(1) ?? []);
  return { text, labels: Object.fromEntries(labels) };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** A line of a file as a step names it: `...` is whatever stands there. */
const lineLike = (pattern: string): RegExp =>
  new RegExp(`^([ \\t]*)${pattern.split('...').map(escaped).join('.*')}[ \\t]*$`, 'm');

/** The file with the step's edit made, or null where nothing in it is meant. */
function edited(text: string, { before, after, below, add }: Parts['labels']): string | null {
  if (below !== undefined && add !== undefined) {
    const line = lineLike(below);
    return line.test(text) ? text.replace(line, (whole) => `${whole}\n  ${add}`) : null;
  }
  if (before === undefined) return null;
  const line = lineLike(before);
  if (!line.test(text)) return null;
  return text.replace(new RegExp(line.source, 'gm'), (_, indent: string) =>
    after === undefined ? '' : indent + after,
  );
}

const inShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** How often a daemon has said in its log that it listens. */
const startsIn = (log: string): number => log.match(/daemon started: pid|starting daemon \(/g)?.length ?? 0;

/** Do what a finding's steps say in the server's root; true where something was done. */
async function apply(
  finding: Finding,
  server: Pick<Running, 'inside' | 'log'>,
  scenario: Scenario,
  expect: ExpectStatic,
): Promise<boolean> {
  let isDone = false;
  for (const step of finding.fix) {
    const { labels } = partsOf(step);
    const { run } = labels;
    if (run?.startsWith('relayproof ')) continue;
    const edits = labels.in !== undefined && (labels.before !== undefined || labels.below !== undefined);
    const changesByCommand = run !== undefined && /postconf -(e|P)|>> \//.test(run);
    if (edits && !changesByCommand) {
      const path = PLACES[labels.in ?? ''] ?? labels.in ?? '';
      const text = await server.inside(`cat ${inShell(path)}`);
      const changed = edited(text, labels);
      if (changed === null && run === undefined) continue;
      if (changed !== null) {
        isDone = true;
        await server.inside(`printf %s ${inShell(changed)} > ${inShell(path)}`);
      }
    }
    if (run === undefined) continue;
    if (changesByCommand) isDone = true;
    const asked = run.includes('-stdin') ? `printf '%s\\n' ${inShell(scenario.account?.password ?? '')} | ` : '';
    const starts = startsIn(server.log());
    await server.inside(`export PATH=/usr/sbin:/usr/bin:/sbin:/bin; ${asked}${run}`);
    if (/kill -HUP/.test(run))
      await expect.poll(() => startsIn(server.log()), { timeout: 15_000 }).toBeGreaterThan(starts);
  }
  return isDone;
}

const audit = (scenario: Scenario, port: number, sinkPort: number): Promise<Audited> =>
  auditScenario(scenario, { port, ...(scenario.proof === 'delivery' ? { sinkPort } : {}) });

const breaking = ({ report }: Audited): readonly Finding[] =>
  report?.servers.flatMap(({ findings }) => findings.filter(({ breaksCompliance }) => breaksCompliance)) ?? [];

const isOwn = (fix: readonly string[]): boolean =>
  fix.some((step) => / -- (?:in|before|run): (?!relayproof)/.test(step)) &&
  !fix.some((step) => step.includes(UNPROVEN));

const stepsOf = (findings: readonly Finding[]): string => findings.map(({ fix }) => fix.join('\n')).join('\n');

/** Fixes that say by which set-ups they are proven. */
const PROOFS = PRODUCT_FIXES.flatMap(({ product, fixes }) =>
  Object.entries(fixes).flatMap(([cause, fix]) =>
    (fix?.provenBy ?? []).map((scenario) => ({ product, cause, scenario })),
  ),
);
const SCENES = [...new Set(PROOFS.map(({ scenario }) => scenario))];

test('every set-up that is named exists, and is of that product', () => {
  for (const { product, scenario } of PROOFS) {
    expect(SCENARIOS.map(({ id }) => id)).toContain(scenario);
    expect(scenarioOf(scenario).server).toBe(product.toLowerCase());
  }
});

describe.skipIf(reason !== null)(`fixes on real servers${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  test.concurrent.for(SCENES)('%s', { timeout: 240_000 }, async (id, { expect }) => {
    const scenario = scenarioOf(id);
    const missing = scenario.options?.filter((word) => word.startsWith('--') && !help.includes(word)) ?? [];
    if (missing.length > 0) return;
    const sinkPort = await freePort();
    await withServerAt(id, sinkPort, async (server) => {
      await server.inside(FURNISH[scenario.server] ?? 'true');
      const first = await audit(scenario, server.port, sinkPort);
      const findings = breaking(first);
      expect(findings.length, first.stderr).toBeGreaterThan(0);
      expect(first.status).toBe(1);

      const proven = findings.filter(({ fix }) => isOwn(fix));
      expect(proven.length, stepsOf(findings)).toBeGreaterThan(0);
      const isDone: boolean[] = [];
      for (const finding of proven) isDone.push(await apply(finding, server, scenario, expect));
      expect(isDone, stepsOf(proven)).toContain(true);

      const second = await audit(scenario, server.port, sinkPort);
      // What no steps of the product's own were given for may still be there.
      const others = findings.filter(({ fix }) => !isOwn(fix)).map(({ rule }) => rule);
      const still = breaking(second).filter(({ rule }) => !others.includes(rule));
      const said = `${second.stderr}\n${stepsOf(proven)}\n${server.log().slice(-2_000)}`;
      expect(
        still.map(({ rule, message }) => `${rule}: ${message}`),
        said,
      ).toEqual([]);
      expect(second.report?.verdict.relay, said).toBe('closed');
      if (others.length === 0) expect(second.status, said).toBe(0);
    });
  });
});
