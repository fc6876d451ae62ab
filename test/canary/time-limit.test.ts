// A time limit fires though nobody holds it, and for the reason of whatever ended it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { timeLimit } from '../../src/canary/time-limit.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

describe('a time limit', () => {
  it('ends after its time, though garbage was collected meanwhile', async () => {
    const waits = Array.from({ length: 20 }, () => aborted(timeLimit(60, new AbortController().signal).signal));
    const hold = setInterval(collect, 5);
    const reasons = await Promise.all(waits);
    clearInterval(hold);
    expect(new Set(reasons.map((reason) => (reason as Error).name))).toEqual(new Set(['TimeoutError']));
  });

  it.each(['before', 'after'] as const)(
    'ends with another signal that was aborted %s, for its reason',
    async (when) => {
      const other = new AbortController();
      if (when === 'before') other.abort('enough');
      const { signal } = timeLimit(60_000, new AbortController().signal, other.signal);
      if (when === 'after') other.abort('enough');
      expect([signal.aborted, signal.reason]).toEqual([true, 'enough']);
    },
  );

  it('does nothing any more once it was ended', async () => {
    const other = new AbortController();
    const limit = timeLimit(1, other.signal);
    limit.end();
    other.abort();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(limit.signal.aborted).toBe(false);
  });
});
