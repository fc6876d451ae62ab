// The reports of a target that is done: as they were made, or as text that was made of them in a thread or is in a file. What is
// kept of each is its summary; who needs more reads the text. What is in here has passed the last filter.
import type { ServerReport, ServerSummary } from '../model/report.js';
import { summarise } from '../report/summary.js';

export interface Reports {
  readonly summaries: readonly ServerSummary[];
  /** The reports as a JSON array: text, or its octets in UTF-8. */
  readonly json: () => string | Uint8Array;
  /** Read anew each time where they are text. */
  readonly servers: () => readonly ServerReport[];
}

/** Take reports as they were made. */
export const reportsOf = (servers: readonly ServerReport[]): Reports => ({
  summaries: servers.map(summarise),
  json: () => JSON.stringify(servers),
  servers: () => servers,
});

/** Reports on their way from one thread to another, in memory that is moved there. */
export interface ReportsText {
  readonly summaries: readonly ServerSummary[];
  readonly json: Uint8Array<ArrayBuffer>;
}

/** Write reports for another thread, into memory that it gave back, where that is large enough. */
export function writeReports(servers: readonly ServerReport[], spare: ArrayBuffer | undefined): ReportsText {
  const text = JSON.stringify(servers);
  const octets = Buffer.byteLength(text);
  const memory = spare !== undefined && spare.byteLength >= octets ? spare : new ArrayBuffer(octets);
  const json = new Uint8Array(memory, 0, octets);
  new TextEncoder().encodeInto(text, json);
  return { summaries: servers.map(summarise), json };
}

/** Read reports that were written by another thread, which is of this version; they are there as long as the memory is. */
export const readReports = ({ summaries, json }: ReportsText): Reports => ({
  summaries,
  json: () => json,
  servers: () => JSON.parse(new TextDecoder().decode(json)) as readonly ServerReport[],
});
