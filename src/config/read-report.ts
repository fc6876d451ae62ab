// Reads a saved report of any size, server by server. Nothing on the audit's hot path imports this file.
import { UsageError } from '../model/errors.js';
import type { Report, ServerReport } from '../model/report.js';
import { issueOf, showIssue } from './issues.js';
import { JsonError, readJson } from './json-stream.js';
import { reportSchema } from './report-schema.js';

/** A report without its servers. */
export type ReportHead = Omit<Report, 'servers'>;

/**
 * Read a saved report that comes in pieces of text; `where` is its file. `onServer` is called with each server that is as the
 * schema says, in their order: what it is told stands only if the whole report can be read.
 * @throws UsageError naming line and column, or the wrong field, what was got and what is wanted; what `onServer` throws
 */
export async function readReport(
  pieces: AsyncIterable<string>,
  where: string,
  onServer: (server: ServerReport) => void | Promise<void>,
): Promise<ReportHead> {
  let count = 0;
  // The first server that is wrong, if any: those behind it are only read as JSON.
  const wrong: { readonly index: number; readonly server: unknown }[] = [];
  const onElement = async (element: unknown): Promise<void> => {
    if (wrong.length > 0) return;
    const { success, data } = SERVER.safeParse(element);
    if (success) await onServer(data);
    else wrong.push({ index: count, server: element });
    count += 1;
  };
  const document = await readJson(pieces, 'servers', onElement).catch((error: unknown) => {
    throw error instanceof JsonError ? new UsageError(`${where}${error.message}; ${WANT}`) : error;
  });
  const [{ index, server } = { index: 0, server: null }] = wrong;
  const value = wrong.length === 0 ? document : { ...(document as object), servers: [server] };
  const { success, data, error } = reportSchema.safeParse(value);
  if (success) return data;
  const issue = issueOf(error.issues, value);
  const [field, ordinal, ...inner] = issue.path;
  const path = ordinal === undefined || field !== 'servers' ? issue.path : [field, index, ...inner];
  throw new UsageError(`${where}: ${showIssue({ ...issue, path })}; ${WANT}`);
}

const SERVER = reportSchema.shape.servers.element;
const WANT = 'want a report as -f json writes it';
