// The auditor's side of the queue as the rest of an audit sees it: who is at a place, and a task done there. Judges nothing.
import { randomBytes } from 'node:crypto';
import type { Brief } from '../model/brief.js';
import { UsageError } from '../model/errors.js';
import { follow, type Told } from './follow.js';
import type { Task } from './hand-in.js';
import { type Memory, questionOf, recalling } from './memory.js';
import { closeQueues, type Desk, type PlacesOptions, renew, whyNot } from './place.js';
import { connectRedis, isDenied, KEYS, loadPeers, troubleOf } from './redis.js';
import { makeSeal } from './seal.js';
import { type Earlier, type TakenUp, takeUp } from './take-up.js';
import { TIMING } from './timing.js';

export interface Places {
  /** Say why nobody at a place takes jobs, after waiting for somebody where none was there before; null where somebody does. */
  whyNot(place: string, signal: AbortSignal): Promise<string | null>;
  /** Have a task done at its place. Never rejects for trouble of queue or place: that is the result's problem. */
  ask(task: Task, signal: AbortSignal): Promise<Told>;
  /** Say whether auditors of the run before this one, which did not end, had jobs for a source. */
  remembers(brief: Brief, source: string): boolean;
  /** Take up those jobs, in their order: what has come of each, waiting for those that are being done. Never rejects for trouble. */
  takeUp(earlier: Earlier, signal: AbortSignal): Promise<readonly TakenUp[]>;
  close(): Promise<void>;
}

const NO_MEMORY: Memory = { earlier: [], remember: () => {} };

/** Open the queue for one run. @throws UsageError for packages that are not there, and a user or password that Redis refuses */
export async function openPlaces(options: PlacesOptions): Promise<Places> {
  const { connection, key, timing = TIMING, memory = NO_MEMORY, onTrouble = () => {} } = options;
  const peers = await loadPeers();
  const redis = connectRedis(peers, connection, onTrouble);
  const run = randomBytes(8).toString('hex');
  const desk: Desk = {
    ...{ options, timing, peers, redis, seal: makeSeal(key) },
    ...{ run, runs: new Set([run]), recall: recalling(memory.earlier) },
    remember: memory.remember,
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
    remembers: (brief, source) => desk.recall(questionOf(brief, source)).length > 0,
    takeUp: (earlier, signal) => takeUp(desk, earlier, signal),
    close: async () => {
      clearInterval(timer);
      await redis.del(...[...desk.runs].map(KEYS.run)).catch(() => undefined);
      await closeQueues(desk);
      redis.disconnect();
    },
  };
}
