// The lines of a journal: NDJSON, each with a checksum of its record, appended and never changed. What a run that was killed
// left half written is found when it is read again, and taken off. SAFETY: records are written after the last filter, and only
// their owner may read the file.
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** Where a line stands in the file, in octets, without its line feed. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

export interface Journal {
  /** Append a record; throws the system's error where it cannot be kept. */
  append(record: object): Extent;
  /** Read a record that was appended, or found when the journal was opened. */
  read(extent: Extent): unknown;
  /** Empty the journal, to begin anew. */
  clear(): void;
  close(): void;
}

/** What was found in a journal: its records, in their order, and lines that are damaged or half written. */
export interface Found {
  readonly onRecord: (record: unknown, extent: Extent) => void;
  /** Lines before the last that are not as they were written. */
  readonly onDamage: (line: number) => void;
}

/** Open a journal, read what is in it, and take a last line off that was not written to its end. */
export function openJournal(path: string, found: Found): Journal {
  const fd = openSync(path, 'a+', 0o600);
  let size = readLines(fd, found);
  // One piece of memory for all lines: thousands of their own would wait to be collected.
  let line = Buffer.allocUnsafe(CHUNK);
  return {
    append: (record) => {
      const text = `${lineOf(record)}\n`;
      const octets = Buffer.byteLength(text);
      if (octets > line.length) line = Buffer.allocUnsafe(octets);
      line.write(text);
      for (let written = 0; written < octets; ) written += writeSync(fd, line, written, octets - written);
      const extent = { offset: size, length: octets - 1 };
      size += octets;
      return extent;
    },
    read: (extent) => recordOf(readAt(fd, extent)),
    clear: () => {
      ftruncateSync(fd, 0);
      size = 0;
    },
    close: () => closeSync(fd),
  };
}

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** SAFETY: the checksum is over the text as it stands, so that a record is what was written, and not what it parses to. */
function lineOf(record: object): string {
  const text = JSON.stringify(record);
  return `{"sum":"${sumOf(text)}","record":${text}}`;
}

const LINE = /^\{"sum":"([0-9a-f]{16})","record":/;

/** The record of a line; undefined where the line is not as it was written. */
function recordOf(line: Buffer): unknown {
  const text = line.toString('utf8');
  const head = LINE.exec(text);
  if (head === null || !text.endsWith('}')) return undefined;
  const record = text.slice(head[0].length, -1);
  return sumOf(record) === head[1] ? (JSON.parse(record) as unknown) : undefined;
}

function readAt(fd: number, { offset, length }: Extent): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length; ) {
    const more = readSync(fd, bytes, read, length - read, offset + read);
    if (more === 0) throw new Error('a journal ends before a record that was written to it');
    read += more;
  }
  return bytes;
}

const CHUNK = 1 << 20;

/** Read all lines and give the size of what is sound: anything behind the last line feed is taken off. */
function readLines(fd: number, { onRecord, onDamage }: Found): number {
  let rest = Buffer.alloc(0);
  let offset = 0;
  let line = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const read = readSync(fd, chunk, 0, CHUNK, offset + rest.length);
    if (read === 0) break;
    const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
    let from = 0;
    for (let to = bytes.indexOf(10, from); to >= 0; to = bytes.indexOf(10, from)) {
      line += 1;
      const record = recordOf(bytes.subarray(from, to));
      if (record === undefined) onDamage(line);
      else onRecord(record, { offset: offset + from, length: to - from });
      from = to + 1;
    }
    offset += from;
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) ftruncateSync(fd, offset);
  return offset;
}
