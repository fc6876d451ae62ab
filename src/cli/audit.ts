// `relayproof audit`: settings, accounts and output files are checked first, then the engine runs, then the report is written.
// Everything that the audit itself does is the engine's; this file only joins it to the terminal.
import { availableParallelism } from 'node:os';
import { type Archive, archiveInMemory } from '../fleet/archive-in-memory.js';
import type { AuditEvent } from '../fleet/events.js';
import { auditFleet, type FleetPorts } from '../fleet/fleet.js';
import { overall } from '../fleet/overall.js';
import type { AuditOptions } from '../model/options.js';
import type { LongReport } from '../model/report.js';
import { showEndpoint } from '../model/target.js';
import { VERSION } from '../model/version.js';
import type { Compared } from '../report/compare.js';
import { FEW } from '../report/summary.js';
import type { Call } from './call.js';
import { collect } from './collect.js';
import { excusesOf } from './excuses.js';
import { EXIT, exitStatus } from './exit-status.js';
import { catchInterrupts } from './interrupt.js';
import type { Values } from './options.js';
import { type Outputs, prepareOutputs, writeOutputs } from './outputs.js';
import { ownershipKeyOf } from './ownership.js';
import { readAccounts } from './password.js';
import { progressOf } from './progress.js';
import { placesOf } from './queue-values.js';
import { type Receivers, receiversOf } from './receivers.js';
import { readSecrets } from './secrets.js';
import { settingsOf } from './settings.js';
import { say } from './terminal.js';

/** Run the command and give the exit status. @throws UsageError before anything is sent */
export async function run({ words, values: given, threadFile }: Call): Promise<number> {
  const settings = await settingsOf(words, given);
  const { values } = settings.run;
  const baseline = values.baseline === undefined ? null : await baselineOf(values.baseline);
  const checked = settings.parts.map((part) => collect(part.words, part.values, null));
  const outputs = await prepareOutputs(values);
  // The accounts come last: nobody should type a password to be told of a typing slip elsewhere.
  const accounts = await readAccounts(settings.parts.map((part) => part.values));
  const proxyPasswords = await Promise.all(
    settings.parts.map(async (part) => (await readSecrets(part.values.secret)).get('proxy') ?? null),
  );
  const options = checked.map((part, index) => ({
    ...part.options,
    account: accounts[index] ?? null,
    proxyPassword: proxyPasswords[index] ?? null,
  }));
  const secrets = await readSecrets(values.secret);
  const receivers = await receiversOf(values, secrets);
  const sources = options.flatMap((part) => part.sources);
  const ownershipKey = await ownershipKeyOf(values);
  const archive = await archiveFor(options, values);
  try {
    const places = await placesOf(values, sources, secrets, archive);
    for (const warning of new Set(checked.flatMap(({ warnings }) => warnings))) say(`warning: ${warning}`);
    const ports = {
      ...receivers,
      order: settings.parts.flatMap((part) => part.places),
      ...(ownershipKey === null ? {} : { ownershipKey }),
      ...(places === null ? {} : { places }),
      ...threadsFor(countOf(options), values, threadFile),
    };
    const run = auditOnTerminal(options, values, outputs, ports, archive);
    const { report, isInterrupted, hasFailed } = await run.finally(() => places?.close());
    const today = new Date().toISOString().slice(0, 10);
    const { notes, ...excuses } = excusesOf(report, baseline, settings.waivers, today);
    const { configuration } = settings;
    const isWritten = await writeOutputs(report, outputs, values, {
      ...excuses,
      ...(configuration === null ? {} : { configuration }),
    });
    for (const note of notes) say(note);
    const status = exitStatus(report, {
      failOn: values.failOn ?? 'non-compliant',
      allowInconclusive: values.allowInconclusive === true,
      interrupted: isInterrupted,
      hasFailed,
      ...excuses,
    });
    archive.close(!isInterrupted && isWritten);
    return isWritten || status === EXIT.broken ? status : EXIT.usage;
  } catch (error) {
    archive.close(false);
    throw error;
  }
}

const countOf = (options: readonly AuditOptions[]): number =>
  options.reduce((sum, { targets }) => sum + targets.length, 0);

/** Threads for a list that is worth their start, of which memory has a place for a few; as many as are wanted otherwise. */
function threadsFor(targets: number, { threads }: Values, file: URL | undefined): Pick<FleetPorts, 'threads'> {
  const count = threads ?? (targets < WORTH_THREADS ? 1 : Math.min(availableParallelism(), MOST_THREADS));
  return count === 1 || file === undefined ? {} : { threads: { count, file } };
}

/** Each thread has to warm up: so many servers take about as long in one as in two (docs/scale.md). */
const WORTH_THREADS = 256;
/** Each thread takes some 35 MB (docs/scale.md). */
const MOST_THREADS = 3;

/** A few servers fit into memory; where the run is to go on, or there are many, a file holds them. */
async function archiveFor(options: readonly AuditOptions[], { state }: Values): Promise<Archive> {
  if (state === undefined && countOf(options) <= FEW) return archiveInMemory();
  const { archiveInFile, archiveInState } = await import('../fleet/archive.js');
  return state === undefined ? archiveInFile() : archiveInState(state, (text) => say(`warning: ${text}`));
}

/** The reader of saved reports is loaded only where one is read. */
async function baselineOf(path: string): Promise<Compared> {
  const { readCompared } = await import('./saved-report.js');
  return readCompared(path, '--baseline');
}

interface Audited {
  readonly report: LongReport;
  readonly isInterrupted: boolean;
  /** Whether relayproof itself failed over one of the servers, which has been said. */
  readonly hasFailed: boolean;
}

/** Audit, with warnings and progress on standard error; an interrupt ends it early, and what was measured is reported. */
export async function auditOnTerminal(
  options: readonly AuditOptions[],
  values: Values,
  outputs: Outputs,
  ports: Receivers & Pick<FleetPorts, 'places' | 'order' | 'ownershipKey' | 'threads'>,
  archive: Archive = archiveInMemory(),
): Promise<Audited> {
  const signal = catchInterrupts();
  const progress = progressOf(values);
  let hasFailed = false;
  const from = performance.now();
  const onEvent = (event: AuditEvent): void => {
    outputs.onEvent?.(event);
    if (event.kind === 'start') archive.start(event.startedAt);
    if (event.kind === 'progress') progress.show(event);
    if (event.kind !== 'warning' && event.kind !== 'failure') return;
    progress.clear();
    if (event.kind === 'warning') say(`warning: ${event.text}`);
    else {
      hasFailed = true;
      const { host, port } = event.target;
      const { error } = event;
      say(
        `a bug met at ${showEndpoint(host, port)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  };
  const { startedAt } = await auditFleet(options, {
    ...ports,
    signal,
    onEvent,
    hasDetails: outputs.onEvent !== null,
    ...(values.parallel === undefined ? {} : { servers: values.parallel }),
    granted: archive.granted,
    onGrant: archive.grant,
    known: archive.known,
    onTarget: archive.put,
    ...(archive.startedAt === null ? {} : { startedAt: archive.startedAt }),
  });
  progress.clear();
  const summaries = archive.summaries();
  // A run that went on has lasted since it was first begun.
  const durationMs = archive.startedAt === null ? performance.now() - from : Date.now() - Date.parse(startedAt);
  const report = {
    schemaVersion: '1.0',
    tool: { name: 'relayproof', version: VERSION },
    startedAt,
    durationMs: Math.max(0, Math.round(durationMs)),
    servers: archive.servers(),
    summaries,
    verdict: overall(summaries.map(({ verdict }) => verdict)),
  } as const;
  return { report, isInterrupted: signal.aborted, hasFailed };
}
