// `node .ci/run-ts.mjs test/bench/workers.ts [servers per worker]`: how many servers a second four workers audit beside one, at
// 50 ms round trip, with the same sessions and servers at once for each worker. Auditor, workers, the audited servers and Redis
// are processes of their own; the servers are one embedded closed server at many loopback addresses. Ends with status 1 below 3.5.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { startDelayProxy } from '../../fixtures/delay-proxy.js';
import { rawCommand, startRedis } from '../../fixtures/redis/server.js';
import { startServer } from '../../src/demo/server.js';
import { systemClock, systemRandom } from '../../src/execute/ports.js';
import { systemResolver } from '../../src/execute/resolver.js';
import { audit } from '../../src/fleet/audit.js';
import { parseNetworks } from '../../src/model/networks.js';
import { DEFAULTS } from '../../src/model/options.js';
import type { Report } from '../../src/model/report.js';
import type { QueueConnection } from '../../src/queue/address.js';
import { openPlaces, type Places } from '../../src/queue/places.js';
import { startWorker } from '../../src/queue/worker.js';

const ROUND_TRIP_MS = 50;
const SESSIONS = 4;
/** Few enough that four workers, the auditor and the servers find room on two cores: what is measured is waiting. */
const AT_ONCE = 2;
const WORKERS = 4;
const LEAST = 3.5;
/** Servers that the auditor keeps under way: more than all workers do at once, so that none of them waits for it. */
const UNDER_WAY = 2 * AT_ONCE * WORKERS;

const [role = '24', ...words] = process.argv.slice(2);
if (role === 'serve') await serve();
else if (role === 'work') await work(Number(words[0]), words[1] ?? '');
else await measure(Number(role));

async function serve(): Promise<void> {
  const server = await startServer({
    hostname: 'mail.corp.test',
    localDomains: ['corp.test'],
    users: ['alice'],
    delivery: { foreign: 'keep' },
  });
  const proxy = await startDelayProxy({ to: server.port, roundTripMs: ROUND_TRIP_MS, host: '0.0.0.0' });
  process.stdout.write(`${proxy.port}\n`);
  process.stdin.resume().once('end', () => process.exit());
}

async function work(port: number, key: string): Promise<void> {
  await startWorker({
    place: 'bench',
    connection: connectionTo(port),
    key: Buffer.from(key, 'hex'),
    allow: parseNetworks('127.0.0.0/8', '--allow'),
    ...{ concurrency: AT_ONCE, jobRate: null, source: '127.0.0.66', proxyPassword: null },
    ...{ clock: systemClock, random: systemRandom, resolver: systemResolver },
  });
  process.stdout.write('ready\n');
  const cpu = process.cpuUsage();
  process.stdin.resume().once('end', () => {
    const { user, system } = process.cpuUsage(cpu);
    process.stdout.write(`${(user + system) / 1_000}\n`, () => process.exit());
  });
}

function connectionTo(port: number): QueueConnection {
  return { host: '127.0.0.1', port, db: 0, user: null, password: null, tls: false };
}

async function measure(perWorker: number): Promise<void> {
  const redis = await startRedis();
  const key = randomBytes(32);
  const server = start('serve');
  const [line] = await once(server.stdout ?? process.stdin, 'data');
  const port = Number(line);
  const one = await timed(1, perWorker, port, redis.port, key);
  const four = await timed(WORKERS, perWorker * WORKERS, port, redis.port, key);
  const times = four / one;
  process.stdout.write(
    `1 worker: ${one.toFixed(2)} servers/s; ${WORKERS} workers: ${four.toFixed(2)} servers/s, ${times.toFixed(2)} times\n`,
  );
  server.stdin?.end();
  await redis.stop();
  process.exitCode = times >= LEAST ? 0 : 1;
}

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [process.argv[1] ?? '', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** Audit servers through so many workers, and give servers per second. */
async function timed(workers: number, servers: number, port: number, redis: number, key: Buffer): Promise<number> {
  const started = Array.from({ length: workers }, () => start('work', String(redis), key.toString('hex')));
  await Promise.all(started.map(({ stdout }) => once(stdout ?? process.stdin, 'data')));
  const places = await openPlaces({ connection: connectionTo(redis), key, waitMs: 10_000 });
  const run = (count: number): Promise<Report> => auditMany(places, port, count);
  // Every process has done some before it is timed.
  const warm = 2 * workers * AT_ONCE;
  await run(warm);
  const cpu = process.cpuUsage();
  const before = await traffic(redis);
  const from = performance.now();
  const report = await run(servers);
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const closed = report.servers.filter(({ verdict }) => verdict.relay === 'closed').length;
  process.stdout.write(
    `${workers} workers: ${closed} of ${servers} closed in ${seconds.toFixed(1)} s; the auditor took ${((user + system) / 1_000 / servers).toFixed(1)} ms of processor per server\n`,
  );
  const after = await traffic(redis);
  const each = (key: keyof Traffic): string => ((after[key] - before[key]) / servers).toFixed(1);
  process.stdout.write(
    `  Redis, per server: ${each('commands')} commands, ${each('kilobytes')} kB; peak of Redis ${after.peakMb.toFixed(1)} MB, of the auditor ${(process.resourceUsage().maxRSS / 1_024).toFixed(0)} MB\n`,
  );
  await places.close();
  const used = await Promise.all(
    started.map(async (worker) => {
      worker.stdin?.end();
      const [ms] = await once(worker.stdout ?? process.stdin, 'data');
      return Number(ms);
    }),
  );
  const work = used.reduce((sum, ms) => sum + ms, 0) / (servers + warm);
  process.stdout.write(`  workers took ${work.toFixed(1)} ms of processor per server\n`);
  if (closed !== servers) throw new Error('not every server was found closed');
  return servers / seconds;
}

/** Audit so many addresses of the one server from the place. */
function auditMany(places: Places, port: number, servers: number): Promise<Report> {
  const targets = Array.from({ length: servers }, (_, at) => ({
    host: `127.0.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`,
    ...{ port, security: 'none' as const },
  }));
  const options = {
    ...DEFAULTS,
    ...{ targets, sources: ['worker:bench'], sessions: SESSIONS, localDomains: ['corp.test'] },
    ...{ localRecipient: 'alice@corp.test', canary: 'relaytest@canary.example.net', helo: 'auditor.example.net' },
  };
  return audit(options, { places, servers: UNDER_WAY });
}

interface Traffic {
  readonly commands: number;
  readonly kilobytes: number;
  readonly peakMb: number;
}

/** What Redis counts of itself. */
async function traffic(port: number): Promise<Traffic> {
  const info = await rawCommand(port, ['INFO']);
  const number = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    commands: number('total_commands_processed'),
    kilobytes: (number('total_net_input_bytes') + number('total_net_output_bytes')) / 1_000,
    peakMb: number('used_memory_peak') / 1_048_576,
  };
}
