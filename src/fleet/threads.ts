// The threads of a run, as the main thread has them: each target goes to the one that has least to do, and what the servers of the
// run share is answered here (decision 15). A thread that dies fails the targets that it had, and is replaced when the next comes.
import { type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads';
import { canonicalAddress } from '../model/networks.js';
import type { AuditOptions } from '../model/options.js';
import type { Allowance } from './allowance.js';
import { failedTarget, type Resolved, type TargetPorts } from './audit-target.js';
import { type Reports, type ReportsText, readReports, reportsOf } from './reports.js';
import type { Granted } from './schedule.js';
import {
  ANSWERS,
  type Came,
  type Hello,
  type Order,
  type Question,
  type Taking,
  type ToMain,
  type ToThread,
} from './thread-talk.js';

export interface ThreadOptions {
  readonly count: number;
  /** The file that a thread begins with; it calls `serve`. */
  readonly file: URL;
}

/** Takes the reports of a target, which must not be kept; not final: asked again, it may be answered. */
export type Take = (reports: Reports, isFinal: boolean) => void;

export interface Threads {
  /** Audit a target as `auditTarget` does, and hand its reports to `take`. */
  audit(resolved: Resolved, granted: Granted, ports: TargetPorts, take: Take): Promise<void>;
  close(): Promise<void>;
}

interface Job {
  readonly ports: TargetPorts;
  readonly done: (written: ReportsText) => void;
  readonly died: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  /** By the number of the target. */
  readonly jobs: Map<number, Job>;
}

/** Open the threads of a run with these options; each is started when there is a target for it. */
export function openThreads(
  { count, file }: ThreadOptions,
  parts: readonly AuditOptions[],
  shared: Omit<Hello, 'parts'>,
  signal: AbortSignal,
): Threads {
  const hello: Hello = { ...shared, parts: parts.map((part) => ({ ...part, targets: [] })) };
  const places = new Map(parts.map((part, place) => [part, place]));
  const threads = new Set<Thread>();
  const idlest = (): Thread => {
    const [first] = [...threads].toSorted((a, b) => a.jobs.size - b.jobs.size);
    if (first !== undefined && (first.jobs.size === 0 || threads.size >= count)) return first;
    const thread = start(file, hello, limitsFor(count), () => threads.delete(thread));
    threads.add(thread);
    return thread;
  };
  signal.addEventListener('abort', () => {
    for (const { worker } of threads) worker.postMessage({ kind: 'end' } satisfies ToThread);
  });
  return {
    audit: async (resolved, granted, ports, take) => {
      const { task } = resolved;
      const { worker, jobs } = idlest();
      const tell = (message: ToThread, moved: ArrayBuffer[] = []): void => worker.postMessage(message, moved);
      const written = await new Promise<ReportsText | Error>((end) => {
        jobs.set(task.index, { ports, done: end, died: end });
        tell(orderOf(resolved, granted, places.get(task.options) ?? 0));
        if (signal.aborted) tell({ kind: 'end' });
      });
      jobs.delete(task.index);
      if (written instanceof Error) {
        ports.onEvent({ kind: 'failure', target: task.target, error: written });
        return take(reportsOf([ports.secrets.clean(failedTarget(task, null, written))]), false);
      }
      take(readReports(written), !signal.aborted);
      const memory = written.json.buffer;
      tell({ kind: 'spent', memory }, [memory]);
    },
    close: async () => {
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

function start(file: URL, hello: Hello, resourceLimits: ResourceLimits, onEnd: () => void): Thread {
  const worker = new Worker(file, { workerData: hello, resourceLimits });
  const jobs: Thread['jobs'] = new Map();
  const end = (error: Error): void => {
    onEnd();
    for (const { died } of jobs.values()) died(error);
  };
  worker.on('message', (message: ToMain) => {
    const job = jobs.get(message.index);
    if (job !== undefined) hear(message, job);
  });
  worker
    .on('error', end)
    .on('messageerror', end)
    .on('exit', () => end(new Error('the thread of this audit has ended')));
  return { worker, jobs };
}

/**
 * The memory of a thread: what is short-lived is collected before it is much, and of what has lived longer V8 lets garbage grow to
 * some times what lives, the fewer times the less a thread may have in all. Less than this costs time (docs/scale.md).
 */
const limitsFor = (count: number): ResourceLimits => ({
  maxYoungGenerationSizeMb: Math.max(8, 32 / count),
  maxOldGenerationSizeMb: Math.max(1_000, 4_000 / count),
});

function hear(message: ToMain, { ports, done }: Job): void {
  if (message.kind === 'event') ports.onEvent(message.event);
  if (message.kind === 'step') ports.onStep(message.step);
  if (message.kind === 'expect') ports.receiver?.expect(message.sent);
  if (message.kind === 'ask') void answer(message.question, message.reply, ports);
  if (message.kind === 'take') give(message, ports.allowance);
  if (message.kind === 'done') done(message.reports);
}

async function answer(question: Question, reply: MessagePort, { resolver, receiver }: TargetPorts): Promise<void> {
  const enough = new AbortController();
  reply.once('message', () => enough.abort());
  if (question.kind === 'mail-hosts') reply.postMessage(await resolver.mx(question.name).catch(() => []));
  else {
    await receiver?.wait(question.tokens, question.waitMs, enough.signal);
    const came: Came = [...question.tokens].map((token) => [token, receiver?.events.get(token) ?? []]);
    reply.postMessage(came);
  }
  reply.close();
}

/** Whatever happens the thread is answered: it does nothing else until then. */
function give({ grant, most, answer: cell }: Taking, allowance: Allowance): void {
  let said: number = ANSWERS.failed;
  try {
    const isGiven =
      grant.kind === 'failed-logins' ? allowance.takeFailedLogins(grant.user) : allowance.takeMessage(most);
    said = isGiven ? ANSWERS.yes : ANSWERS.no;
  } catch {
    // What cannot be kept ends the run with the next report, which cannot be kept either.
  }
  Atomics.store(cell, 0, said);
  Atomics.notify(cell, 0);
}

function orderOf({ task: { index, target }, briefs }: Resolved, granted: Granted, part: number): Order {
  const addresses = briefs.map((brief) => canonicalAddress(brief.target.address));
  return {
    kind: 'audit',
    index,
    part,
    target,
    briefs: briefs.map((brief) => ({ ...brief, techniques: brief.techniques.map(({ id }) => id) })),
    granted: new Map(addresses.map((address) => [address, granted(address)])),
  };
}
