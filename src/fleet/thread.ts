// A thread that audits targets of a run: each as the main thread would, by ports that ask it for whatever the servers of a run
// share (decision 15). Keeps no target that is done.
import { once } from 'node:events';
import { MessageChannel, parentPort, workerData } from 'node:worker_threads';
import { systemClock, systemRandom } from '../execute/ports.js';
import { TECHNIQUES } from '../techniques/index.js';
import { type Allowance, messagesLeft } from './allowance.js';
import { auditTarget, type TargetPorts } from './audit-target.js';
import type { TargetEvent } from './events.js';
import { writeReports } from './reports.js';
import { secretsOf } from './secrets.js';
import type { Step } from './step.js';
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

/** Audit what the main thread hands over, until it ends this thread. */
export function serve(): void {
  const main = parentPort;
  if (main === null) throw new Error('a thread of an audit was started as a program');
  const hello: Hello = workerData;
  const secretsFor = secretsOf(hello.parts);
  const ending = new AbortController();
  const tell = (message: ToMain, moved: Moved = []): void => main.postMessage(message, moved);
  const spare: ArrayBuffer[] = [];
  main.on('message', (message: ToThread) => {
    if (message.kind === 'end') ending.abort();
    if (message.kind === 'spent') spare.push(message.memory);
    if (message.kind === 'audit') void audit(message, { hello, secretsFor, tell, spare, signal: ending.signal });
  });
}

type Moved = NonNullable<Parameters<NonNullable<typeof parentPort>['postMessage']>[1]>;

interface Desk {
  readonly hello: Hello;
  readonly secretsFor: ReturnType<typeof secretsOf>;
  readonly tell: (message: ToMain, moved?: Moved) => void;
  /** Memory for reports: new memory for each would wait to be collected by a thread that has nothing else to collect. */
  readonly spare: ArrayBuffer[];
  readonly signal: AbortSignal;
}

async function audit(order: Order, desk: Desk): Promise<void> {
  const { index, target, granted } = order;
  const options = desk.hello.parts[order.part];
  if (options === undefined) throw new Error('a target of options that the thread does not have');
  const briefs = order.briefs.map((brief) => ({
    ...brief,
    techniques: TECHNIQUES.filter(({ id }) => brief.techniques.includes(id)),
  }));
  const steps = stepsTo((step) => desk.tell({ index, kind: 'step', step }));
  const resolved = { task: { index, target, options }, places: [], briefs, problem: null };
  const ports = portsFor(index, desk, steps.take);
  const servers = await auditTarget(resolved, (address) => granted.get(address) ?? 1, ports);
  const reports = writeReports(servers, desk.spare.pop());
  steps.end();
  desk.tell({ index, kind: 'done', reports }, [reports.json.buffer]);
}

function portsFor(index: number, desk: Desk, onStep: (step: Step) => void): TargetPorts {
  const { hello, tell, signal } = desk;
  const ask = <Answer>(question: Question, enough: AbortSignal): Promise<Answer> =>
    askMain(index, desk, question, enough);
  return {
    ...{ clock: systemClock, random: systemRandom, signal },
    resolver: { mx: (name) => ask<readonly string[]>({ kind: 'mail-hosts', name }, signal) },
    receiver: hello.receiver === null ? null : receiverFor(index, hello.receiver, tell, ask),
    key: Buffer.from(hello.key),
    places: null,
    run: hello.run,
    secrets: desk.secretsFor(),
    allowance: allowanceFor(index, desk),
    onEvent: (event) => tell({ index, kind: 'event', event: sendable(event) }),
    hasListener: hello.hasListener,
    onStep,
  };
}

/** Ask and go on with other targets meanwhile. */
async function askMain<Answer>(
  index: number,
  { tell }: Desk,
  question: Question,
  enough: AbortSignal,
): Promise<Answer> {
  const { port1, port2 } = new MessageChannel();
  const stop = (): void => port1.postMessage('enough');
  const answered = once(port1, 'message');
  tell({ index, kind: 'ask', question, reply: port2 }, [port2]);
  if (enough.aborted) stop();
  enough.addEventListener('abort', stop);
  try {
    const [answer] = (await answered) as [Answer];
    return answer;
  } finally {
    enough.removeEventListener('abort', stop);
    port1.close();
  }
}

/** What came for the canaries of one target, as far as it was waited for. */
function receiverFor(
  index: number,
  { listening }: NonNullable<Hello['receiver']>,
  tell: Desk['tell'],
  ask: <Answer>(question: Question, enough: AbortSignal) => Promise<Answer>,
): TargetPorts['receiver'] {
  const events = new Map<string, Came[number][1]>();
  return {
    listening,
    events,
    expect: (sent) => tell({ index, kind: 'expect', sent }),
    wait: async (tokens, waitMs, signal) => {
      for (const [token, came] of await ask<Came>({ kind: 'canaries', tokens, waitMs }, signal))
        events.set(token, came);
    },
  };
}

/** A plan cannot be left half-way: the thread stands still until what it takes is written down. */
function allowanceFor(index: number, { hello, tell }: Desk): Allowance {
  const take = (grant: Taking['grant'], most: number): boolean => {
    const answer = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    tell({ index, kind: 'take', grant, most, answer });
    Atomics.wait(answer, 0, ANSWERS.none);
    const [said] = answer;
    if (said === ANSWERS.failed) throw new Error('what this server may have of the run could not be written down');
    return said === ANSWERS.yes;
  };
  return {
    messagesLeft: (most) => messagesLeft(hello.sent, most),
    takeMessage: (most) => messagesLeft(hello.sent, most) > 0 && take({ kind: 'message' }, most),
    takeFailedLogins: (user) => take({ kind: 'failed-logins', user }, 0),
  };
}

/** A target has a hundred steps or more, and nobody looks so often; the last is always told. */
function stepsTo(tell: (step: Step) => void) {
  let last: Step | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;
  const end = (): void => {
    if (last !== null) tell(last);
    last = null;
  };
  return {
    take: (step: Step): void => {
      last = step;
      if (performance.now() - toldAt < STEP_MS) return;
      toldAt = performance.now();
      end();
    },
    end,
  };
}

const STEP_MS = 100;

/** An error may hold anything; what is said of it can always be told. */
function sendable(event: TargetEvent): TargetEvent {
  if (event.kind !== 'failure' || !(event.error instanceof Error)) return event;
  const { name, message, stack } = event.error;
  return { ...event, error: Object.assign(new Error(message), { name, stack }) };
}
