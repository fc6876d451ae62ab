// Who is at a place: each worker tells it again and again, sealed, with an expiry; nobody else can say so in its name.
import type { Redis } from 'ioredis';
import { PROTOCOL } from './job.js';
import { KEYS } from './redis.js';
import type { Seal } from './seal.js';

export interface Presence {
  /** Unique to a worker's process. */
  readonly id: string;
  readonly place: string;
  readonly protocol: number;
  readonly version: string;
  readonly machine: string;
  readonly source: string;
  readonly since: string;
  /** Jobs at once. */
  readonly concurrency: number;
  /** Ids of the jobs that it is doing. */
  readonly running: readonly string[];
  readonly done: number;
  /** Its own addresses in conversations so far, and those that servers said they saw; the latest few. */
  readonly addresses: readonly string[];
  readonly seen: readonly string[];
}

/** What a place looks like from here. */
export interface Crowd {
  readonly workers: readonly Presence[];
  /** Protocols of workers that speak another one. */
  readonly otherProtocols: readonly number[];
  /** Records that this key does not open. */
  readonly sealedOtherwise: number;
}

/** A place as `relayproof workers` tells of it. */
export interface PlaceSeen {
  readonly place: string;
  /** Jobs that nobody has begun. */
  readonly waiting: number;
  readonly workers: readonly Presence[];
  /** Why nobody there takes jobs; null where somebody does. */
  readonly problem: string | null;
}

/** The place's keys outlive a night without workers, and not much more. */
const PLACE_SECONDS = 86_400;

/** Tell that a worker is there, for `lifeMs`. */
export async function announce(redis: Redis, seal: Seal, presence: Presence, lifeMs: number): Promise<void> {
  const { place, id } = presence;
  const sealed = await seal.seal('presence', [place, id], presence, lifeMs);
  const results = await redis
    .multi()
    .sadd(KEYS.places, place)
    .expire(KEYS.places, PLACE_SECONDS)
    .hset(KEYS.presence(place), id, sealed)
    .expire(KEYS.presence(place), PLACE_SECONDS)
    .exec();
  for (const [error] of results ?? []) if (error !== null) throw error;
}

/** Take a worker's record away. */
export const leave = (redis: Redis, { place, id }: Pick<Presence, 'place' | 'id'>): Promise<number> =>
  redis.hdel(KEYS.presence(place), id);

/** Look who is at a place; records that have expired are removed on the way. */
export async function crowdAt(redis: Redis, seal: Seal, place: string): Promise<Crowd> {
  const records = await redis.hgetall(KEYS.presence(place));
  const workers: Presence[] = [];
  const otherProtocols: number[] = [];
  const expired: string[] = [];
  let sealedOtherwise = 0;
  for (const [id, text] of Object.entries(records)) {
    const opened = await seal.open('presence', [place, id], text);
    if (opened.problem === 'expired') expired.push(id);
    else if (opened.problem !== null || !isPresence(opened.value)) sealedOtherwise += 1;
    else if (opened.value.protocol !== PROTOCOL) otherProtocols.push(opened.value.protocol);
    else workers.push(opened.value);
  }
  if (expired.length > 0) await redis.hdel(KEYS.presence(place), ...expired);
  return { workers, otherProtocols: [...new Set(otherProtocols)].sort((a, b) => a - b), sealedOtherwise };
}

/** The names of the places that were told of within a day, in order. */
export const placesOf = async (redis: Redis): Promise<string[]> => (await redis.smembers(KEYS.places)).sort();

/** Say why nobody at a place takes jobs of this version and key, as one clause; null where somebody does. */
export function whyNobody(place: string, { workers, otherProtocols, sealedOtherwise }: Crowd): string | null {
  if (workers.length > 0) return null;
  if (otherProtocols.length > 0)
    return `the workers at ${place} speak protocol ${otherProtocols.join(', ')}, this relayproof speaks ${PROTOCOL}: give both the same version`;
  if (sealedOtherwise > 0) return `the workers at ${place} have another key than --queue-key-file`;
  return `no worker at ${place} takes jobs`;
}

const isPresence = (value: unknown): value is Presence =>
  typeof value === 'object' &&
  value !== null &&
  'protocol' in value &&
  typeof value.protocol === 'number' &&
  'running' in value &&
  Array.isArray(value.running);
