// The ports of the engine: time, randomness, names. Tests hand in their own; nothing else in the engine knows a clock.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall clock, for the report. */
  date(): Date;
  /** Wait; ends early without an error when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Random text of lower-case hexadecimal digits, two per byte. */
export type Random = (bytes: number) => string;

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

export const systemRandom: Random = (bytes) => randomBytes(bytes).toString('hex');
