// Asking a sink on another machine for its events, over HTTP with a bearer token; see events-server.ts.
// SAFETY: the token goes to loopback or over verified TLS alone; what comes back is checked before it counts.
import { setTimeout as sleep } from 'node:timers/promises';
import { complain } from '../model/errors.js';
import { isLoopback } from '../model/networks.js';
import { EVENTS_PATH, LONGEST_WAIT_MS } from './events-server.js';
import { isRow, type Row } from './store.js';
import { timeLimit } from './time-limit.js';

export interface WatchOptions {
  /** `https://sink.example.net:8443`, or http on loopback; a path is not needed. */
  readonly url: string;
  readonly token: string;
  /** Called with each row once, in order. */
  readonly onRow: (row: Row) => void;
  /** Called with what is wrong with the sink, one line each time that it changes. */
  readonly onTrouble?: (text: string) => void;
}

export interface Watch {
  /** Stops asking. */
  close(): Promise<void>;
}

/**
 * Watch a sink from now on; it is asked once before this resolves, so that an address or a token that is wrong is known.
 * What it received earlier is passed over. @throws UsageError
 */
export async function watchSink(options: WatchOptions): Promise<Watch> {
  const url = endpointOf(options.url);
  const stop = new AbortController();
  const first = await ask(url, options.token, { after: LATEST, waitMs: 0 }, stop.signal);
  if (typeof first === 'string') {
    throw complain({ subject: '--sink', problem: first, got: url.origin, want: 'a sink that answers' });
  }
  const ending = follow(url, options, first.last, stop.signal);
  return {
    close: async () => {
      stop.abort();
      await ending;
    },
  };
}

const RETRY_MS = 1_000;

async function follow(
  url: URL,
  { token, onRow, onTrouble }: WatchOptions,
  from: number,
  signal: AbortSignal,
): Promise<void> {
  let after = from;
  let trouble = '';
  while (!signal.aborted) {
    const answer = await ask(url, token, { after, waitMs: LONGEST_WAIT_MS }, signal);
    if (signal.aborted) return;
    if (typeof answer === 'string') {
      if (answer !== trouble) onTrouble?.(`sink ${url.origin}: ${answer}`);
      trouble = answer;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    trouble = '';
    for (const row of answer.rows) onRow(row);
    after = answer.last;
  }
}

function endpointOf(text: string): URL {
  const want = 'https://host:port, or http://127.0.0.1:port';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw complain({ subject: '--sink', problem: 'not the address of a sink', got: null, want });
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) {
    throw complain({ subject: '--sink', problem: 'a token would be sent in the clear', got: url.origin, want });
  }
  return new URL(EVENTS_PATH, url);
}

interface Question {
  readonly after: number;
  readonly waitMs: number;
}

interface Answer {
  readonly rows: readonly Row[];
  readonly last: number;
}

/** After this no row comes; the answer's `last` is then the newest there is. */
const LATEST = 999_999_999_999_999;

/** Ask once; text where there is no answer that can be used. */
async function ask(
  url: URL,
  token: string,
  { after, waitMs }: Question,
  signal: AbortSignal,
): Promise<Answer | string> {
  const asked = new URL(`?after=${after}&wait=${waitMs}`, url);
  const limit = timeLimit(waitMs + LONGEST_WAIT_MS, signal);
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(asked, { headers, signal: limit.signal, redirect: 'error' });
    if (response.status === 401) return 'the token is not accepted';
    if (!response.ok) return `status ${response.status}`;
    const { rows, last } = (await response.json()) as { rows?: unknown; last?: unknown };
    if (!Array.isArray(rows) || !Number.isSafeInteger(last)) return 'an answer that is not that of a sink';
    return { rows: rows.filter(isRow), last: last as number };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return `no answer (${cause?.code ?? message})`;
  } finally {
    limit.end();
  }
}
