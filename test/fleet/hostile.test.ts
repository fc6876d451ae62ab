// Servers that are down, silent, mad or malicious, and an operator who loses patience: the command line as users have it. Every
// run ends by itself within its deadline, with a report, without a stack trace, and in little memory.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Hostile, play, serve } from '../../fixtures/hostile/server.js';
import { audit } from '../../src/fleet/audit.js';
import type { Report } from '../../src/model/report.js';
import { type Ended, start } from '../cli/run.js';
import { hurriedClock, OPTIONS, zone } from './lab.js';

const DEADLINE_MS = 3_000;
/** What the deadline does not cover: starting Node on a busy machine, and writing the report. */
const GRACE_MS = 6_000;
const MAX_MEMORY_KB = 150 * 1024;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-hostile-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes the peak of the process's own memory at its end; what the parent used before the program began is not in it. */
const MEASURE =
  "import{readFileSync,writeFileSync}from'node:fs';process.on('exit',()=>{const[,peak]=/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status','utf8'))??[];writeFileSync(process.env.PEAK_FILE,peak??'')})";

interface Run extends Ended {
  readonly report: Report;
  readonly durationMs: number;
  /** Null where the system does not tell. */
  readonly peakKb: number | null;
}

let runs = 0;

const argumentsFor = (port: number, more: readonly string[] = []): string[] => [
  'audit',
  `127.0.0.1:${port}`,
  ...['-s', '127.0.0.66', '--relay-hosts', '127.0.0.10', '--local-recipient', 'alice@corp.test'],
  ...['--canary', 'relaytest@canary.example.net', '--techniques', 'plain-external', '-f', 'json'],
  ...more,
];

async function run(port: number, more: readonly string[] = []): Promise<Run> {
  runs += 1;
  const peakFile = join(folder, `peak-${runs}`);
  const isLinux = process.platform === 'linux';
  const env = isLinux
    ? { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(MEASURE)}`, PEAK_FILE: peakFile }
    : {};
  const from = performance.now();
  const ended = await start(argumentsFor(port, ['--timeout', '500ms', '--deadline', `${DEADLINE_MS}ms`, ...more]), {
    env,
  }).ended;
  const durationMs = performance.now() - from;
  const peakKb = isLinux ? Number(await readFile(peakFile, 'utf8')) : null;
  return { ...ended, report: JSON.parse(ended.stdout) as Report, durationMs, peakKb };
}

const fill = Buffer.alloc(1 << 20, 'x');

/** Bytes without a line end, as fast as the client takes them. */
function flood(megabytes: number) {
  return ({ socket }: Client): void => {
    let left = megabytes;
    const pour = (): void => {
      while (left > 0 && !socket.destroyed) {
        left -= 1;
        if (!socket.write(fill)) break;
      }
    };
    socket.on('drain', pour);
    pour();
  };
}

/** A port of 127.0.0.1 that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const SERVERS: readonly (readonly [string, (client: Client) => void])[] = [
  ['says nothing at all', () => undefined],
  ['hangs up without a greeting', ({ socket }) => socket.end()],
  ['resets every connection', ({ socket }) => socket.resetAndDestroy()],
  ['greets with 554', play('<-  554 No SMTP service here\n=== close')],
  ['greets with 421', play('<-  421 Too busy\n=== close')],
  ['hangs up after MAIL', play('<-  220 h ESMTP\n-> \n<-  250 h\n-> \n=== close')],
  ['never answers EHLO', play('<-  220 h ESMTP\n-> ')],
  ['never answers RCPT', play('<-  220 h ESMTP\n-> \n<-  250 h\n-> \n<-  250 Ok\n-> ')],
  ['answers garbage', play('<~  \\u0000\\u00ff\\u00fe\\r\\n\\u0007???\\r\\n')],
  ['speaks HTTP', play('<-  HTTP/1.1 400 Bad Request\n<-  \n<-  <html>')],
  ['greets for ever', ({ socket }) => void socket.on('drain', () => undefined).write('220-hello\r\n'.repeat(200_000))],
  ['sends 200 MB without a line end', flood(200)],
  [
    'sends 200 MB without a line end in place of a reply',
    (client) => {
      client.socket.write('220 h ESMTP\r\n');
      client.socket.once('data', () => flood(200)(client));
    },
  ],
];

describe('a server that', () => {
  it.each(SERVERS)('%s leaves the question open', async (_, handler) => {
    const server = await serve(handler);
    try {
      const result = await run(server.port);
      expectOpenQuestion(result);
      await server.emptied();
    } finally {
      await server.close();
    }
  });

  it('is not there leaves the question open', async () => {
    expectOpenQuestion(await run(await freePort()));
  });

  it('has a name that nobody knows leaves the question open', async () => {
    const report = await audit(
      { ...OPTIONS, targets: [{ host: 'nowhere.example.org', port: 25, security: 'none' }] },
      { resolver: zone({}), clock: hurriedClock() },
    );
    expect(report.verdict).toMatchObject({ relay: 'inconclusive', compliance: 'inconclusive' });
    expect(report.servers[0]?.findings).toMatchObject([{ rule: 'audit-inconclusive' }]);
    expect(report.verdict.summary).toContain('host not found: nowhere.example.org');
  });
});

function expectOpenQuestion({ status, stderr, report, durationMs, peakKb }: Run): void {
  expect(status).toBe(3);
  expect(report.verdict).toMatchObject({ relay: 'inconclusive', compliance: 'inconclusive' });
  const [server] = report.servers;
  expect(server?.findings.map(({ rule }) => rule)).toEqual(['audit-inconclusive']);
  expect(server?.findings[0]?.message).not.toBe('');
  expect(stderr).not.toMatch(/^\s+at |Error:|Warning:/m);
  expect(durationMs).toBeLessThan(DEADLINE_MS + GRACE_MS);
  if (peakKb !== null) {
    expect(peakKb).toBeGreaterThan(0);
    expect(peakKb).toBeLessThan(MAX_MEMORY_KB);
  }
}

describe.each(['1', '2'])('an interrupt of %s threads', (threads) => {
  /** Answers the first connections as a closed server, and no later one; resolves `stuck` once somebody waits in vain. */
  async function slowServer(): Promise<{ readonly server: Hostile; readonly stuck: Promise<void> }> {
    let connections = 0;
    let tell = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const server = await serve(({ socket }) => {
      connections += 1;
      if (connections > 2) {
        tell();
        return;
      }
      socket.write('220 h ESMTP\r\n');
      let rest = '';
      socket.on('data', (chunk: Buffer) => {
        const lines = `${rest}${chunk.toString('latin1')}`.split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines)
          socket.write(/^RCPT.*canary/i.test(line) ? '550 5.7.1 Relaying denied\r\n' : '250 Ok\r\n');
      });
    });
    return { server, stuck };
  }

  const patient = [
    '--timeout',
    '60s',
    '--deadline',
    '5m',
    '--sessions',
    '1',
    '--techniques',
    'all',
    '--threads',
    threads,
  ];

  it('ends the audit: what was measured is written, status 130', async () => {
    const { server, stuck } = await slowServer();
    try {
      const { child, ended } = start(argumentsFor(server.port, patient));
      await stuck;
      child.kill('SIGINT');
      const { status, stdout, stderr } = await ended;
      expect(status).toBe(130);
      expect(stderr).toContain('interrupted: what was measured is written');
      expect(stderr).not.toMatch(/^\s+at |Error:/m);
      const report = JSON.parse(stdout) as Report;
      expect(report.verdict.relay).toBe('inconclusive');
      expect(report.servers[0]?.attempts.some(({ outcome }) => outcome === 'refused')).toBe(true);
      expect(report.servers[0]?.findings.map(({ rule }) => rule)).toContain('audit-inconclusive');
      await server.emptied();
    } finally {
      await server.close();
    }
  });

  it('twice leaves at once', async () => {
    const { server, stuck } = await slowServer();
    try {
      const { child, ended } = start(argumentsFor(server.port, patient));
      await stuck;
      let isOver = false;
      child.stderr.on('data', () => {
        // The first has been taken: the second may come.
        if (!isOver) child.kill('SIGINT');
        isOver = true;
      });
      child.kill('SIGINT');
      expect((await ended).status).toBe(130);
    } finally {
      await server.close();
    }
  });
});
