// The way to a proxy: a connected socket to it, and its dialogue under one time limit. Trouble with the proxy is a fault at
// stage `proxy`, never one of the server behind it. SAFETY: no detail holds what we sent, which may be a password.
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Gateway } from '../model/source.js';
import { showEndpoint, type TargetAddress } from '../model/target.js';
import { describeError, FaultError, fault } from '../smtp/faults.js';

/** What the proxy is asked to connect to: the name where the target has one, so that the proxy resolves it itself. */
export const destinationOf = ({ host, address, port }: TargetAddress): { host: string; port: number } => ({
  host: isIP(host) === 0 ? host : address.replace(/%.*$/, ''),
  port,
});

/** Make the error of a proxy that cannot be had or says no. */
const refusal = (gateway: Gateway, detail: string, kind: 'unreachable' | 'timeout' = 'unreachable'): FaultError =>
  new FaultError(fault(kind, 'proxy', `${nameOf(gateway)}: ${detail}`));

const nameOf = ({ host, port }: Gateway): string => (port === null ? host : showEndpoint(host, port));

/**
 * Connect to a proxy and hold the dialogue that makes a tunnel of the connection; the caller owns what comes back.
 * Throws FaultError alone; the connection is destroyed then.
 */
export async function throughGateway(
  gateway: Gateway,
  timeoutMs: number,
  signal: AbortSignal,
  dialogue: (socket: Socket) => Promise<Duplex>,
): Promise<Duplex> {
  const { host, port } = gateway;
  const socket = connect({ host, port: port ?? 0 });
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(refusal(gateway, `no tunnel within ${timeoutMs} ms`, 'timeout')), timeoutMs);
    const onAbort = (): void => reject(new FaultError(fault('disconnected', 'proxy', 'cancelled while connecting')));
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    socket.on('error', (error) => reject(refusal(gateway, describeError(error))));
    socket.once('close', () => reject(refusal(gateway, 'the proxy closed the connection')));
    if (signal.aborted) onAbort();
  });
  try {
    const connected = new Promise<void>((resolve) => socket.once('connect', resolve));
    return await Promise.race([stopped, connected.then(() => dialogue(socket.setNoDelay(true)))]);
  } catch (error) {
    socket.destroy();
    throw error instanceof FaultError ? error : refusal(gateway, describeError(error));
  } finally {
    stop();
    // The race is over: a later end of the connection is the channel's affair.
    stopped.catch(() => {});
  }
}
