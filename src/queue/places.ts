// The auditor's side of the queue as the rest of an audit sees it: who is at a place, and a task done there. Judges nothing.
import { randomBytes } from 'node:crypto';
import type { Brief } from '../model/brief.js';
import { UsageError } from '../model/errors.js';
import { follow, type Told } from './follow.js';
import type { Task } from './hand-in.js';
import { memorising, questionOf } from './memory.js';
import { closeQueues, type Desk, type PlacesOptions, renew, whyNot } from './place.js';
import { connectRedis, isDenied, KEYS, loadPeers, troubleOf } from './redis.js';
import { makeSeal } from './seal.js';
import { TIMING } from './timing.js';

export interface Places {
  /** Say why nobody at a place takes jobs, after waiting for somebody where none was there before; null where somebody does. */
  whyNot(place: string, signal: AbortSignal): Promise<string | null>;
  /** Have a task done at its place. Never rejects for trouble of queue or place: that is the result's problem. */
  ask(task: Task, signal: AbortSignal): Promise<Told>;
  /** Keys of the attempts of a source whose messages may have been sent for an auditor before this one, which did not end. */
  sentBefore(brief: Brief, source: string): readonly string[];
  close(): Promise<void>;
}

/** Open the queue for one run. @throws UsageError for packages that are not there, and a user or password that Redis refuses */
export async function openPlaces(options: PlacesOptions): Promise<Places> {
  const { connection, key, timing = TIMING, onTrouble = () => {} } = options;
  const peers = await loadPeers();
  const redis = connectRedis(peers, connection, onTrouble);
  const run = randomBytes(8).toString('hex');
  const desk: Desk = {
    ...{ options, timing, peers, redis, seal: makeSeal(key) },
    ...{ run, runs: new Set([run]), ...memorising(options.memory) },
    ...{ places: new Map(), waiting: new Map() },
  };
  const lease = (): Promise<unknown> => renew(desk).catch((error: unknown) => error);
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
    sentBefore: (brief, source) => desk.recall(questionOf(brief, source)).messages,
    close: async () => {
      clearInterval(timer);
      await redis.del(...[...desk.runs].map(KEYS.run)).catch(() => undefined);
      await closeQueues(desk);
      redis.disconnect();
    },
  };
}
