// Which server is audited when: how many at once, how many sessions at one address, and that nobody waits for nothing.
import { describe, expect, it } from 'vitest';
import { type Place, schedule } from '../../src/fleet/schedule.js';

interface Job {
  readonly name: string;
  readonly places: readonly Place[];
}

const at = (address: string, port = 25, sessions = 4): Place => ({ address, port, sessions });

/** Turns of the event loop that a job takes, so that jobs overlap as they would. */
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Run jobs, and tell the most that were open at each address, the order of their starts and what each was granted. */
async function ran(jobs: readonly Job[], atOnce: number, lasts: (job: Job) => number = () => 3) {
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const started: string[] = [];
  const granted = new Map<string, number>();
  const endpoints = new Set<string>();
  let running = 0;
  let mostRunning = 0;
  let prepared = 0;
  let mostAhead = 0;
  await schedule(
    jobs,
    atOnce,
    async (job) => {
      prepared += 1;
      mostAhead = Math.max(mostAhead, prepared - started.length);
      await turns(1);
      return job;
    },
    async (job, sessionsAt) => {
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      started.push(job.name);
      for (const { address, port } of job.places) {
        expect(endpoints.has(`${address}:${port}`)).toBe(false);
        endpoints.add(`${address}:${port}`);
        const sessions = sessionsAt(address);
        expect(sessions).toBeGreaterThan(0);
        granted.set(job.name, sessions);
        open.set(address, (open.get(address) ?? 0) + sessions);
        most.set(address, Math.max(most.get(address) ?? 0, open.get(address) ?? 0));
      }
      await turns(lasts(job));
      for (const { address, port } of job.places) {
        endpoints.delete(`${address}:${port}`);
        open.set(address, (open.get(address) ?? 0) - sessionsAt(address));
      }
      running -= 1;
    },
  );
  return { most, started, granted, mostRunning, mostAhead };
}

describe('the schedule', () => {
  it('runs everything once, so many at a time, in the order of the list', async () => {
    const jobs = Array.from({ length: 40 }, (_, index) => ({ name: `${index}`, places: [at(`192.0.2.${index}`)] }));
    const { started, mostRunning } = await ran(jobs, 5);
    expect(started).toEqual(jobs.map(({ name }) => name));
    expect(mostRunning).toBe(5);
  });

  it.each([1, 2, 3, 4, 7])(
    'opens at most %i sessions at an address, whatever names and ports it has',
    async (limit) => {
      const jobs = Array.from({ length: 30 }, (_, index) => ({
        name: `${index}`,
        places: [at('192.0.2.1', 25 + (index % 9), limit)],
      }));
      const { most, started, mostRunning } = await ran(jobs, 8, ({ name }) => 1 + (Number(name) % 4));
      expect(most.get('192.0.2.1')).toBeLessThanOrEqual(limit);
      expect(started).toHaveLength(30);
      // What is shared is used: nobody keeps the whole address while others wait.
      expect(mostRunning).toBe(Math.min(limit, 8));
    },
  );

  it('goes by the least that anybody there wants', async () => {
    const jobs = [1, 4, 2, 8, 3, 1].map((sessions, index) => ({
      name: `${index}`,
      places: [at('192.0.2.1', 25 + index, sessions)],
    }));
    const { most, started } = await ran(jobs, 6);
    expect(started).toHaveLength(6);
    expect(most.get('192.0.2.1')).toBeLessThanOrEqual(8);
  });

  it('never asks one address and port twice at a time', async () => {
    const jobs = Array.from({ length: 12 }, (_, index) => ({ name: `${index}`, places: [at('192.0.2.1')] }));
    expect((await ran(jobs, 8)).mostRunning).toBe(1);
  });

  it('lets others pass whoever waits for a busy address', async () => {
    const busy = Array.from({ length: 20 }, (_, index) => ({ name: `busy ${index}`, places: [at('192.0.2.1')] }));
    const free = Array.from({ length: 20 }, (_, index) => ({
      name: `free ${index}`,
      places: [at(`192.0.2.${100 + index}`)],
    }));
    const { started } = await ran([...busy, ...free], 4, ({ name }) => (name.startsWith('busy') ? 50 : 1));
    expect(started.slice(0, 21).filter((name) => name.startsWith('free'))).toHaveLength(20);
  });

  it('looks only so far ahead', async () => {
    const jobs = Array.from({ length: 500 }, (_, index) => ({ name: `${index}`, places: [at('192.0.2.1')] }));
    expect((await ran(jobs, 8)).mostAhead).toBeLessThanOrEqual(64 + 8);
  });

  it('runs what has no place at all', async () => {
    expect((await ran([{ name: 'unresolved', places: [] }], 8)).started).toEqual(['unresolved']);
  });

  it('ends with the first error, once what was under way has ended', async () => {
    const ended: number[] = [];
    const running = schedule(
      Array.from({ length: 100 }, (_, index) => index),
      4,
      async (index) => ({ index, places: [at(`192.0.2.${index % 200}`)] }),
      async ({ index }) => {
        await turns(index === 3 ? 1 : 5);
        if (index === 3) throw new Error('the disk is full');
        ended.push(index);
      },
    );
    await expect(running).rejects.toThrow('the disk is full');
    expect(ended).toEqual(expect.arrayContaining([0, 1, 2]));
    expect(ended.length).toBeLessThan(10);
  });
});
