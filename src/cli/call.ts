// What a command is called with, as the command line hands it over. Types only.
import type { Values } from './options.js';

/** The words after the command, and the values of the options that were given. */
export interface Call {
  readonly words: readonly string[];
  readonly values: Values & OwnValues;
}

/** Values of options that one command has for itself. */
export interface OwnValues {
  readonly showConfig?: boolean;
  readonly force?: boolean;
}
