// Reads relayproof.yaml: YAML 1.2 or JSON in, the values that were given out, each with the place where it stands.
// Every mistake is one line: `file:line:column: key: what: got X, want Y`. SAFETY: what may be a secret is never quoted.
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  YAMLMap,
} from 'yaml';
import { UsageError } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import { type ConfigRow, type ConfigRows, configSchema, SECRET_USES, type WaiverFields } from './config-schema.js';
import { issueOf, showPath, showValue } from './issues.js';

/** One value that a file gives, with its place as `file:line:column`. */
export interface Given {
  readonly key: string;
  readonly value: unknown;
  readonly where: string;
}

export interface Waiver extends WaiverFields {
  readonly where: string;
}

export interface Configuration {
  /** As it is shown. */
  readonly path: string;
  /** What holds for every server, and for the run. */
  readonly shared: readonly Given[];
  readonly servers: readonly {
    readonly target: string;
    readonly where: string;
    readonly line: number;
    readonly given: readonly Given[];
  }[];
  readonly waivers: readonly Waiver[];
}

interface Source {
  readonly path: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly rows: ConfigRows;
}

/** Read a configuration. @throws UsageError with line and column, what was got and what is wanted */
export function readConfig(text: string, path: string, rows: ConfigRows): Configuration {
  const source = sourceOf(text, path, rows);
  asMappings(source.document);
  return configurationOf(source);
}

/**
 * Read a list of targets: a sequence, or a mapping with what holds for all of them and `servers`; each is a text, or a mapping
 * with options of its own.
 * @throws UsageError as readConfig does, and for what holds for the run and not for servers
 */
export function readTargets(text: string, path: string, rows: ConfigRows): Configuration {
  const source = sourceOf(text, path, rows);
  asConfiguration(source.document);
  const { waivers, ...file } = configurationOf(source);
  const ofRun = file.shared.find(({ key }) => rows[key]?.scope === 'run');
  const [where, what] = ofRun ? [ofRun.where, ofRun.key] : [waivers[0]?.where, 'waivers'];
  if (where !== undefined) {
    const want = `it in relayproof.yaml${ofRun ? ' or on the command line' : ''}, not in a list of targets`;
    throw new UsageError(`${where}: ${what}: holds for the whole run: want ${want}`);
  }
  if (file.servers.length === 0) throw new UsageError(`${path}: no target in it: want a list of them`);
  return { ...file, waivers };
}

/** Give a list the form of a configuration: every node stays where it stands in the file. */
function asConfiguration(document: Document): void {
  if (isSeq(document.contents)) {
    const map = new YAMLMap();
    map.range = document.contents.range ?? null;
    map.items.push(new Pair(new Scalar('servers'), document.contents));
    document.contents = map;
  }
  asMappings(document);
}

/** Give each server that is a text the form of a mapping with that target. */
function asMappings(document: Document): void {
  const list = isMap(document.contents) ? document.contents.get('servers') : null;
  if (!isSeq(list)) return;
  for (const [index, item] of list.items.entries()) {
    const node = isAlias(item) ? item.resolve(document) : item;
    if (!isScalar(node)) continue;
    const map = new YAMLMap();
    map.range = node.range ?? null;
    map.items.push(new Pair(new Scalar('target'), node));
    list.items[index] = map;
  }
}

function sourceOf(text: string, path: string, rows: ConfigRows): Source {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter: lines, prettyErrors: false });
  const source: Source = { path, document, lines, rows };
  const [error] = document.errors;
  if (error !== undefined) {
    const what = error.message.replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '?');
    throw new UsageError(`${placeAt(source, error.pos[0])}: not YAML: ${what}`);
  }
  return source;
}

function configurationOf(source: Source): Configuration {
  const { document, path, rows } = source;
  const value = plainValue(source);
  const result = configSchema(rows).safeParse(value);
  if (!result.success) throw wrong(source, result.error.issues, value);
  const root = document.contents;
  return {
    path,
    shared: givenOf(source, root),
    servers: itemsOf(source, root, 'servers').map((node, index) => ({
      target: String(scalarText(resolved(source, pairOf(source, node, 'target')?.value))),
      ...spot(source, ['servers', index, 'target']),
      given: givenOf(source, node),
    })),
    waivers: (result.data.waivers ?? []).map((waiver, index) => ({
      ...waiver,
      where: spot(source, ['waivers', index]).where,
    })),
  };
}

/** The plain value; an empty file is an empty configuration. */
function plainValue({ document, path }: Source): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw new UsageError(`${path}: not YAML: ${(error as Error).message.replace(/\s+/g, ' ')}`);
  }
}

const NOT_OPTIONS: ReadonlySet<string> = new Set(['$schema', 'servers', 'waivers', 'target']);

/** The options of one mapping, read. */
function givenOf(source: Source, node: unknown): Given[] {
  const map = resolved(source, node);
  if (!isMap(map)) return [];
  return map.items.flatMap((pair) => {
    const key = String(scalarText(pair.key));
    if (NOT_OPTIONS.has(key)) return [];
    const value = resolved(source, pair.value);
    const where = placeOf(source, value ?? pair.key);
    if (key === 'password') return secretGiven(value, where);
    if (key === 'secret') return secretsGiven(source, value, where);
    const row = source.rows[key];
    return row === undefined ? [] : [{ key, value: read(source, key, row, value), where }];
  });
}

function read(source: Source, key: string, row: ConfigRow, node: unknown): unknown {
  const { read: readText } = row;
  if (readText === undefined) return isScalar(node) ? node.value : node;
  const one = (item: unknown): unknown => readText(String(scalarText(item)), `${placeOf(source, item)}: ${key}`);
  if (!isSeq(node)) return row.kind === 'list' && !isFlat(row) ? [one(node)] : one(node);
  const items = node.items.map((item) => one(resolved(source, item)));
  return isFlat(row) ? items.flat() : items;
}

/** A list in one text, as on the command line: elements of lists are joined to one list. */
const isFlat = (row: ConfigRow): boolean => row.kind === 'list' && row.isRepeatable !== true;

/** A secret's place, as the options of the command line name it. */
function secretGiven(value: unknown, where: string): Given[] {
  const way = wayOf(value);
  if (way === null) return [];
  return [{ key: way.from === 'env' ? 'passwordEnv' : 'passwordFile', value: way.name, where }];
}

function secretsGiven(source: Source, node: unknown, where: string): Given[] {
  if (!isMap(node)) return [];
  const value = node.items.flatMap((pair) => {
    const way = wayOf(resolved(source, pair.value));
    return way === null ? [] : [`${scalarText(pair.key)}=${way.from}:${way.name}`];
  });
  return [{ key: 'secret', value, where }];
}

function wayOf(node: unknown): { from: 'env' | 'file'; name: string } | null {
  if (!isMap(node)) return null;
  for (const from of ['env', 'file'] as const) {
    const name = node.get(from);
    if (name !== undefined) return { from, name: String(name) };
  }
  return null;
}

/** The first mistake as one line, at the place of its key or value. */
function wrong(source: Source, issues: Parameters<typeof issueOf>[0], value: unknown): UsageError {
  const issue = issueOf(issues, value);
  const { where } = spot(source, issue.path, issue.isUnknownKey);
  const key = String(issue.path.at(-1) ?? '');
  if (issue.isUnknownKey) return unknownKey(source, issue.path, where);
  const isSecret = issue.path.some((part) => part === 'password' || part === 'secret');
  const got = isSecret ? '' : `got ${showValue(issue.got)}, `;
  const problem = issue.got === undefined ? 'missing' : 'wrong value';
  const name = key === '' ? 'configuration' : showPath(issue.path);
  return new UsageError(`${where}: ${name}: ${problem}: ${got}want ${issue.want}`);
}

/** Ways to name an option on the command line that the file has otherwise. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  passwordEnv: 'password: { env: NAME }',
  passwordFile: 'password: { file: path }',
  passwordStdin: 'password: { env: NAME } or { file: path }',
  config: 'nothing: a configuration names no other',
  targets: 'servers, a list of targets with their options',
  target: 'servers, a list of targets with their options',
};

function unknownKey({ rows }: Source, path: readonly PropertyKey[], where: string): UsageError {
  const key = String(path.at(-1));
  const shown = showPath([key]);
  const elsewhere = ELSEWHERE[key];
  if (elsewhere !== undefined) return new UsageError(`${where}: ${shown}: not a key of this file: want ${elsewhere}`);
  const runKeys: readonly string[] = path.at(-2) === 'secret' ? SECRET_USES.run : keysOf(rows, 'run');
  if (path[0] === 'servers' && runKeys.includes(key)) {
    return new UsageError(
      `${where}: ${shown}: holds for the whole run: want it at the top of the file, not in a server`,
    );
  }
  const known = keysAt(rows, path);
  const hint = didYouMean(
    key.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    known,
  );
  return new UsageError(
    `${where}: ${shown}: unknown key: want one of ${listed(known)}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

function keysAt(rows: ConfigRows, path: readonly PropertyKey[]): string[] {
  if (path.includes('waivers')) return ['rule', 'server', 'source', 'technique', 'reason', 'expires'];
  if (path.includes('password')) return ['env', 'file'];
  if (path.includes('secret'))
    return path.at(-2) === 'secret' ? [...SECRET_USES.server, ...SECRET_USES.run] : ['env', 'file'];
  const own = ['password', 'secret', ...keysOf(rows, 'server')];
  return path.length === 1 ? ['servers', 'waivers', ...own, ...keysOf(rows, 'run')] : ['target', ...own];
}

const keysOf = (rows: ConfigRows, scope: ConfigRow['scope']): string[] =>
  Object.entries(rows).flatMap(([key, row]) => (row.scope === scope ? [key] : []));

/** A long list is named by its kind. */
const listed = (keys: readonly string[]): string =>
  keys.length > 10 ? 'the options of relayproof audit in camelCase' : keys.join(', ');

/** Place of the node at a path, or of the deepest that is there; of a key its own place. */
function spot(source: Source, path: readonly PropertyKey[], isKey = false): { where: string; line: number } {
  let node: unknown = source.document.contents;
  let at: unknown = node;
  for (const [index, part] of path.entries()) {
    const inner = resolved(source, node);
    const pair = pairOf(source, inner, String(part));
    const next = isSeq(inner) ? inner.items[Number(part)] : pair?.value;
    const isLast = index === path.length - 1;
    const wanted = isLast && isKey ? pair?.key : (next ?? pair?.key);
    if (wanted === undefined || wanted === null) break;
    [node, at] = [next, wanted];
  }
  const where = placeOf(source, at);
  return { where, line: Number(/:(\d+):\d+$/.exec(where)?.[1] ?? 1) };
}

function pairOf(source: Source, node: unknown, key: string): Pair | undefined {
  const map = resolved(source, node);
  return isMap(map) ? map.items.find((pair) => String(scalarText(pair.key)) === key) : undefined;
}

function itemsOf(source: Source, root: unknown, key: string): readonly unknown[] {
  const list = resolved(source, pairOf(source, root, key)?.value);
  return isSeq(list) ? list.items : [];
}

const resolved = ({ document }: Source, node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);

/** Text as it is written, so that 4, 1_0 and 0.50 stay what they are; of quoted text what it says. */
function scalarText(node: unknown): unknown {
  if (!isScalar(node)) return node;
  return typeof node.value === 'string' ? node.value : (node.source ?? node.value);
}

function placeOf(source: Source, node: unknown): string {
  const start = isScalar(node) || isCollection(node) || isAlias(node) ? (node as Node).range?.[0] : undefined;
  return placeAt(source, start ?? 0);
}

function placeAt({ path, lines }: Source, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${path}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
}
