// What a report format is: a pure function of the report and of where its text is going. Of many servers the text is written in
// pieces, none of which is made before it is asked for.
import type { Finding, LongReport, ServerReport } from '../model/report.js';

/** What the reader's end can show. Formats that are files leave out what they have no use for. */
export interface RenderOptions {
  /** Colours of the terminal, as chalk counts them: none, 16, 256, 16 million. */
  readonly color: 0 | 1 | 2 | 3;
  /** Whether other than ASCII can be shown. */
  readonly unicode: boolean;
  /** Width of the terminal in columns. */
  readonly columns: number;
  /** With the conversations. */
  readonly verbose: boolean;
  /** The verdict alone, one line per server. */
  readonly quiet: boolean;
  /** Where the audit is configured, for formats that point at a line of a file; left out where it is not. */
  readonly configuration?: Configuration;
  /** Why a finding does not count, on a line; left out where all do. */
  readonly excuseOf?: ExcuseOf;
}

/** Why a finding does not count, on a line; null where it does. */
export type ExcuseOf = (server: ServerReport, finding: Finding) => string | null;

export interface Configuration {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  /** Line of each server, by `host:port`; 1 for those that are not named. */
  readonly lines: Readonly<Record<string, number>>;
}

export interface Format {
  /** One line for `--help`. */
  readonly about: string;
  /** Write the whole report; ends in a line feed. */
  readonly render: (report: LongReport, options: RenderOptions) => string;
  /** The same in pieces, each about a server at most. */
  readonly pieces: Pieces;
}

export type Pieces = (report: LongReport, options: RenderOptions) => Iterable<string>;
