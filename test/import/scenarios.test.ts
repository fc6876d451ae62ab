// The configuration of every real-server scenario whose product is read gives the policy that it declares, or that its server
// acts by, or says what is wrong with it or was not understood. The table: `npm run import-table`.
import { describe, expect, test } from 'vitest';
import { LOCAL } from '../../fixtures/real/server.js';
import { compare, READ } from './scenarios.js';

describe('configurations of real servers', () => {
  test.each(READ.map((scenario) => [scenario.id, scenario] as const))('%s', async (_, scenario) => {
    const { imported, service, agreement } = await compare(scenario);
    expect(agreement, JSON.stringify({ service, ...imported }, null, 1)).not.toBe('different');
    expect(imported.localDomains.map(({ text }) => text)).toContain(LOCAL.domain);
  });

  // What the import has to say of holes that stand in the configuration for all to read.
  const holes: readonly (readonly [string, RegExp])[] = [
    ['postfix-open', /OK to everybody/],
    ['postfix-mynetworks-everyone', /everybody/],
    ['postfix-v6-open', /everybody on IPv6/],
    ['postfix-range-31', /one bit off/],
    ['postfix-helo-access', /greeting name/],
    ['postfix-sender-access', /reverse-path/],
    ['postfix-null-sender', /<>.*reverse-path/],
    ['postfix-xclient-everyone', /claim another address/],
    ['postfix-untrusted-routing', /routing in recipient addresses/],
    ['postfix-proxy-everyone', /PROXY header/],
    ['exim-open', /everybody/],
    ['exim-range-31', /one bit off/],
    ['exim-sender-trust', /reverse-path/],
    ['exim-null-sender', /reverse-path/],
    ['exim-relay-under-tls', /whoever encrypts/],
    ['exim-any-password', /any password/],
    ['sendmail-promiscuous-relay', /everybody/],
    ['sendmail-access-prefix', /loopback/],
    ['sendmail-relay-local-from', /forged/],
    ['sendmail-name-trust', /by its name/],
    ['opensmtpd-open', /everybody/],
    ['opensmtpd-sender-trust', /reverse-path/],
    ['opensmtpd-helo-trust', /greeting name/],
    ['haraka-zero-network', /trusts nobody/],
    ['courier-prefix', /loopback/],
  ];
  test.each(holes)('%s is warned of: %s', async (id, words) => {
    const scenario = READ.find((one) => one.id === id);
    if (scenario === undefined) throw new Error(`no scenario ${id}`);
    const { imported } = await compare(scenario);
    expect(imported.warnings.map(({ text }) => text).join('\n')).toMatch(words);
  });

  test.each([
    'postfix-closed-454',
    'postfix-sasl',
    'exim-closed',
    'exim-sasl',
    'sendmail-closed',
    'opensmtpd-closed',
    'haraka-closed',
    'courier-closed',
  ])('%s is warned of in nothing', async (id) => {
    const scenario = READ.find((one) => one.id === id);
    if (scenario === undefined) throw new Error(`no scenario ${id}`);
    const { imported, agreement } = await compare(scenario);
    expect(imported.warnings).toEqual([]);
    expect(agreement).toBe('declared');
  });
});
