// What an auditor takes up of one before it: the first job for the same question that gave leave for no message and was not read.
import { describe, expect, it } from 'vitest';
import { briefsFor } from '../../src/fleet/briefs.js';
import type { Brief } from '../../src/model/brief.js';
import { type Memo, memorising, questionOf } from '../../src/queue/memory.js';
import { OPTIONS, zone } from '../fleet/lab.js';

const leave = (job: string, nonce: string, more: Partial<Extract<Memo, { kind: 'leave' }>> = {}): Memo => ({
  ...{ kind: 'leave', question: 'q', round: 0, job, nonce, messages: [] },
  ...more,
});
const read = (job: string): Memo => ({ kind: 'result', job });
const ROUND = { round: 1 };
const MESSAGE = { round: 1, messages: ['m'] };

describe('what is taken up', () => {
  const CASES: readonly (readonly [string, readonly Memo[], unknown])[] = [
    ['nothing of nothing', [], [null, [], []]],
    ['nothing of another question', [leave('a', '1', { question: 'p' })], [null, [], []]],
    ['a job with all its starts', [leave('a', '1'), leave('a', '2')], [{ job: 'a', nonces: ['1', '2'] }, [], []]],
    ['nothing that was read', [leave('a', '1'), read('a')], [null, [], []]],
    ['the latest that was not', [leave('a', '1'), read('a'), leave('b', '2')], [{ job: 'b', nonces: ['2'] }, [], []]],
    [
      'no later round, which is ended',
      [leave('a', '1'), leave('b', '2', ROUND)],
      [{ job: 'a', nonces: ['1'] }, ['b'], []],
    ],
    ['no job that may send, whose messages count', [leave('a', '1', MESSAGE)], [null, ['a'], ['m']]],
    ['a message counts, read or not', [leave('a', '1', MESSAGE), read('a')], [null, [], ['m']]],
    ['nothing that sends in its first round', [leave('a', '1', { messages: ['m'] })], [null, ['a'], ['m']]],
  ];
  it.each(CASES)('%s', (_, earlier, expected) => {
    const { begun, others, messages } = memorising({ earlier, remember: () => {} }).recall('q');
    expect([begun, others, messages]).toEqual(expected);
  });

  it('and nothing twice', () => {
    const kept: Memo[] = [];
    const memory = memorising({ earlier: [leave('a', '1')], remember: (memo) => void kept.push(memo) });
    memory.remember(read('a'));
    expect([kept, memory.recall('q').begun]).toEqual([[read('a')], null]);
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

  it('is the same whatever names are invented, and whatever was spent since', async () => {
    const brief = await briefOf();
    expect(await question({}, 'bbbb')).toBe(await question());
    expect(questionOf({ ...brief, maxMessages: 3, failuresSpent: true }, 's1')).toBe(await question());
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
