// The audit as programs use it: start it, read its events as they happen, await its report. The command line does the same.
// Nothing of the audit itself is in here.
import { type AuditOptions, DEFAULTS } from '../model/options.js';
import type { Report } from '../model/report.js';
import { parseTarget, type Target } from '../model/target.js';
import { audit } from './audit.js';
import type { AuditEvent } from './events.js';
import type { AuditPorts } from './fleet.js';

/** What a program gives: the targets and the canary; everything else is as DEFAULTS says where it is left out. */
export type AuditRequest = Partial<Omit<AuditOptions, 'targets' | 'canary'>> & {
  /** As text they are read as on the command line: `host`, `host:port`, `smtp://`, `submission://`, `smtps://`. */
  readonly targets: readonly (Target | string)[];
  /** The foreign mailbox that you own. */
  readonly canary: string;
};

/** An audit that has been started. */
export interface AuditRun extends AsyncIterable<AuditEvent> {
  /** The report, once everything was asked or the audit was ended. Rejects with a UsageError where the request cannot be meant. */
  readonly report: Promise<Report>;
}

/**
 * Start an audit of servers that you run.
 * Iterating gives the events as they happen, those before it included, once; leaving the loop early ends the audit, as does the
 * signal: what was measured until then is reported.
 */
export function startAudit(
  asked: AuditRequest | readonly AuditRequest[],
  ports: Omit<AuditPorts, 'onEvent'> = {},
): AuditRun {
  const ending = new AbortController();
  const signal = ports.signal === undefined ? ending.signal : AbortSignal.any([ports.signal, ending.signal]);
  const events = queueOf<AuditEvent>();
  // Asynchronous from the first line, so that a mistake in the request rejects, and never throws here.
  const started = async (): Promise<Report> =>
    audit(asArray(asked).map(complete), { ...ports, signal, onEvent: events.push });
  const report = started();
  report.then(events.end, events.fail);
  return {
    report,
    async *[Symbol.asyncIterator]() {
      try {
        yield* events.all();
      } finally {
        ending.abort();
      }
    },
  };
}

const asArray = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

const complete = ({ targets, ...options }: AuditRequest): AuditOptions => ({
  ...DEFAULTS,
  ...options,
  targets: targets.map((target) => (typeof target === 'string' ? parseTarget(target) : target)),
});

interface Queue<Item> {
  readonly push: (item: Item) => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  readonly all: () => AsyncGenerator<Item, void, void>;
}

/** A queue of one reader, who waits where it is empty; grows by what was not read yet. */
function queueOf<Item>(): Queue<Item> {
  const items: Item[] = [];
  let state: { kind: 'open' } | { kind: 'ended' } | { kind: 'failed'; error: unknown } = { kind: 'open' };
  let wake = (): void => {};
  const finish = (how: typeof state): void => {
    state = how;
    wake();
  };
  return {
    push: (item) => {
      items.push(item);
      wake();
    },
    end: () => finish({ kind: 'ended' }),
    fail: (error) => finish({ kind: 'failed', error }),
    async *all() {
      for (;;) {
        while (items.length > 0) yield items.shift() as Item;
        const now = state as typeof state;
        if (now.kind === 'failed') throw now.error;
        if (now.kind === 'ended') return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
