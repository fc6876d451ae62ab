// `relayproof init`: writes a commented configuration, made from the table of options; on a terminal it asks for the few things
// that nobody can guess. Never writes over a file unasked, and asks for no password.
import { access, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { complain, UsageError } from '../model/errors.js';
import { parseTarget } from '../model/target.js';
import type { Call } from './call.js';
import { CONFIG_ROWS } from './config-rows.js';
import { EXIT } from './exit-status.js';
import { GROUPS, OPTIONS, type OptionRow } from './options.js';
import { DEFAULT_FILE } from './settings.js';
import { say } from './terminal.js';

/** What is asked for; empty where the answer is none. */
export interface Answers {
  readonly target: string;
  readonly canary: string;
  readonly localRecipient: string;
  readonly relayHosts: string;
  readonly user: string;
}

/** Run the command and give the exit status. @throws UsageError where the file is there, or cannot be written */
export async function run({ words: [path = DEFAULT_FILE], values }: Call): Promise<number> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere && values.force !== true) {
    throw complain({ subject: 'init', problem: 'the file is there', got: path, want: 'another name, or --force' });
  }
  const answers = process.stdin.isTTY && process.stderr.isTTY ? await ask() : EXAMPLE;
  try {
    await writeFile(path, configurationText(answers));
  } catch (error) {
    const problem = `cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
    throw complain({ subject: 'init', problem, got: path, want: 'a file in a directory that can be written to' });
  }
  say(`${path} is written: look through it, then relayproof plan -c ${path} shows what an audit would send`);
  return EXIT.asPolicy;
}

const EXAMPLE: Answers = {
  target: 'mail.example.org',
  canary: 'relaytest@canary.example.net',
  localRecipient: 'alice@example.org',
  relayHosts: '192.0.2.0/24',
  user: '',
};

interface Question {
  readonly key: keyof Answers;
  readonly text: string;
  readonly isNeeded: boolean;
  /** @throws UsageError for an answer that cannot be meant */
  readonly check: (answer: string) => unknown;
}

const QUESTIONS: readonly Question[] = [
  {
    key: 'target',
    text: 'Server to audit (host, host:port, submission://host)',
    isNeeded: true,
    check: parseTarget,
  },
  {
    key: 'canary',
    text: 'A mailbox that you own elsewhere, which the server must not relay to for strangers',
    isNeeded: true,
    check: (answer) => OPTIONS.canary.read(answer, 'canary'),
  },
  {
    key: 'localRecipient',
    text: 'A real mailbox on the server (may be left out)',
    isNeeded: false,
    check: (answer) => OPTIONS.localRecipient.read(answer, 'localRecipient'),
  },
  {
    key: 'relayHosts',
    text: 'Hosts that may relay without logging in, as 192.0.2.0/24 (may be left out)',
    isNeeded: false,
    check: (answer) => OPTIONS.relayHosts.read(answer, 'relayHosts'),
  },
  {
    key: 'user',
    text: 'Account for the authenticated relays (may be left out; its password is read from MAIL_PASSWORD)',
    isNeeded: false,
    check: (answer) => OPTIONS.user.read(answer, 'user'),
  },
];

/** Ask until each answer can be meant; the end of input is an empty answer. */
async function ask(): Promise<Answers> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answers: Record<string, string> = {};
  for (const question of QUESTIONS) {
    for (;;) {
      const answer = (await terminal.question(`${question.text}: `)).trim();
      const mistake = mistakeIn(question, answer);
      if (mistake === null) {
        answers[question.key] = answer;
        break;
      }
      say(mistake);
    }
  }
  terminal.close();
  return { ...EXAMPLE, ...answers };
}

function mistakeIn({ isNeeded, check }: Question, answer: string): string | null {
  if (answer === '') return isNeeded ? 'an answer is needed' : null;
  try {
    check(answer);
    return null;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

/** Write a configuration with every option: what was answered stands, everything else is a comment with its default. */
export function configurationText(answers: Answers): string {
  const given: Readonly<Record<string, string>> = {
    canary: quotedYaml(answers.canary),
    localRecipient: quotedYaml(answers.localRecipient),
    relayHosts:
      answers.relayHosts === ''
        ? ''
        : `[${answers.relayHosts
            .split(/[\s,]+/)
            .map(quotedYaml)
            .join(', ')}]`,
    user: quotedYaml(answers.user),
  };
  const groups = GROUPS.flatMap((group) => {
    const rows = Object.entries<OptionRow>(OPTIONS).filter(
      ([key, row]) => row.group === group && Object.hasOwn(CONFIG_ROWS, key),
    );
    const lines = rows.flatMap(([key, row]) => optionLines(key, row, given[key] ?? ''));
    const secret = group !== 'Account' ? [] : passwordLines(answers.user !== '');
    return lines.length === 0 ? [] : ['', `# ${group}`, '', ...lines, ...secret];
  });
  return `${[...HEAD, ...groups, ...SERVERS(answers.target), ...WAIVERS].join('\n')}\n`;
}

const HEAD = [
  '# What relayproof is to audit. Every option of `relayproof audit` is here in camelCase; what is given on the command line',
  '# stands above this file. `relayproof plan --show-config` prints what holds, and from where.',
  '# yaml-language-server: $schema=./node_modules/relayproof/relayproof.schema.json',
];

function optionLines(key: string, row: OptionRow, value: string): string[] {
  const fallback = row.fallback === undefined ? '' : ` (default: ${row.fallback})`;
  const line = value === '' ? `# ${key}: ${exampleOf(row)}` : `${key}: ${value}`;
  return [`# ${row.description}${fallback}`, line.trimEnd()];
}

/** A value in the place of one: a switch the other way round, of a closed set its first word, else its place-holder. */
function exampleOf({ argument, negated, read }: OptionRow): string {
  if (argument === undefined) return negated === true ? 'false' : 'true';
  const word = read?.words?.[0] ?? argument;
  return read?.isList === true ? `[${word}]` : word;
}

const passwordLines = (isGiven: boolean): string[] => [
  "# the account's password: { env: NAME } or { file: path }, never the password itself",
  `${isGiven ? '' : '# '}password: { env: MAIL_PASSWORD }`,
];

const SERVERS = (target: string): string[] => [
  '',
  '# The servers. Each may have any option of its own, but for those of output and of what counts.',
  '',
  'servers:',
  `  - target: ${quotedYaml(target)}`,
];

const WAIVERS = [
  '',
  '# Findings that are accepted for a while. After the day of `expires` they fail again.',
  '',
  '# waivers:',
  '#   - rule: cleartext-authentication',
  '#     server: mail.example.org',
  '#     reason: the old scanner on the first floor goes in spring',
  '#     expires: 2030-03-31',
];

/** Text as YAML: bare where it can be nothing else, else quoted as JSON is. */
const quotedYaml = (text: string): string =>
  text === '' || (/^[A-Za-z][\w.@/+-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text))
    ? text
    : JSON.stringify(text);
