// Through a SOCKS5 proxy (RFC 1928), with a user name and password where they are given (RFC 1929). The name of the target is
// handed on, so that the proxy resolves it. What the proxy refuses is told in its own words, without the credentials.

import type { Duplex } from 'node:stream';
import type { Gateway } from '../model/source.js';
import type { TargetAddress } from '../model/target.js';
import { destinationOf, throughGateway } from './gateway.js';

/** Open a tunnel to a target through a SOCKS5 proxy. Throws FaultError alone. */
export function openSocks5(
  gateway: Gateway,
  password: string | null,
  target: TargetAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  return throughGateway(gateway, timeoutMs, signal, async (existing_socket) => {
    const { SocksClient } = await import('socks');
    try {
      const { socket } = await SocksClient.createConnection({
        command: 'connect',
        existing_socket,
        timeout: timeoutMs,
        destination: destinationOf(target),
        proxy: {
          host: gateway.host,
          port: gateway.port ?? 0,
          type: 5,
          ...(gateway.user === null ? {} : { userId: gateway.user, password: password ?? '' }),
        },
      });
      return socket;
    } catch (error) {
      // SAFETY: the package's error carries its options, the password among them: only its words go on.
      throw new Error(wordsOf(error));
    }
  });
}

/** Replies of RFC 1928 section 6, by the package's names for them. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/NotAllowed/, 'connection not allowed by its ruleset'],
  [/NetworkUnreachable/, 'network unreachable'],
  [/HostUnreachable/, 'host unreachable'],
  [/ConnectionRefused/, 'connection refused by the target'],
  [/TTLExpired/, 'no answer from the target'],
  [/CommandNotSupported/, 'the proxy has no CONNECT'],
  [/AddressNotSupported/, 'the proxy does not take this kind of address'],
  [/Authentication failed/i, 'user name or password refused'],
  [/accepted authentication type/i, 'the proxy wants another kind of authentication'],
];

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'failed';
  return `SOCKS: ${WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? text}`;
}
