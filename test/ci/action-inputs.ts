// The inputs of action.yml as the table of options has them: one for each option that makes sense in a job.
import { stringify } from 'yaml';
import { flagOf, OPTIONS, type OptionRow } from '../../src/cli/options.js';

/** The action says these itself, or a job has no use for them: it has no terminal, and no standard input. */
const NOT_INPUTS: ReadonlySet<string> = new Set([
  'output',
  'format',
  'passwordStdin',
  'color',
  'progress',
  'verbose',
  'quiet',
  // The action's own input of this name takes the targets themselves.
  'targets',
  'state',
]);

export interface ActionInput {
  readonly description: string;
  readonly required: false;
  readonly default: '' | 'false';
}

/** The options of this version as inputs, by the name of the flag. */
const actionInputs = (): Readonly<Record<string, ActionInput>> =>
  Object.fromEntries(
    Object.entries<OptionRow>(OPTIONS)
      .filter(([key, { since }]) => since !== null && !NOT_INPUTS.has(key))
      .map(([key, row]) => [
        flagOf(key, row).slice(2),
        {
          description: `${row.description}${row.repeatable === true ? ', a line for each' : ''}`,
          required: false,
          default: row.argument === undefined ? 'false' : '',
        },
      ]),
  );

const TARGETS: ActionInput = {
  description:
    'servers to audit, with spaces or lines between: host, host:port, submission://host; empty for those of the configuration',
  required: false,
  default: '',
};

/** The text of action.yml with the inputs of now. */
export function withActionInputs(action: string): string {
  const inputs = stringify({ inputs: { targets: TARGETS, ...actionInputs() } }, { lineWidth: 118, singleQuote: true });
  return action.replace(/^inputs:\n(?:[ ].*\n)+/m, () => inputs);
}
