// Where the reports of many servers are until they are written: in a file of the run's own, or in the folder of --state, where a
// run that is killed goes on. In memory stays a summary of each server. What is kept has passed the last filter.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complain, quoted } from '../model/errors.js';
import type { AuditOptions } from '../model/options.js';
import type { ServerList, ServerReport, ServerSummary } from '../model/report.js';
import { VERSION } from '../model/version.js';
import { internTable, shared } from '../report/summary.js';
import type { Grant } from './allowance.js';
import type { Archive } from './archive-in-memory.js';
import type { Task } from './audit-target.js';
import { type Extent, type Journal, openJournal } from './journal.js';
import { lock } from './lock.js';
import { type Reports, reportsOf } from './reports.js';

/** Keep reports in a file of the system's temporary folder, which is gone when the process is. */
export function archiveInFile(): Archive {
  const folder = naming('the temporary folder', () => mkdtempSync(join(tmpdir(), 'relayproof-')));
  const archive = archiveAt(join(folder, 'journal.ndjson'), 'the temporary folder', () => {});
  // The open file stays readable without its name, where the system has it so.
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  if (process.platform !== 'win32') remove();
  return {
    ...archive,
    close: () => {
      archive.close(false);
      remove();
    },
  };
}

/**
 * Keep reports in a folder where the run can go on after it was interrupted or killed. `onWarning` is told what is damaged.
 * @throws UsageError where the folder cannot be used, or another process uses it
 */
export function archiveInState(folder: string, onWarning: (text: string) => void): Archive {
  naming('--state', () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  const release = naming('--state', () => lock(folder));
  if (typeof release === 'number') {
    const want = 'a folder of its own for each run at a time';
    throw complain({ subject: '--state', problem: `in use by process ${release}`, got: folder, want });
  }
  try {
    const archive = archiveAt(join(folder, 'journal.ndjson'), '--state', (line) =>
      onWarning(`${quoted(folder)}: line ${line} of the journal is damaged: what it held is asked again`),
    );
    return {
      ...archive,
      close: (isComplete) => {
        archive.close(isComplete);
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Where a target's reports are, and what is known of them. */
interface Kept {
  readonly extent: Extent;
  readonly summaries: readonly ServerSummary[];
}

function archiveAt(path: string, subject: string, onDamage: (line: number) => void): Archive {
  const intern = internTable();
  const summariesOf = ({ summaries }: Reports): readonly ServerSummary[] =>
    summaries.map((summary) => shared(summary, intern));
  const before = new Map<string, Kept>();
  const granted: Grant[] = [];
  const kept: (Kept | undefined)[] = [];
  const keyOf = keys();
  let startedAt: string | null = null;
  const onRecord = (record: unknown, extent: Extent): void => {
    if (isStart(record)) {
      startedAt = record.startedAt;
      before.clear();
      granted.length = 0;
    } else if (isEnd(record)) startedAt = null;
    else if (isGrant(record)) granted.push(onDisk(record.grant, extent));
    else if (isTarget(record) && record.key !== null)
      before.set(record.key, { extent, summaries: summariesOf(reportsOf(record.servers)) });
  };
  /** What workers answered is much, and most of it never asked for again: it stays in the file. */
  const onDisk = (grant: Grant, extent: Extent): Grant => {
    if (grant.kind !== 'result') return grant;
    const { kind, job, nonce, at } = grant;
    return {
      ...{ kind, job, nonce, at },
      get sealed() {
        const record = journal.read(extent);
        return isGrant(record) && record.grant.kind === 'result' ? record.grant.sealed : '';
      },
    };
  };
  const journal = naming(subject, () => openJournal(path, { onRecord, onDamage }));
  const append = (record: object): Extent => naming(subject, () => journal.append(record));
  const appendTarget = (key: string | null, reports: Reports): Kept => ({
    extent: naming(subject, () =>
      journal.appendJson([`{"key":${JSON.stringify(key)},"servers":`, reports.json(), '}']),
    ),
    summaries: summariesOf(reports),
  });
  const begunAt = startedAt;
  if (begunAt === null) {
    // What is over is not gone on with.
    before.clear();
    granted.length = 0;
    naming(subject, journal.clear);
  }
  return {
    startedAt: begunAt,
    granted,
    start: (at) => {
      if (begunAt === null) append({ startedAt: at });
    },
    grant: (grant) => void append({ grant }),
    put: ({ task, addresses, reports, isFinal }) => {
      const key = isFinal && addresses.length > 0 ? keyOf(task, addresses) : null;
      const found = key === null ? undefined : before.get(key);
      kept[task.index] = found ?? appendTarget(key, reports);
    },
    add: (reports) => void kept.push(appendTarget(null, reports)),
    known: (task, addresses) => {
      const found = addresses.length === 0 ? undefined : before.get(keyOf(task, addresses));
      if (found === undefined) return null;
      const servers = (): readonly ServerReport[] => serversAt(journal, found.extent);
      return { summaries: found.summaries, json: () => JSON.stringify(servers()), servers };
    },
    servers: () =>
      listOf(
        journal,
        kept.flatMap((one) => one ?? []),
      ),
    summaries: () => kept.flatMap((one) => one?.summaries ?? []),
    close: (isComplete) => {
      if (isComplete) append({ isOver: true });
      journal.close();
    },
  };
}

function serversAt(journal: Journal, extent: Extent): readonly ServerReport[] {
  const record = journal.read(extent);
  if (!isTarget(record)) throw new Error('a record of the journal has changed while it was in use');
  return record.servers;
}

/** The servers of the file, in the order of the list; the record that was read last is at hand. */
function listOf(journal: Journal, kept: readonly Kept[]): ServerList {
  const places = kept.flatMap((one) => one.summaries.map((_, ordinal) => ({ extent: one.extent, ordinal })));
  return {
    length: places.length,
    at: (index) => {
      const place = places[index];
      return place === undefined ? undefined : serversAt(journal, place.extent)[place.ordinal];
    },
    *[Symbol.iterator]() {
      for (const { extent } of kept) yield* serversAt(journal, extent);
    },
  };
}

/**
 * What makes an answer one to the same question: the target, its addresses, and everything that it was asked with but secrets.
 */
function keys(): (task: Task, addresses: readonly string[]) => string {
  const known = new WeakMap<AuditOptions, string>();
  const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return ({ target, options }, addresses) => {
    const { targets: _, proxyPassword: __, account, ...rest } = options;
    const asked = known.get(options) ?? hash([VERSION, account?.user ?? null, Object.entries(rest).toSorted()]);
    known.set(options, asked);
    return hash([target.host, target.port, target.security, addresses.toSorted(), asked]);
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isStart = (record: unknown): record is { startedAt: string } =>
  isObject(record) && 'startedAt' in record && typeof record.startedAt === 'string';

const isEnd = (record: unknown): record is { isOver: true } => isObject(record) && 'isOver' in record;

const isGrant = (record: unknown): record is { grant: Grant } => isObject(record) && 'grant' in record;

/** SAFETY: the checksum says that this is what was written here; its shape is that of this version, whose name is in its key. */
const isTarget = (record: unknown): record is { key: string | null; servers: ServerReport[] } =>
  isObject(record) && 'key' in record && 'servers' in record && Array.isArray(record.servers);

/** What the system says of a folder or a file is the operator's to mend. */
function naming<Result>(subject: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const got = 'path' in error && typeof error.path === 'string' ? error.path : null;
    throw complain({
      subject,
      problem: `cannot be used (${String(error.code)})`,
      got,
      want: 'a folder that can be written to, with room for the reports',
    });
  }
}
