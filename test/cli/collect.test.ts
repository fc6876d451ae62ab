// From option values to the options of an audit: what is left out stays the default, what cannot go together is refused.
import { describe, expect, it } from 'vitest';
import { collect } from '../../src/cli/collect.js';
import type { Values } from '../../src/cli/options.js';
import { UsageError } from '../../src/model/errors.js';
import { DEFAULTS } from '../../src/model/options.js';

const HOST = 'mail.example.org';
const CANARY = 'relaytest@canary.relayproof.dev';

describe('the options of an audit', () => {
  it('are the defaults where nothing is said', () => {
    const target = { host: HOST, port: 25, security: 'none' };
    expect(collect([HOST], { canary: CANARY }, null)).toEqual({
      options: { ...DEFAULTS, targets: [target], canary: CANARY },
      warnings: [],
    });
  });

  it('hold what was given', () => {
    const values: Values = {
      canaryDomain: 'canary.relayproof.dev',
      source: ['any', '127.0.0.2'],
      relayHosts: [['192.0.2.1'], ['192.0.2.0/24', 'relay.example.org']],
      localDomain: ['example.org'],
      timeout: 500,
      deadline: 9_000,
      greylistWait: 3_000,
      sharedSessions: false,
      family: '6',
    };
    const account = { user: 'alice', password: 'Zx97' };
    expect(collect(['smtps://[2001:db8::7]', HOST], values, account).options).toMatchObject({
      targets: [
        { host: '2001:db8::7', port: 465, security: 'tls' },
        { host: HOST, port: 25, security: 'none' },
      ],
      canary: 'relayproof@canary.relayproof.dev',
      canaryIsDomain: true,
      sources: ['any', '127.0.0.2'],
      relayHosts: ['192.0.2.1', '192.0.2.0/24', 'relay.example.org'],
      localDomains: ['example.org'],
      timeoutMs: 500,
      deadlineMs: 9_000,
      greylistWaitMs: 3_000,
      sharedSessions: false,
      family: '6',
      account,
    });
  });

  it.each(['canary.example.net', 'corp.test', 'x.invalid', 'printer.local'])('warn of the reserved %s', (domain) => {
    const { warnings } = collect([HOST], { canary: `a@sub.${domain}` }, null);
    expect(warnings).toEqual([expect.stringContaining(`sub.${domain} is reserved and receives no mail`)]);
  });

  it.each<[string, Values, RegExp]>([
    ['no canary', {}, /^--canary: not given/],
    ['a canary of the target itself', { canary: `a@${HOST}` }, /^--canary: one of the server's own domains/],
    [
      "a canary of the local recipient's domain",
      { canary: 'a@example.org', localRecipient: 'alice@example.org' },
      /^--canary: one of the server's own domains/,
    ],
    [
      'a second canary that is the first',
      { canary: CANARY, secondCanaryDomain: 'canary.relayproof.dev' },
      /^--second-canary-domain: the same as the first/,
    ],
    [
      'a second canary of a local domain',
      { canary: CANARY, secondCanaryDomain: 'example.org', localDomain: ['example.org'] },
      /^--second-canary-domain: one of the server's own domains/,
    ],
    ['an unknown rule', { canary: CANARY, rules: ['bsic'] }, /^--rules: .*did you mean basic\?/],
    [
      'an unknown technique',
      { canary: CANARY, techniques: ['-nul-sender'] },
      /^--techniques: .*did you mean null-sender\?/,
    ],
  ])('are not taken with %s', (_, values, message) => {
    const collecting = () => collect([HOST], values, null);
    expect(collecting).toThrow(UsageError);
    expect(collecting).toThrow(message);
  });
});
