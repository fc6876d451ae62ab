// What opens and what does not: the seal on its own, without Redis.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeSeal, PURPOSES } from '../../src/queue/seal.js';

const KEY = randomBytes(32);
const seal = makeSeal(KEY);
const CONTEXT = ['1', 'office', 'run-server-0'];
const VALUE = { text: 'Grüße\r\n', big: 2n ** 100n, list: [1, null, { deep: true }] };
const sealed = seal.seal('job', CONTEXT, VALUE, 60_000);

describe('the seal', () => {
  it('gives back what was sealed', async () => {
    expect(await seal.open('job', CONTEXT, await sealed)).toEqual({ problem: null, value: VALUE });
  });

  it('shows nothing of it, and never the same twice', async () => {
    const again = await seal.seal('job', CONTEXT, VALUE, 60_000);
    expect(again).not.toBe(await sealed);
    expect(Buffer.from(again, 'base64url').toString('latin1')).not.toContain('deep');
  });

  it.each(PURPOSES.filter((purpose) => purpose !== 'job'))('does not open a job as %s', async (purpose) => {
    expect((await seal.open(purpose, CONTEXT, await sealed)).problem).toBe('forged');
  });

  it.each([
    ['another protocol', ['2', 'office', 'run-server-0']],
    ['another place', ['1', 'home', 'run-server-0']],
    ['another job', ['1', 'office', 'run-server-1']],
    ['parts that were moved', ['1', 'officerun', '-server-0']],
    ['a part less', ['1', 'office']],
    ['a part more', ['1', 'office', 'run-server-0', '']],
  ])('does not open for %s', async (_, context) => {
    expect((await seal.open('job', context, await sealed)).problem).toBe('forged');
  });

  it('does not open with another key', async () => {
    expect((await makeSeal(randomBytes(32)).open('job', CONTEXT, await sealed)).problem).toBe('forged');
  });

  it('does not open with any bit turned', async () => {
    const octets = Buffer.from(await sealed, 'base64url');
    for (let at = 0; at < octets.length; at += 1) {
      const turned = Buffer.from(octets);
      turned[at] = (turned[at] ?? 0) ^ (1 << (at % 8));
      expect((await seal.open('job', CONTEXT, turned.toString('base64url'))).problem, `octet ${at}`).toBe('forged');
    }
  });

  it.each(['', 'x', 'AAAA', '{}', randomBytes(200).toString('base64url')])(
    'does not open %j, and does not throw',
    async (text) => {
      expect((await seal.open('job', CONTEXT, text)).problem).toBe('forged');
    },
  );

  it('does not open what was cut short', async () => {
    const text = await sealed;
    for (const length of [1, 16, 40, text.length - 4, text.length - 1])
      expect((await seal.open('job', CONTEXT, text.slice(0, length))).problem).toBe('forged');
  });

  it('expires, and says so', async () => {
    let now = 1_000_000;
    const timed = makeSeal(KEY, () => now);
    const text = await timed.seal('leave', CONTEXT, 1, 500);
    now += 499;
    expect((await timed.open('leave', CONTEXT, text)).problem).toBeNull();
    now += 1;
    expect((await timed.open('leave', CONTEXT, text)).problem).toBe('expired');
    // What was read in time was not too old then.
    expect((await timed.open('leave', CONTEXT, text, now - 1)).problem).toBeNull();
  });
});
