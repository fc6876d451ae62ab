// A place as an auditor looks at it: its queue, opened when it is first used, and whether anybody there takes jobs. Every wait ends
// with somebody, with the signal, or with the reason for which there is nobody.
import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { systemClock } from '../execute/ports.js';
import type { QueueConnection } from './address.js';
import type { Begun, Memory } from './memory.js';
import { crowdAt, whyNobody } from './presence.js';
import { KEYS, type Peers, PREFIX, queueName, redisOptions, troubleOf } from './redis.js';
import type { Seal } from './seal.js';
import type { Timing } from './timing.js';

export interface PlacesOptions {
  readonly connection: QueueConnection;
  /** 32 octets. */
  readonly key: Buffer;
  /** How long a place may be without a worker. */
  readonly waitMs: number;
  /** What auditors of the same run remember; absent: nothing beyond this one. */
  readonly memory?: Memory;
  readonly timing?: Timing;
  readonly onTrouble?: (text: string) => void;
}

/** A place, as it was when it was last looked at. */
interface Place {
  /** Null until a job is handed in. */
  open: { readonly queue: Queue; readonly events: QueueEvents } | null;
  /** Since when nobody is there, and why; null where somebody is. */
  absent: { readonly since: number; readonly why: string } | null;
  lookedAt: number;
  /** Runs out when BullMQ's keys of the place are given their expiry once more; null: they have it. */
  expiring: NodeJS.Timeout | null;
}

/** What all places of a run share. */
export interface Desk {
  readonly options: PlacesOptions;
  readonly timing: Timing;
  readonly peers: Peers;
  readonly redis: Redis;
  readonly seal: Seal;
  readonly run: string;
  /** Its own, and those before it whose jobs it has taken up: workers go on for as long as they are heard of. */
  readonly runs: Set<string>;
  readonly recall: (question: string) => readonly Begun[];
  readonly remember: Memory['remember'];
  readonly places: Map<string, Place>;
  /** Wakes whoever waits for a job. */
  readonly waiting: Map<string, () => void>;
}

/** A run that ended is soon forgotten. */
const LEASE_SECONDS = 120;

/** Tell workers that the auditor of its runs is there. */
export async function renew({ redis, runs }: Desk): Promise<void> {
  await Promise.all([...runs].map((run) => redis.set(KEYS.run(run), '1', 'EX', LEASE_SECONDS)));
}

function placeOf({ places }: Desk, name: string): Place {
  const known = places.get(name) ?? { open: null, absent: null, lookedAt: Number.NEGATIVE_INFINITY, expiring: null };
  places.set(name, known);
  return known;
}

/** The queue of a place, opened when it is first used. */
export function queueOf(desk: Desk, name: string): Queue {
  const place = placeOf(desk, name);
  place.open ??= openQueue(desk, name);
  return place.open.queue;
}

function openQueue({ peers, options, waiting }: Desk, name: string): NonNullable<Place['open']> {
  const connection = { ...redisOptions(options.connection), commandTimeout: 5_000, maxRetriesPerRequest: 1 };
  const queue = new peers.bullmq.Queue(queueName(name), {
    connection,
    prefix: PREFIX,
    streams: { events: { maxLen: 1_000 } },
  });
  const events = new peers.bullmq.QueueEvents(queueName(name), {
    connection: { ...redisOptions(options.connection), maxRetriesPerRequest: null },
    prefix: PREFIX,
  });
  const wake = ({ jobId }: { readonly jobId: string }): void => waiting.get(jobId)?.();
  events.on('progress', wake).on('completed', wake).on('failed', wake);
  // The single commands tell of the trouble; what waits for events only waits longer.
  queue.on('error', () => undefined);
  events.on('error', () => undefined);
  return { queue, events };
}

/** BullMQ's own keys of a place, which it would keep for ever. */
const QUEUE_KEYS = [
  'meta',
  'events',
  'id',
  'marker',
  'wait',
  'active',
  'prioritized',
  'pc',
  'delayed',
  'completed',
  'failed',
  'stalled',
  'limiter',
] as const;
const QUEUE_SECONDS = 7 * 86_400;
const EXPIRE_EVERY_MS = 5_000;

/** Give the keys of a place that is used an expiry: at once, and for those that come to be while it is used, every few seconds. */
export function expireKeys(desk: Desk, name: string): void {
  const place = placeOf(desk, name);
  if (place.expiring !== null) return;
  void expire(desk, place);
  place.expiring = setTimeout(() => {
    place.expiring = null;
    void expire(desk, place);
  }, EXPIRE_EVERY_MS).unref();
}

/** Trouble is nobody's: whoever uses the place next does it again. */
async function expire({ redis }: Desk, { open }: Place): Promise<void> {
  const keys = open === null ? [] : QUEUE_KEYS.map((key) => open.queue.toKey(key));
  await redis
    .pipeline(keys.map((key) => ['expire', key, QUEUE_SECONDS]))
    .exec()
    .catch(() => undefined);
}

/** Close all queues; whoever waits for a Redis that is gone is not waited for. */
export async function closeQueues(desk: Desk): Promise<void> {
  const places = [...desk.places.values()];
  const expiring = places.map(async (place) => {
    if (place.expiring === null) return;
    clearTimeout(place.expiring);
    place.expiring = null;
    await expire(desk, place);
  });
  const open = places.flatMap((place) => (place.open === null ? [] : [place.open]));
  const closed = new AbortController();
  const closing = [...expiring, ...open.flatMap(({ queue, events }) => [queue.close(), events.close()])];
  void Promise.allSettled(closing).then(() => closed.abort());
  await systemClock.wait(desk.timing.graceMs, closed.signal);
  // Whoever still waits for a Redis that is gone would keep the process.
  for (const { queue, events } of open) void Promise.allSettled([queue.disconnect(), events.disconnect()]);
}

/** Look at a place, no more often than workers tell of themselves. */
export async function look(desk: Desk, name: string): Promise<Place> {
  const place = placeOf(desk, name);
  const now = performance.now();
  if (now - place.lookedAt < desk.timing.pollMs) return place;
  place.lookedAt = now;
  const why = await crowdAt(desk.redis, desk.seal, name).then(
    (crowd) => whyNobody(name, crowd),
    (error: unknown) => `the queue cannot be asked for ${name}: ${troubleOf(error)}`,
  );
  place.absent = why === null ? null : { since: place.absent?.since ?? now, why };
  return place;
}

/** Say why nobody at a place takes jobs, after waiting for somebody where none was there before; null where somebody does. */
export async function whyNot(desk: Desk, name: string, signal: AbortSignal): Promise<string | null> {
  const { pollMs } = desk.timing;
  for (;;) {
    const { absent } = await look(desk, name);
    if (absent === null) return null;
    if (performance.now() - absent.since >= desk.options.waitMs || signal.aborted) return absent.why;
    await systemClock.wait(Math.min(pollMs, desk.options.waitMs), signal);
  }
}
