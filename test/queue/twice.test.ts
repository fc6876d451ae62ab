// What logs in or sends is never done twice without saying so: a worker that does not come back after it was given leave. The
// queue is left out, the engine is not: the places of this test do their jobs here, as often as they are told.
import { describe, expect, it } from 'vitest';
import { HOLES } from '../../src/demo/holes.js';
import { systemClock, systemRandom } from '../../src/execute/ports.js';
import type { Told } from '../../src/queue/follow.js';
import type { Task } from '../../src/queue/hand-in.js';
import type { Job, Leave } from '../../src/queue/job.js';
import { perform } from '../../src/queue/perform.js';
import type { Places } from '../../src/queue/places.js';
import { ACCOUNT, LOGIN } from '../fleet/lab.js';
import { auditFrom, demoOf } from './lab.js';

const GROUND = {
  source: '127.0.0.66',
  proxyPassword: null,
  passwordOf: async () => null,
  clock: systemClock,
  random: systemRandom,
};

const jobOf = ({ brief, leave: _, place: __, ...task }: Task): Job => ({
  ...task,
  brief: { ...brief, techniques: brief.techniques.map(({ id }) => id) },
});

/**
 * Places whose workers die after they were given leave, where a leave grants something: before they do it, or after; or are told to
 * end, and tell what they have.
 */
function placesThatDie(when: 'never' | 'before' | 'after' | 'told', leaves: Leave[]): Places {
  const start = (task: Task, signal: AbortSignal): Promise<{ leave: Leave; run: () => Promise<Told> }> => {
    const leave = task.leave();
    leaves.push(leave);
    const run = async (): Promise<Told> => ({ ...(await perform(jobOf(task), leave, GROUND, signal)), start: 0 });
    return Promise.resolve({ leave, run });
  };
  return {
    whyNot: async () => null,
    ask: async (task, signal) => {
      const first = await start(task, signal);
      if (when === 'never' || first.leave.granted.length === 0) return first.run();
      if (when === 'told')
        return { ...(await perform(jobOf(task), first.leave, GROUND, AbortSignal.abort())), start: 0 };
      if (when === 'after') await first.run();
      const second = await start(task, signal);
      return { ...(await second.run()), start: 1 };
    },
    remembers: () => false,
    takeUp: async () => [],
    close: async () => undefined,
  };
}

const MESSAGES = { confirm: 'data', techniques: ['standard'] } as const;

describe('a worker that was given leave and did not come back, or was cut off', () => {
  it.each(['before', 'after', 'told'] as const)('%s: the message is not sent again, and that is said', async (when) => {
    const demo = await demoOf(HOLES['null-reverse-path']);
    const leaves: Leave[] = [];
    const server = await auditFrom(placesThatDie(when, leaves), demo.port, MESSAGES);
    const keys = leaves.flatMap(({ granted }) => granted.map(({ key }) => key));
    await demo.close();
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
    expect(demo.mailboxes.length).toBe(when === 'after' ? keys.length : 0);
    expect(server.notTested.join()).toContain('the message may have been sent, so it was not repeated');
    expect(server.verdict.relay).toBe('open');
  });

  it('a login is not tried again', async () => {
    const demo = await demoOf(LOGIN);
    const leaves: Leave[] = [];
    const change = { account: ACCOUNT, allowInsecureAuth: true };
    const server = await auditFrom(placesThatDie('before', leaves), demo.port, change);
    await demo.close();
    const keys = leaves.flatMap(({ granted }) => granted.map(({ key }) => key));
    expect(new Set(keys).size).toBe(keys.length);
    expect(JSON.stringify([server.notTested, server.findings])).toContain(
      'the login may have been tried, so it was not repeated',
    );
    expect(JSON.stringify(server)).not.toContain(ACCOUNT.password);
    expect(server.verdict.compliance).toBe('inconclusive');
  });

  it('nothing of that where every worker comes back', async () => {
    const demo = await demoOf(HOLES['null-reverse-path'], LOGIN);
    const leaves: Leave[] = [];
    const change = { ...MESSAGES, account: ACCOUNT, allowInsecureAuth: true };
    const server = await auditFrom(placesThatDie('never', leaves), demo.port, change);
    await demo.close();
    expect(JSON.stringify(server)).not.toContain('was not repeated');
    expect(server.verdict.relay).toBe('open');
    // The password goes where it is used, and nowhere else.
    expect(leaves.some(({ granted, account }) => granted.length === 0 && account !== null)).toBe(false);
  });
});

describe('what places share', () => {
  it('is divided: sessions by those that ask at once, logins to one of them', async () => {
    const demo = await demoOf(LOGIN);
    const seen: { sessions: number; delicate: boolean; at: string }[] = [];
    const inner = placesThatDie('never', []);
    let under = 0;
    let most = 0;
    let holders = 0;
    const places: Places = {
      ...inner,
      ask: async (task, signal) => {
        under += 1;
        most = Math.max(most, under);
        let isHolder = false;
        const told = await inner.ask(
          {
            ...task,
            leave: () => {
              const leave = task.leave();
              isHolder = leave.granted.length > 0;
              if (isHolder) holders += 1;
              expect(holders).toBeLessThanOrEqual(1);
              seen.push({ sessions: task.limits.sessions, delicate: isHolder, at: task.place });
              return leave;
            },
          },
          signal,
        );
        if (isHolder) holders -= 1;
        under -= 1;
        return told;
      },
    };
    const sources = ['worker:a', 'worker:b', 'worker:c', '127.0.0.67'];
    const change = { sources, sessions: 2, account: ACCOUNT, allowInsecureAuth: true };
    const server = await auditFrom(places, demo.port, change);
    await demo.close();
    expect(most).toBeLessThanOrEqual(2);
    expect(seen.slice(0, 3).map(({ sessions }) => sessions)).toEqual([1, 1, 1]);
    expect(new Set(seen.filter(({ delicate }) => delicate).map(({ at }) => at)).size).toBe(3);
    expect(server.sources.every(({ unknownBecause }) => unknownBecause === null)).toBe(true);
    const wrong = server.attempts.filter(({ technique }) => technique === 'auth-wrong-password');
    expect(wrong).toHaveLength(1);
  });
});
