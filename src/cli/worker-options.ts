// Options of the commands that speak to the queue of workers, as data. None of them is an audit's, and no configuration has them.
import { complain } from '../model/errors.js';
import { type NetworkList, parseNetworks } from '../model/networks.js';
import { parseSource } from '../sources/spec.js';
import { DATA_FORMAT, OPTIONS, type OptionRow } from './options.js';
import type { SecretSource } from './secrets.js';
import { integer, networks, type Reader, rate } from './values.js';

/** A name as `worker:` takes it. */
const placeName: Reader<string> = (text, subject) => {
  const spec = parseSource(`worker:${text}`, '', subject);
  if (spec.kind === 'one' && spec.source.place === text) return text;
  throw complain({ subject, problem: 'not the name of a place', got: text, want: 'a name alone, as frankfurt' });
};

/** Where a worker asks from is one address of its machine, or one that a gateway has: what can be claimed proves nothing there. */
const ground: Reader<string> = (text, subject) => {
  const spec = parseSource(text, '', subject);
  const isFine = spec.kind === 'one' && ['bind', 'socks5', 'http', 'ssh'].includes(spec.source.route);
  if (isFine && spec.source.seenAs === null) return text;
  const want = 'any, an address of this machine, socks5://, http:// or ssh://';
  throw complain({ subject, problem: 'not a place to ask from for a worker', got: text, want });
};

/** An account with where its password is read from, and the targets that it is for; null: all of --allow. */
export interface AccountSource extends SecretSource {
  readonly user: string;
  readonly targets: NetworkList | null;
}

export const ACCOUNT_WANT =
  'user=env:VARIABLE or user=file:path, then `,for=` and targets where it is not for all of --allow';

/** SAFETY: what was typed may be the password itself, and is not shown. */
const account: Reader<AccountSource> = (text, subject) => {
  const [, user, kind, from, targets] = /^([^\p{Cc}]+)=(env|file):([^\p{Cc}]+?)(?:,for=(.+))?$/su.exec(text) ?? [];
  if (user === undefined || kind === undefined || from === undefined)
    throw complain({ subject, problem: 'not an account', got: null, want: ACCOUNT_WANT });
  return { user, kind, from, targets: targets === undefined ? null : parseNetworks(targets, subject) };
};

const { queue, queueKeyFile } = OPTIONS;

const QUEUE = {
  queue,
  queueKeyFile,
  secret: { ...OPTIONS.secret, description: 'the password of the queue, as queue=env:NAME or queue=file:path' },
} as const;

export const WORKER_OPTIONS = {
  ...QUEUE,
  queueKeyFile: {
    ...queueKeyFile,
    description: 'the key that jobs and results are sealed with; made where the file is not there',
  },
  secret: {
    ...OPTIONS.secret,
    description: 'the password of the queue, as queue=env:NAME; that of a proxy as proxy=env:NAME',
  },
  name: {
    group: 'Where from',
    argument: '<place>',
    description: 'the place that this worker is at; several may be at one; required',
    read: placeName,
    since: '0.1.0',
  },
  allow: {
    group: 'Where from',
    argument: '<list>',
    repeatable: true,
    description: 'targets that it may talk to: addresses, networks, ranges, host names; required',
    read: networks,
    since: '0.1.0',
  },
  source: {
    group: 'Where from',
    short: '-s',
    argument: '<spec>',
    description: 'where it asks from: any, an address of its machine, socks5://, http://, ssh://',
    fallback: 'any',
    read: ground,
    since: '0.1.0',
  },
  account: {
    group: 'Account',
    argument: '<user=from>',
    repeatable: true,
    description:
      'an account whose password auditors do not have (--password-at-worker), as user=env:NAME or user=file:path; `,for=` and targets may follow',
    fallback: 'none',
    read: account,
    since: '0.1.0',
  },
  concurrency: {
    group: 'Pacing',
    argument: '<n>',
    description: 'servers at a time',
    fallback: '8',
    read: integer(1, 1_000),
    since: '0.1.0',
  },
  rate: {
    group: 'Pacing',
    argument: '<n/s>',
    description: 'most jobs per second that the workers of the place begin, a server being one or a few',
    fallback: 'no limit',
    read: rate,
    since: '0.1.0',
  },
  quiet: { group: 'Output', short: '-q', description: 'say nothing of each job', since: '0.1.0' },
} as const satisfies Record<string, OptionRow>;

export const WORKERS_OPTIONS = {
  ...QUEUE,
  format: DATA_FORMAT,
} as const satisfies Record<string, OptionRow>;
