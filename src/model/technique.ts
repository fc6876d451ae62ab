// One trick that some server has fallen for, as data. The catalogue is src/techniques; templates are filled by src/plan.

export const FAMILIES = ['sender', 'recipient', 'identity', 'authentication', 'protocol', 'indirect'] as const;
export type Family = (typeof FAMILIES)[number];

/** The closed set of names a template may use, as `{canary}`. */
export const TEMPLATE_NAMES = [
  'canary',
  'canary.local',
  'canary.domain',
  'sender',
  'local.domain',
  'local.recipient',
  'server.name',
  'server.address',
  'source.address',
  'id',
] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

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
  /** An end-of-data look-alike that smuggles a second envelope (CVE-2023-51764 and kin); JSON-escaped text. */
  readonly smuggle?: string;
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
}
