// `relayproof import`: a server's own configuration as a fragment of relayproof.yaml, with where each line came from; warnings go to
// standard error as well. Sends nothing.
import { fragmentOf } from '../import/write.js';
import { complain } from '../model/errors.js';
import type { Call } from './call.js';
import { EXIT } from './exit-status.js';
import { importFiles, importProduct } from './import-files.js';
import { say } from './terminal.js';

/** Run the command and give the exit status. @throws UsageError for a product that is not known and files that cannot be read */
export async function run({ words: [word = '', ...paths], values }: Call): Promise<number> {
  const product = importProduct(word, 'import');
  if (paths.length === 0)
    throw complain({ subject: 'import', problem: 'no file', got: null, want: '<product> <file...>' });
  const imported = await importFiles(product, paths, 'import');
  for (const { text, where } of imported.warnings) say(`warning: ${where}: ${text}`);
  process.stdout.write(values.format === 'json' ? `${JSON.stringify(imported, null, 2)}\n` : fragmentOf(imported));
  return EXIT.asPolicy;
}
