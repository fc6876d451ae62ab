// A TCP connection from a chosen local address (RFC 5321 section 4.5.4.2 leaves the choice to us). Opens the socket and
// proves that it comes from where it was asked to; never falls back to another address, never resolves a name.
import { connect, isIP, type Socket } from 'node:net';
import { canonicalAddress } from '../model/addresses.js';
import { describeError, FaultError, fault } from './faults.js';

export interface TcpOptions {
  /** v4 or v6 text, with a zone where link-local; never a name. */
  readonly address: string;
  readonly port: number;
  /** Local address to bind; null or absent: the system picks. */
  readonly localAddress?: string | null;
  readonly family?: 4 | 6 | 0;
  readonly timeoutMs: number;
}

/**
 * Open a connected socket; the caller owns it and must listen for its `error`.
 * Throws FaultError alone: `timeout` after `timeoutMs`, `disconnected` when cut or cancelled, else `unreachable`.
 */
export function openTcp(options: TcpOptions, signal?: AbortSignal): Promise<Socket> {
  const { address, port, timeoutMs } = options;
  const asked = options.localAddress ?? null;
  return new Promise((resolve, reject) => {
    const refuse = (kind: 'unreachable' | 'timeout' | 'disconnected', detail: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket?.destroy();
      reject(new FaultError(fault(kind, 'connect', detail)));
    };
    const onAbort = (): void => refuse('disconnected', 'cancelled while connecting');
    let socket: Socket | null = null;
    const timer = setTimeout(() => refuse('timeout', `no connection within ${timeoutMs} ms`), timeoutMs);
    if (signal?.aborted) return onAbort();
    // SAFETY: a name here would be resolved by the machine and might be another server.
    if (isIP(address) === 0) return refuse('unreachable', `not an address: ${address}`);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      socket = connect({
        host: address,
        port,
        ...(options.family ? { family: options.family } : {}),
        ...(asked === null ? {} : { localAddress: asked }),
      });
    } catch (error) {
      return refuse('unreachable', describeError(error));
    }
    const opened = socket;
    opened.on('error', (error: Error & { code?: unknown }) =>
      // A reset says that the connection was there, and was cut before we noticed.
      refuse(error.code === 'ECONNRESET' ? 'disconnected' : 'unreachable', describeError(error)),
    );
    opened.once('connect', () => {
      const got = opened.localAddress ?? '';
      // Binding 0.0.0.0, a broadcast or a multicast address succeeds, and the connection comes from elsewhere.
      if (asked !== null && asked !== got && canonicalAddress(asked) !== canonicalAddress(got)) {
        return refuse('unreachable', `bound ${asked}, but the connection comes from ${got}`);
      }
      // A free port of this machine may be picked as our own end: then we would talk to ourselves.
      if (opened.localPort === opened.remotePort && got === opened.remoteAddress) {
        return refuse('unreachable', describeError(Object.assign(new Error(), { code: 'ECONNREFUSED' })));
      }
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      opened.setNoDelay(true);
      resolve(opened);
    });
  });
}
