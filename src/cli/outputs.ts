// Where a report goes: one format to standard output, any to files. Files are tried before anything is sent.
import { constants } from 'node:fs';
import { access, open, stat, unlink, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { complain } from '../model/errors.js';
import type { Report } from '../model/report.js';
import { FORMATS, type FormatName } from '../report/index.js';
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
}

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
  return { screen: format, files };
}

/** Write the report everywhere; false where a file could not be written after all, which is said on standard error. */
export async function writeOutputs(report: Report, { screen, files }: Outputs, values: Values): Promise<boolean> {
  process.stdout.write(FORMATS[screen].render(report, terminalOf(values)));
  let isWritten = true;
  for (const { format, path } of files) {
    try {
      await writeFile(path, FORMATS[format].render(report, fileOf(values)));
    } catch (error) {
      say(unwritable(path, error).message);
      isWritten = false;
    }
  }
  return isWritten;
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
