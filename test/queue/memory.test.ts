// What an auditor knows of the jobs of one before it: all that ask the same, of whatever round, with their starts and what was read.
import { describe, expect, it } from 'vitest';
import { briefsFor } from '../../src/fleet/briefs.js';
import type { Brief } from '../../src/model/brief.js';
import { type Memo, questionOf, recalling } from '../../src/queue/memory.js';
import { OPTIONS, zone } from '../fleet/lab.js';

const leave = (job: string, nonce: string, more: Partial<Extract<Memo, { kind: 'leave' }>> = {}): Memo => ({
  ...{ kind: 'leave', question: 'q', round: 0, job, nonce, granted: [] },
  ...more,
});
const read = (job: string, nonce: string) => ({ kind: 'result', job, nonce, at: 1, sealed: `of ${job}` }) as const;
const MESSAGE = { key: 'm', isMessage: true };
const start = (nonce: string, ...granted: readonly (typeof MESSAGE)[]) => ({ nonce, granted });
const LATER = { round: 1, granted: [MESSAGE] };

describe('what is recalled', () => {
  const CASES: readonly (readonly [string, readonly Memo[], readonly unknown[]])[] = [
    ['nothing of nothing', [], []],
    ['nothing of another question', [leave('a', '1', { question: 'p' })], []],
    [
      'a job with all its starts',
      [leave('a', '1', LATER), leave('a', '2', { round: 1 })],
      [{ job: 'a', round: 1, starts: [start('1', MESSAGE), start('2')], read: null }],
    ],
    [
      'every round, read or not, in their order',
      [leave('a', '1'), read('a', '1'), leave('b', '2', LATER)],
      [
        { job: 'a', round: 0, starts: [start('1')], read: read('a', '1') },
        { job: 'b', round: 1, starts: [start('2', MESSAGE)], read: null },
      ],
    ],
    ['nothing of a result without leave', [read('a', '1')], []],
  ];
  it.each(CASES)('%s', (_, earlier, expected) => {
    const begun = recalling(earlier)('q');
    expect(begun).toMatchObject(expected);
    expect(begun).toHaveLength(expected.length);
  });
});

describe('a question', () => {
  const briefOf = async (change: Partial<typeof OPTIONS> = {}, id = 'aaaa'): Promise<Brief> => {
    const target = { host: '127.0.0.1', port: 25, security: 'none' } as const;
    const options = { ...OPTIONS, seed: null, sources: ['worker:office', 'worker:home'], ...change, targets: [target] };
    const { briefs } = await briefsFor(target, options, zone({}), () => id);
    const [brief] = briefs;
    if (brief === undefined) throw new Error('no brief');
    return brief;
  };
  const question = async (...args: Parameters<typeof briefOf>): Promise<string> =>
    questionOf(await briefOf(...args), 's1');

  it('is the same whatever names are invented, and whatever was spent or lost since', async () => {
    const brief = await briefOf();
    expect(await question({}, 'bbbb')).toBe(await question());
    expect(questionOf({ ...brief, maxMessages: 3, failuresSpent: true }, 's1')).toBe(await question());
    const sources = brief.sources.map((source) => ({ ...source, unavailable: 'no worker takes jobs' }));
    expect(questionOf({ ...brief, sources }, 's1')).toBe(await question());
  });

  it.each<[string, Partial<typeof OPTIONS>]>([
    ['greeting', { helo: 'other.example.net' }],
    ['list', { relayHosts: ['192.0.2.0/24'] }],
    ['techniques', { techniques: ['null-sender'] }],
    ['sources', { sources: ['worker:home', 'worker:office'] }],
  ])('is another with another %s', async (_, change) => {
    expect(await question(change)).not.toBe(await question());
  });

  it('is each source its own', async () => {
    expect(questionOf(await briefOf(), 's2')).not.toBe(await question());
  });
});
