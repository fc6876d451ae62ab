// Saved reports from files, of any size, for the commands and options that take one.
import { createReadStream } from 'node:fs';
import { type ReportHead, readReport } from '../config/read-report.js';
import { type Archive, archiveInMemory } from '../fleet/archive-in-memory.js';
import { reportsOf } from '../fleet/reports.js';
import { complain } from '../model/errors.js';
import type { LongReport, ServerReport } from '../model/report.js';
import { type Compared, comparing } from '../report/compare.js';
import { FEW } from '../report/summary.js';

export interface SavedReport {
  readonly report: LongReport;
  /** Give up where its servers are, which are not there any more. */
  readonly close: () => void;
}

/** Read a saved report; `subject` names the argument or option in errors. @throws UsageError for a file that is none */
export async function readSavedReport(path: string, subject: string): Promise<SavedReport> {
  let archive: Archive = archiveInMemory();
  let count = 0;
  try {
    const head = await readServers(path, subject, async (server) => {
      if (count === FEW) archive = await moved(archive);
      archive.add(reportsOf([server]));
      count += 1;
    });
    const report = { ...head, servers: archive.servers(), summaries: archive.summaries() };
    return { report, close: () => archive.close(false) };
  } catch (error) {
    archive.close(false);
    throw error;
  }
}

/** Read what is compared of a saved report; nothing else of it is kept. @throws UsageError for a file that is none */
export async function readCompared(path: string, subject: string): Promise<Compared> {
  const { add, compared } = comparing();
  await readServers(path, subject, add);
  return compared;
}

/** A few servers fit into memory, as in an audit; of more a file holds all. */
async function moved(few: Archive): Promise<Archive> {
  const { archiveInFile } = await import('../fleet/archive.js');
  const many = archiveInFile();
  for (const server of few.servers()) many.add(reportsOf([server]));
  return many;
}

async function readServers(
  path: string,
  subject: string,
  onServer: (server: ServerReport) => void | Promise<void>,
): Promise<ReportHead> {
  return readReport(piecesOf(path, subject), path, onServer);
}

/** The text of a file, or of whatever the path leads to. */
async function* piecesOf(path: string, subject: string): AsyncGenerator<string> {
  try {
    yield* createReadStream(path, { encoding: 'utf8', highWaterMark: PIECE });
  } catch (error) {
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
    throw complain({ subject, problem, got: path, want: 'a report as relayproof audit -f json writes it' });
  }
}

const PIECE = 1 << 18;
