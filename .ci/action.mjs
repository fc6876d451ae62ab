// What action.yml runs: the inputs, as JSON in RELAYPROOF_INPUTS, become the command line; the report goes into the job
// summary, SARIF and JSON into files that the outputs name. The exit status is that of the audit (README, "Exit status").
// SAFETY: no shell reads the inputs, and no secret is among them: a password comes in a variable that an input names.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { RELAYPROOF_INPUTS = '{}', RUNNER_TEMP = tmpdir(), GITHUB_STEP_SUMMARY, GITHUB_OUTPUT } = process.env;

/** Targets are words of the command; every other input is an option by the name of its flag. */
const { targets = '', ...options } = JSON.parse(RELAYPROOF_INPUTS);

const folder = mkdtempSync(join(RUNNER_TEMP, 'relayproof-'));
const files = { sarif: 'report.sarif', json: 'report.json', markdown: 'summary.md', html: 'report.html' };
const pathOf = (format) => join(folder, files[format]);

const words = targets.split(/\s+/).filter((word) => word !== '');
const flags = Object.entries(options).flatMap(([name, text]) => flagsOf(name, text));
const outputs = Object.keys(files).flatMap((format) => ['--output', `${format}=${pathOf(format)}`]);
const relayproof = fileURLToPath(new URL('../dist/bin/relayproof.js', import.meta.url));
const { status, error } = spawnSync(
  process.execPath,
  [relayproof, 'audit', ...words, ...flags, ...outputs, '--no-progress'],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
if (error) throw error;

if (GITHUB_STEP_SUMMARY && existsSync(pathOf('markdown'))) {
  appendFileSync(GITHUB_STEP_SUMMARY, readFileSync(pathOf('markdown')));
}
if (GITHUB_OUTPUT) {
  const verdict = existsSync(pathOf('json')) ? JSON.parse(readFileSync(pathOf('json'), 'utf8')).verdict : null;
  const values = {
    status: String(status),
    relay: verdict?.relay ?? '',
    compliance: verdict?.compliance ?? '',
    ...Object.fromEntries(
      ['sarif', 'json', 'html'].map((format) => [format, existsSync(pathOf(format)) ? pathOf(format) : '']),
    ),
  };
  appendFileSync(
    GITHUB_OUTPUT,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
}
process.exitCode = status ?? 70;

/** A switch is `true` or left alone; what may be repeated has a line for each. */
function flagsOf(name, text) {
  if (text === '' || text === 'false') return [];
  if (text === 'true') return [`--${name}`];
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => `--${name}=${line}`);
}
