// The table of findings: what each means, how bad it is, whether it breaks compliance, and the general steps to mend it.
// Data only; how a finding is found stands in finders.ts, under the same ids.
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import type { Severity } from '../model/report.js';

export interface Rule {
  readonly severity: Severity;
  /** Whether the finding makes a server non-compliant; a note otherwise. */
  readonly breaks: boolean;
  /** One line, no full stop. */
  readonly title: string;
  /** What it means for the operator, one or two sentences. */
  readonly meaning: string;
  /** General steps, in order; products' own stand beside them later. */
  readonly fix: readonly string[];
  readonly references: readonly string[];
}

const table = {
  'open-relay': {
    severity: 'critical',
    breaks: true,
    title: 'The server relays for strangers',
    meaning:
      'Anybody who can connect can send mail through this server to anywhere. It will be found, abused and blocklisted.',
    fix: [
      'Let the server relay only for the hosts on its list and for clients that have authenticated; refuse every other foreign recipient at RCPT.',
      'Where a technique is named, switch off the address form or the trust that it uses.',
      'Look through the queue and the log for mail that is not yours, then run the same audit again.',
    ],
    references: ['RFC 5321 section 3.6.2', 'RFC 5321 section 7.9'],
  },
  'unapproved-host-relays': {
    severity: 'critical',
    breaks: true,
    title: 'A host that is not on the list may relay',
    meaning:
      "The server's own list is wider than the policy: some addresses outside it relay without authenticating, others do not.",
    fix: [
      "Compare the server's list of trusted networks with the policy, entry by entry: most often one mask is a bit too short.",
      'Write the narrowest networks that hold the approved hosts, reload, and run the same audit again.',
    ],
    references: ['RFC 5321 section 3.6.2', 'RFC 4632 section 3.1'],
  },
  'approved-host-relays-anonymously': {
    severity: 'high',
    breaks: true,
    title: 'An approved host relays without authenticating',
    meaning: 'The policy makes everybody authenticate, and the server still trusts this host by its address alone.',
    fix: [
      "Take the host's network out of the server's list of trusted networks, or audit against a policy with a list.",
    ],
    references: ['RFC 6409 section 4.3'],
  },
  'approved-host-refused': {
    severity: 'medium',
    breaks: true,
    title: 'An approved host cannot relay',
    meaning: 'A host on the list is refused: its mail does not go out.',
    fix: [
      "Add the host or its network to the server's list of trusted networks.",
      'Check that the server sees the address that you think it sees: address translation and proxies change it.',
    ],
    references: ['RFC 5321 section 3.6.2'],
  },
  'authenticated-relay-refused': {
    severity: 'medium',
    breaks: true,
    title: 'An authenticated client cannot relay',
    meaning: 'The account logs in, and its mail to the outside is refused all the same.',
    fix: ['Let authenticated clients pass the relay check, before the rule that refuses foreign recipients.'],
    references: ['RFC 4954 section 6', 'RFC 6409 section 4.3'],
  },
  'authenticated-relay-accepted': {
    severity: 'medium',
    breaks: true,
    title: 'Authentication gives relay rights that the policy does not know',
    meaning: 'Under a policy of the list alone, a client elsewhere relays once it has logged in.',
    fix: ['Switch SMTP authentication off, or audit against a policy that allows it (list-or-auth).'],
    references: ['RFC 4954 section 6'],
  },
  'wrong-password-accepted': {
    severity: 'critical',
    breaks: true,
    title: 'A wrong password is accepted',
    meaning: 'The server answered 235 to an account with a random password: authentication protects nothing.',
    fix: [
      'Check what the authentication service compares passwords with; test it alone with a wrong password.',
      'Until it is mended, switch SMTP authentication off.',
    ],
    references: ['RFC 4954 section 4', 'RFC 4954 section 9'],
  },
  'empty-password-accepted': {
    severity: 'critical',
    breaks: true,
    title: 'An empty password is accepted',
    meaning:
      'The server answered 235 to the account with no password, as directories do that take it for an anonymous bind.',
    fix: ['Make the authentication service refuse empty passwords before it asks the directory.'],
    references: ['RFC 4513 section 5.1.2', 'RFC 4616 section 2'],
  },
  'unknown-account-accepted': {
    severity: 'critical',
    breaks: true,
    title: 'An account that does not exist is accepted',
    meaning: 'The server answered 235 to an invented account: anybody can log in, and relay.',
    fix: ['Check which authentication service answers here; a test or catch-all back-end must not stay in place.'],
    references: ['RFC 4954 section 4'],
  },
  'relays-after-failed-authentication': {
    severity: 'critical',
    breaks: true,
    title: 'The server relays after a failed login',
    meaning: 'The login was refused, and the foreign recipient was accepted all the same, though not without a login.',
    fix: ['Make relay rights depend on the result of the login, not on AUTH having been asked.'],
    references: ['RFC 4954 section 6'],
  },
  'inbound-refused': {
    severity: 'high',
    breaks: true,
    title: 'Other mail servers cannot deliver to this one',
    meaning:
      'Mail for a local mailbox is refused to clients that do not authenticate. Other mail servers never do: the mail of the world no longer arrives.',
    fix: [
      'Require authentication for foreign recipients only; take mail for local domains from anyone.',
      'If this is the submission service, audit it as such (port 587, or --policy submission).',
    ],
    references: ['RFC 5321 section 3.6.2', 'RFC 5321 section 4.5.1'],
  },
  'cram-md5-missing': {
    severity: 'medium',
    breaks: true,
    title: 'PLAIN or LOGIN is offered without CRAM-MD5',
    meaning: 'The policy asks for CRAM-MD5 wherever a mechanism that shows the password is offered.',
    fix: ['Enable CRAM-MD5 beside PLAIN and LOGIN, or drop them.'],
    references: ['RFC 2195 section 2', 'RFC 4954 section 4'],
  },
  'cleartext-authentication': {
    severity: 'high',
    breaks: true,
    title: 'Passwords may be sent without encryption',
    meaning: 'PLAIN or LOGIN is offered before TLS: whoever listens on the way reads the password.',
    fix: ['Offer PLAIN and LOGIN only under TLS.'],
    references: ['RFC 4954 section 4', 'RFC 8314 section 3.3'],
  },
  'cram-md5-weak-storage': {
    severity: 'info',
    breaks: false,
    title: 'CRAM-MD5 is offered',
    meaning:
      'CRAM-MD5 keeps the password off the wire, and needs it, or what is as good as it, in readable form on the server; what passes can be guessed offline.',
    fix: ['Where every client has TLS, offer PLAIN under TLS alone and store passwords hashed.'],
    references: ['RFC 2195 section 2', 'RFC 4954 section 9'],
  },
  'mechanism-broken': {
    severity: 'medium',
    breaks: true,
    title: 'A mechanism is offered and does not work',
    meaning: 'The account logs in by another mechanism, and not by this one.',
    fix: [
      'Give the mechanism what it needs (CRAM-MD5 needs the password stored in a form that it can use), or stop offering it.',
      'On Mac OS X Server: see that the Password Server is running.',
    ],
    references: ['RFC 4954 section 4', 'RFC 2195 section 2'],
  },
  'authentication-unavailable': {
    severity: 'medium',
    breaks: true,
    title: 'The server cannot check passwords now',
    meaning: 'Logins are answered with a temporary failure: the service behind AUTH does not answer.',
    fix: ['Start or reach the authentication service again; the server log names it.'],
    references: ['RFC 4954 section 4.7'],
  },
  'authentication-not-offered': {
    severity: 'high',
    breaks: true,
    title: 'No mechanism is offered, and the policy needs one',
    meaning: 'Under this policy clients relay by authenticating, and the server offers no way to.',
    fix: ['Enable SMTP authentication with CRAM-MD5, PLAIN or LOGIN.'],
    references: ['RFC 4954 section 3', 'RFC 6409 section 4.3'],
  },
  'static-challenge': {
    severity: 'high',
    breaks: true,
    title: 'The CRAM-MD5 challenge never changes',
    meaning: 'Two connections got the same challenge: a response that was once seen can be played back.',
    fix: ['Update the server or its SASL library; a challenge has to be unique and unpredictable.'],
    references: ['RFC 2195 section 2'],
  },
  'anonymous-mechanism': {
    severity: 'medium',
    breaks: true,
    title: 'The ANONYMOUS mechanism is offered',
    meaning: 'Anybody may log in as nobody in particular; whatever relies on a login is open.',
    fix: ['Take ANONYMOUS off the list of mechanisms.'],
    references: ['RFC 4505 section 3', 'RFC 4954 section 4'],
  },
  'mechanism-accepted-though-not-offered': {
    severity: 'low',
    breaks: false,
    title: 'A mechanism works that is not offered',
    meaning: 'AUTH succeeds with a mechanism that the EHLO reply does not name.',
    fix: ['Disable the mechanism where it is configured, not only where it is announced.'],
    references: ['RFC 4954 section 4'],
  },
  'sender-not-tied-to-account': {
    severity: 'low',
    breaks: false,
    title: "An account may send under anybody's reverse-path",
    meaning:
      'The login gives the right to relay, and nothing ties it to the addresses of the account. One stolen password sends as everybody.',
    fix: ['Bind reverse-paths to accounts, so that a sender that belongs to somebody else is refused at MAIL or RCPT.'],
    references: ['RFC 6409 section 6.1'],
  },
  'acts-as-another-user': {
    severity: 'medium',
    breaks: false,
    title: 'A user may name another one to act as',
    meaning:
      'PLAIN carries the name of whom to act as beside the name of who proves himself. The server accepted a name that is not the account; either it acts as that user now, or it ignored the name.',
    fix: [
      'Refuse an authorization identity that differs from the account, except for accounts that are meant to act for others.',
    ],
    references: ['RFC 4616 section 2', 'RFC 4422 section 3.4.1'],
  },
  'login-kept-across-starttls': {
    severity: 'medium',
    breaks: false,
    title: 'A login from before STARTTLS still holds under TLS',
    meaning:
      'What was learnt in the clear is to be forgotten after the handshake. Kept, whoever sits in between can log a client in as somebody else.',
    fix: ['Update the server, and offer AUTH under TLS alone.'],
    references: ['RFC 3207 section 4.2'],
  },
  'mailbox-login-opens-relay': {
    severity: 'medium',
    breaks: false,
    title: 'Reading a mailbox opens the relay for its address',
    meaning:
      'After a login at the mailbox service the address may relay for a while, and so may everybody behind it, without a login of his own.',
    fix: ['Switch POP-before-SMTP off and let clients authenticate on the submission port.'],
    references: ['RFC 2476 section 3.3', 'RFC 6409 section 4.3'],
  },
  'queue-run-for-strangers': {
    severity: 'low',
    breaks: false,
    title: 'Strangers may start the queue for a domain',
    meaning: 'The command of those who fetch their mail is open to everybody: it tells what is queued and costs time.',
    fix: ['Allow ETRN, ATRN and TURN to customers who have authenticated, or switch them off.'],
    references: ['RFC 1985', 'RFC 2645', 'RFC 2505 section 2.12'],
  },
  'addresses-shown': {
    severity: 'low',
    breaks: false,
    title: 'VRFY or EXPN shows mailboxes',
    meaning: 'Strangers can read who has a mailbox, and where lists and forwards lead.',
    fix: ['Switch VRFY and EXPN off, or answer them with 252.'],
    references: ['RFC 5321 section 3.5', 'RFC 5321 section 7.3'],
  },
  'client-forged-in-log': {
    severity: 'low',
    breaks: false,
    title: 'Strangers may write another client into the log',
    meaning:
      'XFORWARD is meant for a filter in front of the server. It opens no relay by itself, and hides who used one. From a host that is known not to be approved it is told as `address-claim-accepted`.',
    fix: ['Name the hosts that may use XFORWARD, one by one.'],
    references: [],
  },
  backscatter: {
    severity: 'medium',
    breaks: false,
    title: 'The server writes to forged senders',
    meaning:
      'A message with a forged reverse-path came back to it, as a report or an automatic reply: strangers can make the server write to third parties.',
    fix: [
      'Refuse unknown recipients and unwanted content in the session, not afterwards.',
      'Let automatic replies go to known correspondents only, once a week each.',
    ],
    references: ['RFC 5321 section 6.2', 'RFC 3834 section 2'],
  },
  'certificate-not-verified': {
    severity: 'low',
    breaks: false,
    title: 'The certificate does not verify',
    meaning: 'Clients that check certificates cannot be sure whom they give their password to.',
    fix: ["Install a certificate for the server's name from an authority that clients know, with its chain."],
    references: ['RFC 3207 section 4.1', 'RFC 8314 section 3'],
  },
  'starttls-failed': {
    severity: 'low',
    breaks: false,
    title: 'STARTTLS is offered and fails',
    meaning:
      'The server announces STARTTLS, and no TLS session comes about; what it would do under TLS cannot be seen.',
    fix: ["Look for the TLS error in the server's log; most often the certificate or the TLS library does not fit."],
    references: ['RFC 3207 section 4'],
  },
  'starttls-response-injection': {
    severity: 'high',
    breaks: false,
    title: 'Bytes came between the STARTTLS reply and the handshake',
    meaning: 'Somebody on the way, or the server itself, put plain text where only TLS may begin.',
    fix: ['Find the proxy or filter that speaks for the server, and update it.'],
    references: ['RFC 3207 section 6'],
  },
  'starttls-command-injection': {
    severity: 'high',
    breaks: true,
    title: 'Commands sent before TLS are executed under it',
    meaning: 'What arrives in the same segment as STARTTLS is taken for part of the encrypted session (CVE-2011-0411).',
    fix: ['Update the server: its input buffer has to be emptied when TLS starts.'],
    references: ['CVE-2011-0411', 'RFC 3207 section 4.2'],
  },
  'source-is-the-server': {
    severity: 'info',
    breaks: false,
    title: 'Only the server itself relays',
    meaning: 'The audit ran on the server, from an address that servers trust, and no list says whether it may relay.',
    fix: [
      'Run the audit from another machine, or from an address that the server does not trust (-s).',
      'Or name the hosts that may relay with --relay-hosts.',
    ],
    references: [],
  },
  'source-address-unknown': {
    severity: 'info',
    breaks: false,
    title: 'A source relays whose address the server sees is not known',
    meaning: 'Address translation may stand between: whether the source is on the list cannot be told.',
    fix: ['Say what the server sees with seen-as=, as in `-s any,seen-as=192.0.2.7`.'],
    references: [],
  },
  'accepts-everything': {
    severity: 'info',
    breaks: false,
    title: 'The server accepts every recipient',
    meaning:
      'An unknown local user and a recipient that cannot exist are accepted like any other: RCPT says nothing here.',
    fix: ['Let relayproof see whether messages arrive: give it a sink or a mailbox.'],
    references: ['RFC 5321 section 3.3'],
  },
  'address-claim-accepted': {
    severity: 'critical',
    breaks: true,
    title: 'Strangers may say which address they come from',
    meaning:
      'XCLIENT, XFORWARD or a PROXY header is meant for a filter or a load balancer in front of the server. Taken from anybody, it makes anybody an approved host; where the claimed address does not relay, it still hides the sender from logs, limits and blocklists.',
    fix: [
      'Name the hosts that may claim addresses one by one (Postfix: smtpd_authorized_xclient_hosts), or none.',
      'Let a listener that expects PROXY headers be reached by the load balancer alone: bind it to an address of its own, and filter who connects.',
    ],
    references: ['PROXY protocol specification, section 2', 'Postfix XCLIENT_README'],
  },
  'families-differ': {
    severity: 'medium',
    breaks: false,
    title: 'IPv4 and IPv6 are not treated alike',
    meaning:
      'The addresses of one name gave different answers by family: most often the list or the filter of one family was never written.',
    fix: [
      'Write the same policy for both families: each network that may relay, in IPv4 and in IPv6.',
      'Where IPv6 is not meant to be served, take the address out of the DNS and the listener.',
    ],
    references: ['RFC 7123 section 1'],
  },
  'inconsistent-answers': {
    severity: 'medium',
    breaks: false,
    title: 'The same question got different answers',
    meaning:
      'Asked again, the server answered otherwise: several machines behind one name, or a rule that depends on time.',
    fix: ['Audit each machine of the pool by its own address.'],
    references: [],
  },
  'account-locked': {
    severity: 'info',
    breaks: false,
    title: 'The account no longer logs in after a failed login',
    meaning:
      'A login that worked was refused after one wrong or empty password: a lock or a ban may be in force for a while.',
    fix: ['Exempt the auditing address from the ban, or use --negative-authentication none.'],
    references: [],
  },
  'accepted-not-relayed': {
    severity: 'medium',
    breaks: false,
    title: 'The server accepts foreign mail and does not pass it on',
    meaning:
      'A message for a foreign recipient was accepted and has not arrived, while one that should arrive did: it is discarded or kept.',
    fix: [
      'Refuse foreign recipients at RCPT: senders learn at once, and testers do not list the server as an open relay.',
    ],
    references: ['RFC 5321 section 6.1'],
  },
  'relays-selectively': {
    severity: 'info',
    breaks: false,
    title: 'A first message was passed on and a second was not',
    meaning: 'The server relays some messages only: a filter, a limit, or a trap that lets tests through.',
    fix: ['Look for what held the second message: a rate limit, a content filter, a queue.'],
    references: [],
  },
  'canary-domain-served': {
    severity: 'info',
    breaks: false,
    title: "The server takes mail for the canary's own domain",
    meaning: 'The same recipient at a second foreign domain was denied: what was accepted is no relaying.',
    fix: ['Choose a --canary at a domain that this server does not serve.'],
    references: ['RFC 5321 section 3.6.2'],
  },
  'source-not-as-claimed': {
    severity: 'medium',
    breaks: false,
    title: 'The server sees another address than the one that the audit came from',
    meaning:
      'What stands before the server replaces client addresses; a list of approved hosts then holds for whoever comes the same way.',
    fix: [
      "Let the server see the client's own address: no userland proxy (Docker), no source translation (Kubernetes: externalTrafficPolicy: Local), PROXY protocol behind a load balancer.",
      'Take the address that it sees now off the list of approved hosts.',
    ],
    references: ['RFC 5321 section 4.4'],
  },
  'source-banned': {
    severity: 'info',
    breaks: false,
    title: 'The server lets a source in no longer',
    meaning:
      'It answered this address and then took no more connections from it, or refused every recipient, the local one that it had accepted included: something bans clients that are refused often, or the server stopped. What was measured before stands, but for what was refused in sessions of its own where every recipient is.',
    fix: [
      'Exempt the address while the audit runs: ignoreip of fail2ban, whose Postfix and Exim jails react to "Relay access denied"; the allow list of the firewall, of postscreen or of an intrusion prevention system.',
      'Lift the ban, make fewer sessions (--sessions 1, --rate 1) and run the same audit again.',
    ],
    references: [],
  },
  'audit-inconclusive': {
    severity: 'info',
    breaks: false,
    title: 'Some questions could not be answered',
    meaning: 'What stays open says neither that the server relays nor that it does not.',
    fix: [],
    references: [],
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof table;

/** All findings, in the order in which reports list those of equal severity. */
export const RULES: Readonly<Record<RuleId, Rule>> = table;

export const RULE_IDS = Object.keys(table) as readonly RuleId[];

/** Mechanism rules by preset (docs/contract.md, "Policy"); the findings that are looked for under each. */
const BASIC = [
  'wrong-password-accepted',
  'empty-password-accepted',
  'unknown-account-accepted',
  'relays-after-failed-authentication',
  'mechanism-broken',
  'authentication-unavailable',
  'authentication-not-offered',
  'static-challenge',
  'anonymous-mechanism',
  'mechanism-accepted-though-not-offered',
] as const satisfies readonly RuleId[];

export const RULE_SETS = {
  basic: BASIC,
  apple: [...BASIC, 'cram-md5-missing'],
  modern: [...BASIC, 'cleartext-authentication', 'cram-md5-weak-storage'],
} as const satisfies Record<string, readonly RuleId[]>;

/**
 * Read the words of `--rules`: sets and ids, and `-id` to leave one out, whatever the order.
 * @throws UsageError for a word that is none of these.
 */
export function selectRules(words: readonly string[]): readonly RuleId[] {
  const known: readonly string[] = [...Object.keys(RULE_SETS), ...Object.values(RULE_SETS).flat()];
  for (const word of words.map((one) => one.replace(/^-/, ''))) {
    if (known.includes(word)) continue;
    throw complain({
      subject: '--rules',
      problem: 'an unknown rule',
      got: word,
      want: 'basic, apple, modern, or an id of a mechanism rule, each with a minus sign to leave it out',
      hint: didYouMean(word, known),
    });
  }
  const expand = (word: string): readonly string[] => RULE_SETS[word as keyof typeof RULE_SETS] ?? [word];
  const wanted = new Set(words.filter((word) => !word.startsWith('-')).flatMap(expand));
  const unwanted = new Set(words.filter((word) => word.startsWith('-')).flatMap((word) => expand(word.slice(1))));
  return RULE_IDS.filter((id) => wanted.has(id) && !unwanted.has(id));
}
