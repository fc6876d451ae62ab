// Runs an audit with the bundle of the command line and keeps what V8 has made of it, for starts with the same V8:
// `node .ci/compile.mjs <command.cjs>`. Nothing but time depends on what is kept.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cacheOf, load } from './command.mjs';

const bundle = resolve(process.argv[2]);
const { exports, script } = load(bundle, null);
process.exitCode = await exports.main(['demo', 'follows-policy', '--format', 'json', '--no-progress']);
writeFileSync(cacheOf(bundle), script.createCachedData());
