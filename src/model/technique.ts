// One trick that some server has fallen for, as data. The catalogue is src/techniques; templates are filled by src/plan.
import type { Credentials } from './access.js';

export const FAMILIES = ['sender', 'recipient', 'identity', 'authentication', 'protocol', 'indirect'] as const;
export type Family = (typeof FAMILIES)[number];

/** The closed set of names a template may use, as `{canary}`, each with its meaning. */
export const TEMPLATE_MEANINGS = {
  canary: 'the foreign mailbox that the operator owns',
  'canary.local': 'its local part',
  'canary.domain': 'its domain',
  'canary.address': "an address of the host that takes the canary domain's mail",
  'canary.literal': 'that address as an address literal',
  sender: 'the reverse-path of a stranger, at a domain that resolves',
  'other.domain': 'a foreign domain beside that of the canary',
  partner: 'a mailbox of somebody whom the operator relays for by name',
  'local.domain': 'a domain that the server takes mail for',
  'local.recipient': 'a mailbox in it',
  'server.name': "the server's host name",
  'server.address': "the server's address",
  'server.literal': 'the same as an address literal (RFC 5321 section 4.1.3)',
  'server.literal6': 'the same as an IPv6 address literal, a v4 address in its IPv4-mapped form',
  'source.address': 'the address that the audit comes from',
  'approved.address': 'an address that the policy lets relay, of the family of the server',
  'client.name': 'the name that the audit greets with',
  id: 'a short token that makes invented names unique',
} as const;
export type TemplateName = keyof typeof TEMPLATE_MEANINGS;
export const TEMPLATE_NAMES = Object.keys(TEMPLATE_MEANINGS) as readonly TemplateName[];

/** What the names stand for in one audit; a technique that uses a name without a value cannot be asked. */
export type TemplateValues = Readonly<Partial<Record<TemplateName, string>>>;

/** Text with `{name}` place-holders of TEMPLATE_NAMES; anything else in braces is an error at load. */
export type Template = string;

/** `standard` finds holes without side effects; `all` adds the slow and the loud; `named` only when asked for by id. */
export type TechniqueSet = 'standard' | 'all' | 'named';

/** What a session does beside greeting and envelope; each is a typed field that any technique may use. */
export interface SessionExtras {
  /** Sent before the envelope's recipient, in the same mail transaction. */
  readonly firstRecipient?: Template;
  /** XCLIENT attributes to claim, where announced. */
  readonly xclient?: Readonly<Record<string, Template>>;
  /** Source address claimed in a PROXY protocol header, before the greeting. */
  readonly proxy?: { readonly version: 1 | 2; readonly address: Template };
  /** Transport of the message. */
  readonly transport?: 'DATA' | 'BDAT';
  /** One write for MAIL, RCPT and DATA though nothing was announced. */
  readonly oneWrite?: boolean;
  /** Commands in the same segment as STARTTLS (CVE-2011-0411). */
  readonly afterStarttls?: readonly Template[];
  /** A verb of its own instead of MAIL FROM (SEND, SOML, SAML). */
  readonly mailVerb?: 'SEND' | 'SOML' | 'SAML';
  /** Commands instead of an envelope (ETRN, VRFY, EXPN); their replies are the evidence. */
  readonly commands?: readonly Template[];
  /** An end-of-data look-alike (CVE-2023-51764 and kin), byte for byte, in the message; behind it `smuggled` in the same text. */
  readonly smuggle?: string;
  /** The second envelope that `smuggle` hides; the technique's own paths are the one around it. */
  readonly smuggled?: { readonly reversePath: Template; readonly forwardPath: Template };
  /** Header fields of the message beside or instead of the usual ones, in this order. */
  readonly headers?: readonly { readonly name: string; readonly value: Template }[];
  /** Lines of text that the message's body ends with. */
  readonly body?: readonly string[];
  /** Log in at the mailbox service of the same host first, with the account of the audit. */
  readonly mailboxLogin?: 'imap' | 'pop3';
  /** A self-signed client certificate in the TLS handshake. */
  readonly clientCertificate?: boolean;
  /** Authenticate in an odd way before the envelope; see src/smtp/sasl.ts. */
  readonly authentication?:
    | 'cram-garbage'
    | 'anonymous'
    | 'external'
    | 'ntlm-anonymous'
    | 'authzid'
    | 'unadvertised'
    | 'abort'
    | 'then-rset'
    | 'then-starttls'
    | 'then-rehlo'
    | 'default-credentials';
}

/** Where a technique is told apart from the plain attempt: what a *form* refusal must be about. */
export type Varied = 'greeting' | 'reverse-path' | 'forward-path' | 'parameters' | 'session' | 'authentication';

export interface Technique {
  /** Kebab-case, never renamed. */
  readonly id: string;
  readonly family: Family;
  readonly set: TechniqueSet;
  /** What the server does wrong, as one sentence without a full stop. */
  readonly title: string;
  /** Why servers do it. */
  readonly why: string;
  /** RFC sections, CVEs, documentation: one or more. */
  readonly references: readonly string[];
  /** Servers or settings known to fall for it. */
  readonly knownFor: readonly string[];
  readonly greeting?: { readonly verb: 'EHLO' | 'HELO' | 'none'; readonly name?: Template };
  /** Between `MAIL FROM:<` and `>`; default `{sender}`. */
  readonly reversePath?: Template;
  /** Between `RCPT TO:<` and `>`; default `{canary}`. */
  readonly forwardPath?: Template;
  /** Also try each recipient form from a forged local sender; default true for the family *recipient*. */
  readonly alsoFrom?: readonly Template[];
  /** Send the forward-path without brackets. */
  readonly bareForwardPath?: boolean;
  readonly mailParameters?: Template;
  readonly rcptParameters?: Template;
  /** Only under TLS, or only before it; default: wherever the plain attempt was asked. */
  readonly security?: 'none' | 'tls';
  readonly extras?: SessionExtras;
  /** Extensions that must be announced for the technique to make sense, e.g. `XCLIENT`. */
  readonly needs?: readonly string[];
  /** What the session authenticates with before the envelope; default `none`. */
  readonly credentials?: Credentials;
  /** The words of a login that is no account of the operator's: of a published default. */
  readonly login?: { readonly user: string; readonly password: string };
  /**
   * What shows that the server fell for it; default `acceptance`: 250 to RCPT, then delivery. `replies`: a positive reply to
   * the last of `commands` or `afterStarttls`. `delivery`: the canary alone, since the recipient of the envelope is local.
   * `return`: a message that comes back to the reverse-path.
   */
  readonly proof?: 'acceptance' | 'replies' | 'delivery' | 'return';
  /** Where the matrix asks it by itself, as an option; then no list of techniques selects it. */
  readonly askedBy?: string;
}
