// Fixes for Postfix (postconf(5), SMTPD_ACCESS_README, SASL_README, XCLIENT_README). Data.
import type { Facts, Fix, ProductFixes, Step } from './fix.js';
import { bracketed } from './networks.js';

const RELOAD = '&& postfix reload';

const LIST: Step = {
  text: 'Name the approved hosts in mynetworks, and no others',
  file: 'main.cf',
  before: 'mynetworks = ...',
  after: 'mynetworks = {hosts}',
  run: `postconf -e 'mynetworks = {hosts}' ${RELOAD}`,
};
const RESTRICTIONS: Step = {
  text: 'Let nothing stand before reject_unauth_destination that says OK: the list and the login alone (a map that is there to refuse belongs into smtpd_sender_restrictions or smtpd_helo_restrictions)',
  file: 'main.cf',
  before: 'smtpd_relay_restrictions = ...',
  after: 'smtpd_relay_restrictions = {permits}reject_unauth_destination',
  run: `postconf -e 'smtpd_relay_restrictions = {permits}reject_unauth_destination' ${RELOAD}`,
};
const OVERRIDES: Step = {
  text: 'A service of master.cf may have restrictions of its own, which stand above main.cf: take them out, and give the service only those that you know the need of',
  file: 'master.cf',
  before: '-o smtpd_relay_restrictions=...',
  run: `postconf -P | sed -n 's#^\\([^ ]*/inet/smtpd_relay_restrictions\\) =.*#\\1#p' | xargs -r -n 1 postconf -PX ${RELOAD}`,
};
const ACCESS = ['Postfix SMTPD_ACCESS_README', 'postconf(5) smtpd_relay_restrictions'];

/** One parameter of main.cf. */
const set = (text: string, name: string, value: string): Step => ({
  text,
  file: 'main.cf',
  before: `${name} = ...`,
  after: `${name} = ${value}`.trimEnd(),
  run: `postconf -e '${`${name} = ${value}`.trimEnd()}' ${RELOAD}`,
});

const restrictions = (...provenBy: readonly string[]): Fix => ({
  steps: [RESTRICTIONS],
  follows: ACCESS,
  ...(provenBy.length === 0 ? {} : { provenBy }),
});

/** Routing by the address itself: switched off, as it is by default. */
const ROUTING = (...provenBy: readonly string[]): Fix => ({
  steps: [
    set('Do not believe routing in recipient addresses', 'allow_untrusted_routing', 'no'),
    set('Take no user@domain apart at percent signs', 'allow_percent_hack', 'no'),
    set('Do not rewrite bang paths', 'swap_bangpath', 'no'),
    RESTRICTIONS,
  ],
  follows: ['postconf(5) allow_untrusted_routing', 'postconf(5) allow_percent_hack', 'postconf(5) swap_bangpath'],
  ...(provenBy.length === 0 ? {} : { provenBy }),
});

const PASSWORDS: Fix = {
  steps: [
    {
      text: 'See which service checks the passwords, and try a wrong password with that service alone; until it is mended, set smtpd_sasl_auth_enable = no',
      run: 'postconf smtpd_sasl_type smtpd_sasl_path',
    },
    {
      text: 'Where it is Dovecot: write the accounts with hashed passwords (the command asks for the password)',
      file: '/etc/dovecot/users',
      run: `printf '%s:{SHA512-CRYPT}%s\\n' '{user}' "$(openssl passwd -6 -stdin)" >> /etc/dovecot/users`,
    },
    {
      text: 'Let Dovecot compare with them, where its passdb takes any password (nopassword)',
      file: 'the file of Dovecot that has the passdb',
      run: `sed -i '/^passdb {/,/^}/ { s/driver = static/driver = passwd-file/; s#args = nopassword=y.*#args = username_format=%Ln /etc/dovecot/users# }' /etc/dovecot/dovecot.conf && doveadm reload ${RELOAD}`,
    },
  ],
  follows: ['Postfix SASL_README', 'Dovecot documentation, "Static password database"'],
  provenBy: ['postfix-dovecot-any-password'],
};

export const POSTFIX: ProductFixes = {
  product: 'Postfix',
  hosts: (networks) => networks.map(bracketed).join(' '),
  values: ({ permitsList, permitsLogin }: Facts) => ({
    permits: `${permitsList ? 'permit_mynetworks, ' : ''}${permitsLogin ? 'permit_sasl_authenticated, ' : ''}`,
  }),
  fixes: {
    range: {
      steps: [LIST],
      follows: ['postconf(5) mynetworks'],
      provenBy: ['postfix-range-31', 'postfix-range-25'],
    },
    everyone: {
      steps: [LIST, RESTRICTIONS, OVERRIDES],
      follows: [...ACCESS, 'postconf(5) mynetworks'],
      provenBy: ['postfix-open', 'postfix-mynetworks-everyone', 'postfix-submission-open'],
    },
    'under-tls': restrictions(),
    sender: restrictions('postfix-sender-access'),
    'null-sender': restrictions('postfix-null-sender'),
    partner: restrictions('postfix-partner-access'),
    greeting: restrictions('postfix-helo-access'),
    name: restrictions(),
    'after-local': restrictions(),
    percent: ROUTING('postfix-chain-percent'),
    bang: ROUTING('postfix-chain-percent'),
    'source-route': ROUTING(),
    quoted: ROUTING('postfix-chain-percent'),
    recipient: ROUTING(),
    xclient: {
      steps: [set('Take XCLIENT from nobody, or from named filters alone', 'smtpd_authorized_xclient_hosts', '')],
      follows: ['Postfix XCLIENT_README', 'postconf(5) smtpd_authorized_xclient_hosts'],
      provenBy: ['postfix-xclient-everyone'],
    },
    'client-forged-in-log': {
      steps: [set('Take XFORWARD from nobody, or from named filters alone', 'smtpd_authorized_xforward_hosts', '')],
      follows: ['Postfix XFORWARD_README'],
    },
    proxy: {
      steps: [
        {
          text: 'Let a listener that expects PROXY headers be reached by the load balancer alone: bind it to an inner address in master.cf and filter who connects, or take the expectation out',
          file: 'master.cf',
          before: '-o smtpd_upstream_proxy_protocol=haproxy',
          run: `postconf -P | sed -n 's#^\\([^ ]*/inet/smtpd_upstream_proxy_protocol\\) =.*#\\1#p' | xargs -r -n 1 postconf -PX ${RELOAD}`,
        },
      ],
      follows: ['postconf(5) smtpd_upstream_proxy_protocol'],
    },
    'approved-host-refused': {
      steps: [LIST, RESTRICTIONS],
      follows: ['postconf(5) mynetworks'],
      provenBy: ['postfix-approved-missing'],
    },
    'approved-host-relays-anonymously': {
      steps: [RESTRICTIONS],
      follows: ACCESS,
    },
    'authenticated-relay-refused': {
      steps: [RESTRICTIONS],
      follows: [...ACCESS, 'Postfix SASL_README'],
      provenBy: ['postfix-login-gives-nothing'],
    },
    'authenticated-relay-accepted': { steps: [RESTRICTIONS], follows: ACCESS },
    'wrong-password-accepted': PASSWORDS,
    'unknown-account-accepted': PASSWORDS,
    'empty-password-accepted': PASSWORDS,
    'accepted-not-relayed': restrictions(),
    'inbound-refused': {
      steps: [
        set('Ask no login for mail to your own domains', 'smtpd_recipient_restrictions', ''),
        set('Ask none of clients either', 'smtpd_client_restrictions', ''),
        RESTRICTIONS,
      ],
      follows: ACCESS,
    },
    'anonymous-mechanism': {
      steps: [set('Offer no login as nobody', 'smtpd_sasl_security_options', 'noanonymous')],
      follows: ['postconf(5) smtpd_sasl_security_options'],
    },
    'cleartext-authentication': {
      steps: [set('Offer AUTH under TLS alone', 'smtpd_tls_auth_only', 'yes')],
      follows: ['Postfix TLS_README', 'postconf(5) smtpd_tls_auth_only'],
    },
    'authentication-not-offered': {
      steps: [set('Offer AUTH', 'smtpd_sasl_auth_enable', 'yes'), RESTRICTIONS],
      follows: ['Postfix SASL_README'],
    },
    'cram-md5-missing': {
      steps: [
        {
          text: 'Offer CRAM-MD5 beside PLAIN and LOGIN, from a store that keeps passwords as they are (sasldb)',
          file: 'sasl/smtpd.conf',
          before: 'mech_list: ...',
          after: 'mech_list: CRAM-MD5 PLAIN LOGIN',
          run: 'postfix reload',
        },
      ],
      follows: ['Postfix SASL_README'],
    },
    'sender-not-tied-to-account': {
      steps: [
        set('Name who owns which sender in a map', 'smtpd_sender_login_maps', 'hash:/etc/postfix/sender_logins'),
        set(
          'Refuse senders that belong to another account',
          'smtpd_sender_restrictions',
          'reject_authenticated_sender_login_mismatch',
        ),
      ],
      follows: ['postconf(5) smtpd_sender_login_maps'],
    },
    'queue-run-for-strangers': {
      steps: [set('Allow ETRN to the list alone', 'smtpd_etrn_restrictions', 'permit_mynetworks, reject')],
      follows: ['postconf(5) smtpd_etrn_restrictions'],
    },
    'addresses-shown': {
      steps: [set('Switch VRFY off', 'disable_vrfy_command', 'yes')],
      follows: ['postconf(5) disable_vrfy_command'],
    },
  },
};
