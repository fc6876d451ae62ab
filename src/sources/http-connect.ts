// Through an HTTP proxy by CONNECT (RFC 9110 section 9.3.6), with Basic credentials where they are given (RFC 7617).
// The status line of a refusal is the fault's detail; the body is not read, and the credentials are never shown.
import type { Duplex } from 'node:stream';
import type { Gateway } from '../model/source.js';
import { showEndpoint, type TargetAddress } from '../model/target.js';
import { line } from '../smtp/line.js';
import { destinationOf, throughGateway } from './gateway.js';

/** Open a tunnel to a target through an HTTP proxy. Throws FaultError alone. */
export async function openHttpConnect(
  gateway: Gateway,
  password: string | null,
  target: TargetAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const { request } = await import('node:http');
  const { host, port } = destinationOf(target);
  const path = line(showEndpoint(host, port)).wire;
  return throughGateway(
    gateway,
    timeoutMs,
    signal,
    (socket) =>
      new Promise((resolve, reject) => {
        const asked = request({
          method: 'CONNECT',
          path,
          headers: { Host: path, ...credentialsOf(gateway, password) },
          createConnection: () => socket,
        });
        asked.once('connect', ({ statusCode = 0, statusMessage = '' }, tunnel: Duplex, head: Buffer) => {
          if (statusCode < 200 || statusCode > 299)
            return reject(new Error(`HTTP ${statusCode} ${statusMessage}`.trim()));
          // A server that greets at once may be in the same segment as the proxy's answer.
          if (head.length > 0) tunnel.unshift(head);
          resolve(tunnel);
        });
        asked.once('response', ({ statusCode }) => reject(new Error(`HTTP ${statusCode} and no tunnel`)));
        asked.once('error', reject);
        asked.end();
      }),
  );
}

function credentialsOf({ user }: Gateway, password: string | null): { 'Proxy-Authorization'?: string } {
  if (user === null) return {};
  return { 'Proxy-Authorization': `Basic ${Buffer.from(`${user}:${password ?? ''}`, 'utf8').toString('base64')}` };
}
