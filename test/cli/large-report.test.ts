// Saved reports of many servers are read in memory that does not grow with them: in a heap that the report does not fit into.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventAccount } from '../../src/demo/account.js';
import { PRESETS } from '../../src/demo/presets.js';
import { startServer } from '../../src/demo/server.js';
import type { ServerReport } from '../../src/model/report.js';
import { FORMATS } from '../../src/report/index.js';
import { fixture, PLAIN } from '../report/fixtures.js';
import { type Ended, run } from './run.js';

const KINDS = ['closed-compliant', 'open-confirmed', 'wrong-password-accepted'] as const;
const SERVERS = KINDS.map((kind) => fixture(kind).servers[0]).filter((server) => server !== undefined);
const COUNT = 400;

/** The old generation of V8, in megabytes: some of the report and what the program needs itself. */
const HEAP = 32;
const runSmall = (...args: readonly string[]): Promise<Ended> =>
  run(args, { env: { NODE_OPTIONS: `--max-old-space-size=${HEAP}` } });

function* servers(): Generator<ServerReport> {
  for (let index = 0; index < COUNT; index += 1) {
    const server = SERVERS[index % SERVERS.length];
    if (server === undefined) throw new Error('a fixture without a server');
    yield { ...server, target: { ...server.target, host: `mail${index}.example.org` } };
  }
}

let folder = '';
let path = '';
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-large-'));
  path = at('report.json');
  const list = { length: COUNT, at: () => undefined, [Symbol.iterator]: servers };
  const file = createWriteStream(path);
  for (const piece of FORMATS.json.pieces({ ...fixture('several-servers'), servers: list }, PLAIN)) {
    if (!file.write(piece)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  expect((await stat(path)).size).toBeGreaterThan(HEAP * 2 ** 20 * 0.9);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a saved report that the heap cannot hold', () => {
  it('is printed, as JSON as it was', { timeout: 60_000 }, async () => {
    const names = ['json', 'html', 'sarif', 'ndjson'] as const;
    const outputs = names.flatMap((name) => ['-o', `${name}=${at(name)}`]);
    const { status, stdout, stderr } = await runSmall('report', path, ...outputs);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('mail1.example.org');
    expect((await readFile(at('json'))).equals(await readFile(path))).toBe(true);
    for (const name of names) expect(await readFile(at(name), 'utf8'), name).toContain(`mail${COUNT - 1}.example.org`);
  });

  it.skipIf(process.platform === 'win32')('comes through a pipe', async () => {
    const script = 'cat "$1" | "$2" dist/bin/relayproof.js report /dev/stdin -q | wc -l';
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script, 'sh', path, process.execPath], {
      env: { ...process.env, NODE_OPTIONS: `--max-old-space-size=${HEAP}` },
    });
    expect({ lines: Number(stdout), stderr }).toEqual({ lines: COUNT, stderr: '' });
  });

  it('is compared with another', async () => {
    const { status, stdout, stderr } = await runSmall('diff', path, path);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^It did not get worse: \d+ findings: 0 new, 0 gone, \d+ as before\.\n$/);
  });

  it('is a baseline', async () => {
    const server = await startServer(
      PRESETS['list-only'].config({ account: inventAccount(), sink: { host: '127.0.0.1', port: 1 } }),
    );
    const { status, stderr } = await runSmall(
      ...['audit', `${server.address}:${server.port}`, '-q', '-s', '127.0.0.66', '--relay-hosts', '127.0.0.0/26'],
      ...['--canary', 'relaytest@canary.example.net', '--local-recipient', 'alice@corp.test', '--confirm', 'rcpt'],
      ...['--techniques', 'plain-external', '--baseline', path],
    );
    await server.close();
    expect(status, stderr).toBe(0);
  });

  it('is refused with the server that is wrong, and with the place where it is torn', async () => {
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(4_096), 0, 4_096, size - 4_096);
    const wrong = size - 4_096 + buffer.lastIndexOf('"confidence": "') + '"confidence": "'.length;
    await file.write('P', wrong);
    const field = `servers[${COUNT - 1}].verdict.confidence`;
    const refused = await runSmall('report', path);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^relayproof: .*report\.json: [^\n]*\n$/);
    expect(refused.stderr).toContain(`report.json: ${field}: wrong value: got "P`);
    await file.close();

    const lines = (await readFile(path, 'utf8')).slice(0, size >> 1).split('\n');
    await truncate(path, Buffer.byteLength(lines.join('\n')));
    const torn = await runSmall('report', path);
    expect(torn).toMatchObject({ status: 2, stdout: '' });
    const place = `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
    expect(torn.stderr).toBe(
      `relayproof: ${path}:${place}: not JSON: got the end of the file; want a report as -f json writes it\n`,
    );
  });
});
