// A client certificate that nobody has signed, made when a technique wants one and thrown away with the session (RFC 3207
// section 4.1). SAFETY: it names nobody and is never written anywhere.
import type { ClientCertificate } from '../smtp/tls.js';

const DAY_MS = 86_400_000;

/** Make a self-signed certificate with a fresh key, valid for a day on either side of now. */
export async function makeClientCertificate(): Promise<ClientCertificate> {
  const { generate } = await import('../canary/self-signed.js');
  const now = Date.now();
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'client.invalid' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + DAY_MS),
  });
  return { key, cert };
}
