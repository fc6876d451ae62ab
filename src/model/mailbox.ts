// Mailboxes and greeting names as operators write them (RFC 5321 section 4.1.2). Pure; asks no DNS.
// SAFETY: nothing that passes here holds CR, LF, NUL, brackets or spaces, so it cannot leave its place in an envelope.
import { isIP } from './addresses.js';
import { complain } from './errors.js';
import { parseDomain } from './host.js';

export interface Mailbox {
  readonly local: string;
  /** Lower-case A-labels, or an address literal with its brackets. */
  readonly domain: string;
}

const WANT = 'a mailbox as postmaster@mail.example.org';

/**
 * Read `local@domain`: a dot-string of at most 64 ASCII characters, a domain or an address literal.
 * `subject` names the option in errors. @throws UsageError, also for quoted local parts and display names.
 */
export function parseMailbox(text: string, subject: string): Mailbox {
  const fail = (problem: string, want = WANT) => complain({ subject, problem, got: text, want });
  const at = text.lastIndexOf('@');
  if (at < 0) throw fail('a mailbox without a domain');
  const local = text.slice(0, at);
  if (local === '') throw fail('a mailbox without a local part');
  if (/[^\x00-\x7f]/.test(local)) throw fail('a local part beyond ASCII', `${WANT}, in ASCII`);
  if (local.length > 64) throw fail('a local part of more than 64 characters', 'at most 64');
  if (!/^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local)) throw fail('not a mailbox');
  const domain = text.slice(at + 1);
  return { local, domain: domain.startsWith('[') ? parseLiteral(domain, subject) : parseDomain(domain, subject) };
}

/** Write a mailbox as `local@domain`. */
export const showMailbox = ({ local, domain }: Mailbox): string => `${local}@${domain}`;

/**
 * Read the canary: a mailbox whose local part is made of letters, digits and `._+=-` alone and whose domain has two labels or more.
 * Techniques write it into each other's syntax (`user%domain@local`), which other characters would change. @throws UsageError
 */
export function parseCanary(text: string, subject: string): Mailbox {
  const want = 'a mailbox that you own, as relaytest@canary.example.net';
  const mailbox = parseMailbox(text, subject);
  if (!/^[\w.+=-]+$/.test(mailbox.local)) {
    throw complain({ subject, problem: 'a local part with routing characters', got: text, want });
  }
  if (mailbox.domain.startsWith('[') || !mailbox.domain.includes('.')) {
    throw complain({ subject, problem: 'a mailbox without a full domain', got: text, want });
  }
  return mailbox;
}

/** Read a greeting name: a domain, or an address literal as `[192.0.2.7]` or `[IPv6:2001:db8::7]`. @throws UsageError */
export function parseGreetingName(text: string, subject: string): string {
  return text.startsWith('[') ? parseLiteral(text, subject) : parseDomain(text, subject);
}

/** Address literals of RFC 5321 section 4.1.3, without general ones. */
function parseLiteral(text: string, subject: string): string {
  const [, tag, address = ''] = /^\[(IPv6:)?([^[\]]*)\]$/i.exec(text) ?? [];
  if (isIP(address) === (tag === undefined ? 4 : 6) && !address.includes('%')) return text;
  throw complain({ subject, problem: 'not an address literal', got: text, want: '[192.0.2.7] or [IPv6:2001:db8::7]' });
}
