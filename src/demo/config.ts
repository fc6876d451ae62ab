// The demo server as data: independent tables that are combined into one ServerConfig. Mechanisms only: nothing in here, or in
// what reads it, knows of audits, techniques or tests. Times are milliseconds; addresses are loopback by use, not by rule.
import type { Stage } from '../model/reply.js';
import type { Persona, Replies } from './replies.js';

export interface ServerConfig {
  readonly hostname: string;
  /** Domains that mail is taken for; the host name and its own address literals count as well. */
  readonly localDomains: readonly string[];
  /** Local parts that exist at every local domain; postmaster always does. */
  readonly users: readonly string[];
  /** Unknown local users; `bounce` accepts and returns a notification. Default `refuse`. */
  readonly unknownLocal?: 'refuse' | 'accept' | 'bounce';
  /** Recipients without a domain that no rewrite explains; `append` makes them local. Default `refuse`. */
  readonly unqualified?: 'refuse' | 'append';
  /** User name to password. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Addresses listened on, all on one port. Default 127.0.0.1. */
  readonly listen?: readonly string[];
  /** Default 0: any free port. */
  readonly port?: number;
  readonly persona?: Persona;
  /** Wording that differs from the persona's. */
  readonly replies?: Partial<Replies>;
  /** Turns every 5yz reply into 4yz, as Postfix does with soft_bounce. */
  readonly softBounce?: boolean;
  readonly security?: SecurityConfig;
  readonly extensions?: Extensions;
  readonly auth?: AuthConfig;
  /** Who may relay: any row that holds. Default nobody. */
  readonly relay?: readonly Condition[];
  /** What is done with a recipient that nobody may relay to: refused, or accepted and then not passed on. Default `refuse`. */
  readonly denied?: 'refuse' | 'bounce' | 'discard' | 'keep';
  /** When the relay check is made; `data` says 250 to every recipient first. Default `rcpt`. */
  readonly relayCheckAt?: 'rcpt' | 'data';
  /** How forward-paths are rewritten between check and delivery. */
  readonly rewrites?: readonly Rewrite[];
  /** Asks the next hop before a foreign recipient is accepted. */
  readonly verifiesRecipients?: boolean;
  /** What is refused beside relaying, first row first. */
  readonly refuse?: readonly Refusal[];
  readonly delays?: readonly Delay[];
  readonly faults?: readonly Fault[];
  /** Longest command line, in bytes. Default 4096. */
  readonly maxLine?: number;
  /** A first part of the greeting (`220-`) and the wait behind it, as postscreen has. */
  readonly teaserMs?: number;
  /** End-of-data sequences accepted beside CR LF . CR LF (RFC 5321 section 4.1.1.4), as `\n.\n`. */
  readonly endsOfData?: readonly string[];
  readonly delivery?: Delivery;
  readonly xclient?: XclientConfig;
  readonly proxy?: ProxyConfig;
  /** A pool behind one address: connection n is served by row n modulo length, which overrides what stands here. */
  readonly nodes?: readonly Partial<ServerConfig>[];
}

interface SecurityConfig {
  readonly tls: 'none' | 'starttls' | 'implicit';
  /** Name in the certificate; default the host name, with the loopback addresses. */
  readonly certificateName?: string;
  readonly certificateExpired?: boolean;
  /** `plaintext` runs what stood behind STARTTLS in the clear (CVE-2011-0411); default it is dropped (RFC 3207 section 4.2). */
  readonly afterStarttls?: 'drop' | 'plaintext';
  /** Says 220 to STARTTLS and then fails the handshake. */
  readonly failsHandshake?: boolean;
}

export type Extension =
  | 'PIPELINING'
  | 'SIZE'
  | 'ETRN'
  | 'STARTTLS'
  | 'AUTH'
  | 'ENHANCEDSTATUSCODES'
  | '8BITMIME'
  | 'DSN'
  | 'SMTPUTF8'
  | 'CHUNKING'
  | 'VRFY'
  | 'XCLIENT'
  | 'XFORWARD';

/** What is announced where a configuration does not say. */
export const DEFAULT_OFFER = ['PIPELINING', 'SIZE', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN', 'SMTPUTF8'] as const;

interface Extensions {
  /** Announced beside what security, auth and XCLIENT bring. */
  readonly offer?: readonly Exclude<Extension, 'STARTTLS' | 'AUTH' | 'XCLIENT'>[];
  readonly maxSize?: number;
  /** False: EHLO is an unknown command. */
  readonly ehlo?: boolean;
  /** False: MAIL is taken without a greeting. */
  readonly needsGreeting?: boolean;
  /** True: SEND, SOML and SAML are taken (RFC 821). */
  readonly legacyVerbs?: boolean;
}

/** How lenient the password check is, beside an exact match. */
export type Leniency = 'any-password' | 'empty-password' | 'unknown-account' | 'cram-garbage';

export interface AuthConfig {
  readonly mechanisms: readonly string[];
  /** When EHLO announces AUTH. Default `always`. */
  readonly offer?: 'always' | 'tls' | 'never';
  /** When AUTH is taken. Default `always`. */
  readonly accept?: 'always' | 'tls';
  /** Mechanisms offered and taken under TLS only. */
  readonly tlsOnly?: readonly string[];
  readonly lenient?: readonly Leniency[];
  /** The password backend cannot be reached. */
  readonly down?: boolean;
  /** Mechanisms that refuse everyone. */
  readonly broken?: readonly string[];
  /** A challenge that never changes; by default each is new. */
  readonly staticChallenge?: string;
  /** LOGIN's two prompts as sent, base64 or not; default `Username:` and `Password:`. */
  readonly prompts?: readonly [string, string];
  /** An authorization identity that differs: refused, taken from whoever is authenticated, or believed without a password. */
  readonly authzid?: 'refuse' | 'accept' | 'trusted';
  /** The name of a failed or aborted dialogue becomes the session's user at these events. */
  readonly keepsUserAfter?: readonly ('abort' | 'RSET' | 'EHLO' | 'STARTTLS')[];
  /** Also announces `AUTH=`, as old clients want. */
  readonly legacyLine?: boolean;
}

export type ReversePathKind =
  | 'null'
  | 'local-domain'
  | 'local-user'
  | 'local-unknown'
  | 'postmaster'
  | 'mailer-daemon'
  | 'host-name'
  | 'localhost'
  | 'subdomain'
  | 'literal'
  | 'own-literal'
  | 'loopback-literal'
  | 'numeric'
  | 'unqualified'
  | 'empty-domain'
  | 'bang'
  | 'bang-local'
  | 'auth-parameter'
  | 'owned'
  | 'same-as-recipient'
  | 'utf8';

export type ForwardPathKind =
  | 'foreign'
  | 'local'
  | 'local-unknown'
  | 'local-domain-inside'
  | 'subdomain'
  | 'source-route'
  | 'double-at'
  | 'percent'
  | 'bang'
  | 'quoted'
  | 'literal'
  | 'numeric'
  | 'trailing-dot'
  | 'empty-domain'
  | 'unqualified'
  | 'unbracketed'
  | 'role'
  | 'srs'
  | 'utf8';

/** What is counted within a session. */
export const COUNTERS = [
  'commands',
  'replies',
  'errors',
  'refused-recipients',
  'syntax-errors',
  'unknown-commands',
  'non-mail-commands',
  'failed-logins',
  'messages',
  'transactions',
  'recipients',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** What is remembered beyond a session. */
export type Event = 'connection' | 'refusal' | 'recipient' | 'message' | 'failed-login';

/** Where a reply belongs; `other` are commands outside the order of a session (RSET, NOOP, QUIT, VRFY, unknown ones). */
export type ReplyStage = Stage | 'other';

/** Something that holds or not of a client, session, envelope or recipient. Domain lists take `example.org` and `.example.org`. */
export type Condition =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'network'; readonly in: readonly string[] }
  | { readonly kind: 'authenticated'; readonly by?: readonly string[] }
  | {
      readonly kind: 'greeting';
      readonly names?: readonly string[];
      readonly verb?: 'EHLO' | 'HELO' | 'none';
      readonly longerThan?: number;
    }
  | { readonly kind: 'reverse-path'; readonly is?: readonly ReversePathKind[]; readonly domains?: readonly string[] }
  | { readonly kind: 'forward-path'; readonly is?: readonly ForwardPathKind[]; readonly domains?: readonly string[] }
  | { readonly kind: 'verb'; readonly is: readonly string[] }
  | { readonly kind: 'transport'; readonly is: readonly ('DATA' | 'BDAT')[] }
  | { readonly kind: 'tls' }
  | { readonly kind: 'client-certificate' }
  /** Source, reverse-path and forward-path (or source alone) were first seen less than the wait ago. */
  | { readonly kind: 'greylisted'; readonly waitMs: number; readonly by?: 'triple' | 'client' }
  | { readonly kind: 'count'; readonly of: Counter; readonly atLeast: number }
  /** Recipients accepted in this transaction. */
  | { readonly kind: 'recipients'; readonly atLeast: number }
  | {
      readonly kind: 'history';
      readonly of: Event;
      readonly per: 'client' | 'server';
      readonly atLeast: number;
      readonly withinMs?: number;
    }
  /** Connections open, this one included. */
  | { readonly kind: 'concurrent'; readonly per: 'client' | 'server'; readonly atLeast: number }
  /** The client spoke before the greeting was over. */
  | { readonly kind: 'early-talker' }
  /** More input was waiting when the command was read. */
  | { readonly kind: 'pipelined' }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'all'; readonly of: readonly Condition[] }
  | { readonly kind: 'any'; readonly of: readonly Condition[] };

export type RewriteForm =
  | 'percent'
  | 'bang'
  | 'quoted'
  | 'source-route'
  | 'double-at-last'
  | 'double-at-first'
  | 'trailing-at'
  | 'srs'
  | 'first-bracket';

/** A way to read an address anew. `rechecked`: before the relay check, as it should be; else behind it, which is the hole. */
export interface Rewrite {
  readonly form: RewriteForm;
  readonly rechecked?: boolean;
}

/**
 * When a row is asked: `connect` resets the connection without a word; `any` before each command; `instead` before and
 * `after` behind each negative or any reply; `accepted` once the relay check has let a recipient through.
 */
export type RefusalStage =
  | 'connect'
  | 'greeting'
  | 'any'
  | 'helo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'accepted'
  | 'data'
  | 'message'
  | 'instead'
  | 'after';

export interface Refusal {
  readonly at: RefusalStage;
  readonly when: Condition;
  readonly reply: keyof Replies;
  /** `close` hangs up behind the reply; `deliver` refuses a message in words only. */
  readonly effect?: 'close' | 'deliver';
}

/** A wait before replies: at a stage, or from a count on, growing by `factor` with each further one. */
export interface Delay {
  readonly ms: number;
  readonly at?: ReplyStage;
  readonly of?: Counter;
  readonly from?: number;
  readonly factor?: number;
  readonly maxMs?: number;
  /** Before negative replies only. */
  readonly onlyErrors?: boolean;
}

/** What goes wrong on the wire. Replies are counted from 1, the greeting first. `connections`: in the first n only. */
export type Fault = { readonly connections?: number } & (
  | { readonly kind: 'hang-up'; readonly after: number }
  | { readonly kind: 'closing'; readonly at: number }
  | { readonly kind: 'silence'; readonly at: ReplyStage }
  | { readonly kind: 'garbage'; readonly at: ReplyStage; readonly text: string }
  | { readonly kind: 'close-at'; readonly at: ReplyStage }
  | { readonly kind: 'extra'; readonly after: number; readonly text: string }
  | { readonly kind: 'missing'; readonly at: number }
  | { readonly kind: 'close-after-error' }
  /** Replies are written so many bytes at a time. */
  | { readonly kind: 'split'; readonly bytes: number }
  /** The first write ends behind this byte of the session. */
  | { readonly kind: 'cut'; readonly byte: number }
  /** After so many replies of all sessions the server dies and listens again later; `forMs` null: never. */
  | { readonly kind: 'death'; readonly after: number; readonly forMs: number | null }
);

export interface Hop {
  readonly host: string;
  readonly port: number;
}

export interface Delivery {
  /** What becomes of mail for others that was accepted. Default `relay`. */
  readonly foreign?: 'relay' | 'keep' | 'discard' | 'bounce';
  /** Next hops by domain, `*` for all others; without one, mail cannot be delivered and bounces. */
  readonly route?: Readonly<Record<string, Hop>> | ((domain: string) => Hop | null);
  /** Every accepted recipient becomes this mailbox. */
  readonly redirectTo?: string;
  readonly delayMs?: number;
  /** Only so many messages are really relayed. */
  readonly relaysFirst?: number;
  /** What a notification says and returns. */
  readonly notification?: {
    readonly action?: 'failed' | 'delayed';
    readonly status?: string;
    readonly remoteMta?: string;
    readonly returns?: 'headers' | 'full';
  };
}

interface XclientConfig {
  /** Peers that may claim; others get `claim-refused`. */
  readonly from: readonly string[];
  /** Attributes that have an effect; default all. The reply is 220 whatever they are. */
  readonly believes?: readonly string[];
  /** Default true. */
  readonly announce?: boolean;
}

interface ProxyConfig {
  /** Peers whose header counts. */
  readonly from: readonly string[];
  /** Waits so long in silence for a header. Default 5000. */
  readonly waitMs?: number;
  /** Without a header: 421 and close; else the peer itself is the client. Default true. */
  readonly required?: boolean;
}
