// Reads a command line into a call of one command, by the tables of commands and options; the only importer of commander.
// Every mistake becomes a UsageError of one line. SAFETY: what follows an unknown flag's `=` may be a secret: not shown.
import { Command, CommanderError, Option } from 'commander';
import { complain, UsageError } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import { VERSION } from '../model/version.js';
import type { Call } from './call.js';
import { COMMANDS, type CommandRow } from './commands.js';
import { flagOf, GROUPS, type OptionRow, type Values } from './options.js';

export type Asked =
  /** Nothing but text to print: help, or the version. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly command: CommandRow; readonly call: Call };

const ALL: Readonly<Record<string, CommandRow>> = COMMANDS;
const HERE = Object.entries(ALL).filter(([, { since }]) => since !== null);

/** Read the arguments after the program's name. @throws UsageError */
export function readCommandLine(argv: readonly string[]): Asked {
  const [first, second] = argv;
  if (first === undefined) throw noCommand();
  const named = first === 'help' ? second : first;
  if (named !== undefined && !named.startsWith('-')) refuseUnknown(named);

  let printed = '';
  const asked: Asked[] = [];
  const program = programOf((text) => {
    printed += text;
  });
  for (const [name, command] of HERE) {
    addCommand(program, name, command, (call) => asked.push({ kind: 'call', command, call }));
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0 && error.code !== 'commander.help') throw worded(error, ALL[first]);
  }
  return asked[0] ?? { kind: 'text', text: printed };
}

/** The root: prints through `print`, throws instead of leaving the process, and hands all of that down. */
const programOf = (print: (text: string) => void): Command =>
  new Command('relayproof')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined })
    .configureHelp({ helpWidth: process.stdout.columns ?? 100 })
    .showSuggestionAfterError(false)
    .description('Does your mail server relay for those it should not, and still relay for those it should?')
    .usage('<command> [options]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\n${EXIT_STATUS}\nrelayproof <command> --help says more about each.`);

const EXIT_STATUS =
  'Exit status: 0 as the policy says, 1 not so, 2 wrong usage, 3 inconclusive, 70 a bug, 130 interrupted.';

function addCommand(program: Command, name: string, row: CommandRow, take: (call: Call) => void): void {
  const command = program.command(name).description(row.summary).usage(`[options] ${row.words}`.trim());
  for (const word of row.words.split(' ')) if (word !== '') command.argument(word);
  const rows = Object.entries(row.options)
    .filter(([, { since }]) => since !== null)
    .sort(([, a], [, b]) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
  for (const [key, option] of rows) {
    command.addOption(optionOf(key, option));
    if (option.off !== undefined) command.addOption(new Option(flagOf(key, { ...option, negated: true })).hideHelp());
  }
  command.addHelpText('after', `\nExamples:\n${row.examples.map((example) => `  ${example}`).join('\n')}`);
  command.action(() => {
    const given = rows.filter(([key]) => command.getOptionValueSource(key) === 'cli');
    const values = given.map(([key, option]) => [key, valuesOf(key, option, command.getOptionValue(key))]);
    take({ words: command.args, values: Object.fromEntries(values) as Values, commands: ALL });
  });
}

/** Texts are collected as they stand: what they mean is read once, with the name of the option at hand. */
function optionOf(key: string, row: OptionRow): Option {
  const flags = [row.short, [flagOf(key, row), row.argument].filter(Boolean).join(' ')].filter(Boolean).join(', ');
  const repeated = row.repeatable === true ? ' (repeatable)' : '';
  const fallback = row.fallback === undefined ? '' : ` (default: ${row.fallback})`;
  const option = new Option(flags, `${row.description}${repeated}${fallback}`).helpGroup(`${row.group}:`);
  if (row.argument === undefined) return option;
  return option.argParser((text: string, before: unknown) => [...(Array.isArray(before) ? before : []), text]);
}

/** Read what was given for one option; of an option that is not repeatable the last one counts. */
function valuesOf(key: string, row: OptionRow, given: unknown): unknown {
  const { read, off } = row;
  if (given === false && off !== undefined) return off;
  if (read === undefined || !Array.isArray(given)) return given;
  const values = given.map((text) => read(String(text), flagOf(key, row)));
  return row.repeatable === true ? values : values.at(-1);
}

const listed = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

const noCommand = (): UsageError =>
  complain({
    subject: 'command',
    problem: 'not given',
    got: null,
    want: listed(HERE.map(([name]) => name)),
    hint: 'relayproof --help says more',
  });

function refuseUnknown(name: string): void {
  const known = Object.hasOwn(ALL, name) ? ALL[name] : undefined;
  if (known !== undefined && known.since !== null) return;
  const names = HERE.map(([other]) => other);
  const problem = known === undefined ? 'not known' : `not in relayproof ${VERSION}`;
  const hint = known === undefined ? didYouMean(name, names) : undefined;
  throw complain({ subject: 'command', problem, got: name, want: listed(names), hint });
}

/** Word commander's complaint as ours; the command is undefined where the program's own options are meant. */
function worded(error: CommanderError, command: CommandRow | undefined): UsageError {
  const quoted = /'(.*)'/s.exec(error.message)?.[1] ?? '';
  if (error.code === 'commander.unknownOption') return unknownOption(quoted.replace(/=.*$/s, ''), command);
  if (error.code === 'commander.optionMissingArgument') {
    const [, flag = quoted, want = 'a value'] = /(--[a-z-]+)(?: (.*))?$/.exec(quoted) ?? [];
    return complain({ subject: flag, problem: 'no value', got: null, want });
  }
  if (error.code === 'commander.missingArgument') {
    return complain({ subject: quoted, problem: 'not given', got: null, want: command?.words ?? quoted });
  }
  if (error.code === 'commander.excessArguments') {
    const want = command?.words === '' ? 'none' : (command?.words ?? 'a command');
    return new UsageError(`arguments: too many: want ${want}`);
  }
  return new UsageError(error.message.replace(/^error: /, '').replaceAll(/\s+/g, ' '));
}

function unknownOption(flag: string, command: CommandRow | undefined): UsageError {
  const rows = Object.entries(command?.options ?? {});
  const isFlag = (key: string, row: OptionRow): boolean =>
    flag === flagOf(key, row) || (row.short !== undefined && !flag.startsWith('--') && flag.startsWith(row.short));
  const later = rows.find(([key, row]) => isFlag(key, row));
  const [subject, want] = [later === undefined ? 'option' : flagOf(...later), 'an option that --help lists'];
  if (later !== undefined) {
    return complain({ subject, problem: `not in relayproof ${VERSION}`, got: null, want });
  }
  const flags = [...rows.filter(([, { since }]) => since !== null).map((row) => flagOf(...row)), '--help', '--version'];
  return complain({ subject, problem: 'not known', got: flag, want, hint: didYouMean(flag, flags) });
}
