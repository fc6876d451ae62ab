// Readers of the options about receivers of canaries: where to listen, which sink or mailbox to ask. Nothing is opened here.
import { parseMailboxUrl } from '../canary/mailbox.js';
import { complain } from '../model/errors.js';
import { parseHost, parsePort, splitEndpoint } from '../model/host.js';
import { line, type Reader } from './values.js';

export interface Listen {
  /** Null: all addresses of this machine. */
  readonly host: string | null;
  readonly port: number;
}

/** `[host]:port`; without a host all addresses, `[v6]:port` in brackets. */
export const listen: Reader<Listen> = (text, subject) => {
  const { host, port } = splitEndpoint(text);
  if (port === null) throw complain({ subject, problem: 'without a port', got: text, want: 'host:port or :port' });
  const isAll = host === '' || host === '0.0.0.0' || host === '::';
  return {
    host: host === '' ? null : isAll ? host : parseHost(host, subject),
    port: port === '0' ? 0 : parsePort(port, subject),
  };
};

/** A sink of this audit's own, or the address of one that runs elsewhere. */
export type SinkPlace = ({ readonly kind: 'here' } & Listen) | { readonly kind: 'elsewhere'; readonly url: string };

export const sinkPlace: Reader<SinkPlace> = (text, subject) =>
  /^https?:\/\//i.test(text)
    ? { kind: 'elsewhere', url: line(text, subject) }
    : { kind: 'here', ...listen(text, subject) };

export const mailboxUrl = parseMailboxUrl;
