// One target: the audits of its addresses, one after another, compared before any of them is reported, and filtered. What goes
// wrong in here stays here: it becomes the report of this target, and no other target hears of it.
import type { Receiver } from '../canary/index.js';
import type { Clock, Random } from '../execute/ports.js';
import type { Resolver } from '../execute/resolver.js';
import { compareAddresses } from '../judge/families.js';
import type { Brief } from '../model/brief.js';
import type { Evidence } from '../model/evidence.js';
import { canonicalAddress, contains, isLoopback, isWithoutAddress } from '../model/networks.js';
import type { AuditOptions } from '../model/options.js';
import type { ServerReport } from '../model/report.js';
import type { Target } from '../model/target.js';
import type { Places } from '../queue/places.js';
import { WITHHELD } from '../smtp/redact.js';
import type { Allowance } from './allowance.js';
import { auditServer } from './audit-server.js';
import { briefsFor } from './briefs.js';
import type { Post } from './canaries.js';
import type { TargetEvent } from './events.js';
import { withMailHosts } from './mail-hosts.js';
import type { Granted, Ready } from './schedule.js';
import type { Secrets } from './secrets.js';
import { added, NO_STEP, type Step } from './step.js';
import { unaskedServer } from './unasked.js';

/** A target in the list of the run. */
export interface Task {
  readonly index: number;
  readonly target: Target;
  readonly options: AuditOptions;
}

/** A target whose name was resolved; without briefs `problem` says why. */
export interface Resolved extends Ready {
  readonly task: Task;
  readonly briefs: readonly Brief[];
  readonly problem: string | null;
}

/** What all targets of a run share. */
export interface TargetPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolver: Pick<Resolver, 'mx'>;
  readonly signal: AbortSignal;
  readonly receiver: Omit<Receiver, 'close'> | null;
  readonly key: Buffer;
  readonly places: Places | null;
  /** The name of the run in its canaries. */
  readonly run: string;
  readonly secrets: Secrets;
  readonly allowance: Allowance;
  readonly onEvent: (event: TargetEvent) => void;
  /** Whether anybody listens to single answers. */
  readonly hasListener: boolean;
  readonly onStep: (step: Step) => void;
}

/** Resolve a target when its turn comes; after an interrupt nothing is looked up any more. */
export async function resolveTarget(
  task: Task,
  ports: Pick<TargetPorts, 'random' | 'signal' | 'onEvent'> & { readonly resolver: Resolver },
): Promise<Resolved> {
  const { target, options } = task;
  if (ports.signal.aborted) return { task, places: [], briefs: [], problem: null };
  try {
    const { briefs, problem } = await briefsFor(target, options, ports.resolver, ports.random);
    const places = briefs.map(({ target: { address, port } }) => ({
      address: canonicalAddress(address),
      port,
      sessions: options.sessions,
    }));
    return { task, places, briefs, problem };
  } catch (error) {
    ports.onEvent({ kind: 'failure', target, error });
    return { task, places: [], briefs: [], problem: failure(error) };
  }
}

/** Audit a target at its addresses and give their reports, filtered. Never throws for what happens to the target. */
export async function auditTarget(resolved: Resolved, granted: Granted, ports: TargetPorts): Promise<ServerReport[]> {
  const { task, briefs } = resolved;
  const { target } = task;
  try {
    if (briefs.length === 0) return [await unasked(resolved, ports)];
    const audited: ServerReport[] = [];
    let before = NO_STEP;
    for (const brief of briefs) {
      let now = NO_STEP;
      const onStep = (step: Step): void => {
        now = step;
        ports.onStep(added(before, step));
      };
      audited.push(await auditAddress(brief, task, granted, { ...ports, onStep }));
      before = added(before, { ...now, total: now.done });
    }
    const servers = compareAddresses(audited);
    return await Promise.all(
      servers.map(async (server) => ports.secrets.clean(await withMailHosts(server, ports.resolver))),
    );
  } catch (error) {
    ports.onEvent({ kind: 'failure', target, error });
    return [ports.secrets.clean(failedTarget(task, null, error))];
  }
}

async function unasked({ task, problem }: Resolved, { resolver, secrets }: TargetPorts): Promise<ServerReport> {
  const { target, options } = task;
  if (problem === null) return unaskedServer(target, options, INTERRUPTED);
  return secrets.clean(await withMailHosts(unaskedServer(target, options, { problem, address: null }), resolver));
}

const INTERRUPTED = {
  problem: 'the audit was interrupted',
  address: null,
  summary: 'The server was not asked: the audit was interrupted.',
};

async function auditAddress(brief: Brief, task: Task, granted: Granted, ports: TargetPorts): Promise<ServerReport> {
  const { options } = task;
  const { onEvent, secrets } = ports;
  for (const text of warningsOf(brief)) onEvent({ kind: 'warning', text });
  const sessions = granted(canonicalAddress(brief.target.address));
  try {
    return await auditServer(
      brief,
      { ...options, sessions },
      {
        clock: ports.clock,
        random: ports.random,
        signal: ports.signal,
        post: postOf(options, ports),
        places: ports.places,
        allowance: ports.allowance,
        isShared: sessions < options.sessions,
        onSecrets: secrets.add,
        onEvidence: (evidence) => {
          if (!ports.hasListener) return;
          onEvent({ kind: 'answer', target: brief.target, evidence: secrets.clean(withoutDialogue(evidence)) });
        },
        onProgress: ports.onStep,
      },
    );
  } catch (error) {
    onEvent({ kind: 'failure', target: brief.target, error });
    return failedTarget(task, brief.target.address, error);
  }
}

const postOf = ({ confirm, canaryIsDomain, waitMs }: AuditOptions, { key, run, receiver }: TargetPorts): Post | null =>
  confirm === 'rcpt' ? null : { key, run, canaryIsDomain, receiver: confirm === 'delivery' ? receiver : null, waitMs };

const failure = (error: unknown): string =>
  `relayproof failed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;

/** The report of a target over which relayproof failed; the address is null where it is not known at which. */
export const failedTarget = ({ target, options }: Task, address: string | null, error: unknown): ServerReport =>
  unaskedServer(target, options, {
    problem: failure(error),
    address,
    summary: 'The audit of this server was not finished: relayproof failed, which is a bug of its own.',
  });

/** SAFETY: replies of the AUTH dialogue, and the first after it, may repeat what was sent there. */
const withoutDialogue = (evidence: Evidence): Evidence => ({
  ...evidence,
  exchanges: evidence.exchanges.map((exchange) =>
    exchange.secret && exchange.reply !== null
      ? { ...exchange, reply: { ...exchange.reply, text: WITHHELD, lines: [] } }
      : exchange,
  ),
});

/** What the operator should know of the list and of the sources before there is a report. */
const warningsOf = (brief: Brief): string[] => [
  ...brief.policy.relayHosts
    .filter(isWithoutAddress)
    .map(({ text }) => `--relay-hosts: ${text} has no address: no source can be told to be it`),
  ...sourceWarnings(brief),
];

/** Sources that servers usually trust and that no list names: the most common false alarm. */
function sourceWarnings(brief: Brief): string[] {
  return brief.sources.flatMap((source) => {
    if (source.edge !== undefined) return [];
    if (source.unavailable !== null) return [`${source.spec}: ${source.unavailable}; this source stays unknown`];
    const address = source.address ?? (source.isServerItself ? brief.target.address : null);
    if (address === null || !source.isServerItself || contains(brief.policy.relayHosts, address)) return [];
    const what = isLoopback(address) ? 'a loopback address' : "the server's own address";
    return [
      `${source.spec}: ${address} is ${what}, which servers usually trust, and --relay-hosts does not name it: a relay from there may say nothing about strangers`,
    ];
  });
}
