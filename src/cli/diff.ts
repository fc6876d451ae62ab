// `relayproof diff`: what changed between two saved reports; exit status 1 when it got worse. Connects to nothing.
import { CHANGE_FORMATS } from '../report/changes.js';
import { compare } from '../report/compare.js';
import type { Call } from './call.js';
import { EXIT } from './exit-status.js';
import { readCompared } from './saved-report.js';

/** Run the command and give the exit status. @throws UsageError for files that are no reports */
export async function run({ words: [before = '', after = ''], values }: Call): Promise<number> {
  const comparison = compare(await readCompared(before, 'old report'), await readCompared(after, 'new report'));
  // The reader of this command's own -f takes no other name.
  const format = (values.format ?? 'table') as keyof typeof CHANGE_FORMATS;
  process.stdout.write(CHANGE_FORMATS[format](comparison));
  return comparison.isWorse ? EXIT.broken : EXIT.asPolicy;
}
