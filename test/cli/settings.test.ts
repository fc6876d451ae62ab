// Precedence: the command line, the server's entry in the file, the top of the file, the defaults; and where each came from.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Values } from '../../src/cli/options.js';
import { settingsOf } from '../../src/cli/settings.js';
import { UsageError } from '../../src/model/errors.js';
import { run } from './run.js';

let folder = '';
let config = '';

const FILE = `canary: top@canary.example.net
timeout: 1s
baseline: old.json
password: { file: secrets/password }
quiet: true
servers:
  - target: a.example
    timeout: 2s
    canaryDomain: canary.example.com
  - target: submission://b.example
  - target: c.example
waivers:
  - { rule: open-relay, reason: r, expires: 2030-01-31 }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-settings-'));
  config = join(folder, 'relayproof.yaml');
  await writeFile(config, FILE);
});
afterAll(() => rm(folder, { recursive: true }));

const settings = (words: readonly string[], values: Values = {}) => settingsOf(words, { config, ...values });

describe('settings', () => {
  it('are of every server of the file where none is named; equal ones are put together', async () => {
    const { parts } = await settings([]);
    expect(parts.map(({ words }) => words)).toEqual([['a.example'], ['submission://b.example', 'c.example']]);
  });

  it('refuse a waiver of a rule that there is not, which would excuse nothing', async () => {
    const file = join(folder, 'waiver.yaml');
    await writeFile(file, 'servers: [a.example]\nwaivers:\n  - { rule: open-rely, reason: r, expires: 2030-01-31 }\n');
    await expect(settings([], { config: file })).rejects.toThrow(
      `${file}:3:5: rule: no such finding: got "open-rely", want an id that relayproof rules lists; did you mean open-relay?`,
    );
  });

  it('are of a server by its own entry, above the top of the file', async () => {
    const [part] = (await settings(['a.example:25'])).parts;
    expect(part?.values).toMatchObject({ timeout: 2000, canaryDomain: 'canary.example.com' });
    expect(part?.origins.timeout).toBe(`${config}:8:14`);
    // One canary, not two: what the entry says takes the place of what the top says.
    expect(part?.values).not.toHaveProperty('canary');
  });

  it('are of the top of the file for a server without an entry', async () => {
    const [part] = (await settings(['other.example'])).parts;
    expect(part?.values).toMatchObject({ timeout: 1000, canary: 'top@canary.example.net' });
  });

  it('are of the command line above all', async () => {
    const { parts, run: ofRun } = await settings(['a.example'], {
      timeout: 3000,
      canary: 'x@y.example',
      verbose: true,
    });
    expect(parts[0]?.values).toMatchObject({ timeout: 3000, canary: 'x@y.example' });
    expect(parts[0]?.values).not.toHaveProperty('canaryDomain');
    expect(parts[0]?.origins).toMatchObject({ timeout: 'command line', canary: 'command line' });
    expect(ofRun.values).toMatchObject({ verbose: true });
    expect(ofRun.values).not.toHaveProperty('quiet');
  });

  it('take paths from where the file is', async () => {
    const { parts, run: ofRun } = await settings(['c.example']);
    expect(ofRun.values.baseline).toBe(join(folder, 'old.json'));
    expect(parts[0]?.values.passwordFile).toBe(join(folder, 'secrets', 'password'));
  });

  it('know the line of each server, for formats that point there, and the waivers', async () => {
    const { configuration, waivers } = await settings([]);
    expect(configuration?.lines).toEqual({ 'a.example:25': 7, 'b.example:587': 10, 'c.example:25': 11 });
    expect(waivers).toMatchObject([{ rule: 'open-relay', where: `${config}:13:5` }]);
  });

  it('need a target or a server', async () => {
    const empty = join(folder, 'empty.yaml');
    await writeFile(empty, '');
    await expect(settingsOf([], { config: empty })).rejects.toBeInstanceOf(UsageError);
  });

  it('say the place of a target that is none', async () => {
    const wrong = join(folder, 'wrong.yaml');
    await writeFile(wrong, 'servers:\n  - target: "smtp://"\n');
    await expect(settingsOf([], { config: wrong })).rejects.toThrow(`${wrong}:2:13: target: `);
  });
});

describe('relayproof plan --show-config', () => {
  it('prints every setting with its origin, and no secret', async () => {
    const { status, stdout } = await run(['plan', '-c', config, '--show-config', '--sessions', '2']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}sessions +command line +2$/m);
    expect(stdout).toMatch(/^ {2}timeout +.*relayproof\.yaml:8:14 +2000ms$/m);
    expect(stdout).toMatch(/^ {2}rules +default +basic$/m);
  });

  it('prints JSON as well', async () => {
    const { stdout } = await run(['plan', '-c', config, '--show-config', '-f', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      servers: [{ targets: ['a.example:25'] }, { targets: ['b.example:587', 'c.example:25'] }],
    });
  });
});
