// Where the reports of a run are until it is written, and the simplest such place: memory, for a few servers (archive.ts: a file).
import type { ServerList, ServerReport, ServerSummary } from '../model/report.js';
import type { Grant } from './allowance.js';
import type { Task } from './audit-target.js';
import type { Done } from './fleet.js';
import type { Reports } from './reports.js';

export interface Archive {
  /** Start of the run that goes on here; null where one begins. */
  readonly startedAt: string | null;
  /** What the run has spent already of what is limited for all its servers together. */
  readonly granted: readonly Grant[];
  /** Begin or go on. */
  start(startedAt: string): void;
  grant(grant: Grant): void;
  /** Keep a target that is done. */
  put(done: Done): void;
  /** Keep reports behind all others, to which no question leads. */
  add(reports: Reports): void;
  /** The reports of a target from before, under the same options and at the same addresses; null: there are none. */
  known(task: Task, addresses: readonly string[]): Reports | null;
  /** All servers in the order of the list, and their summaries. */
  servers(): ServerList;
  summaries(): readonly ServerSummary[];
  /** End; after a run that was not interrupted the next one begins anew. */
  close(isComplete: boolean): void;
}

/** Keep reports in memory. */
export function archiveInMemory(): Archive {
  const kept: { readonly servers: readonly ServerReport[]; readonly summaries: readonly ServerSummary[] }[] = [];
  const keptOf = ({ servers, summaries }: Reports) => ({ servers: servers(), summaries });
  return {
    startedAt: null,
    granted: [],
    start: () => {},
    grant: () => {},
    put: ({ task, reports }) => {
      kept[task.index] = keptOf(reports);
    },
    add: (reports) => void kept.push(keptOf(reports)),
    known: () => null,
    servers: () => kept.flatMap(({ servers }) => servers),
    summaries: () => kept.flatMap(({ summaries }) => summaries),
    close: () => {},
  };
}
