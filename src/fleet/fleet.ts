// A run over any number of targets: a bounded number of them at once, each one's reports handed on as soon as they are there,
// and nothing of a target kept afterwards. Who wants them together collects them (audit.ts, archive.ts).
import { type ReceiverSpec, receive } from '../canary/index.js';
import { freshKey } from '../canary/key.js';
import { type Clock, type Random, systemClock, systemRandom } from '../execute/ports.js';
import { type Resolver, systemResolver } from '../execute/resolver.js';
import { complain, UsageError } from '../model/errors.js';
import type { AuditOptions } from '../model/options.js';
import type { ServerSummary } from '../model/report.js';
import type { Places } from '../queue/places.js';
import { allowanceOf, type Grant } from './allowance.js';
import { auditTarget, type Resolved, resolveTarget, type TargetPorts, type Task } from './audit-target.js';
import { checkOptions } from './briefs.js';
import type { AuditEvent } from './events.js';
import { checkOwnership } from './ownership.js';
import { rememberNames } from './remember-names.js';
import { type Reports, reportsOf } from './reports.js';
import { type Granted, schedule } from './schedule.js';
import { secretsOf } from './secrets.js';
import { added, NO_STEP, type Step } from './step.js';
import type { openThreads, Take, ThreadOptions, Threads } from './threads.js';

export interface AuditPorts {
  /** Aborts the audit; what was measured is reported. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AuditEvent) => void;
  readonly resolver?: Resolver;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where canaries are received; empty or absent: nowhere. */
  readonly receivers?: readonly ReceiverSpec[];
  /** Key of the canaries' tokens; absent: a fresh one. */
  readonly canaryKey?: Buffer;
  /** Where sources at other places are asked; absent: nowhere. */
  readonly places?: Places;
  /** The key that records of ownership were made with; needed for long lists of public servers. */
  readonly ownershipKey?: Buffer;
  /** Targets audited at a time; absent: 8. */
  readonly servers?: number;
}

/** Targets that are audited at a time where nobody says otherwise. */
const SERVERS_AT_ONCE = 8;

/** A target that is done, with a report per address. */
export interface Done {
  readonly task: Task;
  /** Empty where the name was not resolved, or the target was not reached any more. */
  readonly addresses: readonly string[];
  readonly reports: Reports;
  /** False where the run was ended before it: the same question asked again may be answered. */
  readonly isFinal: boolean;
}

export interface FleetPorts extends AuditPorts {
  /** Called once per target, in the order in which they end. What it throws ends the run. */
  readonly onTarget: (done: Done) => void;
  /** Reports of the target at these addresses from before; null: it is to be audited. */
  readonly known?: (task: Task, addresses: readonly string[]) => Reports | null;
  /** What the run has spent already, where it goes on. */
  readonly granted?: readonly Grant[];
  /** Told what all servers share as it is spent, before anything is sent. */
  readonly onGrant?: (grant: Grant) => void;
  /** Place in the list of each target, counted over all options; absent: as they come. */
  readonly order?: readonly number[];
  /** Start of the run, where it goes on; absent: now. */
  readonly startedAt?: string;
  /** Whether single answers and whole reports are told; absent: they are. */
  readonly hasDetails?: boolean;
  /** Threads to audit in, with the system's clock and randomness; absent: in this one. */
  readonly threads?: ThreadOptions;
}

/**
 * Audit the targets of all options, each by its own, and give the start of the run.
 * @throws UsageError for options that cannot be meant, before anything is sent; trouble of servers is in their reports.
 */
export async function auditFleet(asked: readonly AuditOptions[], ports: FleetPorts): Promise<{ startedAt: string }> {
  const { clock = systemClock, random = systemRandom } = ports;
  const onEvent = warningsOnce(ports.onEvent ?? (() => {}));
  const specs = ports.receivers ?? [];
  const parts = asked.map((part) => ({ ...part, confirm: part.confirm ?? (specs.length > 0 ? 'delivery' : 'rcpt') }));
  for (const part of parts) checkOptions(part);
  const resolver = rememberNames(ports.resolver ?? systemResolver);
  await checkOwnership(parts, ports.ownershipKey ?? null, resolver);
  const secretsFor = secretsOf(parts);
  const startedAt = ports.startedAt ?? clock.date().toISOString();
  onEvent({ kind: 'start', startedAt });
  const key = ports.canaryKey ?? freshKey();
  const run = random(8);
  const onTrouble = (text: string): void => onEvent({ kind: 'warning', text });
  const receiver =
    specs.length > 0
      ? await receive({ specs, key, run, domains: canaryDomainsOf(parts), onTrouble }).catch(cannotReceive)
      : null;
  // What cannot be kept ends the run: the others are not audited in vain.
  const ending = new AbortController();
  const signal = ports.signal === undefined ? ending.signal : AbortSignal.any([ports.signal, ending.signal]);
  const progress = progressOf(
    parts.reduce((sum, { targets }) => sum + targets.length, 0),
    onEvent,
  );
  const hasListener = ports.onEvent !== undefined && ports.hasDetails !== false;
  const allowance = allowanceOf(ports.granted, ports.onGrant);
  const threads = await threadsOf(
    ports.threads,
    parts,
    { key, run, receiver: receiver && { listening: receiver.listening }, hasListener, sent: allowance.sent },
    signal,
  );
  const portsOf = ({ index }: Task): TargetPorts & { readonly resolver: Resolver } => ({
    ...{ clock, random, signal, receiver, key, run, onEvent, allowance, resolver },
    places: ports.places ?? null,
    secrets: secretsFor(),
    hasListener,
    onStep: (step) => progress.step(index, step),
  });
  const prepare = async (task: Task): Promise<Waiting> => {
    const own = portsOf(task);
    const resolved = await resolveTarget(task, own);
    const known = ports.known?.(task, addressesOf(resolved)) ?? null;
    return { ...resolved, places: known === null ? resolved.places : [], own, known };
  };
  try {
    await schedule(tasksOf(parts, ports.order), ports.servers ?? SERVERS_AT_ONCE, prepare, async (waiting, granted) => {
      try {
        await audited(waiting, granted, threads, (reports, isFinal) => {
          const { task } = waiting;
          ports.onTarget({ task, addresses: addressesOf(waiting), reports, isFinal });
          if (hasListener) for (const server of reports.servers()) onEvent({ kind: 'server', server });
          progress.done(task.index, reports.summaries);
        });
      } catch (error) {
        ending.abort();
        throw error;
      }
    });
  } finally {
    await threads?.close();
    await receiver?.close();
  }
  return { startedAt };
}

/** The file of the threads is loaded only where there are some. */
async function threadsOf(options: ThreadOptions | undefined, ...run: Run): Promise<Threads | null> {
  if (options === undefined) return null;
  const { openThreads } = await import('./threads.js');
  return openThreads(options, ...run);
}

type Run = Parameters<typeof openThreads> extends [unknown, ...infer Rest] ? Rest : never;

/**
 * Have a target's reports: those from before, or audit it in a thread, where there is something to do and nobody elsewhere has to
 * be asked (decision 15).
 */
async function audited(waiting: Waiting, granted: Granted, threads: Threads | null, take: Take): Promise<void> {
  const { briefs, own, known } = waiting;
  const isElsewhere = briefs.some(({ sources }) => sources.some(({ route }) => route === 'worker'));
  if (known !== null) take(known, true);
  else if (threads !== null && briefs.length > 0 && !isElsewhere) await threads.audit(waiting, granted, own, take);
  else take(reportsOf(await auditTarget(waiting, granted, own)), !own.signal.aborted);
}

interface Waiting extends Resolved {
  readonly own: TargetPorts;
  readonly known: Reports | null;
}

const addressesOf = ({ briefs }: Resolved): readonly string[] => briefs.map(({ target }) => target.address);

/** What is true of every server of a run is said once. */
function warningsOnce(onEvent: (event: AuditEvent) => void): (event: AuditEvent) => void {
  const said = new Set<string>();
  return (event) => {
    if (event.kind === 'warning' && said.has(event.text)) return;
    if (event.kind === 'warning') said.add(event.text);
    onEvent(event);
  };
}

/** All targets, in the order of the list. */
function tasksOf(parts: readonly AuditOptions[], order: readonly number[] = []): Task[] {
  return parts
    .flatMap((options) => options.targets.map((target) => ({ target, options })))
    .map((task, place) => ({ ...task, index: order[place] ?? place }))
    .toSorted((a, b) => a.index - b.index);
}

/** The foreign domains of a run, in lower case. */
const canaryDomainsOf = (parts: readonly AuditOptions[]): readonly string[] => [
  ...new Set(
    parts.flatMap(({ canary, secondCanaryDomain }) => [
      canary.slice(canary.lastIndexOf('@') + 1).toLowerCase(),
      ...(secondCanaryDomain === null ? [] : [secondCanaryDomain.toLowerCase()]),
    ]),
  ),
];

/** A receiver that cannot be had is the operator's to mend, and nothing was sent yet. */
function cannotReceive(error: unknown): never {
  if (error instanceof UsageError) throw error;
  throw complain({
    subject: '--sink',
    problem: 'canaries cannot be received',
    got: error instanceof Error ? error.message : String(error),
    want: 'an address of this machine and a free port that this user may listen on',
  });
}

/** Sums the steps of the servers that are under way, and those of the servers that are done. */
function progressOf(total: number, onEvent: (event: AuditEvent) => void) {
  const under = new Map<number, Step>();
  let before = NO_STEP;
  let servers = 0;
  const tell = (): void => {
    const sum = [...under.values()].reduce(added, before);
    onEvent({ kind: 'progress', ...sum, servers: { done: servers, total } });
  };
  return {
    step: (index: number, step: Step): void => {
      under.set(index, step);
      tell();
    },
    done: (index: number, summaries: readonly ServerSummary[]): void => {
      const step = under.get(index) ?? NO_STEP;
      const findings = summaries.reduce((sum, summary) => sum + summary.findings.length, 0);
      before = added(before, { ...step, total: step.done, findings });
      under.delete(index);
      servers += 1;
      if (total > 1) tell();
    },
  };
}
