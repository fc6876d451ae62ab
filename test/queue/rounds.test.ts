// An auditor that is killed in a later round, and started again: nothing that a worker has answered or is answering is asked again,
// whatever round it was asked in, counted at the server. The auditor is the built command line but where every moment is tried,
// Redis is real; each attempt has a connection of its own, so that connections count attempts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DelayProxy, startDelayProxy } from '../../fixtures/delay-proxy.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { type RedisServer, rawCommand } from '../../fixtures/redis/server.js';
import { HOLES } from '../../src/demo/holes.js';
import type { RunningServer } from '../../src/demo/server.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { Report, ServerReport } from '../../src/model/report.js';
import type { Memo } from '../../src/queue/memory.js';
import { type Ended, type Started, start } from '../cli/run.js';
import { ACCOUNT, LOGIN } from '../fleet/lab.js';
import { auditFrom, type Bench, demoOf, HASTY, openBench, startRedis, until } from './lab.js';

const notHere = whyNotHere();
const LIMIT_MS = 180_000;
/** Text, as in a file. */
const FILE_KEY = Buffer.from('a key that is in a file, and long enough');
const ACCOUNTS = [{ ...ACCOUNT, targets: null }];
/** The message that may have been sent is all that the run may send. */
const ONE = ['--max-messages', '1'];
const CUT_OFF = 'the audit before this one was cut off';

describe.skipIf(notHere !== null)(
  `an auditor that is killed in a later round${notHere === null ? '' : ` (skipped: ${notHere})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'relayproof-queue-rounds-'));
    let redis: RedisServer;
    let bench: Bench;
    let demo: RunningServer;
    let far: DelayProxy;
    let script: string;
    beforeAll(async () => {
      redis = await startRedis();
      demo = await demoOf(HOLES['null-reverse-path'], LOGIN);
      // So far that it is still being asked when its auditor is killed.
      far = await startDelayProxy({ to: demo.port, roundTripMs: 60 });
      writeFileSync(join(folder, 'queue.key'), FILE_KEY);
      script = `node_modules/.cache/relayproof/redis-worker-${process.pid}-rounds.mjs`;
      await build({
        entryPoints: ['fixtures/redis/worker.ts'],
        outfile: script,
        ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'warning' },
      });
    }, 420_000);
    afterAll(async () => {
      await far.close();
      await demo.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      await rawCommand(redis.port, ['FLUSHALL']);
      bench = await openBench(redis);
    });
    afterEach(() => bench.close());

    /** Harmless questions in the first round, a message or a login in each after it. */
    const audit = (places: readonly string[], state: string | null, ...more: readonly string[]): Started =>
      start([
        ...['audit', `127.0.0.1:${far.port}`, '-f', 'json', '--no-progress', '--no-shared-sessions'],
        ...places.flatMap((place) => ['-s', `worker:${place}`]),
        ...(state === null ? [] : ['--state', join(folder, state)]),
        ...['--queue', `redis://127.0.0.1:${redis.port}`, '--queue-key-file', join(folder, 'queue.key')],
        ...['--canary', 'relaytest@canary.example.net', '--local-recipient', 'alice@corp.test'],
        ...['--helo', 'auditor.example.net', '--techniques', 'plain-external,null-sender', '--confirm', 'data'],
        ...['--user', ACCOUNT.user, '--password-at-worker', '--allow-insecure-auth'],
        ...more,
      ]);

    const worker = (place: string) => bench.worker(place, { key: FILE_KEY, accounts: ACCOUNTS });
    const jobs = (): number => bench.events.filter(({ kind }) => kind === 'job').length;
    const serverOf = ({ stdout, stderr }: Ended): ServerReport => {
      const { servers }: Report = JSON.parse(stdout || `{"servers":[],"stderr":${JSON.stringify(stderr)}}`);
      const [server] = servers;
      if (server === undefined) throw new Error(stderr);
      return server;
    };
    const answersOf = ({ attempts, verdict }: ServerReport) => ({
      verdict,
      answers: attempts.map(({ id, outcome, stage, reason }) => `${id} ${outcome} ${stage} ${reason}`).sort(),
    });

    /** What comes of an audit that nothing happens to. */
    async function whole(places: readonly string[], ...more: readonly string[]) {
      const from = { jobs: jobs(), connections: far.counts.connections, messages: demo.mailboxes.length };
      const server = serverOf(await audit(places, null, ...more).ended);
      return {
        server,
        jobs: jobs() - from.jobs,
        connections: far.counts.connections - from.connections,
        messages: demo.mailboxes.length - from.messages,
      };
    }

    /** Start an audit, and kill it once so many jobs are done and the next is at the server. */
    async function killedAfter(
      done: number,
      places: readonly string[],
      state: string,
      signal: 'SIGKILL' | 'SIGINT' = 'SIGKILL',
    ): Promise<void> {
      const from = jobs();
      const { child, ended } = audit(places, state);
      await until('the rounds before are done', () => jobs() - from >= done, 60_000);
      const connections = far.counts.connections;
      await until('the server is asked in the next', () => far.counts.connections > connections, 60_000);
      child.kill(signal);
      await ended;
    }

    it.each([1, 5])(
      'and goes on while the worker is at it, %i rounds being done: nothing is asked again',
      async (rounds) => {
        await worker('office');
        const usual = await whole(['office']);
        expect([usual.jobs > 4, usual.messages]).toEqual([true, 2]);
        const from = { jobs: jobs(), connections: far.counts.connections, messages: demo.mailboxes.length };
        await killedAfter(rounds, ['office'], `under-way-${rounds}`);
        const server = serverOf(await audit(['office'], `under-way-${rounds}`).ended);
        expect(answersOf(server)).toEqual(answersOf(usual.server));
        expect(far.counts.connections - from.connections).toBe(usual.connections);
        expect([jobs() - from.jobs, demo.mailboxes.length - from.messages]).toEqual([usual.jobs, usual.messages]);
      },
      LIMIT_MS,
    );

    it(
      'and goes on once the worker is done, and is killed and goes on again: nothing is asked again',
      async () => {
        await worker('office');
        const usual = await whole(['office']);
        const from = { jobs: jobs(), connections: far.counts.connections };
        await killedAfter(1, ['office'], 'done');
        await until('the worker is done', () => jobs() - from.jobs === 2, 60_000);
        await killedAfter(1, ['office'], 'done');
        await until('the worker is done again', () => jobs() - from.jobs === 4, 60_000);
        const server = serverOf(await audit(['office'], 'done').ended);
        expect(answersOf(server)).toEqual(answersOf(usual.server));
        expect([jobs() - from.jobs, far.counts.connections - from.connections]).toEqual([
          usual.jobs,
          usual.connections,
        ]);
      },
      LIMIT_MS,
    );

    it(
      'and is interrupted instead: what was answered is not asked again',
      async () => {
        await worker('office');
        const usual = await whole(['office']);
        const from = { connections: far.counts.connections, messages: demo.mailboxes.length };
        await killedAfter(3, ['office'], 'interrupted', 'SIGINT');
        const server = serverOf(await audit(['office'], 'interrupted').ended);
        expect(server.verdict.relay).toBe(usual.server.verdict.relay);
        // One attempt was under way.
        expect(far.counts.connections - from.connections).toBeLessThanOrEqual(usual.connections + 1);
        expect(demo.mailboxes.length - from.messages).toBeLessThanOrEqual(usual.messages);
      },
      LIMIT_MS,
    );

    it(
      'and has two places: what either was asked is taken up',
      async () => {
        await worker('office');
        await worker('home');
        const usual = await whole(['office', 'home']);
        expect(usual.server.attempts.filter(({ outcome }) => outcome === 'skipped')).toEqual([]);
        const from = far.counts.connections;
        await killedAfter(3, ['office', 'home'], 'two');
        const server = serverOf(await audit(['office', 'home'], 'two').ended);
        expect(answersOf(server)).toEqual(answersOf(usual.server));
        expect(far.counts.connections - from).toBe(usual.connections);
      },
      LIMIT_MS,
    );

    it(
      'at any moment: what was read is not asked again, and what may have been done is not done again',
      async () => {
        await bench.worker('office', { accounts: ACCOUNTS });
        const near = await startDelayProxy({ to: demo.port, roundTripMs: 0 });
        const count = () => [near.counts.connections, demo.mailboxes.length] as const;
        const since = ([connections, messages]: readonly [number, number]) =>
          [near.counts.connections - connections, demo.mailboxes.length - messages] as const;
        const moments: { readonly memo: Memo; readonly done: readonly [number, number] }[] = [];
        const change: Partial<AuditOptions> = {
          ...{ account: { user: ACCOUNT.user, password: null }, allowInsecureAuth: true },
          ...{ confirm: 'data', techniques: ['plain-external', 'null-sender'], sharedSessions: false },
        };
        const from = count();
        const remember = (memo: Memo): void => void moments.push({ memo, done: since(from) });
        const usual = await auditFrom(await bench.places({ memory: { earlier: [], remember } }), near.port, change);
        const [connections, messages] = since(from);
        expect(moments.length).toBeGreaterThan(12);
        for (const [index, { memo }] of moments.entries()) {
          const earlier = moments.slice(0, index + 1);
          const memory = { earlier: earlier.map((moment) => moment.memo), remember: () => {} };
          const before = count();
          const places = await bench.places({ memory });
          const server = await auditFrom(places, near.port, change);
          await places.close();
          const [asked, sent] = since(before);
          const read = earlier.findLast((moment) => moment.memo.kind === 'result')?.done ?? [0, 0];
          expect(asked, `at ${index}`).toBeLessThanOrEqual(connections - read[0]);
          expect(sent, `at ${index}`).toBeLessThanOrEqual(messages - read[1]);
          if (memo.kind === 'leave' && memo.granted.length > 0)
            expect(JSON.stringify(server), `at ${index}`).toContain(CUT_OFF);
          else expect([asked, answersOf(server)], `at ${index}`).toEqual([connections - read[0], answersOf(usual)]);
        }
        await near.close();
      },
      LIMIT_MS,
    );

    it(
      'and Redis has forgotten all since: what was read counts, the rest is asked anew or said to be in doubt',
      async () => {
        await worker('office');
        const usual = await whole(['office']);
        const from = { jobs: jobs(), connections: far.counts.connections, messages: demo.mailboxes.length };
        await killedAfter(1, ['office'], 'forgotten');
        await until('the worker is done', () => jobs() - from.jobs === 2, 60_000);
        await rawCommand(redis.port, ['FLUSHALL']);
        await bench.close();
        await worker('office');
        const server = serverOf(await audit(['office'], 'forgotten').ended);
        expect(server.notTested.join()).toContain(CUT_OFF);
        expect(server.verdict.relay).toBe(usual.server.verdict.relay);
        // One attempt was in the round that was forgotten, and is not made again.
        expect(far.counts.connections - from.connections).toBeLessThanOrEqual(usual.connections);
        expect(demo.mailboxes.length - from.messages).toBeLessThanOrEqual(usual.messages);
      },
      LIMIT_MS,
    );

    it(
      'and the worker has died with it: what it was asked is in doubt or asked anew, and what was read counts',
      async () => {
        const words = {
          ...{ key: FILE_KEY.toString('hex'), redis: redis.port, place: 'office', timing: HASTY },
          ...{ allow: '127.0.0.0/8', source: '127.0.0.66', accounts: ACCOUNTS },
        };
        const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(words)], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        if (child.stdout !== null) await once(child.stdout, 'data');
        const from = { connections: far.counts.connections, messages: demo.mailboxes.length };
        const { child: auditor, ended } = audit(['office'], 'dead', ...ONE);
        await until('a message was sent', () => demo.mailboxes.length > from.messages, 60_000);
        auditor.kill('SIGKILL');
        child.kill('SIGKILL');
        await ended;
        await worker('office');
        const server = serverOf(await audit(['office'], 'dead', ...ONE).ended);
        expect(demo.mailboxes.length - from.messages).toBe(1);
        const before = far.counts.connections - from.connections;
        const usual = await whole(['office'], ...ONE);
        expect(before).toBeLessThanOrEqual(usual.connections);
        expect(server.notTested.join()).toContain(CUT_OFF);
        expect(server.verdict.relay).toBe(usual.server.verdict.relay);
      },
      LIMIT_MS,
    );
  },
);
