// Where the queue is: a Redis, by URL. Pure; the packages that speak to it are not loaded for this.
// SAFETY: the password comes from --secret, never from a URL, and no error shows one.
import { isLoopback } from '../model/addresses.js';
import { complain } from '../model/errors.js';
import { parseHost, parsePort, splitEndpoint } from '../model/host.js';

export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly user: string | null;
  readonly tls: boolean;
}

/** How to reach the queue; `ca` are certificates to trust beside the system's, as PEM. */
export interface QueueConnection extends QueueAddress {
  readonly password: string | null;
  readonly ca?: string;
}

const WANT = 'redis://host, or rediss://user@host:port/number for TLS and a user';

/** Read where the queue is: `redis[s]://[user@]host[:port][/number]`. @throws UsageError */
export function parseQueue(text: string, subject = '--queue'): QueueAddress {
  const fail = (problem: string, got: string | null, hint?: string) =>
    complain({ subject, problem, got, want: WANT, ...(hint === undefined ? {} : { hint }) });
  // SAFETY: arguments end up in process lists and shell histories.
  if (/:\/\/[^@]*:.*@/s.test(text))
    throw fail('a password in a URL', null, 'give it with --secret queue=env:NAME or queue=file:path');
  const [, scheme = '', user, authority = '', number = '0'] =
    /^(rediss?):\/\/(?:([^@/\s]+)@)?([^@/?#\s]+)(?:\/(\d{1,4})?)?$/i.exec(text) ?? [];
  if (scheme === '')
    throw fail('not the address of a queue', text.includes('@') ? `…${text.slice(text.lastIndexOf('@'))}` : text);
  const { host, port } = splitEndpoint(authority);
  return {
    host: parseHost(host, subject),
    port: port === null ? 6379 : parsePort(port, subject),
    db: Number(number),
    user: user === undefined ? null : decoded(user, subject),
    tls: scheme.toLowerCase() === 'rediss',
  };
}

/** @throws UsageError */
function decoded(user: string, subject: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    throw complain({ subject, problem: 'a user name that cannot be read', got: null, want: WANT });
  }
}

/** Say what is worth a warning about the way to a queue; null where nothing is. */
export const warningOf = ({ tls, host, password }: QueueConnection): string | null =>
  tls || password === null || isLoopback(host) || host === 'localhost'
    ? null
    : 'redis:// sends the password of the queue in the clear: rediss:// does not';
