// Bundles the command line and the library into dist/. The command line is one file, since a start costs as much for each file as
// for a hundred kilobytes; packages that only some runs need are files of their own beside it, loaded by those runs.
// The version is written in at build time, so that `--version` needs no file and no import.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
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
const PACKAGES = ['imapflow', 'selfsigned', 'smtp-server', 'socks', 'yaml', 'zod'];
const LATER = new RegExp(`^(?:${PACKAGES.join('|')})$`);

/** Have what an import names elsewhere. */
const elsewhere = (filter, found) => ({
  name: 'elsewhere',
  setup: ({ onResolve }) => onResolve({ filter }, found),
});

// CommonJS inside an ES module calls require(), for which an ES module has to ask.
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};
await Promise.all([
  build({
    ...bundled,
    entryPoints: { 'bin/relayproof': 'bin/relayproof.ts', 'bin/thread': 'bin/thread.ts' },
    // CommonJS, for which Node need not start what loads ES modules.
    format: 'cjs',
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
    define: { ...bundled.define, 'import.meta.url': '__url' },
    plugins: [elsewhere(/cli\/main\.js$/, () => ({ path: resolve('.ci/command.mjs') }))],
  }),
  build({
    ...command,
    entryPoints: { command: 'src/cli/main.ts' },
    plugins: [elsewhere(LATER, ({ path }) => ({ path: `./packages/${path}.cjs`, external: true }))],
  }),
  build({ ...command, entryPoints: Object.fromEntries(PACKAGES.map((name) => [`packages/${name}`, name])) }),
  build({ ...bundled, entryPoints: { index: 'src/index.ts' }, splitting: true, format: 'esm', banner }),
]);
writeFileSync(`${made}/bin/package.json`, '{ "type": "commonjs" }\n');
execFileSync(process.execPath, ['.ci/compile.mjs', `${made}/command.cjs`], { stdio: ['ignore', 'ignore', 'pipe'] });
chmodSync(`${made}/bin/relayproof.js`, 0o755);
if (existsSync('dist')) renameSync('dist', old);
renameSync(made, 'dist');
rmSync(old, { recursive: true, force: true });
