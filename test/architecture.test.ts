// The table of rooms as code (docs: ARCHITECTURE.md): who may import whom, which rooms are pure, who alone knows a package.
// A scanner reads every source file; nothing here compiles or runs them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { type Import, scan } from './source-scan.js';

interface Room {
  /** Other rooms; `all`: every one but cli. */
  readonly rooms: readonly string[] | 'all';
  readonly packages?: readonly string[];
  /** Node modules; `any` where nothing is said against them. */
  readonly node?: readonly string[] | 'any';
  /** No clock, randomness, process, console or async. */
  readonly isPure?: true;
}

/** Reading an address is pure, and all that a pure room takes from Node. */
const PURE = { isPure: true, node: ['node:net'] } as const;

const ROOMS: Readonly<Record<string, Room>> = {
  model: { ...PURE, rooms: [], packages: ['ipaddr.js'] },
  replies: { ...PURE, rooms: ['model'] },
  techniques: { ...PURE, rooms: ['model'] },
  plan: { ...PURE, rooms: ['model', 'replies', 'techniques'] },
  judge: { ...PURE, rooms: ['model', 'replies'] },
  report: { ...PURE, rooms: ['model'], packages: ['chalk', 'cli-table3'] },
  import: { ...PURE, rooms: ['model'] },
  config: { rooms: ['model'], packages: ['zod', 'yaml'], node: 'any' },
  smtp: {
    rooms: ['model'],
    packages: ['smtp-client'],
    node: ['node:net', 'node:tls', 'node:crypto', 'node:stream', 'node:events'],
  },
  sources: { rooms: ['model', 'smtp'], packages: ['socks'], node: 'any' },
  canary: { rooms: ['model'], packages: ['smtp-server', 'imapflow', 'selfsigned'], node: 'any' },
  execute: { rooms: ['model', 'replies', 'smtp', 'sources', 'canary'], packages: ['selfsigned'], node: 'any' },
  demo: { rooms: ['model'], packages: ['selfsigned'], node: 'any' },
  queue: {
    rooms: ['model', 'replies', 'techniques', 'plan', 'smtp', 'sources', 'canary', 'execute'],
    packages: ['bullmq', 'ioredis'],
    node: 'any',
  },
  fleet: { rooms: 'all', node: 'any' },
  cli: { rooms: 'all', packages: ['commander'], node: 'any' },
};

/** Packages that one file alone knows. */
const ADAPTERS: Readonly<Record<string, string>> = {
  'smtp-client': 'src/smtp/wire.ts',
  chalk: 'src/report/table.ts',
  'cli-table3': 'src/report/table.ts',
  commander: 'src/cli/command-line.ts',
};

/**
 * What pure rooms do not say; a member or a key of the same name is not meant. Reading a time that is given is pure, as is
 * writing it; asking for the time is not.
 */
const IMPURE = new RegExp(
  [
    /(?<![\w.$'])(process|console|globalThis|crypto|performance)\s*[.[]/,
    /(?<![\w.$'])(fetch|require|setTimeout|setInterval|setImmediate|queueMicrotask|import)\s*\(/,
    /(?<![\w.$'])(Promise|async|await)\b(?!\s*\??:)/,
    /(?<![\w.$'])Date(?!\.parse\b|\.UTC\b|\()\b|(?<!new\s+)\bDate\(|\bnew\s+Date(?!\()|\bnew\s+Date\(\s*\)/,
    /\bMath\.random\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

interface File {
  readonly path: string;
  /** `model` for src/model/x.ts; null for src/index.ts and bin. */
  readonly room: string | null;
  readonly code: string;
  readonly imports: readonly Import[];
  /** Paths of imported files, from the root. */
  readonly files: readonly string[];
}

const FILES: readonly File[] = ['bin', 'src'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => fileAt(join(folder, name))),
);

function fileAt(path: string): File {
  const { imports, code } = scan(readFileSync(path, 'utf8'));
  const [top, folder = '', rest] = path.split('/');
  const relative = imports.filter(({ from }) => from.startsWith('.'));
  return {
    path,
    room: top === 'src' && rest !== undefined ? folder : null,
    code,
    imports,
    files: relative.map(({ from }) => normalize(join(dirname(path), from)).replace(/\.js$/, '.ts')),
  };
}

const roomOf = (path: string): string => /^src\/([^/]+)\//.exec(path)?.[1] ?? path;
const packagesOf = ({ imports }: File): string[] =>
  imports.map(({ from }) => from).filter((from) => !from.startsWith('.') && !from.startsWith('node:'));

/** What is wrong with the imports of one file; empty where nothing is. */
function breaches({ path, room, files, imports }: File): string[] {
  const rule: Room = room === null ? { rooms: 'all', node: 'any' } : (ROOMS[room] ?? { rooms: [] });
  const { rooms, node = [], packages = [] } = rule;
  const wrongRooms = [...new Set(files.map(roomOf))].filter((other) => {
    if (other === room) return false;
    if (path.startsWith('bin/')) return other !== 'cli';
    if (rooms === 'all') return other === 'cli' || !Object.hasOwn(ROOMS, other);
    return !rooms.includes(other);
  });
  const others = imports.map(({ from }) => from).filter((from) => !from.startsWith('.'));
  const wrongOthers = others.filter((from) =>
    from.startsWith('node:') ? node !== 'any' && !node.includes(from) : !packages.includes(from),
  );
  const notWritten = imports.filter(({ from }) => from.startsWith('.') && !from.endsWith('.js'));
  const missing = files.filter((file) => !existsSync(file));
  return [...wrongRooms, ...wrongOthers, ...notWritten.map(({ from }) => from), ...missing];
}

describe('the rooms', () => {
  it('are those of the table, and all of the table', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const unknown = folders.map(({ name }) => name).filter((name) => !Object.hasOwn(ROOMS, name));
    expect(unknown).toEqual([]);
    const loose = readdirSync('src').filter((name) => name.endsWith('.ts'));
    expect(loose).toEqual(['index.ts']);
  });

  it('import what the table says, and files that there are', () => {
    const found = FILES.map((file) => [file.path, breaches(file)] as const).filter(([, wrong]) => wrong.length > 0);
    expect(Object.fromEntries(found)).toEqual({});
  });

  it('name their packages in package.json', () => {
    const { dependencies, ...rest } = packageJson as { dependencies: object; peerDependencies?: object };
    const declared = Object.keys({ ...dependencies, ...rest.peerDependencies });
    expect(FILES.flatMap(packagesOf).filter((name) => !declared.includes(name))).toEqual([]);
  });

  it.each(Object.entries(ADAPTERS))('know %s in %s alone', (name, only) => {
    const knowing = FILES.filter((file) => packagesOf(file).includes(name)).map(({ path }) => path);
    expect(knowing).toEqual([only]);
  });

  it('that are pure say nothing of clocks, randomness, processes or waiting', () => {
    const pure = FILES.filter(({ room }) => room !== null && ROOMS[room]?.isPure === true);
    const said = pure.map(({ path, code }) => [path, code.match(IMPURE) ?? []] as const);
    expect(Object.fromEntries(said.filter(([, names]) => names.length > 0))).toEqual({});
  });

  it('that are pure take from Node only what tells an address from other text', () => {
    const pure = FILES.filter(({ room }) => room !== null && ROOMS[room]?.isPure === true);
    const taken = pure.flatMap(({ imports }) => imports.filter(({ from }) => from === 'node:net'));
    expect(new Set(taken.flatMap(({ names }) => names))).toEqual(new Set(['isIPv4', 'isIPv6']));
  });
});

describe('imports', () => {
  it('go round in no circle', () => {
    const graph = new Map(FILES.map(({ path, files }) => [path, files]));
    expect(circleIn(graph)).toBeNull();
  });

  it('of index files are the list of the room, never mere re-exports', () => {
    const lists = FILES.filter(({ path, room }) => room !== null && path.endsWith('/index.ts'));
    const mere = lists.filter(({ code }) => !/\bexport\s+(const|function|type|interface)\b/.test(code));
    expect(mere.map(({ path }) => path)).toEqual([]);
  });
});

/** The first circle found, as the files along it; null where there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (path: string, along: readonly string[]): readonly string[] | null => {
    if (along.includes(path)) return [...along.slice(along.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of graph.get(path) ?? []) {
      const circle = visit(next, [...along, path]);
      if (circle !== null) return circle;
    }
    done.add(path);
    return null;
  };
  for (const path of graph.keys()) {
    const circle = visit(path, []);
    if (circle !== null) return circle;
  }
  return null;
}

describe('the scanner', () => {
  const EVERY_FORM = `
    import a, { type B, c as d } from './one.js';
    import type { E } from "node:two";
    import './three.js'; // import './not-this.js';
    export * from './four.js'; /* export * from './nor-this.js' */
    export type { F } from './five.js';
    const g = await import('./six.js');
    const text = "import 'not-in-strings'"; const quote = /['"\`]/.test(text) ? \`\${'process'} \${\`console \${Date.now()}\`}\` : '';
    const divided = text.length / 2 / g.process; // console
  `;

  it('finds every form of import, and none in comments and strings', () => {
    expect(scan(EVERY_FORM).imports.map(({ from, names, isDynamic }) => [from, names.join(' '), isDynamic])).toEqual([
      ['./one.js', 'B c', false],
      ['node:two', 'E', false],
      ['./four.js', '', false],
      ['./five.js', 'F', false],
      ['./three.js', '', false],
      ['./six.js', '', true],
    ]);
  });

  it('leaves code for the search of names, also in templates', () => {
    expect(scan(EVERY_FORM).code.match(IMPURE)).toEqual(['await', 'import(', 'Date']);
  });

  it.each([
    ['Date.now()', true],
    ['new Date()', true],
    ['new Date', true],
    ['Date()', true],
    ['const clock = Date;', true],
    ['new Date(end)', false],
    ['Date.parse(text)', false],
    ['startDate(x)', false],
    ['process.env', true],
    ['process["env"]', true],
    ['evidence.process.name', false],
    ['setTimeout(f, 1)', true],
    ['clock.setTimeout(f, 1)', false],
    ['async () => 1', true],
    ['{ async: 1 }', false],
    ['Math.random()', true],
    ['Math.round(1)', false],
  ])('tells whether %s is impure: %s', (source, impure) => {
    expect(new RegExp(IMPURE.source).test(scan(source).code)).toBe(impure);
  });

  it('finds a circle', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', []],
      ['c', ['d']],
      ['d', ['c']],
    ]);
    expect(circleIn(graph)).toEqual(['c', 'd', 'c']);
  });
});
