// An audit by a file, as users run it: several servers, waivers, a baseline, lines as they happen, SARIF that points at the file.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventAccount } from '../../src/demo/account.js';
import { PRESETS } from '../../src/demo/presets.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import { run, start } from './run.js';

const SINK = { host: '127.0.0.1', port: 1 };
let folder = '';
let open: RunningServer;
let closed: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-configured-'));
  open = await startServer(PRESETS['trusts-local-sender'].config({ account: inventAccount(), sink: SINK }));
  closed = await startServer(PRESETS['list-only'].config({ account: inventAccount(), sink: SINK }));
});
afterAll(async () => {
  await open.close();
  await closed.close();
  await rm(folder, { recursive: true });
});

const SHARED = `canary: relaytest@canary.example.net
source: 127.0.0.66
relayHosts: [127.0.0.0/26]
localRecipient: alice@corp.test
techniques: [plain-external, sender-local-bogus]
confirm: rcpt
`;

/** Write a configuration of the given servers, and what follows. */
async function configured(name: string, servers: readonly RunningServer[], rest = ''): Promise<string> {
  const path = join(folder, name);
  const targets = servers.map(({ address, port }) => `  - target: ${address}:${port}\n`);
  await writeFile(path, `${SHARED}servers:\n${targets.join('')}${rest}`);
  return path;
}

interface Finding {
  readonly rule: string;
  readonly breaksCompliance: boolean;
}

const waivers = (rules: readonly string[], expires: string): string =>
  `waivers:\n${rules.map((rule) => `  - { rule: ${rule}, reason: known since spring, expires: ${expires} }\n`).join('')}`;

describe('an audit by a file', () => {
  it('is of every server in it, and of the one that is named', async () => {
    const config = await configured('two.yaml', [open, closed]);
    const both = await run(['audit', '-c', config, '-f', 'json']);
    expect(both.status, both.stderr).toBe(1);
    const { servers } = JSON.parse(both.stdout) as {
      servers: { target: { port: number }; verdict: { relay: string } }[];
    };
    expect(servers.map(({ target, verdict }) => [target.port, verdict.relay])).toEqual([
      [open.port, 'open'],
      [closed.port, 'closed'],
    ]);
    const one = await run(['audit', `${closed.address}:${closed.port}`, '-c', config, '-q']);
    expect(one.status, one.stderr).toBe(0);
    expect(one.stdout.trim().split('\n')).toHaveLength(1);
  });

  it('is found as relayproof.yaml where the command runs', async () => {
    await configured('relayproof.yaml', [closed]);
    const { status, stdout } = await run(['audit', '-q'], { cwd: folder });
    expect(status).toBe(0);
    expect(stdout).toContain(`:${closed.port}`);
    await rm(join(folder, 'relayproof.yaml'));
  });

  it('does not fail by what is waived, says so, and fails again after the day', async () => {
    const first = await run(['audit', '-c', await configured('plain.yaml', [open]), '-f', 'json']);
    const { servers } = JSON.parse(first.stdout) as { servers: { findings: Finding[] }[] };
    const found = servers.flatMap(({ findings }) => findings.filter(({ breaksCompliance }) => breaksCompliance));
    const rules = [...new Set(found.map(({ rule }) => rule))];
    expect(rules.length).toBeGreaterThan(0);

    const waived = await run([
      'audit',
      '-q',
      '-o',
      `sarif=${join(folder, 'waived.sarif')}`,
      '-c',
      await configured('waived.yaml', [open], waivers(rules, '2999-12-31')),
    ]);
    expect(await readFile(join(folder, 'waived.sarif'), 'utf8')).toContain(
      '"justification": "waived until 2999-12-31: known since spring"',
    );
    expect(waived.status, waived.stderr).toBe(0);
    expect(waived.stderr).toMatch(
      /relayproof: waived until 2999-12-31: .*: known since spring \(.*waived\.yaml:\d+:5\)/,
    );

    const expired = await run([
      'audit',
      '-q',
      '-c',
      await configured('expired.yaml', [open], waivers(rules, '2020-01-31')),
    ]);
    expect(expired.status).toBe(1);
    expect(expired.stderr).toMatch(/expired\.yaml:\d+:5: a waiver that expired on 2020-01-31, so that this counts: /);

    const baseline = join(folder, 'old.json');
    await writeFile(baseline, first.stdout);
    const known = await run(['audit', '-q', '-c', join(folder, 'plain.yaml'), '--baseline', baseline]);
    expect(known.status, known.stderr).toBe(0);
    expect(known.stderr).toContain('relayproof: known from the baseline: ');
    const compared = await run(['diff', baseline, baseline]);
    expect(compared.status).toBe(0);
  });

  it('gives SARIF that points at the line of the server', async () => {
    const config = await configured('sarif.yaml', [closed, open]);
    const path = join(folder, 'report.sarif');
    await run(['audit', '-c', 'sarif.yaml', '-q', '-o', `sarif=${path}`], { cwd: folder });
    const line = (await readFile(config, 'utf8')).split('\n').findIndex((text) => text.includes(`:${open.port}`)) + 1;
    const { runs } = JSON.parse(await readFile(path, 'utf8')) as { runs: { results: { locations: object[] }[] }[] };
    expect(runs[0]?.results[0]?.locations[0]).toMatchObject({
      physicalLocation: { artifactLocation: { uri: 'sarif.yaml' }, region: { startLine: line } },
    });
  });
});

describe('-f ndjson', () => {
  it('writes lines while the audit runs, and those of the report', async () => {
    const config = await configured('lines.yaml', [closed]);
    const { child, ended } = start(['audit', '-c', config, '-f', 'ndjson', '-o', `json=${join(folder, 'same.json')}`]);
    let beforeVerdict = 0;
    child.stdout.on('data', (chunk: string) => {
      if (!chunk.includes('"event":"verdict"')) beforeVerdict += 1;
    });
    const { status, stdout, stderr } = await ended;
    expect(status, stderr).toBe(0);
    expect(beforeVerdict).toBeGreaterThan(0);
    const lines = stdout.trimEnd().split('\n');
    const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events[0]).toBe('start');
    expect(events.at(-1)).toBe('end');
    expect(events.indexOf('answer')).toBeGreaterThan(0);
    expect(events.lastIndexOf('answer')).toBeLessThan(events.indexOf('server'));
    const again = await run(['report', join(folder, 'same.json'), '-f', 'ndjson']);
    const live = lines.filter((_, index) => !['answer', 'warning'].includes(events[index] ?? ''));
    expect(again.stdout.trimEnd().split('\n')).toEqual(live);
  });
});
