// Bundles one TypeScript file and runs it: `node .ci/run-ts.mjs <file.ts> [words]`. Packages stay outside the bundle; the exit
// status is that of the file.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

const [file, ...words] = process.argv.slice(2);
const outfile = `node_modules/.cache/relayproof/${basename(file, '.ts')}-${process.pid}.mjs`;
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [outfile, ...words], { stdio: 'inherit' });
rmSync(outfile, { force: true });
process.exitCode = status ?? 1;
