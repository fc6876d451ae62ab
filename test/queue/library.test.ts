// The example of docs/library.md about other places, taken out, compiled, and run against a real Redis and a worker.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import { HOLES } from '../../src/demo/holes.js';
import type { RunningServer } from '../../src/demo/server.js';
import { type Bench, demoOf, KEY, openBench, startRedis } from './lab.js';

const notHere = whyNotHere();
// Beside node_modules, so that the packages of the queue are found.
const folder = `node_modules/.cache/relayproof/library-${process.pid}`;

interface Example {
  auditFromOffice(target: string, queue: string, key: Buffer): Promise<string>;
}

const isExample = (module: object): module is Example =>
  'auditFromOffice' in module && typeof module.auditFromOffice === 'function';

async function example(): Promise<Example> {
  const [, source = ''] = /## From other places.*?```ts\n(.*?)```/s.exec(readFileSync('docs/library.md', 'utf8')) ?? [];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'example.ts'), source);
  const outfile = join(folder, 'example.mjs');
  await build({
    entryPoints: [join(folder, 'example.ts')],
    outfile,
    ...{ bundle: true, format: 'esm', platform: 'node', packages: 'external' },
    alias: { relayproof: resolve('src/index.ts') },
  });
  const module: object = await import(pathToFileURL(resolve(outfile)).href);
  if (!isExample(module)) throw new Error('no example');
  return module;
}

describe.skipIf(notHere !== null)(`places in the library${notHere === null ? '' : ` (skipped: ${notHere})`}`, () => {
  let redis: RedisServer;
  let bench: Bench;
  let demo: RunningServer;
  beforeAll(async () => {
    redis = await startRedis();
    bench = await openBench(redis);
    demo = await demoOf(HOLES['null-reverse-path']);
  }, 420_000);
  afterAll(async () => {
    await bench.close();
    await demo.close();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('audit from there', async () => {
    await bench.worker('office');
    const { auditFromOffice } = await example();
    const url = `redis://127.0.0.1:${redis.port}`;
    expect(await auditFromOffice(`127.0.0.1:${demo.port}`, url, KEY)).toContain('open-relay');
    await expect(auditFromOffice('127.0.0.1', 'redis://al:Zx97@127.0.0.1', KEY)).rejects.toThrow(/a password in a URL/);
  }, 60_000);
});
