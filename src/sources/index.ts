// The list of routes: how a socket to the target is opened from each kind of source. One line per route.
// A route that cannot be had throws a FaultError; none ever falls back to another.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Gateway, Route, Source } from '../model/source.js';
import type { TargetAddress } from '../model/target.js';
import { FaultError, fault } from '../smtp/faults.js';
import { openTcp } from '../smtp/tcp.js';
import { openHttpConnect } from './http-connect.js';
import { openSocks5 } from './socks5.js';

export interface OpenOptions {
  readonly timeoutMs: number;
  /** Of the user that a socks5:// or http:// source names; null or absent: none. SAFETY: held in memory only. */
  readonly proxyPassword?: string | null;
}

export type Opener = (signal: AbortSignal) => Promise<Duplex>;

type OpenRoute = (source: Source, target: TargetAddress, options: OpenOptions, signal: AbortSignal) => Promise<Duplex>;

const direct =
  (localAddress: string | null): OpenRoute =>
  (_, target, { timeoutMs }, signal): Promise<Socket> =>
    openTcp({ address: target.address, port: target.port, localAddress, timeoutMs }, signal);

const ROUTES = {
  bind: (source, ...rest) => direct(source.address)(source, ...rest),
  // What these claim is said in the session: with XCLIENT, and in the header before it (src/execute/session.ts).
  xclient: direct(null),
  proxy: direct(null),
  socks5: async (source, target, { timeoutMs, proxyPassword = null }, signal) =>
    openSocks5(gatewayOf(source), proxyPassword, target, timeoutMs, signal),
  http: async (source, target, { timeoutMs, proxyPassword = null }, signal) =>
    openHttpConnect(gatewayOf(source), proxyPassword, target, timeoutMs, signal),
  ssh: async (source, target, { timeoutMs }, signal) => {
    const { openSsh } = await import('./ssh.js');
    return openSsh(gatewayOf(source), target, timeoutMs, signal);
  },
  worker: async () => {
    throw new FaultError(fault('unreachable', 'connect', 'this version has no worker sources'));
  },
} as const satisfies Record<Route, OpenRoute>;

/** Give the opener of a source's sockets to a target. */
export function openFrom(source: Source, target: TargetAddress, options: OpenOptions): Opener {
  const open: OpenRoute = ROUTES[source.route];
  return (signal) => open(source, target, options, signal);
}

/** Say whether the socket's own local address is the one that connects to the server. */
export const isDirect = ({ route }: Source): boolean => route === 'bind' || route === 'xclient' || route === 'proxy';

function gatewayOf({ gateway, spec }: Source): Gateway {
  if (gateway === undefined) throw new FaultError(fault('unreachable', 'proxy', `${spec} names no proxy`));
  return gateway;
}
