// How far an audit is, as it is told: a bar on a terminal, lines where asked for, nothing where nobody looks.
import { describe, expect, it } from 'vitest';
import { progressOf, type Step } from '../../src/cli/progress.js';

const step = (done: number, change: Partial<Step> = {}): Step => ({
  done,
  total: 100,
  sources: { done: 0, total: 1 },
  findings: 0,
  servers: { done: 0, total: 1 },
  ...change,
});

/** Tell some steps, so many milliseconds apart, and give what was written. */
function told(
  values: Parameters<typeof progressOf>[0],
  steps: readonly Step[],
  { isTTY = true, apartMs = 1_000, columns = 100 } = {},
): readonly string[] {
  const written: string[] = [];
  let now = 0;
  const progress = progressOf(values, { isTTY, columns, write: (text) => written.push(text) }, () => now);
  for (const one of steps) {
    now += apartMs;
    progress.show(one);
  }
  progress.clear();
  return written;
}

const CLEAR = '\r\u001b[K';

describe('on a terminal', () => {
  it('is a bar with attempts, sources, elapsed and remaining time, and findings', () => {
    const full = step(25, { sources: { done: 1, total: 3 }, findings: 2 });
    expect(told({}, [full])).toEqual([
      `${CLEAR}[#####...............] 25 of 100 attempts, 1 of 3 sources, 1 s, about 3 s left, 2 findings`,
      CLEAR,
    ]);
  });

  it('never wraps, and is not drawn for every attempt', () => {
    const steps = Array.from({ length: 50 }, (_, at) => step(at));
    const written = told({}, steps, { apartMs: 10, columns: 30 });
    expect(written.length).toBeLessThan(10);
    for (const text of written) expect(text.replace(CLEAR, '').length).toBeLessThan(30);
  });
});

describe('elsewhere', () => {
  it.each([
    [{ quiet: true }, true],
    [{ progress: 'none' as const }, true],
    [{ progress: 'plain' as const, quiet: true }, true],
    [{}, false],
  ])('%j tells nothing', (values, isTTY) => {
    expect(told(values, [step(1), step(100)], { isTTY })).toEqual([]);
  });

  it('is in lines where they are asked for: the first, one now and then, the last', () => {
    const steps = [1, 2, 3, 50, 100].map((done) => step(done));
    expect(told({ progress: 'plain' }, steps, { isTTY: false, apartMs: 2_000 })).toEqual([
      'relayproof: 1 of 100 attempts, 2 s, about 3 min 18 s left\n',
      'relayproof: 50 of 100 attempts, 8 s, about 8 s left\n',
      'relayproof: 100 of 100 attempts, 10 s\n',
    ]);
  });
});
