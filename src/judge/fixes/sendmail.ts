// Fixes for Sendmail (cf/README, "Anti-spam configuration control" and "SMTP authentication"). Data.
import type { Networks, ProductFixes, Step } from './fix.js';
import { byOctets, parts } from './networks.js';

const README = ['Sendmail cf/README, "Anti-spam configuration control"'];
const REBUILD =
  'm4 /etc/mail/sendmail.mc > /etc/mail/sendmail.cf && kill -HUP "$(head -n 1 /var/run/sendmail/mta/sendmail.pid)"';

/** Keys of the access map for networks; a mask that would be too many keys is left for relay-domains. */
const keys = (networks: Networks): readonly string[] =>
  networks.flatMap((network) =>
    (byOctets(network) ?? []).map((key) => `Connect:${parts(network).address.includes(':') ? `IPv6:${key}` : key}`),
  );

const LIST: Step = {
  text: 'Name the approved hosts in the access map, and no others: a key of fewer than four numbers is a prefix, and stands for all that begins with it',
  file: '/etc/mail/access',
  before: 'Connect:... RELAY',
  after: '{hosts}',
  run: `sed -i -E '/^(Connect:[^[:space:]]*|[0-9.]+|IPv6:[^[:space:]]*)[[:space:]]+RELAY/Id' /etc/mail/access && printf '%s RELAY\\n' {keys} >> /etc/mail/access && makemap hash /etc/mail/access < /etc/mail/access`,
};

/** A feature of the .mc file that opens relaying. */
const feature = (text: string, name: string, last = true): Step => ({
  text,
  file: '/etc/mail/sendmail.mc',
  before: `FEATURE(\`${name}'...`,
  ...(last ? { run: REBUILD } : {}),
});

export const SENDMAIL: ProductFixes = {
  product: 'Sendmail',
  hosts: (networks) =>
    keys(networks)
      .map((key) => `${key} RELAY`)
      .join(' and '),
  values: ({ networks }) => ({
    keys: keys(networks)
      .map((key) => `'${key}'`)
      .join(' '),
  }),
  fixes: {
    range: { steps: [LIST], follows: README, provenBy: ['sendmail-access-prefix'] },
    everyone: {
      steps: [feature('Take promiscuous_relay out, and rebuild', 'promiscuous_relay'), LIST],
      follows: README,
      provenBy: ['sendmail-promiscuous-relay'],
    },
    sender: {
      steps: [feature('A reverse-path can be forged: take relay_local_from out, and rebuild', 'relay_local_from')],
      follows: README,
      provenBy: ['sendmail-relay-local-from', 'sendmail-unqualified-senders'],
    },
    partner: {
      steps: [feature('A reverse-path can be forged: take relay_mail_from out, and rebuild', 'relay_mail_from')],
      follows: README,
      provenBy: ['sendmail-relay-mail-from'],
    },
    name: {
      steps: [
        { ...LIST, text: 'A reverse DNS name belongs to whoever has the address: name addresses in the access map' },
        feature('Trust no domain for the names of its hosts', 'relay_entire_domain'),
      ],
      follows: README,
    },
    percent: {
      steps: [feature('Take loose_relay_check out, and rebuild', 'loose_relay_check')],
      follows: README,
    },
    'source-route': {
      steps: [feature('Take loose_relay_check out, and rebuild', 'loose_relay_check')],
      follows: README,
    },
    'approved-host-refused': { steps: [LIST], follows: README },
    'authenticated-relay-refused': {
      steps: [
        {
          text: 'Give the mechanisms the right to relay, and rebuild',
          file: '/etc/mail/sendmail.mc',
          before: "TRUST_AUTH_MECH(`...')dnl",
          after: "TRUST_AUTH_MECH(`CRAM-MD5 PLAIN LOGIN')dnl",
          run: REBUILD,
        },
      ],
      follows: ['Sendmail cf/README, "SMTP authentication"'],
      provenBy: ['sendmail-untrusted-mechanisms'],
    },
    'authenticated-relay-accepted': {
      steps: [
        {
          text: 'Take from the mechanisms the right to relay, and rebuild',
          file: '/etc/mail/sendmail.mc',
          before: "TRUST_AUTH_MECH(`...')dnl",
          run: REBUILD,
        },
      ],
      follows: ['Sendmail cf/README, "SMTP authentication"'],
    },
    'cleartext-authentication': {
      steps: [
        {
          text: 'Offer PLAIN and LOGIN under TLS alone, and rebuild',
          file: '/etc/mail/sendmail.mc',
          before: "define(`confAUTH_OPTIONS', `...')dnl",
          after: "define(`confAUTH_OPTIONS', `A p y')dnl",
          run: REBUILD,
        },
      ],
      follows: ['Sendmail cf/README, "SMTP authentication"'],
    },
    'addresses-shown': {
      steps: [
        {
          text: 'Switch VRFY and EXPN off, and rebuild',
          file: '/etc/mail/sendmail.mc',
          before: "define(`confPRIVACY_FLAGS', `...')dnl",
          after: "define(`confPRIVACY_FLAGS', `authwarnings,novrfy,noexpn,noetrn')dnl",
          run: REBUILD,
        },
      ],
      follows: ['Sendmail cf/README, "Tweaking configuration options"'],
    },
  },
};
