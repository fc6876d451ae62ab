// `relayproof completions`: scripts for bash, zsh and fish, made from the tables of commands and options. Words that an option
// takes are those of its reader; files where it takes a path.
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import type { Call, Commands } from './call.js';
import { EXIT } from './exit-status.js';
import { flagOf, type OptionRow } from './options.js';

/** Run the command and give the exit status. @throws UsageError for another shell */
export async function run({ words: [shell = ''], commands }: Call): Promise<number> {
  const write = SHELLS[shell];
  if (write === undefined) {
    const names = Object.keys(SHELLS);
    const want = 'bash, zsh or fish';
    throw complain({
      subject: 'completions',
      problem: 'no such shell',
      got: shell,
      want,
      hint: didYouMean(shell, names),
    });
  }
  process.stdout.write(write(completed(commands)));
  return EXIT.asPolicy;
}

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** Whether its words are files. */
  readonly takesFiles: boolean;
}

interface CompletedOption {
  readonly flag: string;
  readonly short: string | null;
  readonly description: string;
  readonly isSwitch: boolean;
  readonly words: readonly string[];
  readonly isRepeatable: boolean;
}

const HELP: CompletedOption = {
  flag: '--help',
  short: '-h',
  description: 'print this help',
  isSwitch: true,
  words: [],
  isRepeatable: false,
};

const completed = (commands: Commands): readonly Completed[] =>
  Object.entries(commands)
    .filter(([, { since }]) => since !== null)
    .map(([name, row]) => ({
      name,
      summary: row.summary,
      takesFiles: /\.json|file/.test(row.words),
      options: [
        ...Object.entries(row.options)
          .filter(([, { since }]) => since !== null)
          .map(optionOf),
        HELP,
      ],
    }));

function optionOf([key, row]: readonly [string, OptionRow]): CompletedOption {
  return {
    flag: flagOf(key, row),
    short: row.short ?? null,
    description: row.description,
    isSwitch: row.argument === undefined,
    words: key === 'output' ? [] : (row.read?.words ?? []),
    isRepeatable: row.repeatable === true,
  };
}

const SHELLS: Readonly<Record<string, (all: readonly Completed[]) => string>> = { bash, zsh, fish };

function bash(all: readonly Completed[]): string {
  const cases = all.map(({ name, options, takesFiles }) => {
    const flags = options.flatMap(({ flag, short }) => (short === null ? [flag] : [short, flag])).join(' ');
    const values = options
      .filter(({ isSwitch }) => !isSwitch)
      .map(({ flag, short, words }) => {
        const pattern = short === null ? flag : `${short}|${flag}`;
        const reply = words.length === 0 ? '-f' : `-W '${words.join(' ')}'`;
        return `        ${pattern}) COMPREPLY=($(compgen ${reply} -- "$word")); return ;;`;
      });
    const rest = takesFiles ? 'COMPREPLY=($(compgen -f -- "$word"))' : 'COMPREPLY=()';
    return `    ${name})
      case "$before" in
${values.length === 0 ? '        *) ;;' : values.join('\n')}
      esac
      if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W '${flags}' -- "$word")); else ${rest}; fi ;;`;
  });
  return `# bash completion of relayproof
_relayproof() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${all.map(({ name }) => name).join(' ')} help --help --version' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o default -F _relayproof relayproof
`;
}

/** Inside a specification of zsh's _arguments these end a part. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''");

function zsh(all: readonly Completed[]): string {
  const commands = all.map(({ name, summary }) => `    '${name}:${zshText(summary)}'`).join('\n');
  const cases = all.map(({ name, options, takesFiles }) => {
    const specs = options.flatMap(({ flag, short, description, isSwitch, words, isRepeatable }) => {
      const value = isSwitch ? '' : `:value:${words.length === 0 ? '_files' : `(${words.join(' ')})`}`;
      const star = isRepeatable ? '*' : '';
      return (short === null ? [flag] : [short, flag]).map(
        (each) => `        '${star}${each}[${zshText(description)}]${value}'`,
      );
    });
    const rest = `        '*:word:${takesFiles ? '_files' : ' '}'`;
    return `    ${name})\n      _arguments \\\n${[...specs, rest].join(' \\\n')} ;;`;
  });
  return `#compdef relayproof
# zsh completion of relayproof
_relayproof() {
  local -a commands
  commands=(
${commands}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local name="\${words[2]}"
  shift words
  ((CURRENT--))
  case "$name" in
${cases.join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _relayproof ]]; then _relayproof "$@"; else compdef _relayproof relayproof; fi
`;
}

const fishText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function fish(all: readonly Completed[]): string {
  const commands = all.map(
    ({ name, summary }) => `complete -c relayproof -n __fish_use_subcommand -f -a ${name} -d ${fishText(summary)}`,
  );
  const options = all.flatMap(({ name, options: own, takesFiles }) => [
    ...(takesFiles ? [] : [`complete -c relayproof -n '__fish_seen_subcommand_from ${name}' -f`]),
    ...own.map(({ flag, short, description, isSwitch, words }) => {
      const letter = short === null ? '' : ` -s ${short.slice(1)}`;
      const value = isSwitch ? '' : words.length === 0 ? ' -r -F' : ` -x -a ${fishText(words.join(' '))}`;
      return `complete -c relayproof -n '__fish_seen_subcommand_from ${name}'${letter} -l ${flag.slice(2)}${value} -d ${fishText(description)}`;
    }),
  ]);
  return `# fish completion of relayproof\n${[...commands, ...options].join('\n')}\n`;
}
