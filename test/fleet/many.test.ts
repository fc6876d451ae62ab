// Many targets in one run: how many at once, in which order they are reported, and that nothing of one touches another.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import type { Resolver } from '../../src/execute/resolver.js';
import { audit } from '../../src/fleet/audit.js';
import type { AuditEvent } from '../../src/fleet/events.js';
import type { AuditPorts } from '../../src/fleet/fleet.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { Report } from '../../src/model/report.js';
import { parseTarget } from '../../src/model/target.js';
import { hurriedClock, OPTIONS, zone } from './lab.js';

const CLOSED = { hostname: 'mail.corp.test', localDomains: ['corp.test'], users: ['alice'] } as const;
/** The same server at 30 addresses. */
const ADDRESSES = Array.from({ length: 30 }, (_, index) => `127.0.3.${index + 1}`);

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ ...CLOSED, listen: ADDRESSES });
});
afterAll(() => server.close());

const optionsFor = (words: readonly string[], change: Partial<AuditOptions> = {}): AuditOptions => ({
  ...OPTIONS,
  sources: ['127.0.0.66'],
  targets: words.map(parseTarget),
  ...change,
});

const run = (options: AuditOptions | readonly AuditOptions[], ports: AuditPorts = {}): Promise<Report> =>
  audit(options, { clock: hurriedClock(), resolver: zone({}), ...ports });

const hostsOf = ({ servers }: Report): string[] => servers.map(({ target }) => target.host);

/** Intervals of which the most hold one moment. */
function mostAtOnce(intervals: readonly (readonly [from: number, until: number])[]): number {
  const moments = intervals.flatMap(([from, until]) => [
    { at: from, by: 1 },
    { at: until, by: -1 },
  ]);
  let open = 0;
  const sums = moments
    .toSorted((a, b) => a.at - b.at || a.by - b.by)
    .map(({ by }) => {
      open += by;
      return open;
    });
  return Math.max(...sums);
}

describe('many targets', () => {
  const words = ADDRESSES.map((address) => `${address}:`);
  const targets = () => words.map((word) => `${word}${server.port}`);

  it('are reported in the order of the list, and told as they come', async () => {
    const told: string[] = [];
    const onEvent = (event: AuditEvent): void => {
      if (event.kind === 'server') told.push(event.server.target.host);
    };
    const report = await run(optionsFor(targets()), { onEvent, servers: 8 });
    expect(hostsOf(report)).toEqual(ADDRESSES);
    expect(told.toSorted()).toEqual(ADDRESSES.toSorted());
    expect(report.verdict).toEqual({
      relay: 'closed',
      compliance: 'compliant',
      summary: '30 servers: 30 compliant, 0 non-compliant, 0 inconclusive.',
    });
  });

  it.each([1, 3])('are audited %i at a time', async (servers) => {
    const names = ADDRESSES.slice(0, 9).map((address, index) => [`mx${index}.corp.test`, address] as const);
    const known = zone(Object.fromEntries(names.map(([name, address]) => [name, [address]])));
    const spans = new Map<string, [number, number]>();
    let moment = 0;
    // A name is looked up when its turn has come.
    const addresses: Resolver['addresses'] = (name) => {
      moment += 1;
      spans.set(name, [moment, moment]);
      return known.addresses(name);
    };
    const onEvent = (event: AuditEvent): void => {
      if (event.kind !== 'server') return;
      moment += 1;
      const { host } = event.server.target;
      spans.set(host, [spans.get(host)?.[0] ?? 0, moment]);
    };
    const options = optionsFor(names.map(([name]) => `${name}:${server.port}`));
    await run(options, { onEvent, servers, resolver: { ...known, addresses } });
    expect(spans.size).toBe(9);
    expect(mostAtOnce([...spans.values()])).toBe(servers);
  });

  it('of several options are told and reported in the order in which they were given', async () => {
    const parts = [optionsFor(targets().slice(5, 8)), optionsFor(targets().slice(0, 3), { policy: 'auth-only' })];
    const report = await run(parts);
    expect(report.servers.map(({ target, policy }) => `${target.host} ${policy.preset}`)).toEqual([
      ...ADDRESSES.slice(5, 8).map((host) => `${host} list-or-auth`),
      ...ADDRESSES.slice(0, 3).map((host) => `${host} auth-only`),
    ]);
  });

  it('count the progress of all their addresses', async () => {
    const steps: Extract<AuditEvent, { kind: 'progress' }>[] = [];
    const onEvent = (event: AuditEvent): void => {
      if (event.kind === 'progress') steps.push(event);
    };
    const resolver = zone({ 'mx.corp.test': ADDRESSES.slice(0, 3) });
    const report = await run(optionsFor([`mx.corp.test:${server.port}`]), { onEvent, resolver });
    expect(report.servers).toHaveLength(3);
    const done = steps.map((step) => step.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(-1)).toBe(report.servers.flatMap(({ attempts }) => attempts).length);
  });

  it('count their progress together', async () => {
    const steps: Extract<AuditEvent, { kind: 'progress' }>[] = [];
    const onEvent = (event: AuditEvent): void => {
      if (event.kind === 'progress') steps.push(event);
    };
    const report = await run(optionsFor(targets().slice(0, 6)), { onEvent, servers: 3 });
    const last = steps.at(-1);
    expect(last?.servers).toEqual({ done: 6, total: 6 });
    expect(last?.done).toBe(last?.total);
    expect(last?.done).toBe(report.servers.flatMap(({ attempts }) => attempts).length);
    const done = steps.map((step) => step.servers.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });
});

describe('what befalls one target', () => {
  it('leaves the others alone: a name that is not there, a port that nobody listens on', async () => {
    const rude = await startServer({ ...CLOSED, listen: ['127.0.3.200'] });
    await rude.close();
    const words = [
      `${ADDRESSES[0]}:${server.port}`,
      'nowhere.corp.test',
      `127.0.3.200:${rude.port}`,
      `${ADDRESSES[1]}:${server.port}`,
    ];
    const report = await run(optionsFor(words));
    expect(report.servers.map(({ verdict }) => verdict.relay)).toEqual([
      'closed',
      'inconclusive',
      'inconclusive',
      'closed',
    ]);
    expect(report.servers[1]?.verdict.summary).toContain('host not found');
  });

  it('is its own even where relayproof itself fails', async () => {
    const failures: AuditEvent[] = [];
    let calls = 0;
    const report = await run(
      optionsFor(
        [0, 1, 2].map((index) => `${ADDRESSES[index]}:${server.port}`),
        { seed: null },
      ),
      {
        servers: 1,
        onEvent: (event) => {
          if (event.kind === 'failure') failures.push(event);
        },
        random: (bytes) => {
          // One name for the run, and one for each brief: the second target's fails.
          if (bytes === 4) calls += 1;
          if (calls === 2 && bytes === 4) throw new RangeError('no randomness left');
          return 'ab'.repeat(bytes);
        },
      },
    );
    expect(report.servers.map(({ verdict }) => verdict.relay)).toEqual(['closed', 'inconclusive', 'closed']);
    expect(report.servers[1]?.sources[0]?.unknownBecause).toBe('relayproof failed: RangeError: no randomness left');
    expect(failures).toHaveLength(1);
  });

  it('is said of each where the run is interrupted, and nothing is looked up any more', async () => {
    const ending = new AbortController();
    let lookups = 0;
    const report = await run(
      optionsFor(Array.from({ length: 14 }, (_, index) => `mail${index}.corp.test:${server.port}`)),
      {
        servers: 2,
        signal: ending.signal,
        onEvent: (event) => {
          if (event.kind === 'server') ending.abort();
        },
        resolver: {
          ...zone({}),
          addresses: async () => {
            lookups += 1;
            return [ADDRESSES[lookups] ?? ''];
          },
        },
      },
    );
    expect(report.servers).toHaveLength(14);
    expect(lookups).toBeLessThan(6);
    expect(report.servers[0]?.verdict.relay).toBe('closed');
    expect(report.servers.at(-1)?.verdict).toMatchObject({ relay: 'inconclusive', compliance: 'inconclusive' });
  });
});

describe('one address', () => {
  const names = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`n${index}.corp.test`, ['127.0.3.1']]));

  it('is asked by one of its names at a time where the port is the same', async () => {
    const onPort: string[] = [];
    let isMixed = false;
    const onEvent = (event: AuditEvent): void => {
      if (event.kind !== 'answer') return;
      if (onPort.at(-1) !== event.target.host && onPort.includes(event.target.host)) isMixed = true;
      onPort.push(event.target.host);
    };
    const report = await run(optionsFor(Object.keys(names).map((name) => `${name}:${server.port}`)), {
      resolver: zone(names),
      onEvent,
    });
    expect(report.servers.every(({ verdict }) => verdict.relay === 'closed')).toBe(true);
    expect(isMixed).toBe(false);
  });

  it.each([1, 2, 3])('has at most %i connections, whatever its names and ports', async (sessions) => {
    const open = new Map<number, number>();
    let mostShared = 0;
    const count = (port: number, by: number): void => {
      open.set(port, (open.get(port) ?? 0) + by);
      const now = [...open.values()].filter((each) => each > 0);
      // Alone at its address an audit goes by its own lanes.
      if (now.length > 1)
        mostShared = Math.max(
          mostShared,
          now.reduce((sum, each) => sum + each, 0),
        );
    };
    const fronts = await Promise.all(Array.from({ length: 5 }, () => startFront(server.port, count)));
    const words = fronts.map(({ port }, index) => `n${index}.corp.test:${port}`);
    const report = await run(optionsFor(words, { sessions, techniques: ['recipient'] }), { resolver: zone(names) });
    for (const front of fronts) front.close();
    expect(report.servers.map(({ verdict }) => verdict.relay)).toEqual(words.map(() => 'closed'));
    expect(mostShared).toBeLessThanOrEqual(sessions);
    // What may be had is used.
    if (sessions > 1) expect(mostShared).toBe(sessions);
  });
});

/** A port of 127.0.3.1 in front of the server, which tells when a session begins and when it says QUIT or ends without. */
async function startFront(to: number, count: (port: number, by: number) => void) {
  const front = createServer((client) => {
    let isOpen = true;
    const end = (): void => {
      if (isOpen) count(port, -1);
      isOpen = false;
    };
    count(port, 1);
    const inner = connect(to, '127.0.3.1');
    client.on('data', (bytes) => {
      if (/^QUIT\r/m.test(bytes.toString('latin1'))) end();
    });
    client.pipe(inner).pipe(client);
    for (const socket of [client, inner]) socket.on('error', () => undefined).on('close', end);
  });
  front.listen(0, '127.0.3.1');
  await once(front, 'listening');
  const address = front.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, close: () => front.close() };
}
