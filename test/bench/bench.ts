// `npm run bench`: a full `standard` sweep from one source beside `nmap --script +smtp-open-relay`, in the same run, through a
// network of 0, 50 and 100 ms, against the embedded closed server and a real Postfix with its default limits. Prints wall time,
// connections, the longest chain of waits, bytes and peak memory; says what could not be measured and why. Without a delay, where
// each program's own start counts, they are started in turn, and the middle one of each is shown. Loopback alone.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type DelayProxy, startDelayProxy } from '../../fixtures/delay-proxy.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { startPostfix } from '../../fixtures/real/postfix.js';
import { startRoot } from '../../fixtures/real/root.js';
import { startServer } from '../../src/demo/server.js';

const ROUND_TRIPS_MS = [0, 50, 100, 200] as const;
/** Turns that are taken where there is no delay. */
const TURNS = 5;
/** How much longer an audit takes twice as far away is what it waited for. */
const FARTHER = 2;
const COMMAND = 'dist/bin/relayproof.js';
const STRANGERS = ['127.0.0.66', '127.0.0.67', '127.0.0.68', '127.0.0.69', '127.0.0.70'] as const;

interface Run {
  readonly ms: number;
  readonly verdict: string;
  readonly peakMb: number | null;
}

interface Bench {
  readonly name: string;
  readonly port: number;
  stop(): Promise<unknown>;
}

interface Row {
  readonly server: string;
  readonly roundTripMs: number;
  readonly who: string;
  readonly run: Run;
  readonly counts: DelayProxy['counts'];
}

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

const notHere = whyNotHere();
const rows: Row[] = [];
const empty: number[] = [];
for (const start of [embedded, postfix]) {
  const bench = await start().catch((error: unknown) => error);
  if (!isBench(bench)) {
    say(`skipped: ${start.name}: ${bench instanceof Error ? bench.message.split('\n')[0] : String(bench)}`);
    continue;
  }
  for (const roundTripMs of ROUND_TRIPS_MS) {
    const turns = roundTripMs === 0 && bench.name === 'embedded' ? TURNS : 1;
    const audits: Row[] = [];
    const scans: Row[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      audits.push(await measured(bench, roundTripMs, 'relayproof', (port) => runAudit(port, [STRANGERS[0]])));
      if (roundTripMs <= 100) {
        const nmap = await measured(bench, roundTripMs, 'nmap', runNmap).catch((error: unknown) => error);
        if (isRow(nmap)) scans.push(nmap);
        else if (turn === 0)
          say(`skipped: nmap: ${nmap instanceof Error ? nmap.message.split('\n')[0] : String(nmap)}`);
      }
      if (roundTripMs === 0) empty.push((await timed([process.execPath, '-e', '0'])).ms);
    }
    rows.push(...middle(audits, ({ run }) => run.ms), ...middle(scans, ({ run }) => run.ms));
  }
  if (bench.name === 'embedded')
    rows.push(await measured(bench, 0, '5 sources, all', (port) => runAudit(port, STRANGERS, ['--techniques', 'all'])));
  await bench.stop();
}
print(rows, middle(empty, (ms) => ms)[0] ?? 0);

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && 'counts' in value;
}

/** The one of several in the middle, as a list; empty for none. */
function middle<Item>(items: readonly Item[], by: (item: Item) => number): Item[] {
  return items.toSorted((a, b) => by(a) - by(b)).slice(Math.floor(items.length / 2), Math.floor(items.length / 2) + 1);
}

function isBench(value: unknown): value is Bench {
  return typeof value === 'object' && value !== null && 'stop' in value;
}

async function embedded(): Promise<Bench> {
  const server = await startServer({
    hostname: 'mail.corp.test',
    localDomains: ['corp.test'],
    users: ['alice'],
    delivery: { foreign: 'keep' },
  });
  return { name: 'embedded', port: server.port, stop: () => server.close() };
}

async function postfix(): Promise<Bench> {
  if (notHere !== null) throw new Error(notHere);
  const server = await startPostfix({ main: { smtpd_tls_security_level: 'none' } }, { sinkPort: 9, account: null });
  return { name: 'postfix', port: server.port, stop: () => server.stop() };
}

async function measured(
  bench: Bench,
  roundTripMs: number,
  who: string,
  run: (port: number) => Promise<Run>,
): Promise<Row> {
  const proxy = await startDelayProxy({ to: bench.port, roundTripMs });
  try {
    return { server: bench.name, roundTripMs, who, run: await run(proxy.port), counts: { ...proxy.counts } };
  } finally {
    await proxy.close();
  }
}

async function runAudit(port: number, sources: readonly string[], more: readonly string[] = []): Promise<Run> {
  const { ms, peakMb, stdout } = await timed([
    process.execPath,
    COMMAND,
    'audit',
    `127.0.0.1:${port}`,
    ...sources.flatMap((source) => ['-s', source]),
    ...['--local-domain', 'corp.test', '--local-recipient', 'alice@corp.test'],
    ...['--canary', 'relaytest@canary.example.net', '--helo', 'auditor.example.net', '-f', 'json', '--no-progress'],
    ...more,
  ]);
  const report = JSON.parse(stdout) as { verdict: { relay: string }; servers: { attempts: unknown[] }[] };
  return { ms, peakMb, verdict: `${report.verdict.relay}, ${report.servers[0]?.attempts.length ?? 0} attempts` };
}

/** In a root of its own, timed inside it: what the root costs is not nmap's. */
async function runNmap(port: number): Promise<Run> {
  if (notHere !== null) throw new Error(notHere);
  const scan = `nmap -n -Pn -sT -p ${port} --script +smtp-open-relay 127.0.0.1`;
  const root = await startRoot({
    recipe: { id: 'nmap', packages: ['nmap'] },
    files: {},
    command: `date +%s%N; ${scan} 2>&1; date +%s%N; echo scanned`,
    ready: [],
  });
  try {
    const until = Date.now() + 180_000;
    while (!/^scanned$/m.test(root.log())) {
      if (Date.now() > until) throw new Error('nmap did not end');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const times = [...root.log().matchAll(/^\d{16,}$/gm)].map(([text]) => Number(text) / 1e6);
    const told = /smtp-open-relay:\s*([^\n]*)/.exec(root.log())?.[1] ?? 'no verdict';
    return { ms: (times[1] ?? 0) - (times[0] ?? 0), peakMb: null, verdict: told.trim() };
  } finally {
    await root.stop();
  }
}

/** Run a command to its end, with the most memory that it had (VmHWM), as far as Linux tells. */
async function timed([command = '', ...args]: readonly string[]): Promise<{
  ms: number;
  peakMb: number | null;
  stdout: string;
}> {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const from = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  let peakMb: number | null = null;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const look = setInterval(() => {
    peakMb = peakOf(child.pid) ?? peakMb;
  }, 10);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(look);
  return { ms: performance.now() - from, peakMb, stdout };
}

function peakOf(pid: number | undefined): number | null {
  try {
    const kb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? null : Math.round(Number(kb) / 1024);
  } catch {
    return null;
  }
}

/** How many waits in a row a run had: what each further millisecond of a round trip has cost it. */
function chainOf(all: readonly Row[], { server, who, roundTripMs, run }: Row): string {
  const far = all.find((row) => row.server === server && row.who === who && row.roundTripMs === roundTripMs * FARTHER);
  return far === undefined || roundTripMs === 0 ? '' : ((far.run.ms - run.ms) / roundTripMs / (FARTHER - 1)).toFixed(1);
}

function print(all: readonly Row[], emptyMs: number): void {
  const table = all.map((row) => {
    const { server, roundTripMs, who, run, counts } = row;
    const bytes = counts.bytesToServer + counts.bytesToClient;
    const cells = [
      server,
      `${roundTripMs} ms`,
      who,
      `${Math.round(run.ms)} ms`,
      counts.connections,
      chainOf(all, row),
      bytes,
      run.peakMb === null ? '' : `${run.peakMb} MB`,
    ];
    return [...cells.map(String), run.verdict];
  });
  const head = ['server', 'round trip', 'who', 'wall', 'connections', 'waits in a row', 'bytes', 'peak', 'verdict'];
  const widths = head.map((title, at) => Math.max(title.length, ...table.map((cells) => (cells[at] ?? '').length)));
  for (const cells of [head, ...table])
    say(
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  say(`node -e 0: ${Math.round(emptyMs)} ms`);
}
