// `relayproof report`: prints a saved report again, in any format. Connects to nothing and judges nothing anew.
import { readFile } from 'node:fs/promises';
import { readReport } from '../config/report-schema.js';
import { complain } from '../model/errors.js';
import type { Call } from './call.js';
import { EXIT } from './exit-status.js';
import { prepareOutputs, writeOutputs } from './outputs.js';

/** Run the command and give the exit status. @throws UsageError for a file that is no report */
export async function run({ words: [path = ''], values }: Call): Promise<number> {
  const report = readReport(await textOf(path), path);
  const outputs = await prepareOutputs(values);
  return (await writeOutputs(report, outputs, values)) ? EXIT.asPolicy : EXIT.usage;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
    throw complain({ subject: 'report', problem, got: path, want: 'a report as relayproof audit -f json writes it' });
  }
}
