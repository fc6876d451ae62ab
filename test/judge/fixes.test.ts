// Fixes: those that fit the server that answered, with the policy's own values; data that can be followed; the pages of docs/rules.
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CAUSES } from '../../src/judge/fixes/causes.js';
import { type Facts, writeSteps } from '../../src/judge/fixes/fix.js';
import { EXAMPLE_FACTS, guidesOf, productNamed, wordOf } from '../../src/judge/fixes/guide.js';
import { PRODUCT_FIXES, stepsOf, UNPROVEN } from '../../src/judge/fixes/index.js';
import { byOctets, networksOf } from '../../src/judge/fixes/networks.js';
import { rulePage, rulesIndex } from '../../src/judge/fixes/pages.js';
import { SURROUNDINGS } from '../../src/judge/fixes/surroundings.js';
import { judge } from '../../src/judge/judge.js';
import { RULE_IDS } from '../../src/judge/rules.js';
import type { Brief } from '../../src/model/brief.js';
import { parseNetworks } from '../../src/model/networks.js';
import type { Finding } from '../../src/model/report.js';
import { briefOf, heard, probe } from './evidence.js';

const ALL = [...PRODUCT_FIXES, SURROUNDINGS].flatMap((product) =>
  Object.entries(product.fixes).map(([cause, fix]) => ({ product, cause, fix })),
);

describe('the data', () => {
  test('every issue-named product is there', () => {
    expect(PRODUCT_FIXES.map(wordOf).sort()).toEqual(
      [
        ...['postfix', 'exim', 'sendmail', 'opensmtpd', 'courier', 'haraka', 'qmail', 'exchange', 'hmailserver'],
        ...['stalwart', 'maddy', 'apache-james', 'mac-os-x-server'],
      ].sort(),
    );
  });

  test.each(ALL.map((one) => [`${one.product.product}, ${one.cause}`, one] as const))(
    '%s',
    (_, { product, cause, fix }) => {
      const known: readonly string[] = [...Object.keys(CAUSES), ...RULE_IDS];
      expect(known).toContain(cause);
      expect(fix.steps.length).toBeGreaterThan(0);
      expect(fix.follows.length).toBeGreaterThan(0);
      for (const step of writeSteps(product, fix, EXAMPLE_FACTS)) {
        expect(step).not.toMatch(/\{(hosts|domain|user|keys|permits)\}|undefined|[\n\r]/);
      }
    },
  );

  test.each(PRODUCT_FIXES.map((product) => [product.product, product] as const))(
    '%s: both families of a list are written on one line, and nothing else of it',
    (_, product) => {
      const text = product.hosts(['192.0.2.0/24', '198.51.100.7/32']);
      expect(text).toContain('192.0.2');
      expect(text).toContain('198.51.100.7');
      expect(text).not.toMatch(/[\n\r]/);
    },
  );
});

describe('networks', () => {
  test.each([
    ['192.0.2.10-192.0.2.13', ['192.0.2.10/31', '192.0.2.12/31']],
    ['192.0.2.*', ['192.0.2.0/24']],
    ['2001:db8::/48', ['2001:db8::/48']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
  ])('%s', (text, networks) => {
    expect(networksOf(parseNetworks(text, 'test'))).toEqual(networks);
  });

  test.each([
    ['192.0.2.0/24', ['192.0.2']],
    ['192.0.2.0/31', ['192.0.2.0', '192.0.2.1']],
    ['10.0.0.0/7', ['10', '11']],
    ['192.0.2.7/32', ['192.0.2.7']],
    ['2001:db8::/32', ['2001:db8']],
    ['192.0.2.0/25', null],
  ])('%s by octets', (network, prefixes) => {
    expect(byOctets(network)).toEqual(prefixes);
  });
});

/** A stranger for whom the plain attempt relays, at a server that greets so. */
function findingOf(banner: string, brief: Brief = briefOf()): Finding {
  const greeting = { code: 220, enhanced: null, text: banner, lines: [`220 ${banner}`] };
  const report = judge(brief, [heard(probe(), ['rcpt 250 2.1.5 Ok'], { session: { greeting } })]);
  const finding = report.findings.find(({ rule }) => rule === 'open-relay');
  if (finding === undefined)
    throw new Error(`no open relay among ${report.findings.map(({ rule }) => rule).join(', ')}`);
  return finding;
}

describe('a finding', () => {
  test('gets the steps of the server that answered, with the policy in them, and the command that checks it', () => {
    const { fix, references } = findingOf('mail.corp.test ESMTP Postfix');
    const text = fix.join('\n');
    expect(text).toContain("postconf -e 'mynetworks = 127.0.0.10/32' && postfix reload");
    expect(text).toContain('permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination');
    expect(fix.at(-1)).toBe(
      'Then check this hole again -- run: relayproof audit 127.0.0.25:25 --source 127.0.0.66 --relay-hosts 127.0.0.10 --local-domain corp.test --local-recipient alice@corp.test --canary relaytest@canary.example.net --techniques plain-external',
    );
    expect(text).not.toContain(UNPROVEN);
    expect(references).toContain('postconf(5) mynetworks');
    expect(references.at(-1)).toBe('relayproof rules open-relay (docs/rules/open-relay.md)');
  });

  test('of a server that says nothing of itself gets the general steps, which say so', () => {
    const { fix } = findingOf('mail.corp.test ready');
    expect(fix.join('\n')).toContain('These steps are general: the server does not say what it is');
    expect(fix.at(-1)).toContain('relayproof audit');
  });

  test('says where a fix is not proven', () => {
    const { fix } = findingOf('mail.corp.test Microsoft ESMTP MAIL Service ready');
    expect(fix.join('\n')).toContain(UNPROVEN);
  });

  test.each([
    ['auth-only', 'smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination'],
    ['list-only', 'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination'],
  ] as const)('under %s permits what the policy does', (preset, directive) => {
    expect(findingOf('mail.corp.test ESMTP Postfix', briefOf(preset)).fix.join('\n')).toContain(directive);
  });

  test('writes no line that a shell would take for another, whatever the operator typed', () => {
    const user = "alice'; rm -rf /; '";
    const { fix } = findingOf('mail.corp.test ESMTP Postfix', briefOf('list-or-auth', { user }));
    expect(fix.join('\n')).not.toContain(`${user} `);
  });
});

describe('by product', () => {
  test('names are found as they are written, and near ones hinted at', () => {
    expect(productNamed('Apache James').product).toBe('Apache James');
    expect(() => productNamed('postfx')).toThrow(/--product.*did you mean postfix\?/);
  });

  test('causes are told apart', () => {
    const titles = guidesOf('open-relay', productNamed('exim'), EXAMPLE_FACTS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles).toContain(CAUSES.sender);
  });

  test('what stands before a server is told whatever the server is', () => {
    const [guide] = guidesOf('source-not-as-claimed', productNamed('exim'), EXAMPLE_FACTS);
    const text = guide?.steps.join('\n') ?? '';
    for (const word of ['userland-proxy', 'externalTrafficPolicy', 'send-proxy', 'load balancer'])
      expect(text).toContain(word);
  });

  test('a proven fix has no mark, another has', () => {
    const facts: Facts = EXAMPLE_FACTS;
    for (const { product, fix } of ALL) {
      const steps = stepsOf(product, fix, facts);
      expect(steps[0]?.startsWith(UNPROVEN)).toBe((fix.provenBy ?? []).length === 0);
    }
  });
});

describe('docs/rules', () => {
  test.each(RULE_IDS)('%s.md is current', async (id) => {
    await expect(rulePage(id)).toMatchFileSnapshot(`../../docs/rules/${id}.md`);
  });

  test('README.md is current, and there is no page of what is no finding', async () => {
    await expect(rulesIndex()).toMatchFileSnapshot('../../docs/rules/README.md');
    const pages = readdirSync('docs/rules').sort();
    expect(pages).toEqual([...RULE_IDS.map((id) => `${id}.md`), 'README.md'].sort());
  });
});
