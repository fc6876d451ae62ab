// `relayproof techniques`: the catalogue as a list, or one entry with the exact lines, as text or JSON. Sends nothing.
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import type { Technique } from '../model/technique.js';
import { TECHNIQUES } from '../techniques/index.js';
import { EXAMPLE_VALUES, linesOf } from '../techniques/lines.js';
import type { Call } from './call.js';
import { inColumns, wrapped } from './columns.js';
import { EXIT } from './exit-status.js';
import { terminalOf } from './terminal.js';

/** Run the command and give the exit status. @throws UsageError for an id that is not in the catalogue */
export async function run({ words: [id], values }: Call): Promise<number> {
  const { columns } = terminalOf(values);
  const found = id === undefined ? TECHNIQUES : [technique(id)];
  const asJson =
    id === undefined ? found : { ...found[0], lines: found.flatMap((one) => linesOf(one, EXAMPLE_VALUES)) };
  if (values.format === 'json') process.stdout.write(`${JSON.stringify(asJson, null, 2)}\n`);
  else if (id === undefined) process.stdout.write(inColumns(TECHNIQUES.map(row), columns));
  else process.stdout.write(found.map((one) => explained(one, columns)).join('\n'));
  return EXIT.asPolicy;
}

function technique(id: string): Technique {
  const found = TECHNIQUES.find((one) => one.id === id);
  if (found !== undefined) return found;
  const ids = TECHNIQUES.map((one) => one.id);
  throw complain({
    subject: 'techniques',
    problem: 'no such technique',
    got: id,
    want: 'an id that relayproof techniques lists',
    hint: didYouMean(id, ids),
  });
}

const row = ({ id, family, set, title }: Technique): readonly string[] => [id, family, set, title];

function explained(one: Technique, columns: number): string {
  const known = one.knownFor.length === 0 ? [] : ['', ...wrapped(`Known for: ${one.knownFor.join('; ')}`, columns)];
  const lines = [
    `${one.id} (${one.family}, ${one.set})`,
    ...wrapped(`${one.title}.`, columns),
    '',
    ...wrapped(one.why, columns),
    ...known,
    '',
    'What is sent, with example names:',
    ...linesOf(one, EXAMPLE_VALUES).map((sent) => `  ${sent}`),
    '',
    ...wrapped(`References: ${one.references.join('; ')}`, columns),
  ];
  return `${lines.join('\n')}\n`;
}
