// What an audit is to do, from all that says so: the command line, then the server's own entry in the file, then the top of
// the file, then the defaults. Loads the reader of files only where there is a file; every value keeps its origin.
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { Configuration, Given, Waiver } from '../config/read-config.js';
import { complain } from '../model/errors.js';
import { parseTarget, showEndpoint } from '../model/target.js';
import type { Values } from './options.js';

/** Values of one server with where each comes from: `command line`, or `file:line:column`. */
export interface Layered {
  readonly values: Values;
  readonly origins: Readonly<Record<string, string>>;
}

/** Targets that share their settings. */
export interface Part extends Layered {
  readonly words: readonly string[];
}

export interface Settings {
  /** At least one. */
  readonly parts: readonly Part[];
  /** Of the run as a whole: outputs and what counts. */
  readonly run: Layered;
  readonly waivers: readonly Waiver[];
  /** The file relative to where the command runs, and the line of each server, by `host:port`; null without a file. */
  readonly configuration: { readonly path: string; readonly lines: Readonly<Record<string, number>> } | null;
}

export const DEFAULT_FILE = 'relayproof.yaml';

/**
 * Put the settings of an audit together.
 * @throws UsageError for a file that is wrong, and where neither a target nor a server of the file is named
 */
export async function settingsOf(words: readonly string[], values: Values): Promise<Settings> {
  const file = await configurationOf(values);
  const line = { values, origins: Object.fromEntries(Object.keys(values).map((key) => [key, 'command line'])) };
  if (file === null) {
    if (words.length === 0) throw noTarget();
    const parts = await withPolicyFrom([{ ...line, words }]);
    return { parts, run: line, waivers: [], configuration: null };
  }
  const top = layerOf(file.shared, file.path);
  const run = over(line, top);
  const servers = file.servers.map((server) => ({ ...server, endpoint: endpointOf(server.target, server.where) }));
  const own = (endpoint: string) => servers.find((server) => server.endpoint === endpoint);
  const named = words.length === 0 ? servers.map(({ target }) => target) : words;
  if (named.length === 0) throw noTarget();
  const parts = named.map((word): Part => {
    const server = own(endpointOf(word));
    const layer = server === undefined ? top : over(layerOf(server.given, file.path), top);
    return { ...over(line, layer), words: [word] };
  });
  return {
    parts: joined(await withPolicyFrom(parts)),
    run,
    waivers: file.waivers,
    configuration: {
      path: relative('', file.path).split(sep).join('/'),
      lines: Object.fromEntries(servers.map(({ endpoint, line: at }) => [endpoint, at])),
    },
  };
}

/** The reader of servers' own configurations is loaded only where one is named. */
async function withPolicyFrom(parts: readonly Part[]): Promise<readonly Part[]> {
  const { importedLayers } = parts.some(({ values }) => values.policyFrom !== undefined)
    ? await import('./policy-from.js')
    : { importedLayers: null };
  const laid = parts.map(async (part): Promise<readonly Part[]> => {
    const { policyFrom } = part.values;
    if (policyFrom === undefined || importedLayers === null) return [part];
    const layers = await importedLayers(policyFrom, part.words);
    return layers.map(({ word, ...layer }) => ({ words: [word], ...over(part, layer) }));
  });
  return (await Promise.all(laid)).flat();
}

/** Find and read the file; null where none is named and the usual one is not there. @throws UsageError */
async function configurationOf({ config }: Values): Promise<Configuration | null> {
  const path = config ?? DEFAULT_FILE;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (config === undefined && code === 'ENOENT') return null;
    const hint = code === 'ENOENT' ? 'relayproof init writes one' : undefined;
    throw complain({
      subject: '--config',
      problem: `cannot be read (${code})`,
      got: path,
      want: 'a YAML or JSON file',
      hint,
    });
  }
  const [{ readConfig }, { CONFIG_ROWS }] = await Promise.all([
    import('../config/read-config.js'),
    import('./config-rows.js'),
  ]);
  return readConfig(text, path, CONFIG_ROWS);
}

const noTarget = () =>
  complain({
    subject: 'target',
    problem: 'not given',
    got: null,
    want: `<target...>, or servers in ${DEFAULT_FILE}`,
    hint: 'relayproof init writes one',
  });

/** `host:port`, by which a word of the command line finds its entry in the file. @throws UsageError */
function endpointOf(target: string, where?: string): string {
  try {
    const { host, port } = parseTarget(target);
    return showEndpoint(host, port);
  } catch (error) {
    if (where === undefined || !(error instanceof Error)) throw error;
    error.message = `${where}: ${error.message}`;
    throw error;
  }
}

const PATHS: ReadonlySet<string> = new Set(['passwordFile', 'baseline', 'canaryKeyFile', 'queueKeyFile']);

/** The values of one mapping of the file; paths in a file are relative to it. */
function layerOf(given: readonly Given[], path: string): Layered {
  const here = (name: string): string => (isAbsolute(name) ? name : join(dirname(path), name));
  const value = ({ key, value: read }: Given): unknown => {
    if (PATHS.has(key)) return here(String(read));
    if (key === 'policyFrom') return String(read).replace(/(?<=[:,])[^,]+/g, here);
    if (key === 'secret' && Array.isArray(read))
      return read.map((each) => String(each).replace(/(=file:)(.*)$/s, (_, way, name) => way + here(name)));
    if (key !== 'output' || !Array.isArray(read)) return read;
    return read.map((each: { format: string; path: string }) => ({ ...each, path: here(each.path) }));
  };
  return {
    values: Object.fromEntries(given.map((each) => [each.key, value(each)])) as Values,
    origins: Object.fromEntries(given.map(({ key, where }) => [key, where])),
  };
}

/** Options of which one says what the others would: giving one above leaves out the others below. */
const ONE_OF: readonly (readonly string[])[] = [
  ['canary', 'canaryDomain'],
  ['passwordFile', 'passwordEnv', 'passwordStdin'],
  ['verbose', 'quiet'],
];

/** Lay one layer over another. */
function over(upper: Layered, lower: Layered): Layered {
  const hidden = new Set(ONE_OF.filter((group) => group.some((key) => key in upper.values)).flat());
  const kept = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => !hidden.has(key)));
  return {
    values: { ...kept(lower.values as Readonly<Record<string, unknown>>), ...upper.values } as Values,
    origins: { ...kept(lower.origins), ...upper.origins },
  };
}

/** Targets whose settings are the same, and came from the same places, are one part. */
function joined(parts: readonly Part[]): readonly Part[] {
  const groups = new Map<string, Part>();
  for (const part of parts) {
    const key = JSON.stringify([part.values, part.origins]);
    const known = groups.get(key);
    groups.set(key, known === undefined ? part : { ...known, words: [...known.words, ...part.words] });
  }
  return [...groups.values()];
}
