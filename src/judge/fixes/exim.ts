// Fixes for Exim (the specification's chapters on access control lists, on the default configuration, on authenticators). Data.
import type { Fix, ProductFixes, Step } from './fix.js';

const FILE = "Exim's configuration";
const RELOAD = "pkill -HUP -o -x 'exim4?'";
const ACL = ['Exim specification, "Access control lists"', 'Exim specification, "The default configuration file"'];

const LIST: Step = {
  text: 'Name the approved hosts in relay_from_hosts, and no others (on Debian: dc_relay_nets in update-exim4.conf.conf, then update-exim4.conf)',
  file: FILE,
  before: 'hostlist relay_from_hosts = ...',
  after: 'hostlist relay_from_hosts = <; {hosts}',
  run: RELOAD,
};

/** A statement of the RCPT ACL that accepts too early. */
const without = (text: string, ...statements: readonly string[]): readonly Step[] =>
  statements.map((before, index) => ({
    text,
    file: FILE,
    before,
    ...(index === statements.length - 1 ? { run: RELOAD } : {}),
  }));

/** What Exim's default configuration refuses before all else: local parts that a router may read as another address. */
const CHARACTERS: Step = {
  text: 'Refuse local parts that a router might take apart, as the first statement of the RCPT ACL (its name stands in acl_smtp_rcpt)',
  file: FILE,
  below: 'acl_check_rcpt:',
  add: 'deny local_parts = ^.*[@%!|]',
  run: RELOAD,
};
const ROUTING = (...provenBy: readonly string[]): Fix => ({
  steps: [
    CHARACTERS,
    {
      text: 'Take the router out that reads the local part as an address, unless you know the need of it; exim -bt tells which one it is',
      run: "exim4 -bt 'user%example.net@{domain}' || true",
    },
  ],
  follows: ACL,
  ...(provenBy.length === 0 ? {} : { provenBy }),
});

const CHECKED = `server_condition = \${if crypteq{\${if def:auth3{$auth3}{$auth2}}}{\${extract{1}{:}{\${lookup{\${if def:auth3{$auth2}{$auth1}}}lsearch{/etc/exim4/passwd}{$value}{*:*}}}}}{yes}{no}}`;

const PASSWORDS = (provenBy: readonly string[], ...before: readonly string[]): Fix => ({
  steps: [
    {
      text: 'Write the accounts with hashed passwords (the command asks for the password), readable for Exim alone',
      file: '/etc/exim4/passwd',
      run: `(umask 027; printf '%s:%s\\n' '{user}' "$(openssl passwd -6 -stdin)" >> /etc/exim4/passwd; chgrp Debian-exim /etc/exim4/passwd)`,
    },
    ...before.map((line, index) => ({
      text: 'Compare the password with the one on file, in PLAIN and in LOGIN',
      file: FILE,
      before: line,
      after: CHECKED,
      ...(index === before.length - 1 ? { run: RELOAD } : {}),
    })),
  ],
  follows: ['Exim specification, "The plaintext authenticator"', 'Exim specification, "String expansions" (crypteq)'],
  ...(provenBy.length === 0 ? {} : { provenBy }),
});

export const EXIM: ProductFixes = {
  product: 'Exim',
  hosts: (networks) => networks.join(' ; '),
  fixes: {
    range: { steps: [LIST], follows: ACL, provenBy: ['exim-range-31'] },
    everyone: {
      steps: [
        LIST,
        {
          text: 'Let no statement of the RCPT ACL accept foreign recipients before the relay check, but for +relay_from_hosts and authenticated = *',
        },
      ],
      follows: ACL,
      provenBy: ['exim-open', 'exim-queue-run'],
    },
    'under-tls': {
      steps: without(
        'Encryption is no right to relay: take out the statement that takes it for one',
        'accept encrypted = ...',
      ),
      follows: ACL,
      provenBy: ['exim-relay-under-tls'],
    },
    sender: {
      steps: without(
        'A reverse-path can be forged: take out the statement that trusts it',
        'accept sender_domains = ...',
        'accept senders = ...',
      ),
      follows: ACL,
      provenBy: ['exim-sender-trust'],
    },
    'null-sender': {
      steps: without(
        'Bounces go to local recipients alone: take out the statement that lets them relay',
        'accept senders = :',
      ),
      follows: ACL,
      provenBy: ['exim-null-sender', 'exim-drop-hole'],
    },
    partner: {
      steps: without(
        'A reverse-path can be forged: take out the statement that trusts it',
        'accept senders = ...',
        'accept sender_domains = ...',
      ),
      follows: ACL,
    },
    greeting: {
      steps: without(
        'A greeting can say anything: take out the statement that trusts it',
        'accept condition = ...$sender_helo_name...',
      ),
      follows: ACL,
      provenBy: ['exim-helo-trust'],
    },
    'after-local': {
      steps: without(
        'Each recipient is judged by itself: take out the statement that looks at the ones before',
        'accept condition = ...$rcpt_count...',
      ),
      follows: ACL,
      provenBy: ['exim-after-local'],
    },
    name: {
      steps: [
        { ...LIST, text: 'A reverse DNS name belongs to whoever has the address: name addresses in relay_from_hosts' },
      ],
      follows: ['Exim specification, "Domain, host, address, and local part lists"'],
    },
    percent: ROUTING('exim-percent-hack'),
    bang: ROUTING('exim-bang-path'),
    quoted: ROUTING('exim-quoted-local-part'),
    'source-route': ROUTING(),
    recipient: ROUTING(),
    'wrong-password-accepted': PASSWORDS(['exim-any-password'], 'server_condition = yes'),
    'unknown-account-accepted': PASSWORDS(['exim-any-password'], 'server_condition = yes'),
    'empty-password-accepted': PASSWORDS(['exim-empty-password'], 'server_condition = ...'),
    'approved-host-refused': { steps: [LIST], follows: ACL, provenBy: ['exim-approved-missing'] },
    'approved-host-relays-anonymously': {
      steps: [{ ...LIST, text: 'Trust no address: leave the list empty', after: 'hostlist relay_from_hosts =' }],
      follows: ACL,
    },
    'authenticated-relay-refused': {
      steps: [
        {
          text: 'Accept authenticated clients before the relay check',
          file: FILE,
          below: 'acl_check_rcpt:',
          add: 'accept authenticated = *',
          run: RELOAD,
        },
      ],
      follows: ACL,
    },
    'cleartext-authentication': {
      steps: [
        {
          text: 'Announce AUTH under TLS alone, among the main options',
          file: FILE,
          before: 'auth_advertise_hosts = ...',
          after: `auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}`,
          run: RELOAD,
        },
      ],
      follows: ['Exim specification, "SMTP authentication"'],
    },
    'addresses-shown': {
      steps: without(
        'Give no ACL to VRFY and EXPN: without one they are refused',
        'acl_smtp_vrfy = ...',
        'acl_smtp_expn = ...',
      ),
      follows: ACL,
    },
    'queue-run-for-strangers': {
      steps: without('Give no ACL to ETRN: without one it is refused', 'acl_smtp_etrn = ...'),
      follows: ACL,
    },
  },
};
