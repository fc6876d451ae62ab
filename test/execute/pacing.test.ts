// Pace, waits and ends: how many sessions at a time and how fast, what is asked again after a greylist, and that the report is
// whole however an audit ends.
import { describe, expect, it } from 'vitest';
import { startServer } from '../../src/demo/server.js';
import { combine, greylisting } from '../../src/demo/tempers.js';
import { execute } from '../../src/execute/execute.js';
import { systemClock, systemRandom } from '../../src/execute/ports.js';
import { briefsFor } from '../../src/fleet/briefs.js';
import type { Brief } from '../../src/model/brief.js';
import { ceilingsOf } from '../../src/plan/ceilings.js';
import { next } from '../../src/plan/next.js';
import { auditOf, auditServerAt, CLOSED, expectWhole, NULL_SENDER, OPTIONS } from './lab.js';

const TWO = ['127.0.0.66', '127.0.0.67'];

/** The most sessions that were open at a time, as the server would have seen them: those that it did not refuse. */
const mostOpen = (max: number) => ({
  refuse: [
    {
      at: 'greeting',
      when: { kind: 'concurrent', per: 'server', atLeast: max + 1 },
      reply: 'too-many-connections',
      effect: 'close',
    } as const,
  ],
});

describe('sessions', () => {
  it.each([1, 2, 3])('are never more than %i at a time, over all sources', async (sessions) => {
    const { server, demo } = await auditOf([mostOpen(sessions)], { sessions, sources: TWO });
    expect(server.verdict.relay).toBe('closed');
    // A session that has said QUIT may still be closing: it is the server that is slow then.
    const refused = demo.log.filter(({ lines }) => lines.some(({ text }) => /^421/.test(text)));
    expect(refused.length).toBeLessThanOrEqual(demo.log.length / 4);
  });

  it('are opened no faster than --rate says', async () => {
    const from = performance.now();
    const { demo } = await auditOf([], { rate: 20, techniques: ['identity'] }, { clock: systemClock });
    const seconds = (performance.now() - from) / 1_000;
    expect(demo.log.length).toBeGreaterThan(5);
    expect((demo.log.length - 1) / seconds).toBeLessThanOrEqual(20);
  });
});

describe('a server that says 421 to everybody', () => {
  it.each([
    ['at once is asked again for minutes', 1, 7],
    ['after a wait, as for a PROXY header, is not', 900, 3],
  ])('%s', async (_, waitMs, connections) => {
    const { server, demo } = await auditOf([{ proxy: { from: TWO, waitMs } }], { techniques: ['plain-external'] });
    expect(demo.log.length).toBe(connections);
    expect(server.verdict.relay).toBe('inconclusive');
  });
});

describe('what is greylisted', () => {
  it('is unknown where no wait is allowed', async () => {
    const { server } = await auditOf([greylisting(100)], { techniques: ['plain-external'] });
    expect(server.verdict.relay).toBe('inconclusive');
  });

  it.each([
    ['closed', []],
    ['open', [NULL_SENDER]],
  ] as const)('is asked again after a wait, and found %s', async (truth, parts) => {
    const { server } = await auditOf([greylisting(100), ...parts], { greylistWaitMs: 60_000, techniques: ['sender'] });
    expect(server.verdict.relay).toBe(truth);
    expectWhole(server);
    // The first answer stays beside the last.
    const plain = server.attempts.find(({ technique }) => technique === 'plain-external');
    const codes = plain?.exchanges.filter(({ stage }) => stage === 'rcpt').map(({ reply }) => reply?.code ?? null);
    expect(codes?.[0]).toBeGreaterThanOrEqual(450);
    expect(codes?.[0]).toBeLessThan(460);
    expect(codes?.at(-1)).toBe(550);
  });
});

describe('an audit that is ended early', () => {
  it.each([1, 5, 20, 60])(
    'by an interrupt after %i answers, gives a whole report that is not closed',
    async (answers) => {
      const control = new AbortController();
      let heard = 0;
      const { server } = await auditOf(
        [],
        {},
        {
          signal: control.signal,
          onEvent: ({ kind }) => {
            if (kind === 'answer' && ++heard === answers) control.abort();
          },
        },
      );
      expect(server.verdict.relay).toBe('inconclusive');
      expect(server.attempts.some(({ outcome }) => outcome === 'skipped')).toBe(true);
      expectWhole(server);
    },
  );

  it('by its deadline, on a server that never answers RCPT, is over soon after', async () => {
    const from = performance.now();
    const { server } = await auditOf(
      [{ faults: [{ kind: 'silence', at: 'rcpt' }] }],
      { deadlineMs: 300, timeoutMs: 20_000 },
      { clock: systemClock },
    );
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(server.verdict.relay).toBe('inconclusive');
    expectWhole(server);
  });

  it('before it began, asks nothing', async () => {
    const { server, demo } = await auditOf([], {}, { signal: AbortSignal.abort() });
    expect(demo.log.flatMap(({ lines }) => lines.filter(({ from }) => from === 'client'))).toEqual([]);
    expect(server.verdict.relay).toBe('inconclusive');
  });
});

describe('ceilings', () => {
  const briefOf = async (port: number): Promise<Brief> => {
    const target = { host: '127.0.0.1', port, security: 'none' } as const;
    const names = {
      addresses: async () => [],
      mx: async () => [],
      txt: async () => [],
      names: async () => [],
      hasRoute: async () => true,
    };
    const { briefs } = await briefsFor(target, { ...OPTIONS, targets: [target] }, names, systemRandom);
    const [brief] = briefs;
    if (!brief) throw new Error('an address has a brief');
    return brief;
  };

  it('hold what an audit comes to', async () => {
    const demo = await startServer(combine(CLOSED, NULL_SENDER, { security: { tls: 'starttls' } }));
    const server = await auditServerAt(demo.port);
    const most = ceilingsOf(await briefOf(demo.port));
    await demo.close();
    expect(server.attempts.length).toBeLessThanOrEqual(most.attempts);
    expect(demo.log.length).toBeLessThanOrEqual(most.connections);
  });

  it('end a run, and say so of what is left', async () => {
    const demo = await startServer(CLOSED);
    const brief = await briefOf(demo.port);
    const evidence = await execute((known) => next({ ...brief, sharedSessions: false }, known), {
      brief: { ...brief, sharedSessions: false },
      ...{ account: null, proxyPassword: null, clock: systemClock, random: systemRandom, sessions: 2, rate: null },
      ...{ timeoutMs: 5_000, greylistWaitMs: 0, prepare: null, initial: [], signal: new AbortController().signal },
      most: { attempts: 1_000, connections: 6 },
      onSecrets: () => undefined,
      onEvidence: () => undefined,
    });
    await demo.close();
    expect(demo.log.length).toBeLessThanOrEqual(8);
    expect(evidence.filter(({ skipped }) => skipped?.includes('limit of 6 connections')).length).toBeGreaterThan(0);
  });
});
