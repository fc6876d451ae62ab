// Servers by what they do, each with the techniques that this explains: written from the mechanism, not from what an audit
// said. A part is closed but for what it names; `standard` is asked of all of them, and `also` by name.
import type { Condition } from '../../src/demo/config.js';
import { HOLES } from '../../src/demo/holes.js';
import type { Part } from '../../src/demo/tempers.js';

export interface Mechanism {
  readonly does: string;
  readonly parts: readonly Part[];
  /** Ids that succeed, no others of `standard` and of `also`. */
  readonly falls: readonly string[];
  /** Techniques asked beside `standard`. */
  readonly also?: readonly string[];
  /** Findings that tell of it; default `open-relay`, which names the techniques. */
  readonly found?: string;
  readonly usesAccount?: true;
}

const relay = (...rows: readonly Condition[]): Part => ({ relay: rows });

/** The hosts that the audit's policy names, and no others. */
const TRUSTS_LIST = relay({ kind: 'network', in: ['127.0.0.10'] });

const PERCENT = ['percent-local', 'percent-host', 'percent-ip', 'percent-bare-ip'];
/** Nothing on the right of the sign stands for the server as well. */
const PERCENT_WITHOUT_HOST = ['percent-bare', 'percent-trailing-at', 'percent-double'];
const BANG = ['bang-bare', 'bang-local', 'bang-host', 'bang-ip'];
const ROUTES = [
  'source-route-local',
  'source-route-host',
  'source-route-ip',
  'source-route-bare-ip',
  'source-route-chain',
];

/**
 * What also goes out from a forged local sender, to a recipient that this server reads as foreign: trusting that sender, it
 * lets all of these through, though none of them is needed.
 */
const FROM_FORGED_SENDER = [
  ...['ehlo-local-domain', 'ehlo-target-host', 'ehlo-localhost', 'ehlo-loopback-literal', 'ehlo-nonexistent'],
  ...[
    'helo-only',
    'double-at-first',
    'rcpt-no-brackets',
    'rcpt-trailing-dot',
    'rcpt-postmaster-foreign',
    'rcpt-abuse-foreign',
  ],
  ...['rcpt-subdomain-of-relay-domain', 'rcpt-local-domain-inside', 'rcpt-smtputf8', ...ROUTES],
];

const SENDERS: readonly Mechanism[] = [
  { does: 'relays for everyone', parts: [HOLES.anyone], falls: ['plain-external'] },
  { does: 'exempts delivery reports', parts: [HOLES['null-reverse-path']], falls: ['null-sender'] },
  {
    does: 'trusts senders of its own domain',
    parts: [HOLES['local-sender']],
    falls: [
      ...['sender-local-bogus', 'sender-local-real', 'sender-postmaster-local', 'sender-mailer-daemon'],
      ...FROM_FORGED_SENDER,
    ],
  },
  {
    does: 'trusts senders who have a mailbox, of which postmaster is one',
    parts: [HOLES['local-user-sender']],
    falls: ['sender-local-real', 'sender-postmaster-local'],
  },
  { does: 'exempts its postmaster', parts: [HOLES['postmaster-sender']], falls: ['sender-postmaster-local'] },
  { does: 'exempts its mailer-daemon', parts: [HOLES['mailer-daemon-sender']], falls: ['sender-mailer-daemon'] },
  { does: 'trusts senders at its host name', parts: [HOLES['host-name-sender']], falls: ['sender-target-host'] },
  { does: 'trusts senders at localhost', parts: [HOLES['localhost-sender']], falls: ['sender-localhost'] },
  {
    does: 'trusts senders of all names below its domain, of which its own name is one',
    parts: [HOLES['subdomain-sender']],
    falls: ['sender-subdomain-local', 'sender-target-host'],
  },
  {
    does: 'trusts senders at any address literal',
    parts: [HOLES['literal-sender']],
    falls: ['sender-ip-literal', 'sender-ipv6-literal', 'sender-loopback-literal'],
  },
  { does: 'trusts senders at its own literal', parts: [HOLES['own-literal-sender']], falls: ['sender-ip-literal'] },
  { does: 'trusts senders at a bare address', parts: [HOLES['numeric-sender']], falls: ['sender-bare-ip'] },
  {
    does: 'completes senders without a domain, a bang path among them',
    parts: [HOLES['unqualified-sender']],
    falls: ['sender-unqualified', 'sender-bang'],
  },
  { does: 'takes an empty domain for its own', parts: [HOLES['empty-domain-sender']], falls: ['sender-empty-host'] },
  { does: 'turns bang paths round', parts: [HOLES['bang-sender']], falls: ['sender-bang'] },
  { does: 'believes the AUTH parameter', parts: [HOLES['auth-parameter']], falls: ['sender-auth-param'] },
  { does: 'lets mailboxes write to themselves', parts: [HOLES['same-address']], falls: ['plain-same-address'] },
  {
    does: 'has a rule for every sender domain but one',
    parts: [relay({ kind: 'reverse-path', domains: ['second.example.com'] })],
    falls: ['plain-two-domains'],
  },
];

const RECIPIENTS: readonly Mechanism[] = [
  { does: 'follows the percent hack', parts: [HOLES.percent], falls: [...PERCENT, ...PERCENT_WITHOUT_HOST] },
  { does: 'follows bang paths', parts: [HOLES.bang], falls: [...BANG, 'bang-percent-mix'] },
  {
    does: 'unquotes, and follows the percent hack',
    parts: [HOLES.quoted],
    falls: [
      ...['quoted-at', 'quoted-percent', 'quoted-at-local', 'quoted-at-ip', 'quoted-at-host'],
      ...[...PERCENT, ...PERCENT_WITHOUT_HOST],
    ],
  },
  { does: 'checks the first hop of a route', parts: [HOLES['source-route']], falls: ROUTES },
  {
    does: 'checks the last @ and delivers to the first',
    parts: [HOLES['double-at-last']],
    falls: ['double-at-local', 'double-at-ip', 'double-at-host', 'double-at-bare-ip'],
  },
  {
    does: 'checks the first @ and delivers to the last',
    parts: [HOLES['double-at-first']],
    falls: ['double-at-first'],
  },
  { does: 'drops an @ with nothing behind it', parts: [HOLES['trailing-at']], falls: ['trailing-at'] },
  { does: 'turns rewritten senders back unchecked', parts: [HOLES.srs], falls: ['rcpt-srs0', 'rcpt-srs1'] },
  {
    does: 'follows percent hack and bang paths',
    parts: [HOLES['percent-and-bang']],
    falls: [...PERCENT, ...PERCENT_WITHOUT_HOST, ...BANG, 'bang-percent-mix'],
  },
  {
    does: 'ends a path at the first bracket',
    parts: [HOLES['first-bracket']],
    falls: ['rcpt-param-injection'],
    also: ['rcpt-param-injection'],
  },
  { does: 'compares domains as text', parts: [HOLES['trailing-dot']], falls: ['rcpt-trailing-dot'] },
  { does: 'has no rule for bare paths', parts: [HOLES.unbracketed], falls: ['rcpt-no-brackets'] },
  {
    does: 'takes role mailboxes of any domain',
    parts: [HOLES['role-recipient']],
    falls: ['rcpt-postmaster-foreign', 'rcpt-abuse-foreign'],
  },
  {
    does: 'looks for its domain anywhere in a recipient',
    parts: [HOLES['local-domain-inside']],
    falls: ['double-at-first', 'rcpt-local-domain-inside'],
  },
  {
    does: 'relays for all names below its domain',
    parts: [HOLES['subdomain-recipient']],
    falls: ['rcpt-subdomain-of-relay-domain'],
    // A name below the server's own domain may be the server's: that it is somebody else's is for the operator to say.
    found: '',
  },
  { does: 'has no rule for addresses beyond ASCII', parts: [HOLES['utf8-recipient']], falls: ['rcpt-smtputf8'] },
  {
    does: 'decides once for a transaction',
    parts: [HOLES['first-recipient']],
    falls: ['rcpt-mixed-first-local'],
    also: ['rcpt-mixed-first-local'],
  },
  {
    does: 'relays for the domains whose MX record names it',
    parts: [relay({ kind: 'forward-path', domains: ['mxtest.canary.example.net'] })],
    falls: ['rcpt-mx-points-here'],
    also: ['rcpt-mx-points-here'],
  },
];

const greets = (...names: readonly string[]): Part => relay({ kind: 'greeting', names });

const IDENTITIES: readonly Mechanism[] = [
  { does: 'trusts greetings of its domain', parts: [greets('corp.test')], falls: ['ehlo-local-domain'] },
  { does: 'trusts greetings of its name', parts: [greets('mail.corp.test')], falls: ['ehlo-target-host'] },
  {
    does: 'trusts greetings of the loopback host',
    parts: [HOLES['greeting-localhost']],
    falls: ['ehlo-localhost', 'ehlo-loopback-literal'],
  },
  { does: 'gives up on names that do not resolve', parts: [greets('.invalid')], falls: ['ehlo-nonexistent'] },
  {
    does: 'gives up on names that are too long',
    parts: [HOLES['greeting-long']],
    falls: ['ehlo-overflow'],
    also: ['ehlo-overflow'],
  },
  { does: 'has a rule for EHLO alone', parts: [HOLES['helo-only']], falls: ['helo-only'] },
  { does: 'has a rule for who greets', parts: [HOLES['no-greeting']], falls: ['no-helo'] },
  {
    does: 'takes TLS for trust',
    parts: [HOLES['under-tls']],
    // Under TLS the plain attempt relays, so that nothing else is asked there.
    falls: ['plain-external', 'starttls-state'],
  },
  {
    does: 'trusts any client certificate',
    parts: [HOLES['client-certificate']],
    falls: ['client-cert-any'],
    also: ['client-cert-any'],
  },
  { does: 'believes XCLIENT addresses', parts: [HOLES['xclient-address']], falls: ['xclient-addr'] },
  { does: 'believes XCLIENT logins', parts: [HOLES['xclient-login']], falls: ['xclient-login'] },
  { does: 'believes PROXY headers', parts: [HOLES.proxy], falls: ['proxy-v1', 'proxy-v2'] },
  {
    does: 'believes XCLIENT addresses, and trusts no loopback',
    parts: [TRUSTS_LIST, { xclient: { from: ['0.0.0.0/0'], believes: ['ADDR'] } }],
    falls: ['xclient-approved'],
  },
  {
    does: 'believes PROXY headers, and trusts no loopback',
    parts: [TRUSTS_LIST, { proxy: { from: ['0.0.0.0/0'], required: false, waitMs: 200 } }],
    falls: ['proxy-v1-approved', 'proxy-v2-approved'],
  },
];

const ALL_DIALOGUES = [
  ...['auth-cram-garbage', 'auth-anonymous', 'auth-external-nocert', 'auth-ntlm-anonymous', 'auth-abort-then-relay'],
  ...['auth-then-rset', 'auth-then-rehlo', 'auth-then-starttls', 'auth-authzid', 'auth-unadvertised'],
  ...['auth-default-creds', 'auth-default-creds-admin', 'auth-default-creds-test'],
];

const account = (does: string, name: keyof typeof HOLES, falls: string, found?: string): Mechanism => ({
  does,
  parts: [HOLES[name]],
  falls: [falls],
  also: ALL_DIALOGUES,
  usesAccount: true,
  ...(found === undefined ? {} : { found }),
});

const has = (user: string, password: string, falls: string): Mechanism => ({
  does: `has the account ${user} of an example`,
  parts: [{ accounts: { [user]: password } }],
  falls: [falls],
  also: ALL_DIALOGUES,
  found: 'unknown-account-accepted',
});

const AUTHENTICATION: readonly Mechanism[] = [
  account('looks at the decoding of a digest alone', 'cram-garbage', 'auth-cram-garbage'),
  account('has SASL ANONYMOUS', 'anonymous', 'auth-anonymous'),
  account('has EXTERNAL without a certificate', 'external', 'auth-external-nocert'),
  account('takes an NTLM null session', 'ntlm', 'auth-ntlm-anonymous'),
  account('believes whom PLAIN names', 'authzid', 'auth-authzid', 'acts-as-another-user'),
  account('counts a broken-off login', 'auth-after-abort', 'auth-abort-then-relay'),
  account('forgets a failure at RSET', 'auth-after-reset', 'auth-then-rset', 'relays-after-failed-authentication'),
  account('forgets a failure at EHLO', 'auth-after-ehlo', 'auth-then-rehlo', 'relays-after-failed-authentication'),
  account('keeps a login over STARTTLS', 'auth-after-starttls', 'auth-then-starttls', 'login-kept-across-starttls'),
  {
    ...account('hides AUTH and takes it', 'auth-not-offered', 'auth-unadvertised'),
    parts: [{ auth: { mechanisms: ['PLAIN'], offer: 'never' } }],
    found: 'mechanism-accepted-though-not-offered',
  },
  has('testi@testo.com', 'test', 'auth-default-creds'),
  has('admin', 'admin', 'auth-default-creds-admin'),
  has('test', 'test', 'auth-default-creds-test'),
  {
    does: 'ties no sender to an account',
    parts: [],
    falls: ['auth-sender-mismatch'],
    also: ['auth-sender-mismatch'],
    found: 'sender-not-tied-to-account',
    usesAccount: true,
  },
];

const PROTOCOL: readonly Mechanism[] = [
  {
    does: 'decides before its policy service has answered',
    parts: [{ extensions: { offer: ['SIZE'] } }, relay({ kind: 'pipelined' })],
    falls: ['pipelined-batch'],
    also: ['pipelined-batch'],
  },
  {
    does: 'obeys what stood behind STARTTLS',
    parts: [HOLES['starttls-injection']],
    falls: ['starttls-injection'],
    also: ['starttls-injection'],
    found: 'starttls-command-injection',
  },
  {
    does: 'starts its queue for anybody',
    parts: [
      { extensions: { offer: ['PIPELINING', 'ETRN'] }, replies: { 'queue-refused': '250 2.0.0 Queuing started' } },
    ],
    falls: ['etrn'],
    also: ['etrn'],
    found: 'queue-run-for-strangers',
  },
  {
    does: 'takes XFORWARD from anybody',
    parts: [{ extensions: { offer: ['PIPELINING', 'XFORWARD'] } }],
    falls: ['xforward-exposed'],
    also: ['xforward-exposed'],
    found: 'address-claim-accepted',
  },
  {
    does: 'has a relay rule for MAIL alone',
    parts: [HOLES['legacy-verbs']],
    falls: ['saml-soml-send', 'verb-soml', 'verb-send'],
    also: ['saml-soml-send', 'verb-soml', 'verb-send'],
  },
];

export const MECHANISMS: readonly Mechanism[] = [
  ...SENDERS,
  ...RECIPIENTS,
  ...IDENTITIES,
  ...AUTHENTICATION,
  ...PROTOCOL,
];
