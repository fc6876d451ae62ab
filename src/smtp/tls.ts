// TLS as it is found (RFC 3207, RFC 8314): handshakes that never fail for a certificate, so that the facts can be told, and
// the facts themselves. Whether a session may carry valid credentials is decided by `isTrusted`, never by the handshake.
import { constants, createHash, type X509Certificate } from 'node:crypto';
import { type ConnectionOptions, checkServerIdentity, DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import { isIP } from '../model/addresses.js';
import type { CertificateFacts, TlsFacts } from '../model/evidence.js';
import { mask } from './mask.js';

export interface ClientCertificate {
  readonly key: string;
  readonly cert: string;
}

/** What a handshake needs beside the socket; names are for SNI and verification, addresses for verification alone. */
export function handshakeOptions(host: string, ca: string | undefined, client?: ClientCertificate): ConnectionOptions {
  const name = asciiHost(host);
  return {
    host: name,
    // RFC 6066 section 3: SNI holds no address.
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: false,
    // Old servers are to be seen and told, not to be lost.
    minVersion: 'TLSv1',
    ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0`,
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    checkServerIdentity: (wanted, certificate) => {
      // SAFETY: the certificate is the peer's text; what it breaks is a problem to tell, not an exception.
      try {
        return checkServerIdentity(wanted, certificate);
      } catch (error) {
        return error instanceof Error ? error : new Error('the certificate cannot be read');
      }
    },
    ...(ca === undefined ? {} : { ca }),
    ...(client === undefined ? {} : { key: client.key, cert: client.cert }),
  };
}

/** Read the facts of an established session; the certificate is null where the server showed none that can be read. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const cipher = socket.getCipher();
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: cipher.standardName || cipher.name,
    certificate: certificateFacts(socket),
  };
}

/** Whether the certificate verifies for the host, or is the pinned one (`sha256:` and hex, colons allowed, any case). */
export function isTrusted(facts: TlsFacts | null, pin: string | null): boolean {
  const certificate = facts?.certificate ?? null;
  if (certificate === null) return false;
  const hex = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^sha256:/, '')
      .replaceAll(':', '');
  return certificate.problem === null || (pin !== null && hex(pin) === hex(certificate.fingerprint));
}

function certificateFacts(socket: TLSSocket): CertificateFacts | null {
  try {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return null;
    return {
      subject: names(certificate.subject),
      issuer: names(certificate.issuer),
      altNames: altNames(certificate.subjectAltName ?? ''),
      validFrom: isoDate(certificate.validFrom),
      validTo: isoDate(certificate.validTo),
      fingerprint: `sha256:${createHash('sha256').update(certificate.raw).digest('hex')}`,
      problem: problemOf(socket, certificate),
    };
  } catch {
    // SAFETY: a certificate that OpenSSL took and cannot print; the session stays, untrusted.
    return null;
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a certificate that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its issuer is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not known here, or the chain is incomplete',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not valid yet',
  CERT_REVOKED: 'revoked',
  INVALID_PURPOSE: 'not made for servers',
  ERR_TLS_CERT_ALTNAME_INVALID: 'made out to another name',
  HOSTNAME_MISMATCH: 'made out to another name',
};

function problemOf(socket: TLSSocket, certificate: X509Certificate): string | null {
  if (socket.authorized) return null;
  // Typed as an Error, in fact the code as text; of an error without a code, its message.
  const code = String(socket.authorizationError ?? 'not verified');
  const expired = !(Date.parse(certificate.validTo) > Date.now()) && code !== 'CERT_HAS_EXPIRED' ? ', expired' : '';
  return text(`${PROBLEMS[code] ?? code.toLowerCase().replaceAll('_', ' ')}${expired}`);
}

const MAX_NAMES = 100;
const MAX_TEXT = 300;

const text = (value: string): string => mask(value).slice(0, MAX_TEXT);
const names = (distinguished: string): string => text(distinguished.trim().split('\n').join(', '));

/** `DNS:a.example, IP Address:192.0.2.7`; a name with a comma is quoted by Node as a JSON string. */
function altNames(listed: string): readonly string[] {
  const entries = listed.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return entries.slice(0, MAX_NAMES).map((one) => text(one.trim().replace(/^(?:DNS|IP Address):/, '')));
}

function isoDate(date: string): string {
  const time = Date.parse(date);
  return Number.isNaN(time) ? text(date) : new Date(time).toISOString();
}

function asciiHost(host: string): string {
  const bare = host.replace(/\.$/, '').replace(/%.*$/, '');
  if (isIP(bare) !== 0) return bare;
  try {
    return new URL(`http://${bare}`).hostname || bare;
  } catch {
    return bare;
  }
}
