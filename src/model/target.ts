// A server as the operator names it, and one address of it as it is audited.
import { isIP } from 'node:net';

export const SERVICES = { smtp: 25, submission: 587, smtps: 465 } as const;

/** How a session is secured from its start: `starttls` and `none` connect in the clear, `tls` is implicit TLS (RFC 8314). */
export type Security = 'none' | 'starttls' | 'tls';

export interface Target {
  /** Host name or address as given, without brackets. */
  readonly host: string;
  readonly port: number;
  /** `starttls`: the audit asks for STARTTLS first (submission://); `none`: both sides of STARTTLS are looked at. */
  readonly security: Security;
}

/** One resolved address of a target; `address` is v4 or v6 text, with a zone where link-local. */
export interface TargetAddress extends Target {
  readonly address: string;
}

/** Say whether a port is a submission service (RFC 6409 port 587, RFC 8314 port 465). */
export const isSubmission = (target: Target): boolean =>
  target.port === SERVICES.submission || target.port === SERVICES.smtps || target.security !== 'none';

/** Write `host:port`, with brackets around a v6 address. */
export const showEndpoint = (host: string, port: number): string =>
  isIP(host.replace(/%.*$/, '')) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
