// What EHLO announces (RFC 5321 section 4.1.1.1), and which parameters of MAIL and RCPT come with what was announced.
import { DEFAULT_OFFER, type Extension, type ServerConfig } from './config.js';
import { isInNetworks } from './network.js';
import type { Session } from './state.js';

const MAX_SIZE = 10_485_760;

interface Parameter {
  readonly extension: Extension;
  /** With its name and `=`, where it has a value. */
  readonly syntax: RegExp;
}

/** Parameters, with the extension that each needs (RFC 1870, 6152, 6531, 3461, 4954). */
const PARAMETERS: Readonly<Record<'mail' | 'rcpt', Readonly<Record<string, Parameter>>>> = {
  mail: {
    SIZE: { extension: 'SIZE', syntax: /^size=\d{1,20}$/i },
    BODY: { extension: '8BITMIME', syntax: /^body=(?:7bit|8bitmime)$/i },
    SMTPUTF8: { extension: 'SMTPUTF8', syntax: /^smtputf8$/i },
    RET: { extension: 'DSN', syntax: /^ret=(?:full|hdrs)$/i },
    ENVID: { extension: 'DSN', syntax: /^envid=\S{1,100}$/i },
    AUTH: { extension: 'AUTH', syntax: /^auth=\S+$/i },
  },
  rcpt: {
    NOTIFY: {
      extension: 'DSN',
      syntax: /^notify=(?:never|(?:success|failure|delay)(?:,(?:success|failure|delay))*)$/i,
    },
    ORCPT: { extension: 'DSN', syntax: /^orcpt=[\w-]+;\S+$/i },
  },
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

/** Find the first parameter that nothing announced allows, or whose value is none; null where all are right. */
export function findBadParameter(
  command: 'mail' | 'rcpt',
  parameters: readonly string[],
  config: ServerConfig,
): { readonly situation: 'unknown-parameter' | 'syntax'; readonly parameter: string } | null {
  for (const parameter of parameters) {
    const name = parameter.replace(/=.*$/s, '').toUpperCase();
    const known = Object.hasOwn(PARAMETERS[command], name) ? PARAMETERS[command][name] : undefined;
    if (!known || !isOffered(known.extension, config)) return { situation: 'unknown-parameter', parameter };
    if (!known.syntax.test(parameter)) return { situation: 'syntax', parameter };
  }
  return null;
}
