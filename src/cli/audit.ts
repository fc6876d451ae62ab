// `relayproof audit`: settings, accounts and output files are checked first, then the engine runs, then the report is written.
// Everything that the audit itself does is the engine's; this file only joins it to the terminal.
import type { AuditPorts } from '../fleet/fleet.js';
import { type AuditRun, startAudit } from '../fleet/run.js';
import type { AuditOptions } from '../model/options.js';
import type { Report } from '../model/report.js';
import type { Call } from './call.js';
import { collect } from './collect.js';
import { excusesOf } from './excuses.js';
import { EXIT, exitStatus } from './exit-status.js';
import { catchInterrupts } from './interrupt.js';
import type { Values } from './options.js';
import { type Outputs, prepareOutputs, writeOutputs } from './outputs.js';
import { readAccounts } from './password.js';
import { progressOf } from './progress.js';
import { placesOf } from './queue-values.js';
import { type Receivers, receiversOf } from './receivers.js';
import { readSecrets } from './secrets.js';
import { settingsOf } from './settings.js';
import { say } from './terminal.js';

/** Run the command and give the exit status. @throws UsageError before anything is sent */
export async function run({ words, values: given }: Call): Promise<number> {
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
  const places = await placesOf(values, sources, secrets);
  for (const warning of new Set(checked.flatMap(({ warnings }) => warnings))) say(`warning: ${warning}`);
  const ports = places === null ? receivers : { ...receivers, places };
  const audited = auditOnTerminal(options, values, outputs, ports).finally(() => places?.close());
  const { report, isInterrupted } = await audited;
  const isWritten = await writeOutputs(report, outputs, values, settings.configuration);
  const excuses = excusesOf(report, baseline, settings.waivers, new Date().toISOString().slice(0, 10));
  for (const note of excuses.notes) say(note);
  const status = exitStatus(report, {
    failOn: values.failOn ?? 'non-compliant',
    allowInconclusive: values.allowInconclusive === true,
    interrupted: isInterrupted,
    isExcused: excuses.isExcused,
  });
  return isWritten || status === EXIT.broken ? status : EXIT.usage;
}

/** The reader of saved reports is loaded only where one is read. */
async function baselineOf(path: string): Promise<Report> {
  const { readSavedReport } = await import('./saved-report.js');
  return readSavedReport(path, '--baseline');
}

interface Audited {
  readonly report: Report;
  readonly isInterrupted: boolean;
}

/** Audit, with warnings and progress on standard error; an interrupt ends it early, and what was measured is reported. */
export async function auditOnTerminal(
  options: readonly AuditOptions[],
  values: Values,
  outputs: Outputs,
  ports: Receivers & Pick<AuditPorts, 'places'>,
): Promise<Audited> {
  const signal = catchInterrupts();
  const audit = startAudit(options, { signal, ...ports });
  const report = await shown(audit, values, outputs);
  return { report, isInterrupted: signal.aborted };
}

async function shown(audit: AuditRun, values: Values, outputs: Outputs): Promise<Report> {
  const progress = progressOf(values);
  for await (const event of audit) {
    outputs.onEvent?.(event);
    if (event.kind === 'progress') progress.show(event);
    if (event.kind !== 'warning') continue;
    progress.clear();
    say(`warning: ${event.text}`);
  }
  progress.clear();
  return audit.report;
}
