// What the sink has received, in a file of one JSON text a line that is only ever added to: a kill at any moment loses nothing
// that was answered with 250, and leaves at most half a line, which the next start takes away. Bounded by a number of octets.
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arrival } from './events.js';

/** An arrival with its place in the file, counted from 1. */
export interface Row extends Arrival {
  readonly seq: number;
}

export interface Store {
  /** All rows, the oldest first. */
  readonly rows: readonly Row[];
  /** Whether a message of usual size would be too much. */
  isFull(): boolean;
  /** Resolves when the row is safely on disk; rejects with the system's error (ENOSPC for the limit), and then holds no part of it. */
  add(arrival: Arrival): Promise<Row>;
  /** Resolves at the next row, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export const FILE_NAME = 'canaries.ndjson';

/** Open the store in a folder, which is made where it is not there; `limit` in octets. Rejects with the system's error. */
export async function openStore(folder: string, limit: number): Promise<Store> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(join(folder, FILE_NAME), 'a+', 0o600);
  await syncFolder(folder);
  const { rows, octets } = await readRows(file);
  const room = roomOf(limit, octets);
  let isBroken = false;
  let writing: Promise<unknown> = Promise.resolve();

  /** One after the other, so that a row that fails can be cut off again. */
  const write = async (row: Row): Promise<void> => {
    const line = Buffer.from(`${JSON.stringify(row)}\n`);
    if (isBroken) throw systemError('EIO');
    const end = room.take(row, line.length);
    try {
      const { bytesWritten } = await file.write(line);
      if (bytesWritten < line.length) throw systemError('ENOSPC');
      await file.datasync();
    } catch (error) {
      room.giveBack(line.length);
      // Half a line in front of it would spoil the next row.
      await file.truncate(end).catch(() => {
        isBroken = true;
      });
      throw error;
    }
  };
  return {
    ...keepRows(rows, (row) => {
      const written = writing.then(() => write(row));
      writing = written.catch(() => undefined);
      return written;
    }),
    isFull: room.isFull,
    close: async () => {
      await writing;
      await file.close();
    },
  };
}

/** Keep rows in memory alone, for a sink that ends with its audit; `limit` in octets. */
export function memoryStore(limit: number): Store {
  const room = roomOf(limit, 0);
  const kept = keepRows([], async (row) => {
    room.take(row, JSON.stringify(row).length);
  });
  return { ...kept, isFull: room.isFull, close: async () => undefined };
}

/** Room for messages up to seven eighths of the limit; the rest is for what the sink has to say of itself. */
function roomOf(limit: number, octets: number) {
  let held = octets;
  const most = (kind: Arrival['kind']): number => (kind === 'message' ? limit - limit / 8 : limit);
  return {
    isFull: (): boolean => held + USUAL > most('message'),
    /** Gives the octets held before. */
    take: ({ kind }: Row, more: number): number => {
      if (held + more > most(kind)) throw systemError('ENOSPC');
      held += more;
      return held - more;
    },
    giveBack: (less: number): void => {
      held -= less;
    },
  };
}

/** Octets of a canary with its trace fields. */
const USUAL = 4_096;

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

function keepRows(rows: Row[], write: (row: Row) => Promise<void>): Pick<Store, 'rows' | 'add' | 'next'> {
  const waiting = new Set<() => void>();
  let seq = rows.at(-1)?.seq ?? 0;
  return {
    rows,
    add: async (arrival) => {
      seq += 1;
      const row = { ...arrival, seq };
      await write(row);
      rows.push(row);
      for (const wake of waiting) wake();
      return row;
    },
    next: (signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      }),
  };
}

/** Read what is there, up to the last whole line; what follows it was never answered with 250, and is cut off. */
async function readRows(file: FileHandle): Promise<{ rows: Row[]; octets: number }> {
  const bytes = await file.readFile();
  const octets = bytes.lastIndexOf(0x0a) + 1;
  if (octets < bytes.length) await file.truncate(octets);
  const lines = bytes.subarray(0, octets).toString('utf8').split('\n');
  return { rows: lines.flatMap(readRow), octets };
}

/** A line that something else has damaged is left out; those around it count. */
function readRow(line: string): Row[] {
  if (line === '') return [];
  try {
    const row: unknown = JSON.parse(line);
    return isRow(row) ? [row] : [];
  } catch {
    return [];
  }
}

/** Say whether a value read from a file or another machine is a row. */
export function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Partial<Record<keyof Row, unknown>>;
  const isTextOrNull = (text: unknown): boolean => text === null || typeof text === 'string';
  return (
    Number.isSafeInteger(row.seq) &&
    (row.kind === 'message' || row.kind === 'callout') &&
    (row.by === 'sink' || row.by === 'mailbox') &&
    typeof row.at === 'string' &&
    typeof row.detail === 'string' &&
    Array.isArray(row.recipients) &&
    row.recipients.every((recipient) => typeof recipient === 'string') &&
    [row.reversePath, row.client, row.helo, row.tls, row.message].every(isTextOrNull)
  );
}

/** The name of a new file is safe only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().catch(() => undefined);
  await handle.close();
}
