// The words of reports for people: names of accesses, outcomes, reasons and verdicts. Data; the lists are the model's.
import type { Access } from '../model/access.js';
import type { Reason } from '../model/reason.js';
import type { Observed, Outcome, RelayVerdict, Severity } from '../model/report.js';

/** Column heads, each as the lines it is written in. */
export const ACCESS_HEADS = {
  anonymous: ['anonymous'],
  'CRAM-MD5': ['CRAM-MD5'],
  PLAIN: ['PLAIN'],
  LOGIN: ['LOGIN'],
  'wrong-password': ['wrong', 'password'],
  'empty-password': ['empty', 'password'],
  'unknown-account': ['unknown', 'account'],
  inbound: ['inbound'],
} as const satisfies Record<Access, readonly string[]>;

/** Column heads where there is little room. */
export const ACCESS_SHORT = {
  anonymous: ['anon'],
  'CRAM-MD5': ['CRAM'],
  PLAIN: ['PLAIN'],
  LOGIN: ['LOGIN'],
  'wrong-password': ['wrong', 'pw'],
  'empty-password': ['empty', 'pw'],
  'unknown-account': ['no', 'user'],
  inbound: ['mail', 'in'],
} as const satisfies Record<Access, readonly string[]>;

/** What a cell shows: a word and what the legend says of it (null: the word says it), or a letter and its meaning. */
export const OBSERVED_WORDS = {
  relay: { word: 'relay', legend: null, letter: 'R', meaning: 'relays' },
  refuse: { word: 'refuse', legend: null, letter: 'D', meaning: 'denies' },
  accept: { word: 'accept', legend: null, letter: 'A', meaning: 'accepts' },
  'not-offered': { word: 'absent', legend: 'not offered', letter: 'N', meaning: 'not offered' },
  'not-discriminating': {
    word: 'moot',
    legend: 'proves nothing, as this host relays without it',
    letter: 'M',
    meaning: 'moot, as this host relays without it',
  },
  skipped: { word: '-', legend: 'not asked', letter: '-', meaning: 'not asked' },
  unknown: { word: '?', legend: null, letter: '?', meaning: 'no answer' },
} as const satisfies Record<Observed, { word: string; legend: string | null; letter: string; meaning: string }>;

export const OUTCOME_WORDS = {
  delivered: 'relayed: the message arrived',
  queued: 'accepted the message, which has not arrived',
  accepted: 'accepted the recipient; no message was sent',
  vanished: 'accepted the message and dropped it',
  bounced: 'accepted the message and bounced it',
  refused: 'refused',
  deferred: 'put off',
  failed: 'no usable answer',
  skipped: 'not tried',
} as const satisfies Record<Outcome, string>;

export const RELAY_WORDS = {
  open: 'OPEN RELAY',
  closed: 'CLOSED',
  inconclusive: 'INCONCLUSIVE',
} as const satisfies Record<RelayVerdict, string>;

/** The order in which findings are shown. */
export const SEVERITY_RANK = {
  critical: 0,
  high: 1,
  medium: 2,
  low: 3,
  info: 4,
} as const satisfies Record<Severity, number>;

/** Why an attempt says nothing about relaying, to stand behind `because`. */
export const REASON_WORDS = {
  accepted: 'it was accepted, which settles nothing here',
  'relay-denied': 'it refused to relay',
  'authentication-required': 'it asked for authentication',
  'relay-or-unknown': 'it refused in words that also fit an unknown user',
  policy: 'it refused by a policy that it does not name',
  unclassified: 'its refusal says no known reason',
  'unknown-recipient': 'it does not know the recipient',
  'sender-rejected': 'it refused the reverse-path',
  'sender-not-owned': 'the reverse-path is not that of the account',
  'address-not-qualified': 'it wants a whole domain in an address',
  'greeting-rejected': 'it refused the name in the greeting',
  syntax: 'it called the line a syntax error',
  'not-implemented': 'it does not know the command',
  'smtputf8-required': 'it wants SMTPUTF8 for that address',
  'claim-refused': 'it did not take the claimed address',
  'recipient-domain-rejected': 'it holds that the recipient’s domain cannot receive mail',
  'recipient-unverified': 'it could not verify the recipient',
  'client-blocked': 'it blocks this client altogether',
  'client-name-rejected': 'it refused the client’s name in the DNS',
  'encryption-required': 'it wants TLS first',
  greylisted: 'it greylists: it wants a later retry',
  'rate-limited': 'it limits the rate of this client',
  'server-busy': 'it is busy',
  'too-many-errors': 'it counted too many errors',
  'too-many-recipients': 'it counted too many recipients',
  'temporary-failure': 'it had a temporary failure',
  'content-rejected': 'it refused the content',
  'bad-sequence': 'it called the commands out of order',
  loop: 'it saw a mail loop',
  'authentication-failed': 'authentication failed',
  'authentication-unavailable': 'its authentication does not work at present',
  'authentication-not-offered': 'the mechanism is not offered',
  disconnected: 'the connection was closed',
  timeout: 'no reply came in time',
  unreachable: 'it could not be reached',
  'tls-failed': 'TLS could not be started',
  'protocol-error': 'what it sent is not SMTP',
} as const satisfies Record<Reason, string>;
