// Trouble of the network or the server as data: a Fault, never an exception past src/smtp and src/sources. The only error
// here carries a Fault from where a socket is opened to the channel that asked for it.
import type { Fault, FaultKind, Stage } from '../model/reply.js';
import { mask } from './mask.js';

/** A socket that could not be had; `fault` says why. Thrown by what opens sockets, caught by the channel. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`${fault.stage}: ${fault.detail}`);
    this.fault = fault;
  }
}

const MAX_DETAIL = 300;

/** Make a fault; the detail is masked and kept to one short line. */
export const fault = (kind: FaultKind, stage: Stage, detail: string): Fault => ({
  kind,
  stage,
  detail: mask(detail.replace(/\s*[\r\n]+\s*/g, ' ')).slice(0, MAX_DETAIL),
});

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the server',
  EPIPE: 'connection closed by the server',
  ETIMEDOUT: 'no answer from the address',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  EADDRNOTAVAIL: 'this machine does not have the address to bind',
  EADDRINUSE: 'no free local port on the address to bind',
  EACCES: 'not permitted by this machine',
  EPERM: 'not permitted by this machine',
  EINVAL: 'the address to bind does not fit the address to reach',
  EAFNOSUPPORT: 'this machine lacks the address family',
  EMFILE: 'too many open files on this machine',
};

/**
 * Say in one line what a thrown value means: the system's code in words, OpenSSL's reason without its source lines.
 * Takes anything that can be thrown; never throws.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, reason } = error as Error & { code?: unknown; reason?: unknown };
  if (typeof code !== 'string') return error.message || error.name;
  return `${WORDS[code] ?? (typeof reason === 'string' ? reason : error.message)} (${code})`;
}
