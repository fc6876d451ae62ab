// The commands, as data: --help, parsing and loading derive from this one list. A command's file is loaded when it is called.
// `since: null` as in options.ts: not in this version, and said so.
import type { CommandRow } from './call.js';
import { DATA_FORMAT, OPTIONS, type OptionKey, type OptionRow } from './options.js';
import { SINK_OPTIONS } from './sink-options.js';
import { line, oneOf } from './values.js';
import { WORKER_OPTIONS, WORKERS_OPTIONS } from './worker-options.js';

/** Options of the commands that print data and no report. */
const OWN = {
  product: {
    group: 'What is asked',
    argument: '<name>',
    description: 'only what is for this mail server, as postfix',
    read: line,
    since: '0.1.0',
  },
  importFormat: {
    group: 'Output',
    short: '-f',
    argument: '<yaml|json>',
    description: 'a fragment of relayproof.yaml, or data for programs',
    fallback: 'yaml',
    read: oneOf(['yaml', 'json']),
    since: '0.1.0',
  },
  showConfig: {
    group: 'Output',
    description: 'print every setting with where it comes from, instead of the plan',
    since: '0.1.0',
  },
  changes: {
    group: 'Output',
    short: '-f',
    argument: '<table|json|markdown>',
    description: 'for people, for programs or for a merge request',
    fallback: 'table',
    read: oneOf(['table', 'json', 'markdown']),
    since: '0.1.0',
  },
  force: { group: 'Output', description: 'write over a file that is there', since: '0.1.0' },
} as const satisfies Record<string, OptionRow>;

const pick = (...keys: readonly OptionKey[]): Readonly<Record<string, OptionRow>> =>
  Object.fromEntries(keys.map((key) => [key, OPTIONS[key]]));

const READING = pick('format', 'output', 'verbose', 'quiet', 'color');

export const COMMANDS = {
  audit: {
    words: '[target...]',
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
    words: '[target]',
    summary: 'print what an audit would send first, what may follow, and the ceilings; connect to nothing',
    options: { ...OPTIONS, format: DATA_FORMAT, showConfig: OWN.showConfig },
    examples: [
      'relayproof plan mail.example.org --canary relaytest@canary.example.net',
      'relayproof plan -c relayproof.yaml --show-config',
    ],
    since: '0.1.0',
    load: () => import('./plan.js'),
  },
  techniques: {
    words: '[id]',
    summary: 'list the catalogue, or explain one entry with the exact lines',
    options: { format: DATA_FORMAT },
    examples: ['relayproof techniques', 'relayproof techniques percent-local'],
    since: '0.1.0',
    load: () => import('./techniques.js'),
  },
  rules: {
    words: '[id]',
    summary: 'list the findings, or explain one, with the fix',
    options: { product: OWN.product, format: DATA_FORMAT },
    examples: ['relayproof rules', 'relayproof rules open-relay', 'relayproof rules open-relay --product postfix'],
    since: '0.1.0',
    load: () => import('./rules.js'),
  },
  report: {
    words: '<report.json>',
    summary: 'print a saved report again, in any format',
    options: READING,
    examples: [
      'relayproof report report.json -v',
      'relayproof report report.json -o html=report.html -o sarif=report.sarif',
    ],
    since: '0.1.0',
    load: () => import('./report.js'),
  },
  sink: {
    words: '',
    summary: 'run only the canary receiver',
    options: SINK_OPTIONS,
    examples: [
      'relayproof sink --canary-key-file canary.key',
      'relayproof sink --sink [::]:2525 --canary-key-file canary.key --state /var/lib/relayproof \\',
      '    --events 127.0.0.1:8025 --secret sink=file:sink.token',
    ],
    since: '0.1.0',
    load: () => import('./sink.js'),
  },
  diff: {
    words: '<old.json> <new.json>',
    summary: 'what changed between two reports; exit status 1 when it got worse',
    options: { format: OWN.changes },
    examples: ['relayproof diff old.json new.json', 'relayproof diff old.json new.json -f markdown'],
    since: '0.1.0',
    load: () => import('./diff.js'),
  },
  init: {
    words: '[file]',
    summary: 'write a commented relayproof.yaml, asking when on a terminal',
    options: { force: OWN.force },
    examples: ['relayproof init', 'relayproof init audits/mail.yaml'],
    since: '0.1.0',
    load: () => import('./init.js'),
  },
  completions: {
    words: '<shell>',
    summary: 'print completions for bash, zsh or fish',
    options: {},
    examples: ['relayproof completions bash', 'relayproof completions fish'],
    since: '0.1.0',
    load: () => import('./completions.js'),
  },
  man: {
    words: '',
    summary: 'print the manual page',
    options: {},
    examples: ['relayproof man'],
    since: '0.1.0',
    load: () => import('./man.js'),
  },
  import: {
    words: '<product> <file...>',
    summary: "derive a policy from the server's own configuration",
    options: { format: OWN.importFormat },
    examples: [
      'relayproof import postfix /etc/postfix/main.cf /etc/postfix/master.cf > relayproof.yaml',
      'relayproof import exim /etc/exim4/exim4.conf.template /etc/exim4/update-exim4.conf.conf',
      'relayproof audit mail.example.org --policy-from postfix:/etc/postfix/main.cf \\',
      '    --canary relaytest@canary.example.net',
    ],
    since: '0.1.0',
    load: () => import('./import.js'),
  },
  ownership: {
    words: '<domain>',
    summary: 'print the TXT record that proves a domain to be yours, and say whether it is there',
    options: pick('ownershipKeyFile', 'quiet'),
    examples: ['relayproof ownership example.org', 'relayproof ownership example.org --ownership-key-file audit.key'],
    since: '0.1.0',
    load: () => import('./ownership.js'),
  },
  worker: {
    words: '',
    summary: 'run attempts for auditors elsewhere',
    options: WORKER_OPTIONS,
    examples: [
      'relayproof worker --name frankfurt --allow 192.0.2.0/24,mail.example.org --queue rediss://redis.example.com \\',
      '    --queue-key-file queue.key --secret queue=file:redis.password',
    ],
    since: '0.1.0',
    load: () => import('./worker.js'),
  },
  workers: {
    words: '',
    summary: 'list the places that run attempts',
    options: WORKERS_OPTIONS,
    examples: ['relayproof workers --queue rediss://redis.example.com --queue-key-file queue.key -f json'],
    since: '0.1.0',
    load: () => import('./workers.js'),
  },
} as const satisfies Record<string, CommandRow>;

export type { CommandRow };
