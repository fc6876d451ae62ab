// What the server remembers: one session, and across sessions (history of clients, greylist, open connections). Plain records that
// conditions read and the session loop writes; only this folder uses them.
import type { Address } from './address.js';
import type { Counter, Event } from './config.js';

interface LogLine {
  readonly from: 'client' | 'server';
  /** Without CR LF; SASL responses are not kept. */
  readonly text: string;
}

/** What is told of a session while it runs and after it. */
export interface SessionRecord {
  /** From 1, by order of connecting. */
  readonly id: number;
  /** Address the connection came from, and the one that counts (claimed by PROXY or XCLIENT where believed). */
  readonly peer: string;
  client: string;
  greeting: { readonly verb: 'EHLO' | 'HELO'; readonly name: string } | null;
  isSecured: boolean;
  user: string | null;
  readonly lines: LogLine[];
  readonly counts: Record<Counter, number>;
  endedBy: 'client' | 'server' | null;
}

/** What becomes of mail for an accepted recipient. */
export type Fate = 'deliver' | 'bounce' | 'discard' | 'keep';

export interface Recipient {
  /** As the client gave it. */
  readonly given: string;
  /** Where mail goes: a mailbox of this server, or an address elsewhere. */
  readonly to: string;
  readonly isLocal: boolean;
  readonly fate: Fate;
  /** Accepted before the relay check, which is still to be made; null once it is. */
  readonly path: ForwardPath | null;
}

export interface ForwardPath {
  readonly address: Address;
  readonly isBracketed: boolean;
}

export interface Transaction {
  readonly verb: string;
  readonly reversePath: Address;
  readonly parameters: readonly string[];
  readonly recipients: Recipient[];
  transport: 'DATA' | 'BDAT' | null;
  /** What BDAT has brought so far, Latin-1. */
  chunks: string;
  /** Recipients refused in this transaction. */
  refused: number;
}

export interface Session {
  readonly record: SessionRecord;
  readonly local: string;
  mechanism: string | null;
  /** Named in an AUTH dialogue that did not succeed. */
  pendingUser: string | null;
  clientCertificate: boolean;
  transaction: Transaction | null;
  isEarlyTalker: boolean;
  isPipelined: boolean;
}

export interface ServerState {
  /** Times of events, by client. */
  readonly history: Map<string, { readonly of: Event; readonly at: number }[]>;
  readonly greylist: Map<string, number>;
  /** Open connections by client. */
  readonly open: Map<string, number>;
  replies: number;
  relayed: number;
}

/** Make the memory of a server that has just started. */
export const freshState = (): ServerState => ({
  history: new Map(),
  greylist: new Map(),
  open: new Map(),
  replies: 0,
  relayed: 0,
});

/** Remember an event of a client, `now` in milliseconds. */
export function remember(state: ServerState, client: string, of: Event, now: number): void {
  const events = state.history.get(client);
  if (events) events.push({ of, at: now });
  else state.history.set(client, [{ of, at: now }]);
}
