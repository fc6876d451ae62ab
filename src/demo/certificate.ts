// Certificates made at start, so that nothing secret or expiring stands in the repository. Elliptic keys: made in milliseconds.
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ServerConfig } from './config.js';

export interface Identity {
  readonly context: SecureContext;
  /** PEM of the certificate; null where the server has none. */
  readonly certificate: string | null;
}

const DAY_MS = 86_400_000;

/** Make the certificate that a configuration asks for; null where it has no TLS. */
export async function makeIdentity({ security, hostname }: ServerConfig): Promise<Identity | null> {
  if (!security || security.tls === 'none') return null;
  // Without a certificate no cipher fits, and the handshake ends in an alert.
  if (security.failsHandshake) return { context: createSecureContext({}), certificate: null };
  const { generate } = await import('./self-signed.js');
  const name = security.certificateName ?? hostname;
  const now = Date.now();
  const isExpired = security.certificateExpired === true;
  const loopback = security.certificateName === undefined ? ['127.0.0.1', '::1'] : [];
  const pems = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - (isExpired ? 30 : 1) * DAY_MS),
    notAfterDate: new Date(now + (isExpired ? -1 : 365) * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [{ type: 2, value: name }, ...loopback.map((ip) => ({ type: 7 as const, ip }))],
      },
    ],
  });
  return { context: createSecureContext({ key: pems.private, cert: pems.cert }), certificate: pems.cert };
}
