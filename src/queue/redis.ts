// The connection to Redis and the packages that speak to it, loaded when they are needed and not before: bullmq and ioredis are
// optional. Names of keys are made here, all with one prefix; every key of ours has an expiry.
// SAFETY: the password comes from --secret, never from a URL, and no error shows it.
import type { Redis } from 'ioredis';
import { isLoopback } from '../model/addresses.js';
import { complain } from '../model/errors.js';
import { parseHost, parsePort, splitEndpoint } from '../model/host.js';

export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly user: string | null;
  readonly tls: boolean;
}

/** How to reach the queue; `ca` are certificates to trust beside the system's, as PEM. */
export interface QueueConnection extends QueueAddress {
  readonly password: string | null;
  readonly ca?: string;
}

const WANT = 'redis://host, or rediss://user@host:port/number for TLS and a user';

/** Read where the queue is: `redis[s]://[user@]host[:port][/number]`. @throws UsageError */
export function parseQueue(text: string, subject = '--queue'): QueueAddress {
  const fail = (problem: string, got: string | null, hint?: string) =>
    complain({ subject, problem, got, want: WANT, ...(hint === undefined ? {} : { hint }) });
  // SAFETY: arguments end up in process lists and shell histories.
  if (/:\/\/[^@]*:.*@/s.test(text))
    throw fail('a password in a URL', null, 'give it with --secret queue=env:NAME or queue=file:path');
  const [, scheme = '', user, authority = '', number = '0'] =
    /^(rediss?):\/\/(?:([^@/\s]+)@)?([^@/?#\s]+)(?:\/(\d{1,4})?)?$/i.exec(text) ?? [];
  if (scheme === '')
    throw fail('not the address of a queue', text.includes('@') ? `…${text.slice(text.lastIndexOf('@'))}` : text);
  const { host, port } = splitEndpoint(authority);
  return {
    host: parseHost(host, subject),
    port: port === null ? 6379 : parsePort(port, subject),
    db: Number(number),
    user: user === undefined ? null : decodeURIComponent(user),
    tls: scheme.toLowerCase() === 'rediss',
  };
}

/** Say what is worth a warning about the way to a queue; null where nothing is. */
export const warningOf = ({ tls, host, password }: QueueConnection): string | null =>
  tls || password === null || isLoopback(host) || host === 'localhost'
    ? null
    : 'redis:// sends the password of the queue in the clear: rediss:// does not';

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
