// A password that the auditor does not have: a worker looks it up, and what has none is not asked. Through a real Redis, which is
// read as a whole together with all that it was ever told: the password is in neither, sealed or not, since it never travels.

import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import type { RunningServer } from '../../src/demo/server.js';
import { parseNetworks } from '../../src/model/networks.js';
import type { ServerReport } from '../../src/model/report.js';
import { type HeldAccount, passwordAt } from '../../src/queue/accounts.js';
import type { Leave } from '../../src/queue/job.js';
import type { Places } from '../../src/queue/places.js';
import { ACCOUNT, LOGIN, zone } from '../fleet/lab.js';
import { auditFrom, type Bench, demoOf, everything, listenIn, openBench, startRedis } from './lab.js';

const notHere = whyNotHere();
const { user, password } = ACCOUNT;
const HELD: HeldAccount = { user, password, targets: null };
const NAMELESS = { account: { user, password: null }, allowInsecureAuth: true } as const;

/** What was observed of the account's mechanisms, by source. */
const observed = ({ sources }: ServerReport): unknown =>
  sources.map(({ cells }) =>
    cells.filter(({ access }) => ['CRAM-MD5', 'PLAIN', 'LOGIN'].includes(access)).map((cell) => cell.observed),
  );

const RELAY = ['relay', 'relay', 'relay'];
const UNKNOWN = ['unknown', 'unknown', 'unknown'];
const POOR = `the worker has no password of ${user} for 127.0.0.1 (its --account)`;
const HERE = `the password of ${user} is looked up by workers, and this source is none`;

describe('the accounts of a worker', () => {
  const resolver = zone({ 'mail.corp.test': ['192.0.2.7'] });
  const HELDS: readonly HeldAccount[] = [
    { user: 'al', password: 'named', targets: parseNetworks('mail.corp.test', '--account') },
    { user: 'al', password: 'there', targets: parseNetworks('192.0.2.0/24', '--account') },
    { user: 'al', password: 'any', targets: null },
    { user: 'bo', password: 'other', targets: parseNetworks('192.0.2.7', '--account') },
  ];
  it.each([
    ['al', '192.0.2.7', 'named'],
    ['al', '192.0.2.8', 'there'],
    ['al', '198.51.100.1', 'any'],
    ['bo', '192.0.2.7', 'other'],
    ['bo', '192.0.2.8', null],
    ['cy', '192.0.2.7', null],
    ['AL', '192.0.2.7', null],
  ])('%s at %s: %s', async (name, address, expected) => {
    expect(await passwordAt(HELDS, name, address, resolver)).toBe(expected);
  });
});

describe.skipIf(notHere !== null)(`a password at the worker${notHere === null ? '' : ` (skipped: ${notHere})`}`, () => {
  let redis: RedisServer;
  let bench: Bench;
  let demo: RunningServer;
  beforeAll(async () => {
    redis = await startRedis();
    demo = await demoOf(LOGIN);
  }, 420_000);
  afterAll(async () => {
    await demo.close();
    await redis.stop();
  });
  beforeEach(async () => {
    bench = await openBench(redis);
  });
  afterEach(() => bench.close());

  it('is used there, and neither it nor what is made of it is ever in Redis or in the report', async () => {
    const monitor = await listenIn(redis.port);
    const leaves: Leave[] = [];
    await bench.worker('office', { accounts: [HELD] });
    const places = await bench.places();
    const watched: Places = {
      ...places,
      ask: (task, signal) =>
        places.ask(
          {
            ...task,
            leave: () => {
              const leave = task.leave();
              leaves.push(leave);
              return leave;
            },
          },
          signal,
        ),
    };
    const server = await auditFrom(watched, demo.port, NAMELESS);
    const reader = new Redis(redis.port, '127.0.0.1');
    const kept = await everything(reader);
    reader.disconnect();
    const written = monitor.end();
    expect(observed(server)).toEqual([RELAY]);
    expect(written.length).toBeGreaterThan(1_000);
    // Sealed text tells nothing about what is in it: what was sealed for the worker does.
    expect(leaves.map(({ account }) => account).filter((one) => one !== null)).not.toEqual([]);
    const shown = JSON.stringify([server, leaves, bench.events]);
    for (const text of [kept, written, shown]) {
      expect(text).not.toContain(password);
      expect(text).not.toContain(Buffer.from(password).toString('base64'));
      expect(text).not.toContain(Buffer.from(`\0${user}\0${password}`).toString('base64'));
    }
  });

  it('that the worker does not have: the reason, and not one login', async () => {
    const before = demo.log.length;
    await bench.worker('office', { accounts: [{ ...HELD, targets: parseNetworks('192.0.2.1', '--account') }] });
    const server = await auditFrom(await bench.places(), demo.port, NAMELESS);
    expect(observed(server)).toEqual([UNKNOWN]);
    expect(JSON.stringify(server.findings)).toContain(POOR);
    expect(server.verdict.compliance).toBe('inconclusive');
    const logins = demo.log.slice(before).filter((line) => JSON.stringify(line).includes('AUTH '));
    // What needs no password of the account: names that do not exist.
    expect(JSON.stringify(logins)).not.toContain(Buffer.from(user).toString('base64'));
  });

  it('of one place says nothing of the next, and this machine has none', async () => {
    await bench.worker('poor');
    await bench.worker('rich', { accounts: [HELD] });
    const places = await bench.places();
    const sources = ['127.0.0.67', 'worker:poor', 'worker:rich'];
    const server = await auditFrom(places, demo.port, { ...NAMELESS, sources });
    expect(observed(server)).toEqual([UNKNOWN, UNKNOWN, RELAY]);
    for (const why of [HERE, POOR]) expect(JSON.stringify(server.findings)).toContain(why);
    expect(server.verdict.relay).toBe('closed');
  });
});

describe('an audit from this machine alone', () => {
  it('asks nothing that needs a password that is not here, and says so', async () => {
    const demo = await demoOf(LOGIN);
    const server = await auditFrom(null, demo.port, { ...NAMELESS, sources: ['127.0.0.67'] });
    await demo.close();
    expect(observed(server)).toEqual([UNKNOWN]);
    expect(JSON.stringify(server.findings)).toContain(HERE);
  });
});
