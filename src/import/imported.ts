// What reading a server's own configuration gives: a policy per service, each piece with the line it came from, what could not be
// understood, what is dangerous on paper, and which further files are named. Data alone: nothing is looked up and nothing is run.
import type { Preset } from '../model/policy.js';

/** A file as text; `path` as the configuration names it, or as it was given. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** A piece of text and the `file:line` it stands at. */
export interface Placed {
  readonly text: string;
  readonly where: string;
}

/** The policy of one listener, or of the server as a whole. */
export interface ServicePolicy {
  /** As the configuration calls it, as `smtp` or `submission`. */
  readonly name: string;
  /** Where it listens; null where the configuration leaves that to others. */
  readonly port: number | null;
  readonly where: string;
  readonly preset: Preset;
  /** Why the preset is this one, with its line. */
  readonly because: Placed;
  /** Entries as `--relay-hosts` takes them. */
  readonly relayHosts: readonly Placed[];
  /** Mechanism rules beside `basic`. */
  readonly rules: readonly Placed[];
}

export interface Imported {
  readonly product: string;
  /** The server's main service first; never empty. */
  readonly services: readonly [ServicePolicy, ...ServicePolicy[]];
  readonly localDomains: readonly Placed[];
  readonly notUnderstood: readonly Placed[];
  readonly warnings: readonly Placed[];
  /** Files that are named and were not given; whoever has them gives them and asks again. */
  readonly wants: readonly Placed[];
}

/** Reads the files of one product; never throws, whatever the text. The first file is the one that names the others. */
export type Importer = (files: readonly ConfigFile[]) => Imported;

/** What an importer collects on its way. */
export interface Notes {
  readonly notUnderstood: Placed[];
  readonly warnings: Placed[];
  readonly wants: Placed[];
}

/** Begin with empty notes. */
export const emptyNotes = (): Notes => ({ notUnderstood: [], warnings: [], wants: [] });

/** Drop pieces that say the same at the same place. */
export const distinct = (pieces: readonly Placed[]): readonly Placed[] => {
  const seen = new Set<string>();
  return pieces.filter(({ text, where }) => {
    const key = `${where}\n${text}`;
    return !seen.has(key) && seen.add(key);
  });
};

/** Drop pieces whose text was there before. */
export const distinctTexts = (pieces: readonly Placed[]): readonly Placed[] => {
  const seen = new Set<string>();
  return pieces.filter(({ text }) => !seen.has(text) && seen.add(text));
};

/** A file that was given, by the path the configuration names it with; its last part is enough where that is one of a kind. */
export function fileOf(files: readonly ConfigFile[], path: string): ConfigFile | undefined {
  const exact = files.find((file) => file.path === path);
  if (exact) return exact;
  const last = path.split('/').at(-1) ?? path;
  const alike = files.filter((file) => file.path.split('/').at(-1) === last);
  return alike.length === 1 ? alike[0] : undefined;
}
