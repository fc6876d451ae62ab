// What EHLO announces (RFC 5321 section 4.1.1.1), and which parameters of MAIL and RCPT come with what was announced.
import { DEFAULT_OFFER, type Extension, type ServerConfig } from './config.js';
import { isInNetworks } from './network.js';
import type { Session } from './state.js';

const MAX_SIZE = 10_485_760;

/** Parameter to the extension that it needs (RFC 1870, 6152, 6531, 3461, 4954). */
const PARAMETERS: Readonly<Record<'mail' | 'rcpt', Readonly<Record<string, Extension>>>> = {
  mail: { SIZE: 'SIZE', BODY: '8BITMIME', SMTPUTF8: 'SMTPUTF8', RET: 'DSN', ENVID: 'DSN', AUTH: 'AUTH' },
  rcpt: { NOTIFY: 'DSN', ORCPT: 'DSN' },
};

/** Say whether an extension is announced at all. */
export function isOffered(extension: Extension, config: ServerConfig): boolean {
  if (extension === 'AUTH') return config.auth !== undefined;
  return ((config.extensions?.offer ?? DEFAULT_OFFER) as readonly Extension[]).includes(extension);
}

/** The largest message, in bytes. */
export const maxSizeOf = (config: ServerConfig): number => config.extensions?.maxSize ?? MAX_SIZE;

/** List what EHLO announces to this session, without codes. */
export function announce(config: ServerConfig, { record }: Session): string[] {
  const { auth, security, xclient } = config;
  const lines: string[] = ((config.extensions?.offer ?? DEFAULT_OFFER) as readonly Extension[]).map((extension) =>
    extension === 'SIZE'
      ? `SIZE ${maxSizeOf(config)}`
      : extension === 'XFORWARD'
        ? 'XFORWARD NAME ADDR PROTO HELO'
        : extension,
  );
  if (security?.tls === 'starttls' && !record.isSecured) lines.push('STARTTLS');
  const offer = auth?.offer ?? 'always';
  if (auth && (offer === 'always' || (offer === 'tls' && record.isSecured))) {
    const names = auth.mechanisms.filter((name) => record.isSecured || !auth.tlsOnly?.includes(name)).join(' ');
    if (names !== '') lines.push(`AUTH ${names}`, ...(auth.legacyLine ? [`AUTH=${names}`] : []));
  }
  if (xclient && xclient.announce !== false && isInNetworks(record.peer, xclient.from)) {
    lines.push('XCLIENT NAME ADDR PORT PROTO HELO LOGIN');
  }
  return lines;
}

/** Find the first parameter that nothing announced allows; null where all are known. */
export function findUnknownParameter(
  command: 'mail' | 'rcpt',
  parameters: readonly string[],
  config: ServerConfig,
): string | null {
  const isKnown = (parameter: string): boolean => {
    const extension = PARAMETERS[command][parameter.replace(/=.*$/s, '').toUpperCase()];
    return extension !== undefined && isOffered(extension, config);
  };
  return parameters.find((parameter) => !isKnown(parameter)) ?? null;
}
