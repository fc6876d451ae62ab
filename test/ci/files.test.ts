// What stands around the command for CI: the image, the job of GitLab, the plugin of Nagios, as far as one machine can try.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCommandLine } from '../../src/cli/command-line.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-ci-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the image', () => {
  const lines = readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', ' ').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('ends in a stage of nothing, not as root, that needs no shell', () => {
    expect(last[0]).toBe('FROM scratch');
    expect(last.some((line) => line.startsWith('RUN'))).toBe(false);
    expect(last).toContain('USER 65532:65532');
    for (const name of ['ENTRYPOINT', 'CMD']) {
      const line = last.find((each) => each.startsWith(`${name} `)) ?? '';
      expect(Array.isArray(JSON.parse(line.slice(name.length)))).toBe(true);
    }
  });

  it('copies what is there', () => {
    const copies = lines.filter((line) => /^COPY (?!--from)/.test(line)).map((line) => line.split(/\s+/).slice(1, -1));
    expect(copies.length).toBeGreaterThan(0);
    for (const path of copies.flat()) expect(existsSync(path), path).toBe(true);
    // The build is more than its first file.
    const [, ...parts] = readFileSync('.ci/build.mjs', 'utf8').split(/(?<=['"`])(?=\.ci\/)/);
    const needed = parts.map((part) => part.split(/['"`]/, 1)[0]);
    expect(needed).toContain('.ci/compile.mjs');
    for (const path of needed) expect(copies.flat()).toContain(path);
  });

  it('holds a bundle that runs alone, where no packages are', () => {
    cpSync('dist', join(folder, 'alone'), { recursive: true });
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [join(folder, 'alone/bin/relayproof.js'), ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
    expect(run('demo', 'list-only', '-q')).toMatchObject({ status: 0 });
    expect(run('init', 'relayproof.yaml')).toMatchObject({ status: 0 });
    expect(run('plan', '--show-config')).toMatchObject({ status: 0 });
  });
});

it('the job of GitLab runs a command that there is, and keeps what it writes', () => {
  const { relayproof } = parse(readFileSync('docs/ci/gitlab-ci.yml', 'utf8')) as {
    relayproof: { script: readonly string[]; artifacts: { paths: string[]; reports: { junit: string } } };
  };
  const [command = ''] = relayproof.script;
  const asked = readCommandLine(command.split(' ').slice(3));
  expect(asked.kind).toBe('call');
  const { paths, reports } = relayproof.artifacts;
  for (const path of [...paths, reports.junit]) expect(command).toContain(`=${path}`);
});

describe('the plugin of Nagios in docs/ci', () => {
  const [, script = ''] = /```sh\n(#!\/bin\/sh\n.*?)```/s.exec(readFileSync('docs/ci/README.md', 'utf8')) ?? [];

  it.each([
    [0, 0],
    [1, 2],
    [2, 3],
    [3, 3],
    [70, 3],
    [130, 3],
  ])('makes %i a %i', async (status, state) => {
    await writeFile(join(folder, 'relayproof'), `#!/bin/sh\necho "$@"\nexit ${status}\n`);
    await chmod(join(folder, 'relayproof'), 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const run = spawnSync('/bin/sh', ['-c', script, 'check_relay', 'mail.example.org'], { env, encoding: 'utf8' });
    expect(run.status).toBe(state);
    expect(run.stdout).toBe('audit -f nagios --no-progress mail.example.org\n');
  });
});
