// Audits in threads: the report is that of one thread, what servers share is shared, and a thread that dies takes no other with
// it. The threads are those of the command that is built.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../fixtures/real/port.js';
import { HOLES } from '../../src/demo/holes.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import { combine } from '../../src/demo/tempers.js';
import type { Grant } from '../../src/fleet/allowance.js';
import type { AuditEvent } from '../../src/fleet/events.js';
import { auditFleet, type FleetPorts } from '../../src/fleet/fleet.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';
import { parseTarget } from '../../src/model/target.js';
import { ACCOUNT, LIST, LOGIN, OPTIONS, STRANGER, zone } from './lab.js';

const THREAD = pathToFileURL(resolve('dist/bin/thread.js'));
const ADDRESSES = Array.from({ length: 8 }, (_, index) => `127.0.8.${index + 1}`);
const FOLLOWS = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice'],
  accounts: { [ACCOUNT.user]: ACCOUNT.password },
  delivery: { foreign: 'keep' },
  listen: ADDRESSES,
} as const;

let closed: RunningServer;
let open: RunningServer;
let folder = '';
beforeAll(async () => {
  closed = await startServer(combine(FOLLOWS, LIST, LOGIN));
  open = await startServer(combine(FOLLOWS, HOLES.anyone));
  folder = await mkdtemp(join(tmpdir(), 'relayproof-threads-'));
});
afterAll(async () => {
  await Promise.all([closed.close(), open.close()]);
  await rm(folder, { recursive: true });
});

interface Told {
  readonly servers: readonly ServerReport[];
  readonly events: readonly AuditEvent[];
  /** Whether the answer stands where the run goes on, by target. */
  readonly finals: readonly boolean[];
}

/** Audit targets in so many threads; 0: in this one. */
async function ran(
  words: readonly string[],
  count: number,
  change: Partial<AuditOptions> = {},
  ports: Partial<FleetPorts> = {},
): Promise<Told> {
  const found: (readonly ServerReport[])[] = [];
  const events: AuditEvent[] = [];
  const finals: boolean[] = [];
  const options = { ...OPTIONS, sources: [STRANGER], targets: words.map(parseTarget), ...change };
  await auditFleet([options], {
    resolver: zone({ 'two.corp.test': ['127.0.8.5', '127.0.8.6'] }),
    servers: 4,
    onEvent: (event) => events.push(event),
    ...(count === 0 ? {} : { threads: { count, file: THREAD } }),
    ...ports,
    onTarget: ({ task, reports, isFinal }) => {
      finals[task.index] = isFinal;
      found[task.index] = reports.servers();
    },
  });
  return { servers: found.flat(), events, finals };
}

/** Without times, and without what depends on what was sent at once. */
const bare = (servers: readonly ServerReport[]): unknown =>
  JSON.parse(
    JSON.stringify(servers, (key, value: unknown) =>
      ['elapsedMs', 'durationMs', 'startedAt', 'confidence', 'tries'].includes(key) ? null : value,
    ),
  );

const kindsOf = (events: readonly AuditEvent[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { kind } of events) if (kind !== 'progress') counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

const progressOf = (events: readonly AuditEvent[]) => events.filter((event) => event.kind === 'progress').at(-1);

describe('audits in threads', () => {
  it('give the report of one thread, tell the same, and say once what is true of all', async () => {
    const words = [
      ...ADDRESSES.slice(0, 3).map((address) => `${address}:${closed.port}`),
      `two.corp.test:${open.port}`,
      'nowhere.corp.test',
      `127.0.8.9:${closed.port}`,
      `${ADDRESSES[6]}:${closed.port}`,
    ];
    const change = {
      account: ACCOUNT,
      techniques: ['plain-external', 'null-sender'],
      relayHosts: ['127.0.0.10', 'name.corp.test'],
    };
    const one = await ran(words, 0, change, { servers: 1 });
    expect(one.servers).toHaveLength(8);
    expect(new Set(one.servers.map(({ verdict }) => verdict.relay))).toEqual(
      new Set(['closed', 'open', 'inconclusive']),
    );
    for (const count of [1, 3]) {
      const more = await ran(words, count, change, { servers: 1 });
      expect(bare(more.servers)).toEqual(bare(one.servers));
      expect(kindsOf(more.events)).toEqual(kindsOf(one.events));
      expect(progressOf(more.events)).toEqual({ ...progressOf(one.events), servers: { done: 7, total: 7 } });
    }
    expect(JSON.stringify(one.events)).not.toContain(ACCOUNT.password);
  });

  it('look mail hosts up as the run does', async () => {
    const mx = async () => ['mx1.corp.test'];
    const resolver = { ...zone({ 'corp.test': ['127.0.8.9'] }), mx };
    const { servers } = await ran(['corp.test'], 1, {}, { resolver });
    expect(servers[0]?.verdict.summary).toContain('corp.test takes its mail at mx1.corp.test');
  });

  it('send no more messages together than the run may, each granted before it is sent', async () => {
    const before = open.mailboxes.length;
    const grants: Grant[] = [];
    const kept: number[] = [];
    const change = { confirm: 'data', maxMessages: 3, confirmAll: true, relayHosts: [] } as const;
    const words = ADDRESSES.map((address) => `${address}:${open.port}`);
    const onGrant = (grant: Grant): void => {
      grants.push(grant);
      kept.push(open.mailboxes.length - before);
    };
    const { servers } = await ran(words, 2, change, { servers: 8, onGrant });
    await open.settled();
    expect(open.mailboxes.length - before).toBe(3);
    expect(grants).toEqual(Array(3).fill({ kind: 'message' }));
    kept.forEach((count, index) => {
      expect(count).toBeLessThanOrEqual(index);
    });
    for (const { verdict } of servers) expect(verdict.relay).toBe('open');
  });

  it('ask the failed logins of an account at one server of all', async () => {
    const grants: Grant[] = [];
    const words = ADDRESSES.map((address) => `${address}:${closed.port}`);
    const { servers } = await ran(words, 2, { account: ACCOUNT }, { servers: 8, onGrant: (one) => grants.push(one) });
    const wrong = servers.flatMap(({ attempts }) => attempts).filter(({ credentials }) => credentials === 'wrong');
    expect(wrong.filter(({ outcome }) => outcome !== 'skipped')).toHaveLength(1);
    expect(grants).toEqual([{ kind: 'failed-logins', user: 'alice' }]);
  });

  it('send nothing that could not be written down', async () => {
    const before = open.mailboxes.length;
    const onGrant = (): void => {
      throw new Error('the disk is full');
    };
    const { servers } = await ran([`${ADDRESSES[0]}:${open.port}`], 1, { confirm: 'data' }, { onGrant });
    await open.settled();
    expect(open.mailboxes.length - before).toBe(0);
    expect(servers[0]?.sources[0]?.unknownBecause).toMatch(/^relayproof failed: .*could not be written down/);
  });

  it('prove by what arrives at the receiver of the run', async () => {
    const sink = { host: '127.0.0.1', port: await freePort() };
    const server = await startServer(
      combine(FOLLOWS, HOLES.anyone, { delivery: { foreign: 'relay', route: { '*': sink } } }),
    );
    const words = ADDRESSES.slice(0, 4).map((address) => `${address}:${server.port}`);
    const receivers = [{ kind: 'sink', state: null, stateLimit: 1_000_000, listen: sink }] as const;
    const { servers } = await ran(words, 2, {}, { receivers });
    await server.close();
    expect(servers.map(({ verdict }) => `${verdict.relay} ${verdict.confidence}`)).toEqual(
      Array(4).fill('open confirmed'),
    );
  });

  it('end with an interrupt, and say of each server what was not asked', async () => {
    const ending = new AbortController();
    const { servers } = await ran(
      ADDRESSES.map((address) => `${address}:${closed.port}`),
      2,
      { techniques: ['standard'] },
      {
        signal: ending.signal,
        onEvent: ({ kind }) => {
          if (kind === 'answer') ending.abort();
        },
      },
    );
    expect(servers).toHaveLength(8);
    for (const { verdict } of servers) expect(verdict.relay).toBe('inconclusive');
    expect(servers.flatMap(({ attempts }) => attempts).length).toBeGreaterThan(0);
  });
});

describe('a thread that dies', () => {
  it.each([
    ['throws', "throw new TypeError('a bug')", 'TypeError: a bug'],
    ['leaves', 'process.exit(1)', 'the thread of this audit has ended'],
  ])('since it %s fails the server that it had, and no other', async (_, fault, problem) => {
    const file = join(folder, `${fault.length}.mjs`);
    const text = `import { parentPort } from 'node:worker_threads';
await import(${JSON.stringify(THREAD.href)});
parentPort.on('message', ({ kind, target }) => {
  if (kind === 'audit' && target.host === '${ADDRESSES[1]}') ${fault};
});
`;
    await writeFile(file, text);
    const words = ADDRESSES.slice(0, 4).map((address) => `${address}:${closed.port}`);
    const threads = { count: 1, file: pathToFileURL(file) };
    const { servers, events, finals } = await ran(words, 0, {}, { threads, servers: 1 });
    expect(servers.map(({ verdict }) => verdict.relay)).toEqual(['closed', 'inconclusive', 'closed', 'closed']);
    expect(servers[1]?.sources[0]?.unknownBecause).toContain(`relayproof failed: `);
    expect(servers[1]?.sources[0]?.unknownBecause).toContain(problem);
    expect(kindsOf(events)).toMatchObject({ failure: 1, server: 4 });
    // It is asked again where the run goes on.
    expect(finals).toEqual([true, false, true, true]);
  });
});
