// What planner and judge know of one server before anything is asked: options resolved for one address.
// Pure data without secrets, so that saved evidence can be judged again under another brief.
import type { Mechanism } from './access.js';
import type { NegativeAuthentication } from './options.js';
import type { Policy } from './policy.js';
import type { Source } from './source.js';
import type { TargetAddress } from './target.js';
import type { Technique } from './technique.js';

/** The names that envelopes and greetings are made of. */
export interface Identity {
  readonly helo: string;
  /** Reverse-path of strangers. */
  readonly sender: string;
  /** Reverse-path of those who may relay. */
  readonly authSender: string;
  /** Absent where the operator named none. */
  readonly partner?: string;
  readonly canary: string;
  /** An address of the host that takes the canary domain's mail; absent where it is not known. */
  readonly canaryAddress?: string;
  readonly secondCanaryDomain: string | null;
  /** The inbound control; `strong` where the operator named the mailbox. */
  readonly localRecipient: { readonly mailbox: string; readonly strong: boolean };
  /** Null where the operator named none: then it is guessed from the server's name, and the controls are weak. */
  readonly localDomain: string | null;
  /** The server's name for `{server.name}`; null where the target is an address: then its EHLO reply tells. */
  readonly serverName: string | null;
  /** A short token that makes invented names unique and repeatable. */
  readonly id: string;
}

export interface Brief {
  readonly target: TargetAddress;
  readonly policy: Policy;
  readonly sources: readonly Source[];
  readonly techniques: readonly Technique[];
  readonly identity: Identity;
  /** The account's name, null where none was given; its password stays with execute. */
  readonly user: string | null;
  /** Whether valid credentials may be sent without verified TLS (loopback, or the operator said so). */
  readonly mayAuthenticateInClear: boolean;
  readonly tlsPin: string | null;
  readonly mechanisms: readonly Mechanism[];
  readonly negativeAuthentication: NegativeAuthentication;
  readonly confirm: 'rcpt' | 'data' | 'delivery';
  /** Whether the failed logins of the account were asked of another server of the run, and are not asked here; absent: no. */
  readonly failuresSpent?: boolean;
  /** Most messages of the run to this server, and whether every accepted attempt gets one. */
  readonly maxMessages: number;
  readonly confirmAll: boolean;
  readonly sharedSessions: boolean;
  /** Whether the planner may ask from further claimed addresses to find how far trust reaches. */
  readonly findExtent: boolean;
}
