// `npm run bench:fleet`: many servers from one machine. 1,024 loopback servers x `standard` from one source, beside nmap's
// smtp-open-relay over the same servers in the same run: servers a second, peak memory of the audit with its threads, CPU time,
// connections and octets of the report for each server; then ten times as many, for the memory; then a run that is killed and
// goes on. `-- <servers> <more>` takes other numbers. Loopback alone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { startRoot } from '../../fixtures/real/root.js';

const COMMAND = 'dist/bin/relayproof.js';
const [servers = 1_024, more = servers * 10] = process.argv.slice(2).map(Number);
const PARALLEL = 8;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'relayproof-bench-'));
const { child: server, port } = await startServer();
try {
  const first = await audited(servers);
  tell(`${servers} servers`, servers, first);
  const nmap = await scanned(servers).catch((error: unknown) => error);
  if (typeof nmap === 'number') say(`nmap, 16 attempts each: ${rateOf(servers, nmap)} servers a second`);
  else say(`skipped: nmap: ${nmap instanceof Error ? nmap.message.split('\n')[0] : String(nmap)}`);
  if (more > servers) {
    const second = await audited(more);
    tell(`${more} servers`, more, second);
    say(`memory of ${more} servers: ${(second.peakKb / first.peakKb).toFixed(2)} times that of ${servers}`);
  }
  await killed(Math.min(servers, 256));
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}

interface Run {
  readonly ms: number;
  readonly peakKb: number;
  readonly cpuMs: number;
  readonly octets: number;
  readonly verdict: string;
}

/** The server is a process of its own, so that what it costs is not the audit's. */
async function startServer(): Promise<{ child: ChildProcess; port: number }> {
  const outfile = join(folder, 'server.mjs');
  await build({ entryPoints: ['test/bench/fleet-server.ts'], outfile, bundle: true, platform: 'node', format: 'esm' });
  const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(text.toString()) };
}

/** So many addresses of 127.0.0.0/8, as nmap writes ranges of them and as a list. */
function addressOf(index: number): string {
  return `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

function argumentsFor(count: number, state: string): string[] {
  const list = join(folder, `targets-${count}`);
  writeFileSync(list, Array.from({ length: count }, (_, index) => `${addressOf(index)}:${port}\n`).join(''));
  return [
    COMMAND,
    ...['audit', '--targets', list, '--state', join(folder, state), '--parallel', String(PARALLEL)],
    ...['-s', '127.0.0.66', '--local-domain', 'corp.test', '--local-recipient', 'alice@corp.test'],
    ...['--canary', 'relaytest@canary.example.net', '--helo', 'auditor.example.net', '--no-progress'],
  ];
}

async function audited(count: number): Promise<Run> {
  const from = performance.now();
  const state = `run-${count}`;
  const child = spawn(process.execPath, argumentsFor(count, state), { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-2_000);
  });
  let [peakKb, cpuMs] = [0, 0];
  const look = setInterval(() => {
    peakKb = peakOf(child.pid) ?? peakKb;
    cpuMs = cpuOf(child.pid) ?? cpuMs;
  }, 20);
  await once(child, 'close');
  clearInterval(look);
  const octets = statSync(join(folder, state, 'journal.ndjson')).size;
  return { ms: performance.now() - from, peakKb, cpuMs, octets, verdict: text.trimEnd().split('\n').at(-1) ?? '' };
}

/** VmHWM is that of all threads of the process; null once it has ended. */
function peakOf(pid: number | undefined): number | null {
  try {
    const [, peak = null] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return peak === null ? null : Number(peak);
  } catch {
    return null;
  }
}

/** User and system time, in the hundredths of a second that Linux counts (proc(5), fields 14 and 15 of stat). */
function cpuOf(pid: number | undefined): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}

function rateOf(count: number, ms: number): string {
  return ((count / ms) * 1_000).toFixed(1);
}

function tell(name: string, count: number, { ms, peakKb, cpuMs, octets, verdict }: Run): void {
  const each = `${(cpuMs / count).toFixed(1)} ms of CPU and ${Math.round(octets / count / 1024)} KiB of report each`;
  say(`${name}: ${rateOf(count, ms)} a second, peak ${Math.round(peakKb / 1024)} MB, ${each}; ${verdict}`);
}

/** The same addresses, in nmap's own time: what its root costs is not nmap's. */
async function scanned(count: number): Promise<number> {
  const why = whyNotHere();
  if (why !== null) throw new Error(why);
  const list = Array.from({ length: count }, (_, index) => addressOf(index)).join('\n');
  const scan = `nmap -n -Pn -sT -p ${port} --script +smtp-open-relay -iL /targets`;
  const root = await startRoot({
    recipe: { id: 'nmap', packages: ['nmap'] },
    files: { '/targets': `${list}\n` },
    command: `date +%s%N; ${scan} > /scan 2>&1; date +%s%N; grep -c smtp-open-relay /scan; echo scanned`,
    ready: [],
  });
  try {
    const until = Date.now() + 180_000;
    while (!/^scanned$/m.test(root.log())) {
      if (Date.now() > until) throw new Error('nmap did not end');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [from = 0, to = 0] = [...root.log().matchAll(/^\d{16,}$/gm)].map(([text]) => Number(text) / 1e6);
    return to - from;
  } finally {
    await root.stop();
  }
}

/** Kill a run half-way and let it go on: what was done by then is in the journal, what is asked again was under way. */
async function killed(count: number): Promise<void> {
  const journal = join(folder, 'killed', 'journal.ndjson');
  const done = (): number => {
    try {
      return readFileSync(journal, 'latin1').split('\n').length - 2;
    } catch {
      return 0;
    }
  };
  const child = spawn(process.execPath, argumentsFor(count, 'killed'), { stdio: 'ignore' });
  while (child.exitCode === null && done() < count / 2) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  await once(child, 'close');
  const before = done();
  const again = spawn(process.execPath, argumentsFor(count, 'killed'), { stdio: 'ignore' });
  await once(again, 'close');
  // The journal has its start, its end, and a line for each server that was asked by either.
  say(
    `killed after ${before} of ${count} servers: ${done() - 1 - before} asked by the second run, want ${count - before}`,
  );
}
