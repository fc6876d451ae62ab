// What an operator can ask of an audit, parsed and typed: what the command line, a configuration file and the library
// hand to `audit()`. The option names of docs/contract.md in camelCase; durations in milliseconds; null where nothing was given.
import type { Mechanism } from './access.js';
import type { Preset } from './policy.js';
import type { Target } from './target.js';

export const CONFIRM_LEVELS = ['rcpt', 'data', 'delivery'] as const;
export type ConfirmLevel = (typeof CONFIRM_LEVELS)[number];

export const NEGATIVE_AUTHENTICATION = ['none', 'safe', 'full'] as const;
export type NegativeAuthentication = (typeof NEGATIVE_AUTHENTICATION)[number];

/** The account of the authenticated relays. SAFETY: lives in memory only; evidence and reports never hold it. */
export interface Account {
  readonly user: string;
  readonly password: string;
}

/** An account whose password is not here: the workers have it. */
export interface AccountElsewhere {
  readonly user: string;
  readonly password: null;
}

export interface AuditOptions {
  readonly targets: readonly Target[];
  /** Source specs as in docs/contract.md, "Sources"; empty means `any`. */
  readonly sources: readonly string[];
  /** Null: by service. */
  readonly policy: Preset | null;
  readonly rules: readonly string[];
  readonly relayHosts: readonly string[];
  readonly localDomains: readonly string[];
  readonly localRecipient: string | null;
  /** The foreign mailbox that the operator owns; for a canary domain, `relayproof@domain`. */
  readonly canary: string;
  /** Whether the operator named a whole canary domain, so that tokens may be local parts of their own. */
  readonly canaryIsDomain: boolean;
  readonly secondCanaryDomain: string | null;
  readonly confirm: ConfirmLevel | null;
  readonly waitMs: number;
  readonly maxMessages: number;
  readonly confirmAll: boolean;
  readonly helo: string | null;
  readonly sender: string | null;
  readonly authSender: string | null;
  /** A mailbox of somebody whom the server relays for by its reverse-path; null: that technique is not asked. */
  readonly partner: string | null;
  readonly account: Account | AccountElsewhere | null;
  readonly allowInsecureAuth: boolean;
  /** `sha256:` and 64 hex digits. */
  readonly tlsPin: string | null;
  readonly mechanisms: readonly Mechanism[];
  readonly negativeAuthentication: NegativeAuthentication;
  /** Ids, families, set names, `-id`. */
  readonly techniques: readonly string[];
  readonly family: 'auto' | '4' | '6' | 'both';
  readonly address: 'all' | 'first';
  readonly sessions: number;
  /** Connections per second; null: no limit. */
  readonly rate: number | null;
  readonly timeoutMs: number;
  /** Per server; null: as planned. */
  readonly deadlineMs: number | null;
  readonly greylistWaitMs: number;
  readonly sharedSessions: boolean;
  readonly seed: string | null;
  /** Where the catalogue is swept: from sources that the operator named, or from planned edges as well. */
  readonly sweep: 'named' | 'all';
  /** Find by bisection how far trust reaches around an address that relays and should not. */
  readonly findExtent: boolean;
  /** Of the user that a socks5:// or http:// source names. SAFETY: lives in memory only. */
  readonly proxyPassword: string | null;
}

/** What holds where the operator says nothing (docs/contract.md, options of `audit`). */
export const DEFAULTS = {
  sources: [],
  policy: null,
  rules: ['basic'],
  relayHosts: [],
  localDomains: [],
  localRecipient: null,
  canaryIsDomain: false,
  secondCanaryDomain: null,
  confirm: null,
  waitMs: 60_000,
  maxMessages: 20,
  confirmAll: false,
  helo: null,
  sender: null,
  authSender: null,
  partner: null,
  account: null,
  allowInsecureAuth: false,
  tlsPin: null,
  mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'],
  negativeAuthentication: 'safe',
  techniques: ['standard'],
  family: 'auto',
  address: 'all',
  sessions: 4,
  rate: null,
  timeoutMs: 30_000,
  deadlineMs: null,
  greylistWaitMs: 0,
  sharedSessions: true,
  seed: null,
  sweep: 'named',
  findExtent: false,
  proxyPassword: null,
} as const satisfies Omit<AuditOptions, 'targets' | 'canary'>;
