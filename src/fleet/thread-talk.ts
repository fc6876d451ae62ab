// What the main thread of a run and the threads that audit for it say to each other. Types only; everything in them can be cloned.
import type { MessagePort } from 'node:worker_threads';
import type { Expected } from '../canary/events.js';
import type { Receiver } from '../canary/index.js';
import type { Brief } from '../model/brief.js';
import type { CanaryEvent } from '../model/evidence.js';
import type { AuditOptions } from '../model/options.js';
import type { Target } from '../model/target.js';
import type { Grant, MessageCount } from './allowance.js';
import type { TargetEvent } from './events.js';
import type { ReportsText } from './reports.js';
import type { Step } from './step.js';

/** What a thread is begun with. SAFETY: passwords are in it; it never leaves the process. */
export interface Hello {
  /** The options of the run, without their targets. */
  readonly parts: readonly AuditOptions[];
  readonly key: Uint8Array;
  readonly run: string;
  /** Null: canaries are not received. */
  readonly receiver: Pick<Receiver, 'listening'> | null;
  readonly hasListener: boolean;
  readonly sent: MessageCount;
}

/** A target to audit; techniques go by id. */
export interface Order {
  readonly kind: 'audit';
  /** The number of the target in the run. */
  readonly index: number;
  readonly part: number;
  readonly target: Target;
  readonly briefs: readonly (Omit<Brief, 'techniques'> & { readonly techniques: readonly string[] })[];
  /** Sessions by canonical address. */
  readonly granted: ReadonlyMap<string, number>;
}

/** `spent`: memory that reports were in, for other reports. `end`: the run is interrupted. */
export type ToThread = Order | { readonly kind: 'spent'; readonly memory: ArrayBuffer } | { readonly kind: 'end' };

/** What was asked is answered through the port that came with it; a message from there says that it was enough. */
export type Question =
  | { readonly kind: 'mail-hosts'; readonly name: string }
  | { readonly kind: 'canaries'; readonly tokens: ReadonlySet<string>; readonly waitMs: number };

/** What has come for each token. */
export type Came = readonly (readonly [token: string, events: readonly CanaryEvent[]])[];

/** What a thread waits for without doing anything else: it is written down before it is answered. */
export interface Taking {
  readonly kind: 'take';
  readonly grant: Extract<Grant, { kind: 'message' | 'failed-logins' }>;
  /** Messages that the run may send. */
  readonly most: number;
  /** Set to one of ANSWERS. */
  readonly answer: Int32Array<SharedArrayBuffer>;
}

/** Of what is asked in step: no answer yet, or what it is. */
export const ANSWERS = { none: 0, yes: 1, no: 2, failed: 3 } as const;

export type ToMain = { readonly index: number } & (
  | { readonly kind: 'event'; readonly event: TargetEvent }
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'expect'; readonly sent: Expected }
  | { readonly kind: 'ask'; readonly question: Question; readonly reply: MessagePort }
  | Taking
  | { readonly kind: 'done'; readonly reports: ReportsText }
);
