// The commands, as data: --help, parsing and loading derive from this one list. A command's file is loaded when it is called.
// `since: null` as in options.ts: not in this version, and said so.
import type { Call } from './call.js';
import { OPTIONS, type OptionKey, type OptionRow } from './options.js';
import { line, oneOf } from './values.js';

/** Options of the commands that print data and no report. */
const OWN = {
  product: {
    group: 'What is asked',
    argument: '<name>',
    description: 'only what is for this mail server, as postfix',
    read: line,
    since: null,
  },
  format: {
    group: 'Output',
    short: '-f',
    argument: '<table|json>',
    description: 'for people or for programs',
    fallback: 'table',
    read: oneOf(['table', 'json']),
    since: '0.1.0',
  },
} as const satisfies Record<string, OptionRow>;

export interface CommandRow {
  /** As commander reads them: `<target...>`, `[id]`. */
  readonly words: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionRow>>;
  readonly examples: readonly string[];
  readonly since: string | null;
  /** Loads the command; `run` gives the exit status. */
  readonly load: (() => Promise<{ readonly run: (call: Call) => Promise<number> }>) | null;
}

const pick = (...keys: readonly OptionKey[]): Readonly<Record<string, OptionRow>> =>
  Object.fromEntries(keys.map((key) => [key, OPTIONS[key]]));

const READING = pick('format', 'output', 'verbose', 'quiet', 'color');

const notYet = (words: string, summary: string): CommandRow => ({
  words,
  summary,
  options: {},
  examples: [],
  since: null,
  load: null,
});

export const COMMANDS = {
  audit: {
    words: '<target...>',
    summary: 'audit one or more servers you run',
    options: OPTIONS,
    examples: [
      'relayproof audit mail.example.org --canary relaytest@canary.example.net',
      'relayproof audit mail.example.org -s any -s auto --relay-hosts 192.0.2.0/24 --local-domain example.org \\',
      '    --local-recipient alice@example.org --canary relaytest@canary.example.net -f json',
      'relayproof audit submission://mail.example.org --user alice --password-env MAIL_PASSWORD \\',
      '    --canary relaytest@canary.example.net',
    ],
    since: '0.1.0',
    load: () => import('./audit.js'),
  },
  demo: {
    words: '[preset]',
    summary: 'start the embedded example server on loopback and audit it; `list` names the presets',
    options: { ...READING, ...pick('progress') },
    examples: ['relayproof demo', 'relayproof demo list', 'relayproof demo range-too-wide -v'],
    since: '0.1.0',
    load: () => import('./demo.js'),
  },
  plan: {
    words: '<target>',
    summary: 'print what an audit would send first, what may follow, and the ceilings; connect to nothing',
    options: { ...OPTIONS, format: OWN.format },
    examples: ['relayproof plan mail.example.org --canary relaytest@canary.example.net'],
    since: '0.1.0',
    load: () => import('./plan.js'),
  },
  techniques: {
    words: '[id]',
    summary: 'list the catalogue, or explain one entry with the exact lines',
    options: { format: OWN.format },
    examples: ['relayproof techniques', 'relayproof techniques percent-local'],
    since: '0.1.0',
    load: () => import('./techniques.js'),
  },
  rules: {
    words: '[id]',
    summary: 'list the findings, or explain one, with the fix',
    options: OWN,
    examples: ['relayproof rules', 'relayproof rules open-relay'],
    since: '0.1.0',
    load: () => import('./rules.js'),
  },
  report: {
    words: '<report.json>',
    summary: 'print a saved report again, in any format',
    options: READING,
    examples: ['relayproof report report.json -v'],
    since: '0.1.0',
    load: () => import('./report.js'),
  },
  sink: notYet('', 'run only the canary receiver'),
  diff: notYet('<old.json> <new.json>', 'what changed between two reports'),
  init: notYet('', 'write a commented relayproof.yaml'),
  import: notYet('<product> <file>', "derive a policy from the server's own configuration"),
  worker: notYet('', 'run attempts for auditors elsewhere'),
  workers: notYet('', 'list the places that run attempts'),
} as const satisfies Record<string, CommandRow>;
