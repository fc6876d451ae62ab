// A place as an auditor looks at it: its queue, opened when it is first used, and whether anybody there takes jobs. Every wait ends
// with somebody, with the signal, or with the reason for which there is nobody.
import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueConnection } from './address.js';
import type { Memory, Recalled } from './memory.js';
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
  readonly recall: (question: string) => Recalled;
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
  const known = places.get(name) ?? { open: null, absent: null, lookedAt: Number.NEGATIVE_INFINITY };
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
    await soon(signal, Math.min(pollMs, desk.options.waitMs));
  }
}

/** Wait a while, or until the signal. */
export function soon(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
