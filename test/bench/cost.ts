// `node .ci/run-ts.mjs test/bench/cost.ts [audits]`: what one `standard` audit of a closed server costs a process that has made
// others before: processor time, wall time and heap, from one source over loopback. The server lives in another process, so that
// its own time is not counted. Says which part of it is the first audit, when nothing is compiled yet.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startServer } from '../../src/demo/server.js';
import { audit } from '../../src/fleet/audit.js';
import { DEFAULTS } from '../../src/model/options.js';
import { parseTarget } from '../../src/model/target.js';

const [word = '300'] = process.argv.slice(2);
if (word === 'serve') await serve();
else await measure(Number(word));

async function serve(): Promise<void> {
  const server = await startServer({
    hostname: 'mail.corp.test',
    localDomains: ['corp.test'],
    users: ['alice'],
    delivery: { foreign: 'keep' },
  });
  process.stdout.write(`${server.port}\n`);
  process.stdin.resume().once('end', () => process.exit());
}

async function measure(audits: number): Promise<void> {
  const server = spawn(process.execPath, [process.argv[1] ?? '', 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout, 'data');
  const first = await timed(1, Number(port));
  await timed(Math.ceil(audits / 3), Number(port));
  const warm = await timed(audits, Number(port));
  server.stdin.end();
  const show = ({ cpuMs, wallMs }: Cost): string =>
    `${cpuMs.toFixed(2)} ms of processor, ${wallMs.toFixed(2)} ms of wall`;
  process.stdout.write(`first audit: ${show(first)}\n`);
  process.stdout.write(`warm, each of ${audits}: ${show(warm)}; ${warm.verdict}\n`);
}

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly verdict: string;
}

async function timed(audits: number, port: number): Promise<Cost> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  let verdict = '';
  for (let done = 0; done < audits; done += 1) {
    const report = await audit({
      ...DEFAULTS,
      targets: [parseTarget(`127.0.0.1:${port}`)],
      sources: ['127.0.0.66'],
      localDomains: ['corp.test'],
      localRecipient: 'alice@corp.test',
      canary: 'relaytest@canary.example.net',
      helo: 'auditor.example.net',
    });
    verdict = `${report.verdict.relay}, ${report.servers[0]?.attempts.length ?? 0} attempts`;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1_000 / audits, wallMs: (performance.now() - from) / audits, verdict };
}
