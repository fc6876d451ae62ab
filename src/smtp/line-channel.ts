// The parts of smtp-client's base class that the wire builds on, and the check that they are there. The package's own types
// leave them out, and another version may not have them. Imports nothing of it: wire.ts alone does.
import type { Duplex } from 'node:stream';
import type { ClientCertificate } from './tls.js';

export interface SocketConfig {
  readonly secure?: boolean;
  readonly socket?: Duplex;
  readonly client?: ClientCertificate;
}

/** A socket's life cycle and the upgrade to TLS, as smtp-channel has them; what begins with `_on` it calls itself. */
interface LineChannel {
  _socket: Duplex | null;
  _connectAsPromised(options: { handler: null }): Promise<unknown>;
  negotiateTLS(config: SocketConfig): Promise<unknown>;
  _createSocket(config: SocketConfig, onConnect: () => void): Duplex;
  _resolveCommand(command: { resolve: (code: string) => void }): void;
  _onReceive(chunk: Buffer): void;
  _onConnect(): void;
  _onTimeout(): void;
  _onEnd(): void;
  _onClose(): void;
  _onError(error: Error): void;
}
type LineChannelClass = new (config: object) => LineChannel;

const METHODS = {
  _connectAsPromised: true,
  negotiateTLS: true,
  _createSocket: true,
  _resolveCommand: true,
  _onReceive: true,
  _onConnect: true,
  _onTimeout: true,
  _onEnd: true,
  _onClose: true,
  _onError: true,
} as const satisfies Record<Exclude<keyof LineChannel, '_socket'>, true>;

/** Give a class as the line channel that it is. @throws Error where it lacks a method that the wire builds on. */
export function lineChannelOf(base: unknown): LineChannelClass {
  if (!isLineChannelClass(base)) throw new Error('smtp-client: not the version that relayproof is built on');
  return base;
}

const isLineChannelClass = (base: unknown): base is LineChannelClass =>
  typeof base === 'function' && Object.keys(METHODS).every((name) => typeof base.prototype?.[name] === 'function');
