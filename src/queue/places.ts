// The auditor's side of the queue as the rest of an audit sees it: who is at a place, and a task done there. Judges nothing.
import { randomBytes } from 'node:crypto';
import { UsageError } from '../model/errors.js';
import { follow, type Task, type Told } from './follow.js';
import { type Desk, type PlacesOptions, soon, whyNot } from './place.js';
import { connectRedis, isDenied, KEYS, loadPeers, troubleOf } from './redis.js';
import { makeSeal } from './seal.js';
import { TIMING } from './timing.js';

export interface Places {
  /** Say why nobody at a place takes jobs, after waiting for somebody where none was there before; null where somebody does. */
  whyNot(place: string, signal: AbortSignal): Promise<string | null>;
  /** Have a task done at its place. Never rejects for trouble of queue or place: that is the result's problem. */
  ask(task: Task, signal: AbortSignal): Promise<Told>;
  close(): Promise<void>;
}

/** A run that ended is soon forgotten. */
const LEASE_SECONDS = 120;

/** Open the queue for one run. @throws UsageError for packages that are not there, and a user or password that Redis refuses */
export async function openPlaces(options: PlacesOptions): Promise<Places> {
  const { connection, key, timing = TIMING, onTrouble = () => {} } = options;
  const peers = await loadPeers();
  const redis = connectRedis(peers, connection, onTrouble);
  const run = randomBytes(8).toString('hex');
  const desk: Desk = { options, timing, peers, redis, seal: makeSeal(key), run, places: new Map(), waiting: new Map() };
  const lease = (): Promise<unknown> =>
    redis.set(KEYS.run(run), '1', 'EX', LEASE_SECONDS).catch((error: unknown) => error);
  const first = await lease();
  if (first instanceof Error && isDenied(first.message)) {
    redis.disconnect();
    throw new UsageError(`--queue: Redis refuses the user or the password: ${troubleOf(first)}`);
  }
  const timer = setInterval(() => void lease(), Math.min(10_000, timing.abandonedMs / 4));
  timer.unref();
  return {
    whyNot: (place, signal) => whyNot(desk, place, signal),
    ask: (task, signal) => follow(desk, task, signal),
    close: async () => {
      clearInterval(timer);
      await redis.del(KEYS.run(run)).catch(() => undefined);
      const open = [...desk.places.values()].flatMap((place) => (place.open === null ? [] : [place.open]));
      const closed = new AbortController();
      const closing = open.flatMap(({ queue, events }) => [queue.close(), events.close()]);
      void Promise.allSettled(closing).then(() => closed.abort());
      await soon(closed.signal, timing.graceMs);
      // Whoever still waits for a Redis that is gone would keep the process.
      for (const { queue, events } of open) void Promise.allSettled([queue.disconnect(), events.disconnect()]);
      redis.disconnect();
    },
  };
}
