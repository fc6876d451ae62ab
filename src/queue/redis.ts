// The connection to Redis and the packages that speak to it, loaded when they are needed and not before: bullmq and ioredis are
// optional. Names of keys are made here, all with one prefix; every key of ours has an expiry.
// SAFETY: the password comes from --secret, never from a URL, and no error shows it.
import type { Redis } from 'ioredis';
import { complain } from '../model/errors.js';
import type { QueueConnection } from './address.js';

export interface Peers {
  readonly bullmq: typeof import('bullmq');
  readonly ioredis: Pick<typeof import('ioredis'), 'Redis'>;
}

/** Load the packages. @throws UsageError where they are not installed */
export async function loadPeers(subject = '--queue'): Promise<Peers> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw complain({
      subject,
      problem: 'the packages for it are not installed',
      got: null,
      want: 'bullmq 6 and ioredis 5',
      hint: 'npm install bullmq ioredis, beside relayproof',
    });
  }
}

/** Milliseconds after which a command that got no answer has failed; it may be carried out all the same. */
const COMMAND_MS = 5_000;

/** Options of a connection that is made again for ever. */
export const redisOptions = ({ host, port, db, user, password, tls, ca }: QueueConnection) => ({
  host,
  port,
  db,
  ...(user === null ? {} : { username: user }),
  ...(password === null ? {} : { password }),
  ...(tls ? { tls: { servername: host, ...(ca === undefined ? {} : { ca }) } } : {}),
  connectTimeout: COMMAND_MS,
  retryStrategy: (times: number) => Math.min(100 * times, 1_000),
});

/** Connect for single commands: each is answered or fails within seconds, whatever becomes of the connection. */
export function connectRedis(
  { ioredis }: Peers,
  connection: QueueConnection,
  onTrouble: (text: string) => void,
): Redis {
  const options = redisOptions(connection);
  const client = new ioredis.Redis({ ...options, commandTimeout: COMMAND_MS, maxRetriesPerRequest: 1 });
  return client.on('error', (error: Error) => onTrouble(troubleOf(error)));
}

/** Word an error of the queue as one clause, the reply code of Redis first where there is one. */
export function troubleOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error.name === 'MaxRetriesPerRequestError') return 'Redis does not answer';
  const text = error.message === '' ? code : error.message;
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}

/** Say whether Redis refuses the user or the password, which no waiting mends. */
export const isDenied = (trouble: string): boolean =>
  /^(?:WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR .*AUTH)/.test(trouble);

export const PREFIX = 'relayproof';

/** BullMQ's own keys of a place begin so: `relayproof:place-<name>:`. */
export const queueName = (place: string): string => `place-${place}`;

export const KEYS = {
  places: `${PREFIX}:places`,
  presence: (place: string): string => `${PREFIX}:presence:${place}`,
  run: (run: string): string => `${PREFIX}:run:${run}`,
  ask: (job: string): string => `${PREFIX}:ask:${job}`,
  leave: (job: string, nonce: string): string => `${PREFIX}:leave:${job}:${nonce}`,
  stop: (job: string): string => `${PREFIX}:stop:${job}`,
  result: (job: string, nonce: string): string => `${PREFIX}:result:${job}:${nonce}`,
} as const;
