// What a command is, and what it is called with, as the command line hands it over. Types only.
import type { OptionRow, Values } from './options.js';

/** The words after the command, and the values of the options that were given. */
export interface Call {
  readonly words: readonly string[];
  readonly values: Values & OwnValues;
  /** All commands, for those that write of them. */
  readonly commands: Commands;
  /** The file that a thread begins with; absent: there are no threads. */
  readonly threadFile?: URL;
}

/** Values of options that one command has for itself. */
export interface OwnValues {
  readonly showConfig?: boolean;
  readonly force?: boolean;
  readonly product?: string;
}

export interface CommandRow {
  /** As commander reads them: `<target...>`, `[id]`. */
  readonly words: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionRow>>;
  readonly examples: readonly string[];
  readonly since: string | null;
  /** Loads the command; `run` gives the exit status. */
  readonly load: (() => Promise<{ readonly run: (call: Call) => Promise<number> }>) | null;
}

export type Commands = Readonly<Record<string, CommandRow>>;
