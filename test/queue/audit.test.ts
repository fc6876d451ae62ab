// Whole audits whose sources are workers, on a real Redis: the same verdicts as from here, and every reason for which a place is
// unknown.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import { HOLES } from '../../src/demo/holes.js';
import { auditFrom, type Bench, demoOf, openBench, startRedis } from './lab.js';

const notHere = whyNotHere();

describe.skipIf(notHere !== null)(`places on a real Redis${notHere === null ? '' : ` (skipped: ${notHere})`}`, () => {
  let redis: RedisServer;
  let bench: Bench;
  beforeAll(async () => {
    redis = await startRedis();
  }, 420_000);
  afterAll(() => redis.stop());
  beforeEach(async () => {
    bench = await openBench(redis);
  });
  afterEach(() => bench.close());

  it('a closed server is closed from a worker too', async () => {
    const demo = await demoOf();
    await bench.worker('office');
    const server = await auditFrom(await bench.places(), demo.port);
    await demo.close();
    expect(server.verdict.relay).toBe('closed');
  });
  it('an open server is open from a worker too', async () => {
    const demo = await demoOf(HOLES['null-reverse-path']);
    await bench.worker('office');
    const server = await auditFrom(await bench.places(), demo.port, { techniques: ['standard'] });
    await demo.close();
    expect(server.verdict.relay).toBe('open');
  });
});
