// What names come to before anything is asked: the host of the canary's domain, and hosts of the list that have no address.
import { describe, expect, it } from 'vitest';
import type { Resolver } from '../../src/execute/resolver.js';
import { briefsFor } from '../../src/fleet/briefs.js';
import type { AuditOptions } from '../../src/model/options.js';
import { parseTarget } from '../../src/model/target.js';
import { auditParts, OPTIONS, zone } from './lab.js';

const CANARY = 'relaytest@canary.relay-check.net';
const ADDRESSES = { 'mx.relay-check.net': ['203.0.113.9', '203.0.113.10'], 'mail.corp.test': ['127.0.0.1'] };

describe("the address of the canary's mail host", () => {
  const TARGET = parseTarget('127.0.0.1');
  const named = ['rcpt-foreign-ip-literal'];
  const addressFor = async (change: Partial<AuditOptions>, resolver: Partial<Resolver> = {}) => {
    const asked: string[] = [];
    const mx = async (name: string) => {
      asked.push(name);
      return name === 'canary.relay-check.net' ? ['mx.relay-check.net'] : [];
    };
    const options: AuditOptions = { ...OPTIONS, canary: CANARY, techniques: named, targets: [TARGET], ...change };
    const { briefs } = await briefsFor(TARGET, options, { ...zone(ADDRESSES), mx, ...resolver }, () => 'ab12cd34');
    return { address: briefs[0]?.identity.canaryAddress, asked };
  };

  it('is that of the most preferred host', async () => {
    expect((await addressFor({})).address).toBe('203.0.113.9');
    expect((await addressFor({ techniques: ['standard'] })).address).toBe('203.0.113.9');
  });

  it.each<[string, Partial<AuditOptions>]>([
    ['no technique asks for it', { techniques: ['plain-external'] }],
    ['the domain is reserved', { canary: 'relaytest@canary.example.net' }],
  ])('is not looked up where %s', async (_, change) => {
    expect(await addressFor(change)).toEqual({ address: undefined, asked: [] });
  });

  it.each<[string, Partial<Resolver>]>([
    ['the domain has no MX record', { mx: async () => [] }],
    ['its host has no address', { mx: async () => ['nowhere.relay-check.net'] }],
    ['its host is the audited server', { mx: async () => ['mail.corp.test'] }],
  ])('is unknown where %s', async (_, resolver) => {
    expect((await addressFor({}, resolver)).address).toBeUndefined();
  });
});

describe('a host of the list whose name has no address', () => {
  const LINE = 'nowhere.corp.test has no address: no source can be told to be it';

  it('is told while the audit runs and in the report', async () => {
    const { events, server } = await auditParts([], { relayHosts: ['127.0.0.10', 'nowhere.corp.test'] });
    expect(events).toContainEqual({ kind: 'warning', text: `--relay-hosts: ${LINE}` });
    expect(server.notTested).toContain(
      'approved host nowhere.corp.test: the name has no address, so that no source is known to be it',
    );
  });

  it('is not told of names that have one', async () => {
    const { events, server } = await auditParts([], { relayHosts: ['127.0.0.10', 'mail.corp.test'] });
    expect(events.filter(({ kind }) => kind === 'warning').map((event) => JSON.stringify(event))).not.toContainEqual(
      expect.stringContaining('has no address'),
    );
    expect(server.notTested.join('\n')).not.toContain('has no address');
  });
});
