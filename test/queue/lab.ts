// Audits with places: a real Redis, workers in this process, an embedded mail server, and what came of it. Times that nobody
// needs to wait for are short; whatever is waited for is a condition.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../../fixtures/redis/server.js';
import type { ServerConfig } from '../../src/demo/config.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import { combine, type Part } from '../../src/demo/tempers.js';
import { systemClock, systemRandom } from '../../src/execute/ports.js';
import { audit } from '../../src/fleet/audit.js';
import type { AuditPorts } from '../../src/fleet/fleet.js';
import { parseNetworks } from '../../src/model/networks.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';
import type { QueueConnection } from '../../src/queue/address.js';
import type { PlacesOptions } from '../../src/queue/place.js';
import { openPlaces, type Places } from '../../src/queue/places.js';
import { TIMING, type Timing } from '../../src/queue/timing.js';
import { type RunningWorker, startWorker, type WorkerEvent, type WorkerOptions } from '../../src/queue/worker.js';
import { OPTIONS, zone } from '../fleet/lab.js';

/** Soon enough for a test; what ends by time, as a lock or a presence, lasts on a machine that does much else. */
export const QUICK: Timing = {
  ...TIMING,
  ...{ beatMs: 2_000, pollMs: 100, lockMs: 10_000, stalledMs: 2_000, graceMs: 8_000 },
};

/** Of workers whose death is to be noticed. */
export const HASTY: Timing = { ...QUICK, beatMs: 1_000, lockMs: 3_000, stalledMs: 1_000 };

export const KEY = randomBytes(32);

export const connectionTo = (
  redis: Pick<RedisServer, 'port'>,
  more: Partial<QueueConnection> = {},
): QueueConnection => ({
  ...{ host: '127.0.0.1', port: redis.port, db: 0, user: null, password: null, tls: false },
  ...more,
});

export interface Bench {
  readonly redis: RedisServer;
  readonly events: WorkerEvent[];
  worker(place: string, more?: Partial<WorkerOptions>): Promise<RunningWorker>;
  places(more?: Partial<PlacesOptions>): Promise<Places>;
  close(): Promise<void>;
}

/** Start a Redis, and end with it whatever was started on it. */
export async function openBench(redis: RedisServer): Promise<Bench> {
  const open: { close(): Promise<void> }[] = [];
  const events: WorkerEvent[] = [];
  const keep = <Thing extends { close(): Promise<void> }>(thing: Thing): Thing => {
    open.push(thing);
    return thing;
  };
  return {
    redis,
    events,
    worker: async (place, more = {}) =>
      keep(
        await startWorker({
          place,
          connection: connectionTo(redis),
          key: KEY,
          allow: parseNetworks('127.0.0.0/8', '--allow'),
          concurrency: 4,
          jobRate: null,
          source: '127.0.0.66',
          proxyPassword: null,
          clock: systemClock,
          random: systemRandom,
          resolver: zone({}),
          timing: QUICK,
          onEvent: (event) => events.push(event),
          ...more,
        }),
      ),
    places: async (more = {}) =>
      keep(await openPlaces({ connection: connectionTo(redis), key: KEY, waitMs: 20_000, timing: QUICK, ...more })),
    close: async () => {
      await Promise.all(open.splice(0).map((thing) => thing.close()));
    },
  };
}

const CLOSED: ServerConfig = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice', 'bob'],
  accounts: { alice: 'Tr0ub4dor&3 staple' },
  delivery: { foreign: 'keep' },
};

/** Start a server of parts. */
export const demoOf = (...parts: readonly Part[]): Promise<RunningServer> => startServer(combine(CLOSED, ...parts));

/** Audit one server from places, and give its report. */
export async function auditFrom(
  places: Places | null,
  port: number,
  change: Partial<AuditOptions> = {},
  ports: AuditPorts = {},
): Promise<ServerReport> {
  const report = await audit(
    { ...OPTIONS, sources: ['worker:office'], ...change, targets: [{ host: '127.0.0.1', port, security: 'none' }] },
    { resolver: zone({}), ...(places === null ? {} : { places }), ...ports },
  );
  const [server] = report.servers;
  if (server === undefined) throw new Error('no server in the report');
  return server;
}

/** Wait until something holds; fails with its name where it never does. */
export async function until(name: string, holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it never came to it: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Hear every command that a Redis is told, from now on; `end` gives them. */
export async function listenIn(port: number, password: string | null = null): Promise<{ end(): string }> {
  const monitor = connect(port, '127.0.0.1').setEncoding('latin1');
  let heard = '';
  monitor.write(`${password === null ? '' : `AUTH ${password}\r\n`}MONITOR\r\n`);
  await once(monitor, 'data');
  monitor.on('data', (text: string) => {
    heard += text;
  });
  return {
    end: () => {
      monitor.destroy();
      return heard;
    },
  };
}

/** Every key with all that is in it, whatever its type. */
export async function everything(redis: Redis): Promise<string> {
  const readers: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    string: (key) => redis.get(key),
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, 0, '-1', 'WITHSCORES'),
    stream: (key) => redis.xrange(key, '-', '+'),
  };
  const found = await Promise.all(
    (await redis.keys('*')).map(async (key) => {
      const read = readers[await redis.type(key)];
      if (read === undefined) throw new Error(`${key} is of a type that nobody reads`);
      return [key, await read(key)];
    }),
  );
  return JSON.stringify(found);
}

export { startRedis };
