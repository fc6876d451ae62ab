// What a server says, by situation: one complete neutral wording, and how a template becomes a reply (RFC 5321 section 4.2,
// RFC 2034). Products' own wordings are src/demo/personas.ts; when to say what is the session's business.

/** `{name}` place-holders stand for the session's values; a line feed starts the next line of a multi-line reply. */
const NEUTRAL = {
  greeting: '220 {hostname} ESMTP',
  teaser: '220-{hostname} ESMTP',
  helo: '250 {hostname}',
  ehlo: '250-{hostname}',
  'no-service': '554 5.3.2 No SMTP service here',
  blocked: '554 5.7.1 Client host [{client}] blocked',
  'client-name': '550 5.7.25 Client host [{client}] has no name',
  busy: '421 4.3.2 Service busy, try again later',
  'too-many-connections': '421 4.7.0 Too many connections',
  'too-many-connections-per-minute': '421 4.7.0 Connection rate limit exceeded',
  'shutting-down': '421 4.3.2 {hostname} closing transmission channel',
  'sender-ok': '250 2.1.0 Ok',
  'recipient-ok': '250 2.1.5 Ok',
  'data-go': '354 End data with <CR><LF>.<CR><LF>',
  'chunk-ok': '250 2.0.0 Chunk taken',
  queued: '250 2.0.0 Ok: queued as {id}',
  ok: '250 2.0.0 Ok',
  bye: '221 2.0.0 Bye',
  help: '214 2.0.0 See RFC 5321',
  verify: '252 2.0.0 Cannot verify, send some mail',
  'verify-disabled': '502 5.5.1 VRFY command is disabled',
  'queue-run': '250 2.0.0 Queuing started',
  'queue-refused': '459 4.7.1 <{argument}>: service unavailable',
  'relay-denied': '550 5.7.1 <{recipient}>: relaying denied',
  'authentication-required': '530 5.7.0 Authentication required',
  'starttls-required': '530 5.7.0 Must issue a STARTTLS command first',
  'unknown-user': '550 5.1.1 <{recipient}>: no such user here',
  'unqualified-recipient': '501 5.1.3 <{recipient}>: a domain is required',
  'unqualified-sender': '501 5.1.7 <{sender}>: a domain is required',
  'sender-rejected': '550 5.7.1 <{sender}>: sender address rejected',
  'sender-unresolvable': '450 4.1.8 <{sender}>: domain of sender address not found',
  'sender-not-owned': '553 5.7.1 <{sender}>: sender address not owned by this account',
  'sender-syntax': '501 5.1.7 Bad sender address syntax',
  'recipient-syntax': '501 5.1.3 Bad recipient address syntax',
  'recipient-unresolvable': '450 4.1.2 <{recipient}>: domain of recipient address not found',
  'recipient-unverified': '450 4.1.1 <{recipient}>: recipient could not be verified',
  'greeting-rejected': '550 5.7.1 <{helo}>: greeting rejected',
  syntax: '501 5.5.4 Syntax error in parameters',
  'line-too-long': '500 5.5.2 Line too long',
  'unknown-parameter': '555 5.5.4 Unsupported option: {argument}',
  'unknown-command': '500 5.5.2 Command not recognized',
  'need-greeting': '503 5.5.1 Send HELO or EHLO first',
  'need-mail': '503 5.5.1 Need MAIL command',
  'need-recipient': '503 5.5.1 Need RCPT command',
  'no-recipients': '554 5.5.1 No valid recipients',
  'nested-mail': '503 5.5.1 Nested MAIL command',
  'chunks-begun': '503 5.5.1 DATA not permitted once BDAT has begun',
  'smtputf8-required': '553 5.6.7 Must declare SMTPUTF8 to send unicode address',
  'too-big': '552 5.3.4 Message size exceeds limit',
  'too-many-errors': '421 4.7.0 {hostname} Too many errors',
  'too-many-syntax-errors': '421 4.7.0 {hostname} Too many syntax errors',
  'too-many-unknown-commands': '421 4.7.0 {hostname} Too many unknown commands',
  'too-many-commands': '421 4.7.0 {hostname} Too many commands',
  'too-many-recipients': '452 4.5.3 Too many recipients',
  'too-many-messages': '421 4.7.0 Too many messages in this connection',
  'too-much-mail': '450 4.7.1 Too much mail from {client}',
  'busy-recipient': '450 4.3.2 Service currently unavailable',
  greylisted: '451 4.7.1 Greylisted, please try again later',
  temporary: '451 4.3.0 Temporary failure',
  policy: '550 5.7.1 Administrative prohibition',
  unclassified: '550 No, thank you',
  'message-refused': '550 5.7.1 Message refused',
  'data-refused': '554 5.7.1 Data refused',
  'protocol-error': '550 5.5.1 Protocol error',
  pipelining: '500 5.5.1 Pipelining not supported',
  'starttls-ready': '220 2.0.0 Ready to start TLS',
  'tls-unavailable': '454 4.7.0 TLS not available',
  'tls-active': '503 5.5.1 TLS already active',
  'auth-ok': '235 2.7.0 Authentication successful',
  'auth-failed': '535 5.7.8 Authentication failed',
  'auth-unavailable': '454 4.7.0 Temporary authentication failure',
  'auth-mechanism': '504 5.5.4 Unrecognized authentication type',
  'auth-not-enabled': '503 5.5.1 Authentication not enabled',
  'auth-needs-tls': '538 5.7.11 Encryption required for requested authentication mechanism',
  'auth-aborted': '501 5.7.0 Authentication aborted',
  'auth-syntax': '501 5.5.2 Cannot decode response',
  'auth-twice': '503 5.5.1 Already authenticated',
  'auth-late': '503 5.5.1 AUTH not permitted during a mail transaction',
  'claim-refused': '550 5.7.0 Not authorized',
  'proxy-refused': '421 4.3.2 PROXY not allowed from {client}',
  'proxy-missing': '421 4.3.2 No proxy header',
} satisfies Record<string, string>;

export type Situation = keyof typeof NEUTRAL;
export type Replies = Readonly<Record<Situation, string>>;

/** A product's way of speaking; what it leaves out is said neutrally. */
export interface Persona {
  readonly name: string;
  readonly replies: Partial<Replies>;
}

export interface Wording {
  readonly persona?: Persona;
  readonly replies?: Partial<Replies>;
  readonly softBounce?: boolean;
  /** False where ENHANCEDSTATUSCODES is not announced: the codes are left out. */
  readonly isEnhanced: boolean;
}

/** Word a situation as reply lines without CR LF. */
export function word(situation: Situation, wording: Wording, values: Readonly<Record<string, string>>): string[] {
  const template = wording.replies?.[situation] ?? wording.persona?.replies[situation] ?? NEUTRAL[situation];
  return template.split('\n').map((line) => {
    const filled = line.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
    const soft = wording.softBounce ? filled.replace(/^5(\d\d[ -])(?:5(\.\d+\.\d+))?/, softened) : filled;
    return wording.isEnhanced ? soft : soft.replace(/^(\d{3}[ -])[245]\.\d{1,3}\.\d{1,3} /, '$1');
  });
}

const softened = (_all: string, code: string, enhanced: string | undefined): string =>
  `4${code}${enhanced === undefined ? '' : `4${enhanced}`}`;
