// `relayproof report`: prints a saved report again, in any format. Connects to nothing and judges nothing anew.
import type { Call } from './call.js';
import { EXIT } from './exit-status.js';
import { prepareOutputs, writeOutputs } from './outputs.js';
import { readSavedReport } from './saved-report.js';

/** Run the command and give the exit status. @throws UsageError for a file that is no report */
export async function run({ words: [path = ''], values }: Call): Promise<number> {
  const outputs = await prepareOutputs(values);
  const { report, close } = await readSavedReport(path, 'report');
  try {
    return (await writeOutputs(report, { ...outputs, onEvent: null }, values)) ? EXIT.asPolicy : EXIT.usage;
  } finally {
    close();
  }
}
