// What all servers of a run share: failed logins of an account, and messages. Counted as the servers saw them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOLES } from '../../src/demo/holes.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import type { Part } from '../../src/demo/tempers.js';
import { combine } from '../../src/demo/tempers.js';
import { type Allowance, allowanceOf, type Grant } from '../../src/fleet/allowance.js';
import { audit } from '../../src/fleet/audit.js';
import type { FleetPorts } from '../../src/fleet/fleet.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { Report, ServerReport } from '../../src/model/report.js';
import { ACCOUNT, auditParts, hurriedClock, LIST, LOGIN, OPTIONS, STRANGER, zone } from './lab.js';

const ADDRESSES = ['127.0.4.1', '127.0.4.2', '127.0.4.3', '127.0.4.4'];
const NAMES = { 'mail.corp.test': ['127.0.4.1', '127.0.4.2'] };

const FOLLOWS = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice'],
  accounts: { [ACCOUNT.user]: ACCOUNT.password },
  delivery: { foreign: 'keep' },
  listen: ADDRESSES,
} as const;

let server: RunningServer;
let open: RunningServer;
beforeAll(async () => {
  const hole: Part = { relay: [{ kind: 'anyone' }] };
  server = await startServer(combine(FOLLOWS, LIST, LOGIN));
  open = await startServer(combine(FOLLOWS, hole));
});
afterAll(() => Promise.all([server.close(), open.close()]));

interface Run {
  readonly hosts?: readonly string[];
  readonly change?: Partial<AuditOptions>;
  readonly to?: RunningServer;
  readonly ports?: Partial<FleetPorts>;
}

const run = ({ hosts = ADDRESSES, change = {}, to = server, ports = {} }: Run): Promise<Report> =>
  audit(
    {
      ...OPTIONS,
      account: ACCOUNT,
      ...change,
      targets: hosts.map((host) => ({ host, port: to.port, security: 'none' })),
    },
    { clock: hurriedClock(), resolver: zone(NAMES), ...ports },
  );

/** Attempts of a kind that were made, and not skipped. */
const madeWith = (servers: readonly ServerReport[], wanted: string): number =>
  servers
    .flatMap(({ attempts }) => attempts)
    .filter(({ credentials, outcome }) => credentials === wanted && outcome !== 'skipped').length;

const SPENT = /^a wrong and an empty password: asked of another server of this run/;
const isSpent = ({ notTested }: ServerReport): boolean => notTested.some((line) => SPENT.test(line));

describe('failed logins of an account', () => {
  it('are asked of one server of the run; elsewhere they are not tested, and never inconclusive', async () => {
    const { servers, verdict } = await run({});
    expect([madeWith(servers, 'wrong'), madeWith(servers, 'empty')]).toEqual([1, 1]);
    expect(servers.filter(isSpent)).toHaveLength(3);
    expect(verdict.compliance).toBe('compliant');
    // Words that are nobody's are no risk to anybody.
    for (const one of servers) expect(madeWith([one], 'unknown-account')).toBeGreaterThan(0);
  });

  it('are asked at one address of a name', async () => {
    const { servers, verdict } = await run({ hosts: ['mail.corp.test'] });
    expect(servers).toHaveLength(2);
    expect([madeWith(servers, 'wrong'), madeWith(servers, 'empty')]).toEqual([1, 1]);
    expect(servers.filter(isSpent)).toHaveLength(1);
    expect(verdict.compliance).toBe('compliant');
  });

  it('are asked everywhere where that is wanted', async () => {
    const { servers } = await run({ hosts: ADDRESSES.slice(0, 2), change: { negativeAuthentication: 'full' } });
    for (const one of servers) expect(madeWith([one], 'wrong')).toBe(3);
    expect(servers.some(isSpent)).toBe(false);
  });

  it('are not spent by a server that never came to ask them', async () => {
    const { servers } = await run({ hosts: ['nowhere.corp.test', '127.0.4.1', '127.0.4.2'], ports: { servers: 1 } });
    expect([madeWith(servers.slice(1, 2), 'wrong'), madeWith(servers.slice(2), 'wrong')]).toEqual([1, 0]);
  });

  it('are told before they are asked, and stay spent where the run goes on', () => {
    const grants: Grant[] = [];
    const allowance = allowanceOf([], (grant) => grants.push(grant));
    expect(['Alice', 'alice', 'bob'].map(allowance.takeFailedLogins)).toEqual([true, false, true]);
    expect(grants).toEqual([
      { kind: 'failed-logins', user: 'alice' },
      { kind: 'failed-logins', user: 'bob' },
    ]);
    expect(['bob', 'carol'].map(allowanceOf(grants).takeFailedLogins)).toEqual([false, true]);
  });
});

describe('messages', () => {
  const kept = (): number => open.mailboxes.length;

  it.each([0, 1, 3])('are never more than %i over all servers', async (maxMessages) => {
    const before = kept();
    const change = { account: null, confirm: 'data', maxMessages, confirmAll: true, relayHosts: [] } as const;
    const { servers } = await run({ change, to: open });
    await open.settled();
    expect(kept() - before).toBe(Math.min(maxMessages, 8));
    for (const { verdict } of servers) expect(verdict.relay).toBe('open');
  });

  it('that were sent are in the report, and another that should have come first is said to be one too many', async () => {
    const change = { confirm: 'data', maxMessages: 1, techniques: ['plain-external', 'null-sender'] } as const;
    const sources = { sources: [STRANGER], relayHosts: [] };
    const { server, demo } = await auditParts([LOGIN, HOLES['null-reverse-path']], {
      ...{ ...change, ...sources, account: ACCOUNT },
    });
    expect(demo.mailboxes.length).toBe(1);
    expect(server.attempts.filter(({ stage }) => stage === 'message')).toHaveLength(1);
    expect(server.notTested.join()).toContain('the run has sent its 1 messages (--max-messages)');
  });

  it('are counted from where the run goes on', () => {
    const left = (granted: readonly Grant[], most: number): number => allowanceOf(granted).messagesLeft(most);
    const sent: readonly Grant[] = [{ kind: 'message' }, { kind: 'message' }];
    expect([left([], 20), left(sent, 20), left(sent, 1)]).toEqual([20, 18, 0]);
    const allowance: Allowance = allowanceOf(sent);
    expect([allowance.takeMessage(20), allowance.messagesLeft(20)]).toEqual([true, 17]);
    expect([allowance.takeMessage(3), allowance.messagesLeft(20)]).toEqual([false, 17]);
  });
});
