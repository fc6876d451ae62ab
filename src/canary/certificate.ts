// A certificate for receivers that were given none: made at start, so that no secret stands in the package and none expires.
// Whoever brings mail does not verify it (RFC 7435); what needs trust is given a certificate by the operator.

const DAY_MS = 86_400_000;

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** Make a certificate for a name, valid from yesterday for a year. */
export async function makeCertificate(name: string, now: Date = new Date()): Promise<Certificate> {
  const { generate } = await import('./self-signed.js');
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: new Date(now.getTime() + 365 * DAY_MS),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [{ type: 2, value: name }, ...['127.0.0.1', '::1'].map((ip) => ({ type: 7 as const, ip }))],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
