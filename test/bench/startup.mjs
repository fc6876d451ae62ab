// How long `relayproof --version` takes beside `node -e 0`: median of 20 runs each, in turn, so that both see the same machine.
// Exit status 1 where it takes more than 1.5 times as long.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNS = 20;
const MOST = 1.5;
const COMMAND = fileURLToPath(new URL('../../dist/bin/relayproof.js', import.meta.url));

// Certificates of one's own are read at every start of node, and would be measured too.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

const contenders = { 'node -e 0': ['-e', '0'], 'relayproof --version': [COMMAND, '--version'] };
const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));

for (let run = -1; run < RUNS; run += 1) {
  for (const [name, args] of Object.entries(contenders)) {
    const from = process.hrtime.bigint();
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    const took = Number(process.hrtime.bigint() - from) / 1e6;
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
    // The first round only warms the file cache.
    if (run >= 0) times[name].push(took);
  }
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
};

const [bare, version] = Object.values(times).map(median);
const ratio = version / bare;
for (const [name, values] of Object.entries(times)) console.log(`${name.padEnd(22)} ${median(values).toFixed(1)} ms`);
console.log(`${'ratio'.padEnd(22)} ${ratio.toFixed(2)} (at most ${MOST}; medians of ${RUNS} runs each, in turn)`);
process.exitCode = ratio > MOST ? 1 : 0;
