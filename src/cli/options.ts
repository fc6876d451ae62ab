// Every option of an audit, as data: the command line, --help and the configuration derive from this one table.
// A key is the option's name in relayproof.yaml, and in kebab-case its flag. What this version does not have yet has
// `since: null`: --help leaves it out, and whoever gives it is told so; it is never taken silently.

import { parseCanary, parseGreetingName, showMailbox } from '../model/mailbox.js';
import { CONFIRM_LEVELS, NEGATIVE_AUTHENTICATION } from '../model/options.js';
import { PRESETS } from '../model/policy.js';
import { parseQueue } from '../queue/address.js';
import { FORMATS, type FormatName } from '../report/index.js';
import { mailboxUrl, sinkPlace } from './canary-values.js';
import { sourceSpec } from './source-spec.js';
import {
  domain,
  duration,
  integer,
  line,
  listOf,
  mailbox,
  mechanism,
  networks,
  oneOf,
  output,
  policySource,
  type Reader,
  rate,
  selector,
  tlsPin,
} from './values.js';

export const GROUPS = [
  'Where from',
  'Policy',
  'Canary',
  'Envelope',
  'Account',
  'What is asked',
  'Pacing',
  'Many servers',
  'Output',
  'What counts',
] as const;

export interface OptionRow {
  readonly group: (typeof GROUPS)[number];
  readonly short?: string;
  /** Place-holder of the value; none for a switch. */
  readonly argument?: string;
  readonly repeatable?: true;
  /** A switch that is on by default: its flag is `--no-…`. */
  readonly negated?: true;
  /** What `--no-…` stands for, where the flag without it takes a value. */
  readonly off?: string;
  readonly description: string;
  /** What holds where it is not given, as --help says it. */
  readonly fallback?: string;
  /** Reads the value; none for a switch. */
  readonly read?: Reader<unknown>;
  /** The version that brought it; null where this one does not have it yet. */
  readonly since: string | null;
}

/** Formats derive from the list of src/report. */
const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

const FAIL_ON = ['open', 'non-compliant'] as const;

export const OPTIONS = {
  source: {
    group: 'Where from',
    short: '-s',
    argument: '<spec>',
    repeatable: true,
    description:
      'where to probe from: any, auto, an address of this machine, xclient:, proxy:, socks5://, http://, ssh://, worker:, edges:; `,seen-as=<address>` may follow',
    fallback: 'any',
    read: sourceSpec,
    since: '0.1.0',
  },
  queue: {
    group: 'Where from',
    argument: '<redis-url>',
    description: 'the Redis through which the workers of worker: are reached, as rediss://user@host:6379/0',
    fallback: 'none',
    read: parseQueue,
    since: '0.1.0',
  },
  queueKeyFile: {
    group: 'Where from',
    argument: '<path>',
    description: 'the key that jobs and results are sealed with, the same for audits and workers',
    read: line,
    since: '0.1.0',
  },
  workerWait: {
    group: 'Where from',
    argument: '<duration>',
    description: 'how long a place may be without a worker, before it is unknown',
    fallback: '60s',
    read: duration('0', '24h'),
    since: '0.1.0',
  },
  config: {
    group: 'Policy',
    short: '-c',
    argument: '<file>',
    description: 'YAML or JSON configuration',
    fallback: 'relayproof.yaml when present',
    read: line,
    since: '0.1.0',
  },
  family: {
    group: 'Where from',
    argument: '<auto|4|6|both>',
    description: 'address families; auto: those this machine has a route for',
    fallback: 'auto',
    read: oneOf(['auto', '4', '6', 'both']),
    since: '0.1.0',
  },
  address: {
    group: 'Where from',
    argument: '<all|first>',
    description: 'every address of a name, or one',
    fallback: 'all',
    read: oneOf(['all', 'first']),
    since: '0.1.0',
  },
  policy: {
    group: 'Policy',
    argument: '<preset>',
    description: PRESETS.join(', '),
    fallback: 'submission for ports 587 and 465, else list-or-auth',
    read: oneOf(PRESETS),
    since: '0.1.0',
  },
  policyFrom: {
    group: 'Policy',
    argument: '<product:file>',
    description:
      "take policy, rules, hosts and domains that are not given from the server's own configuration, as postfix:main.cf; further files after commas",
    fallback: 'none',
    read: policySource,
    since: '0.1.0',
  },
  rules: {
    group: 'Policy',
    argument: '<list>',
    description: 'mechanism rules: sets, ids, -id to leave one out',
    fallback: 'basic',
    read: listOf(selector),
    since: '0.1.0',
  },
  relayHosts: {
    group: 'Policy',
    argument: '<list>',
    repeatable: true,
    description: 'hosts approved to relay without authentication: addresses, networks, ranges, host names',
    fallback: 'none',
    read: networks,
    since: '0.1.0',
  },
  localDomain: {
    group: 'Policy',
    argument: '<domain>',
    repeatable: true,
    description: 'a domain that the server takes mail for',
    fallback: "guessed from the server's name",
    read: domain,
    since: '0.1.0',
  },
  localRecipient: {
    group: 'Policy',
    argument: '<mailbox>',
    description: 'a real mailbox there: the inbound control',
    fallback: 'postmaster, a weak control',
    read: mailbox,
    since: '0.1.0',
  },
  canary: {
    group: 'Canary',
    argument: '<mailbox>',
    description: 'the foreign recipient that you own; required',
    read: (text, subject) => showMailbox(parseCanary(text, subject)),
    since: '0.1.0',
  },
  canaryDomain: {
    group: 'Canary',
    argument: '<domain>',
    description: 'a whole foreign domain that you own, instead of one mailbox',
    read: domain,
    since: '0.1.0',
  },
  secondCanaryDomain: {
    group: 'Canary',
    argument: '<domain>',
    description: 'another foreign domain, tried at RCPT',
    fallback: 'none',
    read: domain,
    since: '0.1.0',
  },
  confirm: {
    group: 'Canary',
    argument: '<rcpt|data|delivery>',
    description: 'how far a relay is proved',
    fallback: 'delivery with a sink or mailbox, else rcpt',
    read: oneOf(CONFIRM_LEVELS),
    since: '0.1.0',
  },
  sink: {
    group: 'Canary',
    argument: '<[host]:port|url>',
    description: 'receive the canaries here, or ask the sink at this https address',
    fallback: 'none',
    read: sinkPlace,
    since: '0.1.0',
  },
  mailbox: {
    group: 'Canary',
    argument: '<imaps-url>',
    description: 'look for the canaries in a mailbox',
    fallback: 'none',
    read: mailboxUrl,
    since: '0.1.0',
  },
  mailboxClean: {
    group: 'Canary',
    description: 'remove the canaries from the mailbox once they are read',
    since: '0.1.0',
  },
  canaryKeyFile: {
    group: 'Canary',
    argument: '<path>',
    description: 'the key of their tokens',
    fallback: 'a fresh key',
    read: line,
    since: '0.1.0',
  },
  wait: {
    group: 'Canary',
    argument: '<duration>',
    description: 'wait for canaries',
    fallback: '60s',
    read: duration('0', '24h'),
    since: '0.1.0',
  },
  maxMessages: {
    group: 'Canary',
    argument: '<n>',
    description: 'most messages sent in a run',
    fallback: '20',
    read: integer(0, 100_000),
    since: '0.1.0',
  },
  confirmAll: { group: 'Canary', description: 'a canary per attempt, instead of one per hole', since: '0.1.0' },
  helo: {
    group: 'Envelope',
    argument: '<name>',
    description: 'greeting name',
    fallback: "the host's name",
    read: parseGreetingName,
    since: '0.1.0',
  },
  sender: {
    group: 'Envelope',
    argument: '<mailbox>',
    description: 'reverse-path of strangers',
    fallback: "at the canary's domain",
    read: mailbox,
    since: '0.1.0',
  },
  authSender: {
    group: 'Envelope',
    argument: '<mailbox>',
    description: 'reverse-path of those who may relay',
    fallback: 'the account, else the local recipient',
    read: mailbox,
    since: '0.1.0',
  },
  partner: {
    group: 'Envelope',
    argument: '<mailbox>',
    description: 'a mailbox whose mail the server relays by its reverse-path, for the technique sender-mail-from-map',
    fallback: 'it is not asked',
    read: mailbox,
    since: '0.1.0',
  },
  user: {
    group: 'Account',
    argument: '<name>',
    description: 'account for the authenticated relays',
    fallback: 'they are not tested',
    read: line,
    since: '0.1.0',
  },
  passwordFile: {
    group: 'Account',
    argument: '<path>',
    description: 'read its password from a file',
    read: line,
    since: '0.1.0',
  },
  passwordEnv: {
    group: 'Account',
    argument: '<variable>',
    description: 'read its password from the environment',
    read: line,
    since: '0.1.0',
  },
  passwordStdin: { group: 'Account', description: 'read its password from standard input', since: '0.1.0' },
  passwordAtWorker: {
    group: 'Account',
    description: 'workers look its password up (their --account): it is not here, and is not sent to them',
    fallback: 'it travels to them, sealed',
    since: '0.1.0',
  },
  secret: {
    group: 'Account',
    argument: '<use=from>',
    repeatable: true,
    description: 'any other secret, as proxy=env:NAME',
    read: line,
    since: '0.1.0',
  },
  allowInsecureAuth: {
    group: 'Account',
    description: 'send valid credentials without verified TLS',
    fallback: 'to loopback only',
    since: '0.1.0',
  },
  tlsPin: {
    group: 'Account',
    argument: '<sha256:…>',
    description: 'trust this certificate',
    read: tlsPin,
    since: '0.1.0',
  },
  mechanisms: {
    group: 'Account',
    argument: '<list>',
    description: 'of CRAM-MD5, PLAIN and LOGIN',
    fallback: 'all three',
    read: listOf(mechanism),
    since: '0.1.0',
  },
  negativeAuthentication: {
    group: 'Account',
    argument: '<none|safe|full>',
    description: 'failed logins; safe: at most one wrong and one empty password per account and run',
    fallback: 'safe',
    read: oneOf(NEGATIVE_AUTHENTICATION),
    since: '0.1.0',
  },
  techniques: {
    group: 'What is asked',
    argument: '<list>',
    description: 'ids, families, all, -id to leave one out',
    fallback: 'standard',
    read: listOf(selector),
    since: '0.1.0',
  },
  sweep: {
    group: 'What is asked',
    argument: '<named|all>',
    description: 'the catalogue from sources that were named, or from the addresses of edges: as well',
    fallback: 'named',
    read: oneOf(['named', 'all']),
    since: '0.1.0',
  },
  findExtent: {
    group: 'What is asked',
    description:
      'find how far the server trusts around an address that relays and should not; needs xclient:, proxy: or edges:',
    since: '0.1.0',
  },
  seed: {
    group: 'What is asked',
    argument: '<text>',
    description: 'fixes the names that are invented',
    fallback: 'random',
    read: line,
    since: '0.1.0',
  },
  sessions: {
    group: 'Pacing',
    argument: '<n>',
    description: 'sessions at a time, per address of the target',
    fallback: '4',
    read: integer(1, 1_000),
    since: '0.1.0',
  },
  rate: {
    group: 'Pacing',
    argument: '<n/s>',
    description: 'most connections per second',
    fallback: 'no limit',
    read: rate,
    since: '0.1.0',
  },
  timeout: {
    group: 'Pacing',
    argument: '<duration>',
    description: 'wait for a reply',
    fallback: '30s',
    read: duration('1ms', '1h'),
    since: '0.1.0',
  },
  deadline: {
    group: 'Pacing',
    argument: '<duration>',
    description: 'most time per server',
    fallback: 'as planned',
    read: duration('1ms', '168h'),
    since: '0.1.0',
  },
  greylistWait: {
    group: 'Pacing',
    argument: '<duration>',
    description: 'how long to try again what was deferred',
    fallback: '0',
    read: duration('0', '24h'),
    since: '0.1.0',
  },
  sharedSessions: {
    group: 'Pacing',
    negated: true,
    description: 'one connection per attempt',
    fallback: 'shared',
    since: '0.1.0',
  },
  targets: {
    group: 'Many servers',
    argument: '<file>',
    description: 'targets from a file: a line for each, or YAML, where each may have options of its own',
    read: line,
    since: '0.1.0',
  },
  ownershipKeyFile: {
    group: 'Many servers',
    argument: '<path>',
    description: 'the key of relayproof ownership, which more than 16 public servers in one run are proved with',
    fallback: 'relayproof-ownership.key where it is there',
    read: line,
    since: '0.1.0',
  },
  parallel: {
    group: 'Many servers',
    argument: '<n>',
    description: 'servers audited at a time',
    fallback: '8',
    read: integer(1, 1_000),
    since: '0.1.0',
  },
  threads: {
    group: 'Many servers',
    argument: '<n>',
    description: 'threads that audit a long list; 1: none beside the main one',
    fallback: 'of 256 targets or more one for each core, at most 3',
    read: integer(1, 64),
    since: '0.1.0',
  },
  state: {
    group: 'Many servers',
    argument: '<dir>',
    description: 'keep what is done here, so that a run that was interrupted or killed goes on where it was',
    fallback: 'none',
    read: line,
    since: '0.1.0',
  },
  format: {
    group: 'Output',
    short: '-f',
    argument: '<name>',
    description: `what goes to standard output: ${FORMAT_NAMES.join(', ')}`,
    fallback: 'table',
    read: oneOf(FORMAT_NAMES),
    since: '0.1.0',
  },
  output: {
    group: 'Output',
    short: '-o',
    argument: '<name=path>',
    repeatable: true,
    description: 'write a format to a file as well',
    read: output,
    since: '0.1.0',
  },
  verbose: { group: 'Output', short: '-v', description: 'with the conversations', since: '0.1.0' },
  quiet: { group: 'Output', short: '-q', description: 'the verdict alone', since: '0.1.0' },
  color: {
    group: 'Output',
    negated: true,
    description: 'no colour; NO_COLOR and FORCE_COLOR are kept too',
    since: '0.1.0',
  },
  progress: {
    group: 'Output',
    argument: '<auto|plain|none>',
    description: 'how progress is told on standard error: plain in lines; --no-progress is none',
    fallback: 'auto: a bar on a terminal, else none',
    read: oneOf(['auto', 'plain', 'none']),
    off: 'none',
    since: '0.1.0',
  },
  failOn: {
    group: 'What counts',
    argument: '<open|non-compliant>',
    description: 'what makes exit status 1',
    fallback: 'non-compliant',
    read: oneOf(FAIL_ON),
    since: '0.1.0',
  },
  allowInconclusive: {
    group: 'What counts',
    description: 'exit status 0 where a question could not be answered',
    since: '0.1.0',
  },
  baseline: {
    group: 'What counts',
    argument: '<report.json>',
    description: 'a saved report: what it found already does not count, what is new does',
    read: line,
    since: '0.1.0',
  },
} as const satisfies Record<string, OptionRow>;

/** The format of commands that print data and no report. */
export const DATA_FORMAT = {
  group: 'Output',
  short: '-f',
  argument: '<table|json>',
  description: 'for people or for programs',
  fallback: 'table',
  read: oneOf(['table', 'json']),
  since: '0.1.0',
} as const satisfies OptionRow;

export type OptionKey = keyof typeof OPTIONS;

type ValueOf<Row> = Row extends { read: Reader<infer Value> }
  ? Row extends { repeatable: true }
    ? readonly Value[]
    : Value
  : boolean;

/** The values that were given for the options of a table, by key; what was not given is not there. */
export type ValuesOf<Table extends Readonly<Record<string, OptionRow>>> = {
  readonly [Key in keyof Table]?: ValueOf<Table[Key]>;
};

/** The values that were given for the options of an audit. */
export type Values = ValuesOf<typeof OPTIONS>;

/** Say whether values are those of the options of a table: each was read by the row of its key. */
export const areValuesOf = <Table extends Readonly<Record<string, OptionRow>>>(
  table: Table,
  values: object,
): values is ValuesOf<Table> => Object.keys(values).every((key) => Object.hasOwn(table, key));

/** Write the flag of an option, as `--relay-hosts` or `--no-color`. */
export const flagOf = (key: string, row: OptionRow): string =>
  `--${row.negated === true ? 'no-' : ''}${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
