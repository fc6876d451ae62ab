// Fixes proven: a real server with the hole, an audit with the built command line, then what the report says, word for word, and
// the audit again: closed, and as the policy wants it, so that approved hosts and authenticated users still relay.
import { execFileSync } from 'node:child_process';
import { describe, type ExpectStatic, expect, test } from 'vitest';
import { connect } from '../../fixtures/raw/client.js';
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

const inShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Where the fixtures keep what the product keeps elsewhere, and what a service manager would do. */
const PLACES: Readonly<Record<string, string>> = {
  "Exim's configuration": '/etc/exim.conf',
  '/etc/mail/sendmail.mc': '/relayproof.mc',
  'config/relay.ini': '/opt/mail/config/relay.ini',
  '/etc/courier/esmtpd': '/etc/courier/esmtpd',
  'smtpd.conf': '/etc/smtpd.conf',
};
/** Where commands run that are for the folder of an installation. */
const FOLDERS: Readonly<Record<string, string>> = { haraka: '/opt/mail' };
/** Before the fix: names that an installed server has, which the fixture's own files stand for. */
const manager = (pattern: string, name = 'systemctl'): string => {
  const script = `#!/bin/sh
old=$(pgrep -o -f '${pattern}')
touch /relayproof-restart
kill "$old"
while kill -0 "$old" 2>/dev/null; do :; done
`;
  return `printf %s ${inShell(script)} > /usr/local/bin/${name}; chmod 755 /usr/local/bin/${name}`;
};
const FURNISH: Readonly<Record<string, string>> = {
  opensmtpd: manager('^smtpd -d'),
  haraka: manager('node .*bin/haraka'),
  courier: manager('^/usr/sbin/couriertcpd', 'esmtpd'),
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
  new RegExp(`^([ \\t]*)${pattern.split('...').map(escaped).join('(.*)')}[ \\t]*$`, 'm');

/** What stood at the dots of the old line, put in for those of the new one, counted from the end. */
function kept(after: string, stood: readonly string[]): string {
  const pieces = after.split('...');
  const skip = stood.length - (pieces.length - 1);
  return pieces.reduce((line, piece, index) => `${line}${stood[skip + index - 1] ?? ''}${piece}`);
}

/** The file with the step's edit made, or null where nothing in it is meant. */
function edited(text: string, { before, after, below, add }: Parts['labels']): string | null {
  if (below !== undefined && add !== undefined) {
    const line = lineLike(below);
    return line.test(text) ? text.replace(line, (whole) => `${whole}\n  ${add}`) : null;
  }
  if (before === undefined) return null;
  const line = lineLike(before);
  if (!line.test(text)) return null;
  return text.replace(new RegExp(line.source, 'gm'), (_, indent: string, ...rest: readonly unknown[]) =>
    after === undefined ? '' : indent + kept(after, rest.slice(0, before.split('...').length - 1).map(String)),
  );
}

/** How often a daemon has said in its log that it listens. */
const startsIn = (log: string): number => log.match(/daemon started: pid|starting daemon \(/g)?.length ?? 0;

/** A restarted server has ended, and greets again. */
async function answersAgain(port: number, expect: ExpectStatic): Promise<void> {
  await expect
    .poll(
      async () => {
        const client = await connect({ port }).catch(() => null);
        client?.close();
        return client !== null;
      },
      { timeout: 30_000 },
    )
    .toBe(true);
}

/** Do what a finding's steps say in the server's root; true where something was done. */
async function apply(
  finding: Finding,
  server: Pick<Running, 'inside' | 'log' | 'port'>,
  scenario: Scenario,
  expect: ExpectStatic,
): Promise<boolean> {
  let isDone = false;
  for (const step of finding.fix) {
    const { labels } = partsOf(step);
    const { run } = labels;
    if (run?.startsWith('relayproof ')) continue;
    const edits = labels.in !== undefined && (labels.before !== undefined || labels.below !== undefined);
    const changesByCommand = run !== undefined && /postconf -(e|P)|>> ?\/|> config\//.test(run);
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
    await server.inside(
      `export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; cd ${FOLDERS[scenario.server] ?? '/'}; ${asked}${run}`,
    );
    if (/(systemctl|esmtpd) restart/.test(run)) await answersAgain(server.port, expect);
    if (/kill -HUP/.test(run))
      await expect.poll(() => startsIn(server.log()), { timeout: 15_000 }).toBeGreaterThan(starts);
  }
  return isDone;
}

const audit = (scenario: Scenario, port: number, sinkPort: number, extra: readonly string[] = []): Promise<Audited> =>
  auditScenario(scenario, { port, extra, timeoutMs: 160_000, ...(needsDelivery(scenario) ? { sinkPort } : {}) });

/** Who relays for an approved host without a look at the recipient says nothing at RCPT. */
const needsDelivery = ({ proof, server }: Scenario): boolean => proof === 'delivery' || server === 'opensmtpd';

/** What the check command of a finding asks beside the standard techniques, so that a server is not asked the loud ones again. */
const techniquesOf = (findings: readonly Finding[]): readonly string[] => [
  '--techniques',
  ['standard', ...findings.flatMap(({ fix }) => / --techniques (\S+)/.exec(fix.at(-1) ?? '')?.[1] ?? [])].join(','),
];

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
  test.concurrent.for(SCENES)('%s', { timeout: 400_000 }, async (id, { expect }) => {
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

      const second = await audit(scenario, server.port, sinkPort, techniquesOf(proven));
      // What no steps of the product's own were given for may still be there.
      const others = findings.filter(({ fix }) => !isOwn(fix)).map(({ rule }) => rule);
      const still = breaking(second).filter(({ rule }) => !others.includes(rule));
      const doubts = second.report?.servers.flatMap(({ findings: all }) => all.map(({ message }) => message)) ?? [];
      const said = `${second.command}\n${doubts.join('\n')}\n${second.stderr}\n${stepsOf(proven)}\n${server.log().slice(-2_000)}`;
      expect(
        still.map(({ rule, message }) => `${rule}: ${message}`),
        said,
      ).toEqual([]);
      expect(second.report?.verdict.relay, said).toBe('closed');
      if (others.length === 0) expect(second.status, said).toBe(0);
    });
  });
});
