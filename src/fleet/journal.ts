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
  /** Append a record whose JSON is there already, in pieces: text, or its octets in UTF-8. */
  appendJson(pieces: readonly (string | Uint8Array)[]): Extent;
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
  const appendJson = (pieces: readonly (string | Uint8Array)[]): Extent => {
    const octets = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
    const length = HEAD.length + octets + 1;
    if (length + 1 > line.length) line = Buffer.allocUnsafe(length + 1);
    let end = HEAD.length;
    for (const piece of pieces) {
      if (typeof piece === 'string') end += line.write(piece, end);
      else {
        line.set(piece, end);
        end += piece.length;
      }
    }
    line.write(headOf(line.subarray(HEAD.length, end)));
    line.write('}\n', end);
    for (let written = 0; written <= length; ) written += writeSync(fd, line, written, length + 1 - written);
    const extent = { offset: size, length };
    size += length + 1;
    return extent;
  };
  return {
    append: (record) => appendJson([JSON.stringify(record)]),
    appendJson,
    read: (extent) => recordOf(readAt(fd, extent)),
    clear: () => {
      ftruncateSync(fd, 0);
      size = 0;
    },
    close: () => closeSync(fd),
  };
}

const sumOf = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex').slice(0, 16);

/** SAFETY: the checksum is over the record as it stands, so that it is what was written, and not what it parses to. */
const headOf = (record: Uint8Array): string => `{"sum":"${sumOf(record)}","record":`;

/** As long as any. */
const HEAD = headOf(Buffer.alloc(0));

/** The record of a line; undefined where the line is not as it was written. */
function recordOf(line: Buffer): unknown {
  const record = line.subarray(HEAD.length, -1);
  const isSound = line.at(-1) === END && line.toString('latin1', 0, HEAD.length) === headOf(record);
  return isSound ? (JSON.parse(record.toString('utf8')) as unknown) : undefined;
}

/** The brace that ends a line. */
const END = 0x7d;

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
