// What an audit is to do, from all that says so: the command line, then the server's own entry in the file, then the top of
// the file, then the defaults. Loads the reader of files only where there is a file; every value keeps its origin.
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { Configuration, Given, Waiver } from '../config/read-config.js';
import { RULE_IDS, RULES } from '../judge/rules.js';
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
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
  /** The place of each word in the list of the run. */
  readonly places: readonly number[];
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
  const top = file === null ? NOTHING : layerOf(file.shared, file.path);
  const run = over(line, top);
  const servers = (file?.servers ?? []).map((server) => ({
    ...server,
    endpoint: endpointOf(server.target, server.where),
    layer: layerOf(server.given, file?.path ?? ''),
  }));
  // Of two entries for one server the first holds.
  const own = new Map(servers.toReversed().map(({ endpoint, layer }) => [endpoint, layer]));
  const listed = await targetsOf(values);
  const named: readonly Named[] = [...words.map((word) => ({ word, layer: NOTHING })), ...listed];
  const all = named.length > 0 ? named : servers.map(({ target }) => ({ word: target, layer: NOTHING }));
  if (all.length === 0) throw noTarget();
  const usual = new Map<Layered, Layered>();
  const parts = all.map(({ word, layer }): Unnumbered => {
    const below = own.get(endpointOf(word));
    if (below !== undefined) return { ...over(line, over(layer, over(below, top))), words: [word] };
    const laid = usual.get(layer) ?? over(line, over(layer, top));
    usual.set(layer, laid);
    return { ...laid, words: [word] };
  });
  return {
    parts: joined(await withPolicyFrom(parts)),
    run,
    waivers: (file?.waivers ?? []).map(ofKnownRule),
    configuration:
      file === null
        ? null
        : {
            path: relative('', file.path).split(sep).join('/'),
            lines: Object.fromEntries(servers.map(({ endpoint, line: at }) => [endpoint, at])),
          },
  };
}

/** A waiver of a rule that there is not would excuse nothing, and be told of after the audit. @throws UsageError */
function ofKnownRule(waiver: Waiver): Waiver {
  if (Object.hasOwn(RULES, waiver.rule)) return waiver;
  throw complain({
    subject: `${waiver.where}: rule`,
    problem: 'no such finding',
    got: waiver.rule,
    want: 'an id that relayproof rules lists',
    hint: didYouMean(waiver.rule, RULE_IDS),
  });
}

const NOTHING: Layered = { values: {}, origins: {} };

/** A target as it is named, with what is said of it there. */
interface Named {
  readonly word: string;
  readonly layer: Layered;
}

/** Targets whose place in the list is not known yet. */
type Unnumbered = Omit<Part, 'places'>;

/** The targets of the file of --targets, with its own options; none where no file is named. @throws UsageError */
async function targetsOf({ targets: path }: Values): Promise<readonly Named[]> {
  if (path === undefined) return [];
  const text = await readFile(path, 'utf8').catch(({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    const want = 'a file with a target on each line, or YAML';
    throw complain({ subject: '--targets', problem: `cannot be read (${code})`, got: path, want });
  });
  const { isYaml, linesOf } = await import('./target-lines.js');
  if (!isYaml(text, path)) {
    const lines = linesOf(text, path);
    return lines.map((word) => ({ word, layer: NOTHING }));
  }
  const [{ readTargets }, { CONFIG_ROWS }] = await Promise.all([
    import('../config/read-config.js'),
    import('./config-rows.js'),
  ]);
  const file = readTargets(text, path, CONFIG_ROWS);
  const shared = layerOf(file.shared, path);
  return file.servers.map(({ target, where, given }) => {
    endpointOf(target, where);
    return { word: target, layer: given.length === 0 ? shared : over(layerOf(given, path), shared) };
  });
}

/** The reader of servers' own configurations is loaded only where one is named. */
async function withPolicyFrom(parts: readonly Unnumbered[]): Promise<readonly Unnumbered[]> {
  const { importedLayers } = parts.some(({ values }) => values.policyFrom !== undefined)
    ? await import('./policy-from.js')
    : { importedLayers: null };
  const laid = parts.map(async (part): Promise<readonly Unnumbered[]> => {
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

const PATHS: ReadonlySet<string> = new Set([
  'passwordFile',
  'baseline',
  'canaryKeyFile',
  'queueKeyFile',
  'ownershipKeyFile',
  'state',
]);

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
  ['passwordFile', 'passwordEnv', 'passwordStdin', 'passwordAtWorker'],
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
function joined(parts: readonly Unnumbered[]): readonly Part[] {
  const groups = new Map<string, { part: Unnumbered; words: string[]; places: number[] }>();
  // Most of a long list share their layers, whose text is then made once.
  const texts = new Map<Values, string>();
  let place = 0;
  for (const part of parts) {
    const key = texts.get(part.values) ?? JSON.stringify([part.values, part.origins]);
    texts.set(part.values, key);
    const group = groups.get(key) ?? { part, words: [], places: [] };
    groups.set(key, group);
    for (const word of part.words) {
      group.words.push(word);
      group.places.push(place);
      place += 1;
    }
  }
  return [...groups.values()].map(({ part, words, places }) => ({ ...part, words, places }));
}
