// The nouns of one SMTP conversation: stage, reply, fault, exchange (RFC 5321 section 4.2, RFC 3463).
// Text in here is already masked by the parser; nothing in this file does I/O.

/** Where in a session an exchange, a refusal or a fault belongs, in the order of a session. */
export const STAGES = [
  'connect',
  'proxy',
  'greeting',
  'helo',
  'starttls',
  'tls',
  'xclient',
  'auth',
  'mail',
  'rcpt',
  'data',
  'message',
  'delivery',
] as const;
export type Stage = (typeof STAGES)[number];

/** One whole reply (RFC 5321 section 4.2). */
export interface Reply {
  /** 200 to 599. */
  readonly code: number;
  /** Enhanced status code as `5.7.1` (RFC 3463), null where the reply has none. */
  readonly enhanced: string | null;
  /** The lines' text without reply codes and enhanced status codes, joined by a line feed. */
  readonly text: string;
  /** The lines as received, masked, with their reply codes: what the classifier reads. */
  readonly lines: readonly string[];
}

/** What the network or the server did instead of replying; its kind is a reason of weight *block*. */
export const FAULTS = [
  'unreachable',
  'disconnected',
  'timeout',
  'tls-failed',
  'protocol-error',
  'claim-refused',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly stage: Stage;
  /** One line for people, masked: the system's error text or what was out of order. */
  readonly detail: string;
}

/** One line sent (or none, for the greeting) and what came back. */
export interface Exchange {
  readonly stage: Stage;
  /** The line as sent, without CR LF; null where the server speaks first. */
  readonly sent: string | null;
  readonly reply: Reply | null;
  /** Milliseconds from the write (or the connection) to the last line of the reply. */
  readonly elapsedMs: number;
  /** Part of the AUTH dialogue, or the first reply after it: redacted whenever it is written. */
  readonly secret: boolean;
}
