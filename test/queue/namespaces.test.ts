// Places with addresses that are really their own: two workers in two networks, and a server in a third that trusts one of them and
// not the other. The auditor reaches none of these networks itself.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Network, startNetwork, whyNoNetworks } from '../../fixtures/namespaces/network.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import type { ServerConfig } from '../../src/demo/config.js';
import { PERSONAS } from '../../src/demo/personas.js';
import { audit } from '../../src/fleet/audit.js';
import type { ServerReport } from '../../src/model/report.js';
import { lookAtPlaces } from '../../src/queue/look.js';
import { OPTIONS, zone } from '../fleet/lab.js';
import { type Bench, connectionTo, KEY, openBench, QUICK, startRedis } from './lab.js';

const notHere = whyNotHere() ?? whyNoNetworks();

describe.skipIf(notHere !== null)(
  `places in networks of their own${notHere === null ? '' : ` (skipped: ${notHere})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'relayproof-networks-'));
    const scripts = `node_modules/.cache/relayproof/networks-${process.pid}`;
    let redis: RedisServer;
    let bench: Bench;
    let door: Server | null = null;
    let network: Network | null = null;
    let port = 0;
    beforeAll(async () => {
      redis = await startRedis();
      bench = await openBench(redis);
      await build({
        entryPoints: { worker: 'fixtures/redis/worker.ts', server: 'fixtures/namespaces/server.ts' },
        outdir: scripts,
        outExtension: { '.js': '.mjs' },
        ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' },
      });
      door = createServer((socket) => {
        const way = connect(redis.port, '127.0.0.1');
        socket.on('error', () => way.destroy()).pipe(way);
        way.on('error', () => socket.destroy()).pipe(socket);
      });
      await once(door.listen(join(folder, 'redis.sock')), 'listening');
      network = await startNetwork(2);
      const [trusted = ''] = network.places;
      const config: ServerConfig = {
        hostname: 'mail.corp.test',
        // It names the client in its greeting.
        persona: PERSONAS.exim,
        localDomains: ['corp.test'],
        users: ['alice'],
        listen: [network.server],
        relay: [{ kind: 'network', in: [trusted] }],
        delivery: { foreign: 'keep' },
      };
      const server = network.start('server', join(scripts, 'server.mjs'), config);
      const workers = ['office', 'home'].map((place, index) =>
        network?.start(index, join(scripts, 'worker.mjs'), {
          ...{ place, key: KEY.toString('hex'), redis: join(folder, 'redis.sock'), timing: QUICK },
          ...{ allow: network.server, source: 'any' },
        }),
      );
      const [said] = await once(server.stdout ?? process.stdin, 'data');
      port = Number(said);
      await Promise.all(workers.map((worker) => once(worker?.stdout ?? process.stdin, 'data')));
    }, 420_000);
    afterAll(async () => {
      await network?.stop();
      door?.close();
      await bench.close();
      await redis.stop();
      for (const path of [folder, scripts]) rmSync(path, { recursive: true, force: true });
    });

    async function audited(relayHosts: readonly string[]): Promise<ServerReport> {
      const targets = [{ host: network?.server ?? '', port, security: 'none' as const }];
      const options = { ...OPTIONS, targets, relayHosts, sources: ['worker:office', 'worker:home'] };
      const places = await bench.places();
      const { servers } = await audit(options, { places, resolver: zone({}) });
      const [server] = servers;
      if (server === undefined) throw new Error('no server in the report');
      return server;
    }

    const seen = ({ sources }: ServerReport): unknown =>
      sources.map(({ spec, seenAs, relays, approved }) => [spec, seenAs, relays, approved]);

    it('one relays and one is refused, each at the address that it has', async () => {
      const server = await audited([]);
      expect(seen(server)).toEqual([
        ['worker:office', '10.231.1.2', 'yes', false],
        ['worker:home', '10.231.2.2', 'no', false],
      ]);
      expect(server.verdict.relay).toBe('open');
      expect(server.findings.map(({ rule, sources }) => [rule, sources])).toContainEqual([
        'unapproved-host-relays',
        ['s1'],
      ]);
    });

    it('and where the list names the one, both are as they should be', async () => {
      const server = await audited(['10.231.1.0/24']);
      expect(seen(server)).toEqual([
        ['worker:office', '10.231.1.2', 'yes', true],
        ['worker:home', '10.231.2.2', 'no', false],
      ]);
      expect([server.verdict.relay, server.verdict.compliance]).toEqual(['closed', 'compliant']);
    });

    it('are listed with these addresses', async () => {
      await expect
        .poll(
          async () =>
            (await lookAtPlaces(connectionTo(redis), KEY)).flatMap(({ workers }) =>
              workers.flatMap((one) => one.addresses),
            ),
          {
            timeout: 15_000,
          },
        )
        .toEqual(['10.231.2.2', '10.231.1.2']);
    });

    it('are gone with their processes', async () => {
      const holders = network?.holders ?? [];
      await network?.stop();
      expect(holders).toHaveLength(3);
      const isThere = (pid: number): boolean => {
        try {
          return process.kill(pid, 0);
        } catch {
          return false;
        }
      };
      expect(holders.filter(isThere)).toEqual([]);
    });
  },
);
