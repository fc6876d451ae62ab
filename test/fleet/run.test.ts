// The audit as programs use it: events in order, the report, an early end, mistakes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventAccount } from '../../src/demo/account.js';
import { PRESETS } from '../../src/demo/presets.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import type { AuditEvent } from '../../src/fleet/events.js';
import { type AuditRequest, startAudit } from '../../src/fleet/run.js';
import { UsageError } from '../../src/model/errors.js';

let server: RunningServer;
beforeAll(async () => {
  const sink = { host: '127.0.0.1', port: 1 };
  server = await startServer(PRESETS['list-only'].config({ account: inventAccount(), sink }));
});
afterAll(() => server.close());

const request = (more: Partial<AuditRequest> = {}): AuditRequest => ({
  targets: [`${server.address}:${server.port}`],
  canary: 'relaytest@canary.example.net',
  sources: ['127.0.0.66'],
  relayHosts: ['127.0.0.0/26'],
  localRecipient: 'alice@corp.test',
  techniques: ['plain-external', 'null-sender'],
  ...more,
});

const kindsOf = (events: readonly AuditEvent[]): string[] => [...new Set(events.map(({ kind }) => kind))];

describe('startAudit', () => {
  it('gives events as they happen, the judged server last, and the report', async () => {
    const run = startAudit(request());
    const events: AuditEvent[] = [];
    for await (const event of run) events.push(event);
    expect(kindsOf(events)).toEqual(expect.arrayContaining(['answer', 'progress', 'server']));
    expect(events.at(-1)?.kind).toBe('server');
    const report = await run.report;
    expect(report.verdict.relay).toBe('closed');
    expect(events.flatMap((event) => (event.kind === 'server' ? [event.server] : []))).toEqual(report.servers);
  });

  it('gives what happened before the loop began', async () => {
    const run = startAudit(request());
    await run.report;
    const events: AuditEvent[] = [];
    for await (const event of run) events.push(event);
    expect(events.some(({ kind }) => kind === 'answer')).toBe(true);
  });

  it('makes one report of several requests, each by its own options', async () => {
    const { report } = startAudit([request(), request({ policy: 'auth-only' })]);
    expect((await report).servers.map(({ policy }) => policy.preset)).toEqual(['list-or-auth', 'auth-only']);
  });

  it('ends where the loop is left, and never says closed of what was not asked', async () => {
    const run = startAudit(request({ techniques: ['standard'], sharedSessions: false, sessions: 1 }));
    for await (const event of run) if (event.kind === 'answer') break;
    const report = await run.report;
    expect(report.verdict.relay).toBe('inconclusive');
  });

  it('ends where the signal says so', async () => {
    const controller = new AbortController();
    const run = startAudit(request(), { signal: controller.signal });
    controller.abort();
    expect((await run.report).verdict.relay).toBe('inconclusive');
  });

  it.each<[string, Partial<AuditRequest>]>([
    ['a target that is none', { targets: ['smtp://'] }],
    ['a list that is none', { relayHosts: ['192.0.2.1/24'] }],
    ['a technique that there is not', { techniques: ['prcent-local'] }],
  ])('rejects %s with a UsageError, both ways', async (_, more) => {
    const run = startAudit(request(more));
    await expect(run.report).rejects.toBeInstanceOf(UsageError);
    await expect(async () => {
      for await (const event of run) expect(event).toBeUndefined();
    }).rejects.toBeInstanceOf(UsageError);
  });

  it('shows nothing of the AUTH dialogue in its events', async () => {
    const account = { user: 'alice', password: 'Zx97-correct-horse' };
    const sink = { host: '127.0.0.1', port: 1 };
    const own = await startServer(PRESETS['follows-policy'].config({ account, sink }));
    const run = startAudit(request({ targets: [`${own.address}:${own.port}`], account }));
    const texts: string[] = [];
    let secrets = 0;
    for await (const event of run) {
      texts.push(JSON.stringify(event));
      if (event.kind !== 'answer') continue;
      const secret = event.evidence.exchanges.filter((exchange) => exchange.secret);
      secrets += secret.length;
      for (const { reply } of secret) expect(reply?.text ?? '[withheld]').toBe('[withheld]');
    }
    await own.close();
    expect(secrets).toBeGreaterThan(0);
    expect(texts.join('\n')).not.toContain('Zx97');
  });
});
