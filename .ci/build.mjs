// Bundles the command line and the library into dist/. The command line is one file, since a start costs as much for each file as
// for a hundred kilobytes; packages that only some runs need are files of their own beside it, loaded by those runs.
// The version is written in at build time, so that `--version` needs no file and no import.
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// Built beside and moved into place as a whole: what is started meanwhile finds the last build or this one, never half of one.
const [made, old] = ['made', 'old'].map((name) => `node_modules/.cache/relayproof/${name}-${process.pid}`);

const bundled = {
  outdir: made,
  bundle: true,
  platform: 'node',
  // Optional: loaded by those who speak to workers, from where they are installed.
  external: ['bullmq', 'ioredis'],
  target: 'node20.19',
  sourcemap: false,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { RELAYPROOF_VERSION: JSON.stringify(version) },
};

// CommonJS, in which a module that is imported later, and what it imports, is run when it is.
const command = {
  ...bundled,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  minifyWhitespace: true,
  supported: { 'dynamic-import': false },
};
const LATER = ['imapflow', 'selfsigned', 'smtp-server', 'socks', 'yaml', 'zod'];

/** Leave modules outside the bundle, at a path from the file that is made. */
const outside = (filter, pathOf) => ({
  name: 'outside',
  setup: ({ onResolve }) => onResolve({ filter }, ({ path }) => ({ path: pathOf(path), external: true })),
});

// Modules of Node's loader cost more than those of require(), for which an ES module has to ask.
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};
await Promise.all([
  build({
    ...bundled,
    entryPoints: { 'bin/relayproof': 'bin/relayproof.ts' },
    format: 'esm',
    supported: { 'dynamic-import': false },
    plugins: [outside(/cli\/main\.js$/, () => '../command.cjs')],
    banner,
  }),
  build({
    ...command,
    entryPoints: { command: 'src/cli/main.ts' },
    plugins: [outside(new RegExp(`^(?:${LATER.join('|')})$`), (name) => `./packages/${name}.cjs`)],
  }),
  build({ ...command, entryPoints: Object.fromEntries(LATER.map((name) => [`packages/${name}`, name])) }),
  build({ ...bundled, entryPoints: { index: 'src/index.ts' }, splitting: true, format: 'esm', banner }),
]);
chmodSync(`${made}/bin/relayproof.js`, 0o755);
if (existsSync('dist')) renameSync('dist', old);
renameSync(made, 'dist');
rmSync(old, { recursive: true, force: true });
