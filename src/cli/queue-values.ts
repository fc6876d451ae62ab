// What the options about the queue come to: how to reach it, its key, and the places of an audit. The packages for it are loaded
// only where a queue is named. SAFETY: the password and the key are never shown.
import { readKey, readOrMakeKey } from '../canary/key.js';
import type { Archive } from '../fleet/archive-in-memory.js';
import { complain } from '../model/errors.js';
import { type QueueAddress, type QueueConnection, warningOf } from '../queue/address.js';
import type { Memo } from '../queue/memory.js';
import type { Places } from '../queue/places.js';
import { parseSource } from '../sources/spec.js';
import type { Values } from './options.js';
import type { SecretName } from './secrets.js';
import { say } from './terminal.js';

/** How long a place may be without a worker where nobody says, in milliseconds. */
const WORKER_WAIT_MS = 60_000;

type QueueValues = Pick<Values, 'queue' | 'queueKeyFile'>;

/** Say how to reach the queue. @throws UsageError where none is named */
export function connectionOf({ queue }: QueueValues, secrets: ReadonlyMap<SecretName, string>): QueueConnection {
  if (queue === undefined) throw missing('--queue', 'the Redis of the workers, as rediss://redis.example.com');
  const address: QueueAddress = queue;
  const connection = { ...address, password: secrets.get('queue') ?? null };
  const warning = warningOf(connection);
  if (warning !== null) say(`warning: ${warning}`);
  return connection;
}

/** Read the key of the queue; a worker may make it. @throws UsageError */
export async function queueKey({ queueKeyFile }: QueueValues, mayMake: boolean): Promise<Buffer> {
  const subject = '--queue-key-file';
  if (queueKeyFile === undefined) throw missing(subject, 'the key file that audits and workers share');
  if (!mayMake) return readKey(queueKeyFile, subject);
  const { key, isNew } = await readOrMakeKey(queueKeyFile, subject);
  if (isNew) say(`${queueKeyFile}: a new key; give the same file to the audits and to the other workers`);
  return key;
}

const missing = (subject: string, want: string) => complain({ subject, problem: 'not given', got: null, want });

/** Say whether a source spec is a worker's. */
export function isWorker(text: string): boolean {
  const spec = parseSource(text, '');
  return spec.kind === 'one' && spec.source.route === 'worker';
}

/** Open the places of an audit; null where no source is a worker's. @throws UsageError */
export async function placesOf(
  values: Values,
  sources: readonly string[],
  secrets: ReadonlyMap<SecretName, string>,
  { granted, grant }: Pick<Archive, 'granted' | 'grant'>,
): Promise<Places | null> {
  if (!sources.some(isWorker)) return null;
  const connection = connectionOf(values, secrets);
  const key = await queueKey(values, false);
  const { openPlaces } = await import('../queue/places.js');
  const waitMs = values.workerWait ?? WORKER_WAIT_MS;
  // Where no run can go on, nothing needs to be kept of what workers answer.
  if (values.state === undefined) return openPlaces({ connection, key, waitMs });
  const earlier = granted.filter((one): one is Memo => one.kind === 'leave' || one.kind === 'result');
  return openPlaces({ connection, key, waitMs, memory: { earlier, remember: grant } });
}
