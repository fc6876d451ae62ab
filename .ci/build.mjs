// Bundles the command line and the library into dist/ (one chunk per command, loaded when called).
// The version is written in at build time, so that `--version` needs no file and no import.
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// Built beside and moved into place as a whole: what is started meanwhile finds the last build or this one, never half of one.
const [made, old] = ['made', 'old'].map((name) => `node_modules/.cache/relayproof/${name}-${process.pid}`);
await build({
  entryPoints: { 'bin/relayproof': 'bin/relayproof.ts', index: 'src/index.ts' },
  outdir: made,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // Optional: loaded by those who speak to workers, from where they are installed.
  external: ['bullmq', 'ioredis'],
  target: 'node20.19',
  sourcemap: false,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { RELAYPROOF_VERSION: JSON.stringify(version) },
  // CommonJS packages inside an ES module bundle call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
chmodSync(`${made}/bin/relayproof.js`, 0o755);
if (existsSync('dist')) renameSync('dist', old);
renameSync(made, 'dist');
rmSync(old, { recursive: true, force: true });
