// `relayproof man`: the manual page in the man macros of roff, made from the tables of commands and options.
import { VERSION } from '../model/version.js';
import type { Call, Commands } from './call.js';
import { EXIT } from './exit-status.js';
import { flagOf, GROUPS, OPTIONS, type OptionRow } from './options.js';

/** Run the command and give the exit status. */
export async function run({ commands }: Call): Promise<number> {
  process.stdout.write(manualPage(commands));
  return EXIT.asPolicy;
}

/** Write the manual page. */
export function manualPage(all: Commands): string {
  const commands = Object.entries(all).filter(([, { since }]) => since !== null);
  const lines = [
    `.TH RELAYPROOF 1 "" "relayproof ${VERSION}" "User Commands"`,
    '.SH NAME',
    text('relayproof - audit mail servers for open relaying'),
    '.SH SYNOPSIS',
    ...commands.flatMap(([name, { words }]) => [
      '.br',
      `.B relayproof ${text(name)}`,
      text(`[options] ${words}`.trim()),
    ]),
    '.SH DESCRIPTION',
    text(
      'Asks a mail server that you run whether it relays for those it should not, and still relays for those it should, and judges the answers against a stated policy.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(([name, row]) => [
      '.TP',
      `.B ${text(`${name} ${row.words}`.trim())}`,
      text(sentence(row.summary)),
    ]),
    '.SH OPTIONS OF AUDIT',
    text('Each stands in relayproof.yaml under the same name in camelCase; what is given here stands above the file.'),
    ...GROUPS.flatMap((group) => [`.SS ${text(group)}`, ...optionsOf(group)]),
    '.SH EXIT STATUS',
    ...EXITS.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, text(meaning)]),
    '.SH FILES',
    '.TP',
    '.I relayproof.yaml',
    text('The configuration that is read where it is there and no other is named; relayproof init writes one.'),
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR, FORCE_COLOR',
    text('No colour, or colour where standard output is no terminal.'),
    '.SH EXAMPLES',
    ...commands.flatMap(([, { examples }]) => ['.PP', '.nf', ...examples.map(text), '.fi']),
  ];
  return `${lines.join('\n')}\n`;
}

const optionsOf = (group: OptionRow['group']): string[] =>
  Object.entries<OptionRow>(OPTIONS)
    .filter(([, row]) => row.group === group && row.since !== null)
    .flatMap(([key, row]) => {
      const flags = [row.short, flagOf(key, row)]
        .filter((flag) => flag !== undefined)
        .map((flag) => `\\fB${text(flag)}\\fR`);
      const argument = row.argument === undefined ? '' : ` \\fI${text(row.argument)}\\fR`;
      const repeated = row.repeatable === true ? ' May be repeated.' : '';
      const fallback = row.fallback === undefined ? '' : ` Default: ${row.fallback}.`;
      return ['.TP', `${flags.join(', ')}${argument}`, text(`${sentence(row.description)}${repeated}${fallback}`)];
    });

const EXITS = [
  ['0', 'Every server behaves as its policy says.'],
  ['1', 'At least one does not.'],
  ['2', 'The command line, the configuration, an input or output file is wrong; nothing was sent.'],
  ['3', 'A question that was asked could not be answered.'],
  ['70', 'A bug in relayproof.'],
  ['130', 'Interrupted, and nothing was found broken.'],
] as const;

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** Text as roff reads it: hyphens that can be copied, backslashes, and no line that begins a request. */
const text = (words: string): string =>
  words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...').replace(/^[.']/, '\\&$&');
