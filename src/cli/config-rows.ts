// The options of the command line as a configuration file has them: the one table, looked at from the other side.
import type { ConfigRow, ConfigRows } from '../config/config-schema.js';
import { GROUPS, OPTIONS, type OptionKey, type OptionRow } from './options.js';

/** What the file says otherwise: secrets by name, and no file names another. */
const NOT_IN_FILE: ReadonlySet<string> = new Set([
  'config',
  'targets',
  'passwordFile',
  'passwordEnv',
  'passwordStdin',
  'secret',
]);

/** Groups of options that are of a run as a whole, not of one server, and further ones: what all servers share. */
const OF_THE_RUN: ReadonlySet<string> = new Set<(typeof GROUPS)[number] | OptionKey>([
  'Many servers',
  'Output',
  'What counts',
  'sink',
  'mailbox',
  'mailboxClean',
  'canaryKeyFile',
  'queue',
  'queueKeyFile',
  'workerWait',
]);

const rowOf = (key: string, { description, fallback, read, repeatable, group }: OptionRow): ConfigRow => ({
  description,
  ...(fallback === undefined ? {} : { fallback }),
  ...(read === undefined ? {} : { read }),
  ...(read?.words === undefined ? {} : { words: read.words }),
  ...(repeatable === true ? { isRepeatable: true } : {}),
  kind: read === undefined ? 'switch' : repeatable === true || read.isList === true ? 'list' : 'value',
  scope: OF_THE_RUN.has(group) || OF_THE_RUN.has(key) ? 'run' : 'server',
});

/** Every option of this version that a file may give, in the order of the groups. */
export const CONFIG_ROWS: ConfigRows = Object.fromEntries(
  Object.entries<OptionRow>(OPTIONS)
    .filter(([key, { since }]) => since !== null && !NOT_IN_FILE.has(key))
    .toSorted(([, a], [, b]) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group))
    .map(([key, row]) => [key, rowOf(key, row)]),
);
