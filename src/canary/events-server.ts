// What a sink has received, for audits on other machines: HTTP with a bearer token (RFC 6750), rows as JSON, one question at a
// time that waits until there is an answer. SAFETY: without a certificate it listens on loopback alone; the token is compared
// in constant time; nothing can be changed through it.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { complain } from '../model/errors.js';
import { isLoopback } from '../model/networks.js';
import type { Store } from './store.js';
import { timeLimit } from './time-limit.js';

export interface EventsServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly store: Store;
  readonly token: string;
  /** PEM; without it only loopback is listened on. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
}

export interface EventsServer {
  readonly url: string;
  close(): Promise<void>;
}

export const EVENTS_PATH = '/events';
/** Longest that a question waits, in milliseconds. */
export const LONGEST_WAIT_MS = 25_000;
const MOST_ROWS = 200;

/** Serve the rows of a store. @throws UsageError for an address that is not loopback without TLS, or a short token */
export async function serveEvents({ listen, store, token, tls }: EventsServerOptions): Promise<EventsServer> {
  if (tls === null && !isLoopback(listen.host)) {
    const want = 'a loopback address, or --tls-cert and --tls-key';
    throw complain({ subject: '--events', problem: 'not loopback, and without TLS', got: listen.host, want });
  }
  if (token.length < LEAST_TOKEN) {
    const want = `${LEAST_TOKEN} characters or more`;
    throw complain({ subject: '--secret sink', problem: 'too short', got: null, want });
  }
  const end = new AbortController();
  const answer: RequestListener = (request, response) => {
    void reply(request, response, { store, token, end: end.signal }).catch(() => response.destroy());
  };
  const server =
    tls === null
      ? (await import('node:http')).createServer(answer)
      : (await import('node:https')).createServer({ ...tls }, answer);
  server.on('clientError', (_, socket) => socket.destroy());
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    url: `${tls === null ? 'http' : 'https'}://${host}:${port}${EVENTS_PATH}`,
    close: () => {
      end.abort();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const LEAST_TOKEN = 16;

interface Context {
  readonly store: Store;
  readonly token: string;
  readonly end: AbortSignal;
}

/** Answer `GET /events?after=<seq>&wait=<ms>` with `{ rows, last }`. */
async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  { store, token, end }: Context,
): Promise<void> {
  request.resume();
  const [, given = ''] = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (!isSame(given, token))
    return say(response, 401, { error: 'a bearer token is needed' }, { 'WWW-Authenticate': 'Bearer' });
  const url = new URL(request.url ?? '/', 'http://sink.invalid');
  if (url.pathname !== EVENTS_PATH) return say(response, 404, { error: `only ${EVENTS_PATH} is here` });
  if (request.method !== 'GET') return say(response, 405, { error: 'only GET is understood' }, { Allow: 'GET' });
  const after = numberOf(url.searchParams.get('after'));
  const waitMs = Math.min(numberOf(url.searchParams.get('wait')), LONGEST_WAIT_MS);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const until = timeLimit(waitMs, end, gone.signal);
  while (!until.signal.aborted && (store.rows.at(-1)?.seq ?? 0) <= after) await store.next(until.signal);
  until.end();
  const rows = store.rows.filter(({ seq }) => seq > after).slice(0, MOST_ROWS);
  say(response, 200, { rows, last: rows.at(-1)?.seq ?? Math.min(after, store.rows.at(-1)?.seq ?? 0) });
}

const numberOf = (text: string | null): number => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : 0);

function say(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(JSON.stringify(body));
}

/** Hashes have one length, so that the comparison tells nothing of that of the token. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(hash(a), hash(b));

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
