// A server as the operator names it, and one address of it as it is audited (services: RFC 5321, 6409, 8314).
// Pure: names are resolved elsewhere. SAFETY: a target holds no credentials, and no error shows any.
import { isIP } from './addresses.js';
import { complain } from './errors.js';
import { parseHost, parsePort, splitEndpoint } from './host.js';
import { didYouMean } from './nearest.js';

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

/**
 * One resolved address of a target; `address` is v4 or v6 text, with a zone where link-local; the name itself where only a
 * proxy resolves it.
 */
export interface TargetAddress extends Target {
  readonly address: string;
}

/** Say whether a port is a submission service (RFC 6409 port 587, RFC 8314 port 465). */
export const isSubmission = (target: Target): boolean =>
  target.port === SERVICES.submission || target.port === SERVICES.smtps || target.security !== 'none';

/** Write `host:port`, with brackets around a v6 address. */
export const showEndpoint = (host: string, port: number): string =>
  isIP(host.replace(/%.*$/, '')) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

const WANT = 'host, host:port, [v6]:port, smtp://host, submission://host or smtps://host';

const SECURITY = { smtp: 'none', submission: 'starttls', smtps: 'tls' } as const satisfies Record<
  keyof typeof SERVICES,
  Security
>;

const isService = (text: string): text is keyof typeof SERVICES => Object.hasOwn(SERVICES, text);

/**
 * Read a target: `host`, `host:port`, `[v6]:port`, a bare v6 address, or a URL of SERVICES with or without a port.
 * Without a URL port 25 is meant, and port 465 speaks implicit TLS (RFC 8314 section 3.3). @throws UsageError
 */
export function parseTarget(text: string): Target {
  const subject = 'target';
  const fail = (problem: string, want = WANT, hint?: string) => complain({ subject, problem, got: text, want, hint });
  // SAFETY: what stands before an @ may be a password.
  if (text.includes('@')) {
    const got = `…${text.slice(text.lastIndexOf('@'))}`;
    const hint = 'an account is given with --user and --password-file';
    throw complain({ subject, problem: 'a target holds no account', got, want: WANT, hint });
  }
  const [, scheme, rest = ''] = /^([^:/?#[\]]*):\/\/(.*)$/s.exec(text) ?? [];
  const service = scheme?.toLowerCase();
  if (service !== undefined && !isService(service)) {
    throw fail('an unknown scheme', WANT, didYouMean(service, Object.keys(SERVICES)));
  }
  // A URL may end in the slash of its empty path, and writes the % of a zone as %25 (RFC 6874).
  const authority = service === undefined ? text : rest.replace(/\/$/, '').replace('%25', '%');
  if (/[/?#]/.test(authority)) throw fail('a target has no path and no query');
  const { host, port } = splitEndpoint(authority);
  if (host === '') throw fail('a target without a host');
  if (host.includes(':') && isIP(host) !== 6) throw fail('neither an address nor host:port');
  if (text.includes('[') && isIP(host) !== 6) throw fail('no IPv6 address in the brackets');
  const number = port === null ? SERVICES[service ?? 'smtp'] : parsePort(port, subject);
  const security = service === undefined ? (number === SERVICES.smtps ? 'tls' : 'none') : SECURITY[service];
  return { host: parseHost(host, subject), port: number, security };
}
