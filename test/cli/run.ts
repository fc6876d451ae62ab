// Starts what users get, dist/bin/relayproof.js, and tells how it ended.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { resolve } from 'node:path';

const COMMAND = 'dist/bin/relayproof.js';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

interface Circumstances {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another copy of the command. */
  readonly command?: string;
}

/** Start the command; its environment is that of the test without colour settings, and what is given. */
export function start(
  args: readonly string[],
  { input, env = {}, cwd = '.', command = COMMAND }: Circumstances = {},
): Started {
  const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = process.env;
  const child = spawn(process.execPath, [resolve(command), ...args], { cwd, env: { ...rest, ...env } });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...texts }));
  });
  return { child, ended };
}

/** Run the command to its end. */
export const run = (args: readonly string[], circumstances?: Circumstances): Promise<Ended> =>
  start(args, circumstances).ended;
