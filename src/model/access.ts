// Access: by which right a client asks. A cell of the matrix is a source and an access.

/** SASL mechanisms the policy speaks of, strongest first (RFC 2195, RFC 4616, draft-murchison-sasl-login). */
export const MECHANISMS = ['CRAM-MD5', 'PLAIN', 'LOGIN'] as const;
export type Mechanism = (typeof MECHANISMS)[number];

export const CREDENTIALS = ['none', 'valid', 'wrong', 'empty', 'unknown-account'] as const;
export type Credentials = (typeof CREDENTIALS)[number];

/** Columns of the matrix. */
export const ACCESSES = [
  'anonymous',
  'CRAM-MD5',
  'PLAIN',
  'LOGIN',
  'wrong-password',
  'empty-password',
  'unknown-account',
  'inbound',
] as const;
export type Access = (typeof ACCESSES)[number];

/** What the session is secured with when the envelope is sent. */
export type Secured = 'none' | 'tls';
