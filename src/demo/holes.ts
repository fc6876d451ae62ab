// Ways in which servers relay for strangers, each as a part of a configuration that is closed but for it. Mechanisms, not tricks: a
// part says what the server trusts, and whatever fits that is relayed.
import type { Condition, ReversePathKind, Rewrite } from './config.js';
import type { Part } from './tempers.js';

const relay = (...rows: readonly Condition[]): Part => ({ relay: rows });
const sender = (...is: readonly ReversePathKind[]): Part => relay({ kind: 'reverse-path', is });
const rewrites = (...forms: readonly Rewrite['form'][]): Part => ({ rewrites: forms.map((form) => ({ form })) });
const auth = (part: Partial<NonNullable<Part['auth']>>): Part => ({
  auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'], ...part },
  ...relay({ kind: 'authenticated' }),
});

const EVERYONE = ['0.0.0.0/0', '::/0'];

export const HOLES = {
  anyone: relay({ kind: 'anyone' }),
  'ipv6-only': relay({ kind: 'network', in: ['::/0'] }),

  'null-reverse-path': sender('null'),
  'local-sender': sender('local-domain'),
  'local-user-sender': sender('local-user'),
  'postmaster-sender': sender('postmaster'),
  'mailer-daemon-sender': sender('mailer-daemon'),
  'host-name-sender': sender('host-name'),
  'localhost-sender': sender('localhost'),
  'subdomain-sender': sender('subdomain'),
  'literal-sender': sender('literal'),
  'own-literal-sender': sender('own-literal'),
  'loopback-literal-sender': sender('loopback-literal'),
  'numeric-sender': sender('numeric'),
  'unqualified-sender': sender('unqualified'),
  'empty-domain-sender': sender('empty-domain'),
  'bang-sender': sender('bang-local'),
  'auth-parameter': sender('auth-parameter'),
  'same-address': sender('same-as-recipient'),

  percent: rewrites('percent'),
  bang: rewrites('bang'),
  quoted: rewrites('quoted', 'percent'),
  'source-route': rewrites('source-route'),
  'double-at-last': rewrites('double-at-last'),
  'double-at-first': rewrites('double-at-first'),
  'trailing-at': rewrites('trailing-at'),
  srs: rewrites('srs'),
  'percent-and-bang': rewrites('percent', 'bang'),
  'first-bracket': rewrites('first-bracket'),
  'literal-recipient': relay({ kind: 'forward-path', is: ['literal'] }),
  'numeric-recipient': relay({ kind: 'forward-path', is: ['numeric'] }),
  'trailing-dot': relay({ kind: 'forward-path', is: ['trailing-dot'] }),
  unbracketed: relay({ kind: 'forward-path', is: ['unbracketed'] }),
  'role-recipient': relay({ kind: 'forward-path', is: ['role'] }),
  'local-domain-inside': relay({ kind: 'forward-path', is: ['local-domain-inside'] }),
  'subdomain-recipient': relay({ kind: 'forward-path', is: ['subdomain'] }),
  'utf8-recipient': relay({ kind: 'forward-path', is: ['utf8'] }),
  'first-recipient': relay({ kind: 'recipients', atLeast: 1 }),

  'greeting-localhost': relay({ kind: 'greeting', names: ['localhost', '[127.0.0.1]'] }),
  'greeting-long': relay({ kind: 'greeting', longerThan: 1_000 }),
  'helo-only': relay({ kind: 'greeting', verb: 'HELO' }),
  'no-greeting': { extensions: { needsGreeting: false }, ...relay({ kind: 'greeting', verb: 'none' }) },
  'under-tls': { security: { tls: 'starttls' }, ...relay({ kind: 'tls' }) },
  'client-certificate': { security: { tls: 'starttls' }, ...relay({ kind: 'client-certificate' }) },
  'starttls-injection': { security: { tls: 'starttls', afterStarttls: 'plaintext' } },
  'xclient-address': {
    xclient: { from: EVERYONE, believes: ['ADDR'] },
    ...relay({ kind: 'network', in: ['127.0.0.1'] }),
  },
  'xclient-login': { xclient: { from: EVERYONE, believes: ['LOGIN'] }, ...relay({ kind: 'authenticated' }) },
  proxy: { proxy: { from: EVERYONE, required: false, waitMs: 200 }, ...relay({ kind: 'network', in: ['127.0.0.1'] }) },

  'any-password': auth({ lenient: ['any-password'] }),
  'empty-password': auth({ lenient: ['empty-password'] }),
  'unknown-account': auth({ lenient: ['unknown-account'] }),
  'cram-garbage': auth({ lenient: ['cram-garbage'] }),
  anonymous: auth({ mechanisms: ['PLAIN', 'ANONYMOUS'] }),
  external: auth({ mechanisms: ['PLAIN', 'EXTERNAL'] }),
  ntlm: auth({ mechanisms: ['PLAIN', 'NTLM'] }),
  authzid: auth({ authzid: 'trusted' }),
  'auth-not-offered': auth({ offer: 'never', lenient: ['any-password', 'unknown-account'] }),
  'auth-after-abort': auth({ keepsUserAfter: ['abort'] }),
  'auth-after-reset': auth({ keepsUserAfter: ['RSET'] }),
  'auth-after-ehlo': auth({ keepsUserAfter: ['EHLO'] }),
  'auth-after-starttls': { security: { tls: 'starttls' }, ...auth({ keepsUserAfter: ['STARTTLS'] }) },

  bdat: {
    extensions: { offer: ['PIPELINING', 'SIZE', '8BITMIME', 'CHUNKING'] },
    relayCheckAt: 'data',
    ...relay({ kind: 'transport', is: ['BDAT'] }),
  },
  'legacy-verbs': { extensions: { legacyVerbs: true }, ...relay({ kind: 'verb', is: ['SEND', 'SOML', 'SAML'] }) },
  smuggling: {
    endsOfData: ['\n.\n', '\n.\r\n', '\r.\r', '\r\n.\n', '\r\n.\r'],
    ...relay({ kind: 'reverse-path', is: ['local-domain'] }),
  },
} as const satisfies Record<string, Part>;

export type HoleName = keyof typeof HOLES;
