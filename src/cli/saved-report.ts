// A saved report from a file, for the commands and options that take one.
import { readFile } from 'node:fs/promises';
import { readReport } from '../config/report-schema.js';
import { complain } from '../model/errors.js';
import type { Report } from '../model/report.js';

/** Read a saved report; `subject` names the argument or option in errors. @throws UsageError for a file that is none */
export async function readSavedReport(path: string, subject: string): Promise<Report> {
  return readReport(await textOf(path, subject), path);
}

async function textOf(path: string, subject: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
    throw complain({ subject, problem, got: path, want: 'a report as relayproof audit -f json writes it' });
  }
}
