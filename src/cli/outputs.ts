// Where a report goes: one format to standard output, any to files. Files are tried before anything is sent.
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, open, stat, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AuditEvent } from '../fleet/events.js';
import { complain } from '../model/errors.js';
import type { LongReport } from '../model/report.js';
import { VERSION } from '../model/version.js';
import type { RenderOptions } from '../report/format.js';
import { FORMATS, type FormatName } from '../report/index.js';
import { answerLine, endLine, serverLines, startLine, warningLine } from '../report/ndjson.js';
import type { Values } from './options.js';
import { fileOf, say, terminalOf } from './terminal.js';
import { oneOf } from './values.js';

interface OutputFile {
  readonly format: FormatName;
  readonly path: string;
}

export interface Outputs {
  readonly screen: FormatName;
  readonly files: readonly OutputFile[];
  /** Writes events to standard output as they happen, where that is its format; null where it waits for the report. */
  readonly onEvent: ((event: AuditEvent) => void) | null;
}

/** What formats are told beside the report. */
type Beside = Pick<RenderOptions, 'configuration' | 'excuseOf'>;

const readFormat = oneOf(Object.keys(FORMATS) as FormatName[]);

/** Read -f and -o, and see that each file can be written, without changing any. @throws UsageError */
export async function prepareOutputs({ format = 'table', output = [] }: Values): Promise<Outputs> {
  const files = output.map(({ format: name, path }) => ({ format: readFormat(name, '--output'), path }));
  const paths = files.map(({ path }) => resolve(path));
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) {
    throw complain({ subject: '--output', problem: 'two formats for one file', got: twice, want: 'a file for each' });
  }
  for (const { path } of files) await tryToWrite(path);
  return { screen: format, files, onEvent: format === 'ndjson' ? streaming() : null };
}

/** The lines of the whole report, each as soon as it is known. */
function streaming(): (event: AuditEvent) => void {
  const write = (text: string) => process.stdout.write(text);
  const tool = { name: 'relayproof', version: VERSION } as const;
  return (event) => {
    if (event.kind === 'start') write(startLine({ schemaVersion: '1.0', tool, startedAt: event.startedAt }));
    if (event.kind === 'answer') write(answerLine(event.target, event.evidence));
    if (event.kind === 'warning') write(warningLine(event.text));
    if (event.kind === 'server') write(serverLines(event.server));
  };
}

/** Write the report everywhere; false where a file could not be written after all, which is said on standard error. */
export async function writeOutputs(
  report: LongReport,
  { screen, files, onEvent }: Outputs,
  values: Values,
  beside: Beside = {},
): Promise<boolean> {
  if (onEvent !== null) process.stdout.write(endLine(report));
  else await print(FORMATS[screen].pieces(report, { ...terminalOf(values), ...beside }));
  let isWritten = true;
  for (const { format, path } of files) {
    try {
      await writePieces(path, FORMATS[format].pieces(report, { ...fileOf(values), ...beside }));
    } catch (error) {
      say(unwritable(path, error).message);
      isWritten = false;
    }
  }
  return isWritten;
}

/** Small pieces go together, since each write is a call of the system. */
function* gathered(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < ENOUGH) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

const ENOUGH = 1 << 16;

/** No piece is made before there is room for it, nor once nobody reads; what that means is said at the door (bin/relayproof.ts). */
async function print(pieces: Iterable<string>): Promise<void> {
  const { stdout } = process;
  for (const text of gathered(pieces)) {
    if (stdout.errored) return;
    if (!stdout.write(text)) await once(stdout, 'drain').catch(() => undefined);
  }
}

async function writePieces(path: string, pieces: Iterable<string>): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const text of gathered(pieces)) await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/** A file that is there stays as it is; one that is not is made and taken away again. */
async function tryToWrite(path: string): Promise<void> {
  try {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found?.isDirectory() === true) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    if (found !== null) return await access(path, constants.W_OK);
    await (await open(path, 'wx')).close();
    await unlink(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

const unwritable = (path: string, error: unknown) =>
  complain({
    subject: '--output',
    problem: `cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
    got: path,
    want: 'a file in a directory that can be written to',
  });
