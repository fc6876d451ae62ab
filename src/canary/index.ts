// The receivers of canaries, and what they have in common: arrivals become events of the attempts that they were sent for, and
// whoever waits is told as soon as the last one is in. To add a receiver: a file, and a row in RECEIVERS.
import { complain } from '../model/errors.js';
import type { CanaryEvent } from '../model/evidence.js';
import { showEndpoint } from '../model/target.js';
import { type Arrival, type Expected, eventsOf } from './events.js';
import { type MailboxUrl, watchMailbox } from './mailbox.js';
import { type SinkOptions, startSink } from './sink.js';
import { memoryStore, openStore } from './store.js';
import { timeLimit } from './time-limit.js';
import { readToken } from './token.js';
import { watchSink } from './watch-sink.js';

/** Where to look for canaries. */
export type ReceiverSpec =
  | ({
      readonly kind: 'sink';
      /** Folder to keep what arrives in; null: in memory, for as long as the audit lasts. */
      readonly state: string | null;
      /** Octets. */
      readonly stateLimit: number;
    } & Pick<SinkOptions, 'listen' | 'limits' | 'tls' | 'proxy' | 'name'>)
  | { readonly kind: 'remote'; readonly url: string; readonly token: string }
  | { readonly kind: 'mailbox'; readonly mailbox: MailboxUrl; readonly secret: string; readonly clean: boolean };

/** Where the sink of the audit listens; null for receivers elsewhere. */
export interface Started {
  readonly listening: { readonly host: string; readonly port: number } | null;
  close(): Promise<void>;
}

interface Post {
  readonly key: Buffer;
  readonly run: string;
  readonly domains: readonly string[];
  readonly onArrival: (arrival: Arrival) => void;
  readonly onTrouble: (text: string) => void;
}

type Spec<Kind extends ReceiverSpec['kind']> = Extract<ReceiverSpec, { kind: Kind }>;

const RECEIVERS = {
  sink: async ({ state, stateLimit, kind: _, ...spec }, { key, domains, onArrival, onTrouble }) => {
    const store = state === null ? memoryStore(stateLimit) : await openStore(state, stateLimit);
    const sink = await startSink({ ...spec, key, store, domains, onRow: onArrival, onTrouble }).catch(
      async (error: NodeJS.ErrnoException) => {
        await store.close();
        const problem = `cannot listen (${error.code ?? error.message})`;
        const got = showEndpoint(spec.listen.host ?? '', spec.listen.port);
        throw complain({ subject: '--sink', problem, got, want: 'a free port of this machine' });
      },
    );
    return {
      listening: { host: sink.host, port: sink.port },
      close: async () => {
        await sink.close();
        await store.close();
      },
    };
  },
  remote: async ({ url, token }, { onArrival, onTrouble }) => ({
    listening: null,
    ...(await watchSink({ url, token, onRow: onArrival, onTrouble })),
  }),
  mailbox: async ({ mailbox, secret, clean }, { key, run, onArrival, onTrouble }) => {
    const find = (address: string) => readToken(address, key, run);
    return { listening: null, ...(await watchMailbox({ mailbox, secret, clean, find, onArrival, onTrouble })) };
  },
} satisfies { [Kind in ReceiverSpec['kind']]: (spec: Spec<Kind>, post: Post) => Promise<Started> };

export interface ReceiveOptions {
  readonly specs: readonly ReceiverSpec[];
  readonly key: Buffer;
  readonly run: string;
  /** Domains of the canaries, where an audit's own sink has mailboxes for whoever asks; absent: none. */
  readonly domains?: readonly string[];
  /** Called with each event, when it is known. */
  readonly onEvent?: (heard: { readonly expected: Expected; readonly event: CanaryEvent }) => void;
  readonly onTrouble?: (text: string) => void;
}

export interface Receiver {
  /** Where this audit's own sink listens; null without one. */
  readonly listening: Started['listening'];
  /** Name a canary; what has come for it already counts. */
  expect(sent: Expected): void;
  /** By either token of a canary, in the order of arrival. */
  readonly events: ReadonlyMap<string, readonly CanaryEvent[]>;
  /** Wait until the canary of each of these tokens is settled (see isSettled), the time is over, or the signal aborts. */
  wait(tokens: ReadonlySet<string>, waitMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Start the receivers of a run. @throws UsageError, or the system's error where a sink cannot listen */
export async function receive({
  specs,
  key,
  run,
  domains = [],
  onEvent,
  onTrouble,
}: ReceiveOptions): Promise<Receiver> {
  const expected = new Map<string, Expected>();
  const events = new Map<string, CanaryEvent[]>();
  const unclaimed: Arrival[] = [];
  const waiting = new Set<() => void>();
  const find = (address: string) => readToken(address, key, run);

  const take = (arrival: Arrival): boolean => {
    const heard = eventsOf(arrival, find, expected);
    for (const one of heard) {
      const { forward, reverse } = one.expected.tokens;
      const known = events.get(forward) ?? [];
      // SAFETY: whoever has seen a token can send to it without end.
      if (known.length >= MOST_EVENTS) continue;
      const all = [...known, one.event];
      events.set(forward, all).set(reverse, all);
      onEvent?.(one);
    }
    for (const look of waiting) look();
    return heard.length > 0;
  };
  const post: Post = {
    key,
    run,
    domains,
    onArrival: (arrival) => {
      if (!take(arrival) && arrival.recipients.some((recipient) => find(recipient) !== null)) unclaimed.push(arrival);
    },
    onTrouble: (text) => onTrouble?.(text),
  };

  const started: Started[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.close()));
  };
  try {
    for (const spec of specs) started.push(await start(spec, post));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    listening: started.find(({ listening }) => listening !== null)?.listening ?? null,
    events,
    expect: (sent) => {
      expected.set(sent.tokens.forward, sent).set(sent.tokens.reverse, sent);
      for (const arrival of unclaimed.splice(0)) post.onArrival(arrival);
    },
    wait: (tokens, waitMs, signal) => {
      const isOver = (): boolean => [...tokens].every((token) => events.get(token)?.some(isSettled) ?? false);
      const limit = timeLimit(waitMs, signal);
      return until(isOver, waiting, limit.signal).finally(limit.end);
    },
    close,
  };
}

const MOST_EVENTS = 20;

const start = (spec: ReceiverSpec, post: Post): Promise<Started> => {
  if (spec.kind === 'sink') return RECEIVERS.sink(spec, post);
  return spec.kind === 'remote' ? RECEIVERS.remote(spec, post) : RECEIVERS.mailbox(spec, post);
};

/** Say whether nothing more is to be waited for: delivered, or failed for good. A callout or a delay leaves it open. */
const isSettled = (event: CanaryEvent): boolean =>
  event.kind === 'delivered' ||
  (event.kind === 'bounced' && (event.failedBy === 'server' || (event.status?.startsWith('5') ?? false)));

function until(isOver: () => boolean, waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isOver() && !signal.aborted) return;
      waiting.delete(look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    waiting.add(look);
    signal.addEventListener('abort', look);
    look();
  });
}
