// `relayproof audit`: options, account and output files are checked first, then the engine runs, then the report is written.
// Everything that the audit itself does is the engine's; this file only joins it to the terminal.
import { audit } from '../fleet/audit.js';
import type { AuditOptions } from '../model/options.js';
import type { Report } from '../model/report.js';
import type { Call } from './call.js';
import { collect } from './collect.js';
import { EXIT, exitStatus } from './exit-status.js';
import { catchInterrupts } from './interrupt.js';
import type { Values } from './options.js';
import { prepareOutputs, writeOutputs } from './outputs.js';
import { readAccount } from './password.js';
import { progressOf, say } from './terminal.js';

/** Run the command and give the exit status. @throws UsageError before anything is sent */
export async function run({ words, values }: Call): Promise<number> {
  // The account comes last: nobody should type a password to be told of a typing slip elsewhere.
  const checked = collect(words, values, null);
  const outputs = await prepareOutputs(values);
  const options: AuditOptions = { ...checked.options, account: await readAccount(values) };
  for (const warning of checked.warnings) say(`warning: ${warning}`);
  const { report, isInterrupted } = await auditOnTerminal(options, values);
  const isWritten = await writeOutputs(report, outputs, values);
  const status = exitStatus(report, {
    failOn: values.failOn ?? 'non-compliant',
    allowInconclusive: values.allowInconclusive === true,
    interrupted: isInterrupted,
  });
  return isWritten || status === EXIT.broken ? status : EXIT.usage;
}

interface Audited {
  readonly report: Report;
  readonly isInterrupted: boolean;
}

/** Audit, with warnings and progress on standard error; an interrupt ends it early, and what was measured is reported. */
export async function auditOnTerminal(options: AuditOptions, values: Values): Promise<Audited> {
  const signal = catchInterrupts();
  const progress = progressOf(values);
  const report = await audit(options, {
    signal,
    onEvent: (event) => {
      if (event.kind === 'progress') progress.show(event.done, event.total);
      if (event.kind !== 'warning') return;
      progress.clear();
      say(`warning: ${event.text}`);
    },
  });
  progress.clear();
  return { report, isInterrupted: signal.aborted };
}
