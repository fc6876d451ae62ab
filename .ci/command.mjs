// Stands for src/cli/main.ts in the command that is built: loads the bundle beside it, with what V8 made of it when it was built,
// where this is the very V8 that did (.ci/compile.mjs). Any other compiles it for itself, and from Node 22 on keeps that.

// What Node has loaded already; an import would look through all that each of these exports.
const { getBuiltinModule } = process;
const { readFileSync } = getBuiltinModule('node:fs');
const module = getBuiltinModule('node:module');
const { dirname } = getBuiltinModule('node:path');
const { fileURLToPath } = getBuiltinModule('node:url');
const { Script } = getBuiltinModule('node:vm');
const { setFlagsFromString } = getBuiltinModule('node:v8');

/** Load the bundle; `cached` is what V8 made of it before, which it leaves aside where it does not fit. */
export function load(bundle, cached) {
  // The bundle is ASCII: read as Latin-1 it needs no decoding.
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(bundle, 'latin1')}\n})`;
  const script = new Script(source, { filename: bundle, ...(cached === null ? {} : { cachedData: cached }) });
  // An audit of one server is over before what V8 optimizes would be of use: it waits longer with it, but for a list of servers.
  if (cached !== null && !process.argv.includes('--targets')) setFlagsFromString('--interrupt-budget=500000');
  const made = { exports: {} };
  script.runInThisContext()(made.exports, module.createRequire(bundle), made, bundle, dirname(bundle));
  return { exports: made.exports, script };
}

/** Where what this V8 makes of a bundle is kept. */
export const cacheOf = (bundle) => bundle.replace(/cjs$/, `${process.versions.v8}-${process.arch}.cache`);

function loadBeside() {
  const bundle = fileURLToPath(new URL('../command.cjs', import.meta.url));
  try {
    return load(bundle, readFileSync(cacheOf(bundle))).exports;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    module.enableCompileCache?.();
    return module.createRequire(bundle)(bundle);
  }
}

export const main = (argv, threadFile) => loadBeside().main(argv, threadFile);

export const serve = () => loadBeside().serve();
