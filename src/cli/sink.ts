// `relayproof sink`: the canary receiver alone, until it is told to end. What comes is on disk before anybody is told that it
// was received; audits with the same key ask for it over HTTP, or read the file.
import { readFile } from 'node:fs/promises';
import { type EventsServer, serveEvents } from '../canary/events-server.js';
import { readOrMakeKey } from '../canary/key.js';
import { startSink } from '../canary/sink.js';
import { openStore, type Row, type Store } from '../canary/store.js';
import { complain, UsageError } from '../model/errors.js';
import { showEndpoint } from '../model/target.js';
import type { Call } from './call.js';
import { EXIT } from './exit-status.js';
import { areValuesOf, type ValuesOf } from './options.js';
import { readSecrets } from './secrets.js';
import { SINK_OPTIONS } from './sink-options.js';
import { say } from './terminal.js';

type SinkValues = ValuesOf<typeof SINK_OPTIONS>;

const DEFAULT_STATE = 'relayproof-sink';
const DEFAULT_LIMIT = 64 * 1_048_576;

/** Run the sink until an interrupt, and give the exit status. @throws UsageError */
export async function run(call: Call): Promise<number> {
  const values: object = call.values;
  if (!areValuesOf(SINK_OPTIONS, values)) throw new Error('sink: values of options that it does not have');
  if (values.canaryKeyFile === undefined) {
    const want = 'the key file that the audits are given';
    throw complain({ subject: '--canary-key-file', problem: 'not given', got: null, want });
  }
  const tls = await certificateOf(values);
  const token = await eventsTokenOf(values);
  const { key, isNew } = await readOrMakeKey(values.canaryKeyFile);
  if (isNew) say(`${values.canaryKeyFile}: a new key; give the same file to the audits`);
  const store = await storeOf(values);
  const { host, port } = values.sink ?? { host: null, port: 25 };
  const ended = interrupted();
  const events = await eventsOf(values, store, token, tls);
  const sink = await startSink({
    listen: { host, port },
    key,
    store,
    domains: values.canaryDomain ?? [],
    ...(tls === null ? {} : { tls }),
    ...(values.proxyFrom === undefined ? {} : { proxy: values.proxyFrom }),
    ...(values.quiet === true ? {} : { onRow: (row: Row) => process.stdout.write(`${lineOf(row)}\n`) }),
    onTrouble: say,
  }).catch(async (error: NodeJS.ErrnoException) => {
    await events?.close();
    throw cannotListen('--sink', showEndpoint(host ?? '', port), error);
  });
  const earlier = `${store.rows.length} earlier events`;
  process.stdout.write(`sink: listening on ${showEndpoint(sink.host, sink.port)}, ${earlier} in the state\n`);
  if (events !== null) process.stdout.write(`events: ${events.url}\n`);
  await ended;
  await events?.close();
  await sink.close();
  await store.close();
  return EXIT.asPolicy;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process as the system does. */
const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });

const cannotListen = (subject: string, got: string, error: NodeJS.ErrnoException): Error =>
  error instanceof UsageError
    ? error
    : complain({ subject, problem: `cannot listen (${error.code ?? error.message})`, got, want: 'a free port' });

/** One event, for people. */
function lineOf({ at, kind, client, recipients, reversePath, detail }: Row): string {
  const what = kind === 'message' ? 'message' : `no message (${detail})`;
  return JSON.stringify(
    `${at} ${what} for ${recipients.join(', ')} from <${reversePath ?? ''}> by ${client ?? '?'}`,
  ).slice(1, -1);
}

async function storeOf({ state = DEFAULT_STATE, stateLimit = DEFAULT_LIMIT }: SinkValues): Promise<Store> {
  return openStore(state, stateLimit).catch((error: NodeJS.ErrnoException) => {
    const problem = `cannot be written (${error.code ?? error.message})`;
    throw complain({ subject: '--state', problem, got: state, want: 'a folder' });
  });
}

async function certificateOf({ tlsCert, tlsKey }: SinkValues): Promise<{ cert: string; key: string } | null> {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  const read = (path: string | undefined, subject: string): Promise<string> => {
    const want = 'a PEM file; --tls-cert and --tls-key go together';
    if (path === undefined) throw complain({ subject, problem: 'not given', got: null, want });
    return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw complain({ subject, problem: `cannot be read (${error.code ?? error.message})`, got: path, want });
    });
  };
  return { cert: await read(tlsCert, '--tls-cert'), key: await read(tlsKey, '--tls-key') };
}

async function eventsTokenOf({ events, secret }: SinkValues): Promise<string | null> {
  const token = (await readSecrets(secret)).get('sink') ?? null;
  if (events !== undefined && token === null) {
    const want = 'sink=env:VARIABLE or sink=file:path, the bearer token of --events';
    throw complain({ subject: '--secret', problem: 'not given', got: null, want });
  }
  return token;
}

async function eventsOf(
  { events }: SinkValues,
  store: Store,
  token: string | null,
  tls: { cert: string; key: string } | null,
): Promise<EventsServer | null> {
  if (events === undefined || token === null) return null;
  const { port } = events;
  const host = events.host ?? '127.0.0.1';
  return serveEvents({ listen: { host, port }, store, token, tls }).catch((error: NodeJS.ErrnoException) => {
    throw cannotListen('--events', showEndpoint(host, port), error);
  });
}
