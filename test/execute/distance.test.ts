// A server that is far away: sessions are saved there, and what is said of the server stays as true; the longest chain of waits.
import { describe, expect, it } from 'vitest';
import { startDelayProxy } from '../../fixtures/delay-proxy.js';
import { startServer } from '../../src/demo/server.js';
import { combine, type Part, postfixErrors, sulksAfter } from '../../src/demo/tempers.js';
import { systemClock } from '../../src/execute/ports.js';
import type { ServerReport } from '../../src/model/report.js';
import { auditServerAt, CLOSED, expectWhole, FORGED_SENDER } from './lab.js';

const ROUND_TRIP_MS = 120;

async function auditFar(parts: readonly Part[]): Promise<{ server: ServerReport; ms: number; connections: number }> {
  const demo = await startServer(combine(CLOSED, ...parts));
  const proxy = await startDelayProxy({ to: demo.port, roundTripMs: ROUND_TRIP_MS });
  const from = performance.now();
  try {
    const server = await auditServerAt(proxy.port, { timeoutMs: 15_000 }, { clock: systemClock });
    return { server, ms: performance.now() - from, connections: proxy.counts.connections };
  } finally {
    await proxy.close();
    await demo.close();
  }
}

describe.concurrent('far away', () => {
  it.each([
    ['no temper', []],
    ['the error limits of Postfix', [postfixErrors(10, 20, 400)]],
    ['denials of everything after 4 errors', [sulksAfter(4, 'everyone', 'relay-denied')]],
    ['refusals of foreign recipients after 4 errors', [sulksAfter(4, 'foreign')]],
  ] as const)(
    'the verdict on a server with %s is right',
    async (_, temper) => {
      for (const [truth, hole] of [
        ['closed', []],
        ['open', [FORGED_SENDER]],
      ] as const) {
        const { server } = await auditFar([...temper, ...hole]);
        expect(server.verdict.relay).toBe(truth);
        expectWhole(server);
      }
    },
    90_000,
  );

  it('sessions are saved', async () => {
    const { connections } = await auditFar([]);
    expect(connections).toBeLessThanOrEqual(14);
  }, 30_000);
});
