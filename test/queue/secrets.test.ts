// What a Redis that is read as a whole, and every command that was ever sent to it, tell of an audit through workers: nothing.
// The audit logs in, fails to log in, and sends messages that arrive; all of it through a worker.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { freePort } from '../../fixtures/real/port.js';
import type { RedisServer } from '../../fixtures/redis/server.js';
import { HOLES } from '../../src/demo/holes.js';
import type { RunningServer } from '../../src/demo/server.js';
import type { Part } from '../../src/demo/tempers.js';
import type { ServerReport } from '../../src/model/report.js';
import { ACCOUNT, CANARY, LOCAL, LOGIN } from '../fleet/lab.js';
import { auditFrom, type Bench, demoOf, everything, listenIn, openBench, startRedis } from './lab.js';

const notHere = whyNotHere();
const CANARY_KEY = Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0', 'hex');
const QUEUE_PASSWORD = 'Zx97-queue-password';

describe.skipIf(notHere !== null)(`an audit through Redis${notHere === null ? '' : ` (skipped: ${notHere})`}`, () => {
  let redis: RedisServer;
  let bench: Bench;
  let demo: RunningServer;
  let server: ServerReport;
  let written = '';
  let kept = '';
  let expiries: readonly (readonly [string, number])[] = [];
  beforeAll(async () => {
    const lines = [`requirepass ${QUEUE_PASSWORD}`];
    redis = await startRedis({ lines });
    const own = { port: redis.port, host: '127.0.0.1', password: QUEUE_PASSWORD };
    const reader = new Redis(own);
    const monitor = await listenIn(redis.port, QUEUE_PASSWORD);
    bench = await openBench(redis);
    const connection = { host: '127.0.0.1', port: redis.port, db: 0, user: null, password: QUEUE_PASSWORD, tls: false };
    await bench.worker('office', { connection });
    const places = await bench.places({ connection });
    const sink = { host: '127.0.0.1', port: await freePort() };
    const route: Part = { delivery: { foreign: 'relay', route: { '*': sink } } };
    demo = await demoOf(LOGIN, HOLES['null-reverse-path'], route);
    server = await auditFrom(
      places,
      demo.port,
      { account: ACCOUNT, allowInsecureAuth: true, confirm: 'delivery', waitMs: 20_000, techniques: ['standard'] },
      { receivers: [{ kind: 'sink', state: null, stateLimit: 1_000_000, listen: sink }], canaryKey: CANARY_KEY },
    );
    kept = await everything(reader);
    const keys = (await reader.keys('*')).sort();
    expiries = await Promise.all(keys.map(async (key) => [key, await reader.pttl(key)] as const));
    written = monitor.end();
    reader.disconnect();
  }, 420_000);
  afterAll(async () => {
    await bench.close();
    await demo.close();
    await redis.stop();
  });

  it('is the audit that it would be from here: it logs in, and its canary arrives', () => {
    expect([server.verdict.relay, server.verdict.confidence]).toEqual(['open', 'confirmed']);
    const cells = server.sources[0]?.cells ?? [];
    const seen = (access: string): string | undefined => cells.find((cell) => cell.access === access)?.observed;
    expect(['CRAM-MD5', 'PLAIN', 'LOGIN'].map(seen)).toEqual(['relay', 'relay', 'relay']);
    expect(seen('wrong-password')).toBe('refuse');
  });

  it('fails to log in once for each that must fail', () => {
    const asked = server.attempts
      .map(({ technique }) => technique)
      .filter((id) => /^auth-(wrong|empty)-password$/.test(id));
    expect(asked.sort()).toEqual(['auth-empty-password', 'auth-wrong-password']);
  });

  const { user, password } = ACCOUNT;
  const SECRETS: readonly (readonly [string, string])[] = [
    ['the password', password],
    ['the password in base64', Buffer.from(password).toString('base64')],
    ['the password in base64url', Buffer.from(password).toString('base64url')],
    ['the response of PLAIN', Buffer.from(`\0${user}\0${password}`).toString('base64')],
    ['the password in hexadecimal', Buffer.from(password).toString('hex')],
    ['the key of the canaries', CANARY_KEY.toString('latin1')],
    ['the key of the canaries in hexadecimal', CANARY_KEY.toString('hex')],
    ['the key of the canaries in base64', CANARY_KEY.toString('base64').slice(0, 20)],
    ['the recipient of strangers', CANARY],
    ['its local part', 'relaytest'],
    ['the local recipient', LOCAL],
    ['a command of the session', 'RCPT TO'],
    ['the name of the server', 'mail.corp.test'],
    ['the technique', 'null-reverse-path'],
    ['the message', 'Open relay test'],
  ];
  it.each(SECRETS)('keeps and writes nothing of %s', (_, secret) => {
    expect(written.length).toBeGreaterThan(1_000);
    for (const text of [kept, written]) {
      expect(text.includes(secret)).toBe(false);
      expect(text.includes(JSON.stringify(secret).slice(1, -1))).toBe(false);
    }
  });

  it('shows the password of the queue to nobody, and names all its keys by one prefix', () => {
    expect(JSON.stringify([server, bench.events])).not.toContain(QUEUE_PASSWORD);
    expect(kept).not.toContain(QUEUE_PASSWORD);
    expect(expiries.map(([key]) => key).filter((key) => !key.startsWith('relayproof:'))).toEqual([]);
  });

  it('leaves no key without an expiry', () => {
    expect(expiries.filter(([, ms]) => ms < 0).map(([key]) => key)).toEqual([]);
  });
});
