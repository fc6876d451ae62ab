// Whatever the text, an import ends with an answer, its fragment stays a fragment, and what it approves can be approved.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { IMPORTS, type ImportProduct } from '../../src/import/index.js';
import { fragmentOf } from '../../src/import/write.js';
import { parseNetworks } from '../../src/model/networks.js';

const PRODUCTS = Object.keys(IMPORTS) as readonly ImportProduct[];

const PIECES = [
  ...[
    'mynetworks = ',
    'smtpd_relay_restrictions = ',
    'permit_mynetworks',
    'reject_unauth_destination',
    'check_sender_access ',
  ],
  ...[
    'inline:{',
    '}',
    '{',
    'static:OK',
    'hash:/etc/x',
    'cidr:../../etc/passwd',
    '$mynetworks',
    `\${a?{b}:{$a}}`,
    'smtp inet n - n - - smtpd',
  ],
  ...[
    'hostlist relay_from_hosts = ',
    '<; ',
    ' : ',
    '::1',
    '0.0.0.0/0',
    '10.0.0.0/7',
    '127.0.0.10/31',
    '010.1.1.1',
    '1.2.3',
    '999.1.1.1/99',
  ],
  ...[
    'begin acl',
    'acl_smtp_rcpt = a',
    'a:',
    'accept ',
    'deny ',
    'hosts = ',
    'domains = !+local_domains',
    '.include ',
    '.ifdef A',
    '.else',
    '.endif',
    'A = A',
  ],
  ...[
    "FEATURE(`access_db')",
    'define(`',
    "')dnl",
    'Connect:127.0 RELAY',
    'match from any for any action "x"',
    'table t { "a" }',
    'from src <t>',
    '!',
  ],
  ...[
    '[relay]',
    'all=true',
    '* allow,RELAYCLIENT',
    'ESMTPAUTH="PLAIN"',
    '\n',
    '\n  ',
    '\\\n',
    '\t',
    '#',
    '"',
    "'",
    '\u0000',
    '\u2028',
    '-->',
    '%',
    '_',
  ],
];
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join('\n')),
);
const paths = fc.constantFrom(
  'main.cf',
  'master.cf',
  'access',
  'relay-domains',
  'x.mc',
  'smtpd.conf',
  'plugins',
  'relay.ini',
  'relay_acl_allow',
  'host_list',
  'esmtpd',
  'smtpaccess/default',
  'locals',
  '/etc/x',
);
const files = fc.array(fc.record({ path: paths, text: texts }), { maxLength: 4 });

describe.each(PRODUCTS)('%s', (product) => {
  test('never throws, and what it gives can be read again', () => {
    fc.assert(
      fc.property(files, (given) => {
        const imported = IMPORTS[product].read(given);
        const fragment = fragmentOf(imported);
        const read = parse(fragment) as { policy: string; relayHosts?: string[] } | null;
        expect(read?.policy).toBe(imported.services[0].preset);
        for (const { text } of imported.services[0].relayHosts) parseNetworks(text, 'imported');
        expect(
          Object.keys(read ?? {}).every((key) => ['policy', 'rules', 'relayHosts', 'localDomain'].includes(key)),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('never approves of everybody', () => {
    fc.assert(
      fc.property(files, (given) => {
        for (const { relayHosts } of IMPORTS[product].read(given).services) {
          expect(relayHosts.map(({ text }) => text)).not.toContain('0.0.0.0/0');
          expect(relayHosts.map(({ text }) => text)).not.toContain('::/0');
        }
      }),
      { numRuns: 200 },
    );
  });

  test('long text ends in time', () => {
    const long = `${`mynetworks = \${a?{`.repeat(2_000)}\n${'A = AA\n'.repeat(500)}${'accept '.repeat(5_000)}\n${'('.repeat(20_000)}${'`'.repeat(20_000)}`;
    const began = performance.now();
    IMPORTS[product].read([{ path: 'main.cf', text: long }]);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
