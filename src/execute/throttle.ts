// Rates that a server keeps: a source that asks too much in a while waits for the next one, and what it was about to ask is
// not counted as tried (SERVERS.md, "Limits and tempers"). The pause grows until it is long enough, and stays there.
import type { Context } from './context.js';

interface Pace {
  readonly pauseMs: number;
  /** Of all pauses so far. */
  readonly spentMs: number;
}

const FIRST_MS = 1_000;
const GROWTH = 1.6;
const LONGEST_MS = 10_000;
/** What all pauses of a source may come to; after that its attempts are tried like others, and then left open. */
const MOST_MS = 120_000;

const paces = new WeakMap<Context, Map<string, Pace>>();

/** Let a source rest; false where it has rested enough for one run. */
export function mayRest(context: Context, source: string): boolean {
  const known = paces.get(context) ?? new Map<string, Pace>();
  paces.set(context, known);
  const { pauseMs, spentMs } = known.get(source) ?? { pauseMs: FIRST_MS, spentMs: 0 };
  if (spentMs + pauseMs > MOST_MS) return false;
  // Several sessions that run into the limit at once rest once.
  if (!context.work.isPaused(source)) {
    known.set(source, { pauseMs: Math.min(LONGEST_MS, pauseMs * GROWTH), spentMs: spentMs + pauseMs });
    context.work.pause(source, pauseMs);
  }
  return true;
}
