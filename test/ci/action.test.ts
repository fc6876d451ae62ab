// The action as a job runs it: action.yml is tied to the table of options, and the steps of .github/workflows/action.yml are run
// on this machine with the environment that a runner gives.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { flagOf, OPTIONS, type OptionRow } from '../../src/cli/options.js';
import { withActionInputs } from './action-inputs.js';

const text = readFileSync('action.yml', 'utf8');

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}
interface Workflow {
  readonly jobs: {
    readonly demo: {
      readonly strategy: { readonly matrix: { readonly include: readonly { preset: string; status: string }[] } };
      readonly steps: readonly Step[];
    };
  };
}

const action = parse(text) as Action;
const workflow = parse(readFileSync('.github/workflows/action.yml', 'utf8')) as Workflow;
const audit = action.runs.steps.find(({ id }) => id === 'audit');
const job = workflow.jobs.demo.steps.find(({ uses }) => uses === './');

describe('action.yml', () => {
  it('has the inputs of now (node .ci/schema.mjs writes them)', () => expect(withActionInputs(text)).toBe(text));

  it('has an input for every option that a job has use for', () => {
    const flags = Object.entries<OptionRow>(OPTIONS).map((row) => flagOf(...row).slice(2));
    const unknown = Object.keys(action.inputs).filter((name) => name !== 'targets' && !flags.includes(name));
    expect(unknown).toEqual([]);
    for (const name of ['config', 'baseline', 'relay-hosts', 'fail-on', 'password-env'])
      expect(action.inputs).toHaveProperty(name);
  });

  it('hands inputs over by the environment, never through a shell', () => {
    expect(action.runs.using).toBe('composite');
    for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{');
    expect(audit?.env?.RELAYPROOF_INPUTS).toMatch(/^\$\{\{ toJSON\(inputs\) \}\}$/);
  });

  it('is called with inputs that it has, and gives the outputs that are compared', () => {
    for (const name of Object.keys(job?.with ?? {})) expect(action.inputs).toHaveProperty(name);
    const used = JSON.stringify(workflow).matchAll(/steps\.relayproof\.outputs\.(\w+)/g);
    for (const [, name = ''] of used) expect(action.outputs).toHaveProperty(name);
  });
});

describe('the workflow', () => {
  let folder = '';
  // What the action checks out: the scripts and the bundle, where no other test builds anew.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relayproof-action-'));
    for (const name of ['.ci', 'dist', 'src', 'package.json']) cpSync(name, join(folder, name), { recursive: true });
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(workflow.jobs.demo.strategy.matrix.include)('ends as it should for $preset', async ({ preset, status }) => {
    const server = spawn(process.execPath, ['.ci/demo-server.mjs', preset, '0'], { cwd: folder });
    const [address] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
    const defaults = Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default]));
    const inputs = { ...defaults, ...job?.with, targets: address.trim() };
    const env = {
      ...process.env,
      RELAYPROOF_INPUTS: JSON.stringify(inputs),
      RUNNER_TEMP: folder,
      GITHUB_ACTION_PATH: folder,
      GITHUB_STEP_SUMMARY: join(folder, `${preset}.summary`),
      GITHUB_OUTPUT: join(folder, `${preset}.output`),
    };
    const step = spawn('bash', ['-c', audit?.run ?? 'exit 99'], { cwd: folder, env });
    const said = collected(step);
    const [code] = await once(step, 'close');
    server.kill();
    await once(server, 'close');

    expect(code, said()).toBe(Number(status));
    expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^# relayproof\n/);
    const outputs = Object.fromEntries(
      (await readFile(env.GITHUB_OUTPUT, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    ) as Record<string, string>;
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(action.outputs).sort());
    expect(outputs).toMatchObject({ status, compliance: status === '0' ? 'compliant' : 'non-compliant' });
    for (const name of ['sarif', 'json', 'html']) expect(existsSync(outputs[name] ?? '')).toBe(true);
    expect(JSON.parse(readFileSync(outputs.sarif ?? '', 'utf8'))).toMatchObject({ version: '2.1.0' });
  });

  it('ends with 2 where an input is wrong, and says which', async () => {
    const env = {
      ...process.env,
      RELAYPROOF_INPUTS: JSON.stringify({ targets: 'a.example', timeout: '5' }),
      RUNNER_TEMP: folder,
    };
    const step = spawn(process.execPath, ['.ci/action.mjs'], { cwd: folder, env });
    const said = collected(step);
    const [code] = await once(step, 'close');
    expect(code).toBe(2);
    expect(said()).toContain('--timeout: not a duration');
  });
});

function collected({ stdout, stderr }: ChildProcess): () => string {
  let all = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      all += chunk;
    });
  }
  return () => all;
}
