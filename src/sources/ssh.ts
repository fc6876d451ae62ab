// Through a host that the system's OpenSSH reaches, by `ssh -W` (ssh(1)): its own configuration, agent, keys and known hosts.
// Batch mode, so that it never asks. What it prints when it fails is the fault's detail; no secret passes through here.
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { Gateway } from '../model/source.js';
import { showEndpoint, type TargetAddress } from '../model/target.js';
import { FaultError, fault } from '../smtp/faults.js';
import { line } from '../smtp/line.js';
import { destinationOf } from './gateway.js';

/** Errors are at the end; a banner before them may be of any length. */
const MOST_PRINTED = 8_192;

/**
 * Give the arguments of ssh for a tunnel to a target; what names the host comes after `--`.
 * @throws LineError for text that is no single line
 */
export function sshArguments(gateway: Gateway, target: TargetAddress, timeoutMs: number): string[] {
  const { host, port } = destinationOf(target);
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1_000));
  return [
    ...['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${seconds}`, '-o', 'LogLevel=ERROR'],
    ...(gateway.port === null ? [] : ['-p', String(gateway.port)]),
    ...(gateway.user === null ? [] : ['-l', line(gateway.user).wire]),
    ...['-W', line(showEndpoint(host, port)).wire, '--', line(gateway.host).wire],
  ];
}

/**
 * Open a tunnel to a target with ssh. It comes back at once: ssh does not tell when the far end is connected.
 * Should ssh fail before the target said anything, the stream is destroyed with a FaultError that says why.
 */
export function openSsh(
  gateway: Gateway,
  target: TargetAddress,
  timeoutMs: number,
  signal: AbortSignal,
  program = 'ssh',
): Duplex {
  const child = spawn(program, sshArguments(gateway, target, timeoutMs), {
    stdio: 'pipe',
    signal,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  let hasSpoken = false;
  const failed = (detail: string): FaultError => new FaultError(fault('unreachable', 'proxy', `ssh: ${detail}`));
  const tunnel = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill('SIGKILL');
      done(error);
    },
  });
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-MOST_PRINTED);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    hasSpoken = true;
    if (!tunnel.push(chunk)) child.stdout.pause();
  });
  child.once('error', (error: NodeJS.ErrnoException) =>
    tunnel.destroy(failed(error.code === 'ENOENT' ? 'there is no ssh program on this machine' : error.message)),
  );
  // Closed, not exited: then everything that it printed is here.
  child.once('close', (code) => {
    if (hasSpoken || code === 0) tunnel.push(null);
    else tunnel.destroy(failed(lastLines(printed) ?? `ended with status ${code ?? 'unknown'}`));
  });
  return tunnel;
}

/** The last two lines that say something; ssh names the cause first and what came of it after. */
function lastLines(text: string): string | null {
  const lines = text.split(/\r?\n/).filter((one) => one.trim() !== '');
  return lines.length === 0 ? null : lines.slice(-2).join('; ');
}
