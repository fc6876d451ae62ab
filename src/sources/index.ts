// The list of routes: how a socket to the target is opened from each kind of source. One line per route.
// A route that cannot be had throws a FaultError; none ever falls back to another.
import type { Duplex } from 'node:stream';
import type { Route, Source } from '../model/source.js';
import type { TargetAddress } from '../model/target.js';
import { FaultError, fault } from '../smtp/faults.js';
import { openTcp } from '../smtp/tcp.js';

export interface OpenOptions {
  readonly timeoutMs: number;
}

export type Opener = (signal: AbortSignal) => Promise<Duplex>;

type OpenRoute = (source: Source, target: TargetAddress, options: OpenOptions) => Opener;

const bound: OpenRoute =
  (source, target, { timeoutMs }) =>
  (signal) =>
    openTcp({ address: target.address, port: target.port, localAddress: source.address, timeoutMs }, signal);

const notHad: OpenRoute = (source) => async () => {
  throw new FaultError(fault('unreachable', 'connect', `this version has no ${source.route} sources`));
};

const ROUTES = {
  bind: bound,
  xclient: notHad,
  proxy: notHad,
  socks5: notHad,
  http: notHad,
  ssh: notHad,
  worker: notHad,
} as const satisfies Record<Route, OpenRoute>;

/** Give the opener of a source's sockets to a target. */
export const openFrom = (source: Source, target: TargetAddress, options: OpenOptions): Opener =>
  ROUTES[source.route](source, target, options);
