// Servers with few texts of their own, told by greeting, EHLO or one turn of phrase. A server that grows more gets a file.
import type { Product } from '../product.js';

export const JAMES: Product = {
  name: 'Apache James',
  alias: /\bjames\b/i,
  banner: /\bJAMES\b(?: awesome)? SMTP Server(?: (\d+[\d.]*))?/i,
  ehlo: /^\S+ Hello \S+ \[[^\]]+\]\)$/im,
  refusal:
    /requested action not taken: (?:relaying denied|max recipients reached)|incorrect authentication for specified email address|closing connection as too many unknown commands/i,
  rules: [
    { reason: 'sender-not-owned', tells: true, says: /^incorrect authentication for specified email address/ },
    { reason: 'greylisted', tells: true, says: /^temporary rejected: / },
    { reason: 'too-many-recipients', tells: true, says: /^requested action not taken: max recipients reached/ },
    { reason: 'too-many-errors', tells: true, code: /^521$/, says: /^closing connection as too many unknown commands/ },
    { reason: 'syntax', tells: true, says: /^usage: (?:rcpt to|mail from)/ },
  ],
};

export const DOVECOT: Product = {
  name: 'Dovecot submission',
  alias: /\bdovecot\b/i,
  banner: /\bDovecot\b(?: \([^)]*\))? ready\b/i,
  refusal: /^523 5\.7\.10 cleartext authentication disallowed|^503 5\.5\.0 (?:mail|rcpt) needed first/im,
  rules: [{ reason: 'claim-refused', tells: true, says: /^you are not from trusted ip/ }],
};

export const SMTP_SERVER: Product = {
  name: 'nodemailer smtp-server',
  // 5.1.1 is stamped on every 550 and is no sign of an unknown recipient.
  stampsCodes: true,
  alias: /\bsmtp-server\b|\bnodemailer\b/i,
  ehlo: /\bNice to meet you, /i,
  help: /tools\.ietf\.org\/html\/rfc5321 for details/i,
  refusal:
    /\berror: (?:authentication credentials invalid|bad (?:recipient|sender) address syntax|too many unauthenticated commands|unrecognized authentication type)|\byou talk too soon$/im,
  rules: [
    { reason: 'too-many-errors', tells: true, says: /^error: too many un\w+ commands/ },
    { reason: 'protocol-error', tells: true, says: /\byou talk too soon$/ },
    { reason: 'server-busy', tells: true, says: /\btoo many connected clients, try again in a moment/ },
    { reason: 'claim-refused', stages: ['xclient'], says: /^error: not allowed$/ },
  ],
};

export const COMMUNIGATE: Product = {
  name: 'CommuniGate Pro',
  alias: /\bcommunigate\b/i,
  banner: /\bCommuniGate Pro\b(?: (\d+[\d.]*\w*))?/i,
  ehlo: /^\S+ is pleased to meet you\n/im,
  rules: [{ reason: 'relay-denied', tells: true, code: /^5[57]1$/, says: /\bprohibited\. we do not relay/ }],
};

export const MERCURY: Product = {
  name: 'Mercury/32',
  alias: /\bmercury\b/i,
  banner: /\bMercury(?:\/32)?\b(?:.{0,12}?v?(\d+\.\d+\w*))?.*\b(?:ESMTP|server)/i,
  rules: [{ reason: 'relay-denied', tells: true, says: /\bwe do not relay non-local mail, sorry/ }],
};

export const IMAIL: Product = {
  name: 'IMail',
  alias: /\bimail\b|\bipswitch\b/i,
  banner: /\(IMail (\d+[\d.]*)/i,
  rules: [{ reason: 'relay-denied', tells: true, says: /^not local host\b.*\bnot a gateway/ }],
};

export const MAILENABLE: Product = {
  name: 'MailEnable',
  alias: /\bmailenable\b/i,
  banner: /\bMailEnable\b(?: Service, Version: (\d+[\d.]*))?/i,
  rules: [
    {
      reason: 'authentication-required',
      tells: true,
      says: /^this mail server requires authentication when attempting to send to a non-local/,
    },
  ],
};

/** Told by greeting alone; their refusals are read by the generic table. */
export const BY_BANNER: readonly Product[] = [
  { name: 'MDaemon', alias: /\bmdaemon\b/i, banner: /\bMDaemon\b(?: (?:PRO )?v?(\d+[\d.]*))?/i, rules: [] },
  {
    name: 'Kerio Connect',
    alias: /\bkerio\b/i,
    banner: /\bKerio (?:Connect|MailServer)\b(?: (\d+[\d.]*))?/i,
    rules: [],
  },
  { name: 'IceWarp', alias: /\bicewarp\b|\bmerak\b/i, banner: /\b(?:IceWarp|Merak)\b(?: (\d+[\d.]*))?/i, rules: [] },
  { name: 'Domino', alias: /\bdomino\b|\blotus\b/i, banner: /\bDomino\b(?: Release (\d+[\w.]*))?/i, rules: [] },
  {
    name: 'GroupWise',
    alias: /\bgroupwise\b/i,
    banner: /\bGroupWise\b(?: Internet Agent)?(?: (\d+[\d.]*))?/i,
    rules: [],
  },
  {
    name: 'SmarterMail',
    alias: /\bsmartermail\b/i,
    banner: /\bSmarterMail\b(?: (?:Server )?(\d+[\d.]*))?/i,
    rules: [],
  },
  { name: 'Axigen', alias: /\baxigen\b/i, banner: /\bAxigen\b(?: E?SMTP)?(?: (\d+[\d.]*))?/i, rules: [] },
  { name: 'XMail', alias: /\bxmail\b/i, banner: /\[XMail (\d+[\d.]*)/i, rules: [] },
  { name: 'SurgeMail', alias: /\bsurgemail\b/i, banner: /\bSurgeMail\b(?:.{0,20}?(\d+\.\d+\w*))?/i, rules: [] },
  { name: 'ArGoSoft', alias: /\bargosoft\b/i, banner: /\bArGoSoft\b(?:.{0,30}?\(?(\d+\.\d+[\d.]*))?/i, rules: [] },
  { name: 'Gordano', alias: /\bgordano\b|\bntmail\b/i, banner: /\b(?:GMS|NTMail)\b(?: \(?v?(\d+[\d.]*))?/i, rules: [] },
  {
    name: 'Oracle Messaging Server',
    alias: /\bmessaging server\b/i,
    banner: /\b(?:Oracle Communications|Sun Java\S* System|iPlanet) Messaging\b(?:.{0,20}?(\d+[\w.-]*))?/i,
    rules: [],
  },
  { name: 'PowerMTA', alias: /\bpowermta\b/i, banner: /\bPowerMTA\b(?:\(TM\))?(?: v(\d+[\w.]*))?/i, rules: [] },
  {
    name: 'Postal',
    alias: /\bpostal\b/i,
    banner: /\bESMTP Postal\/(?:(\d+[\d.]*))?/i,
    ehlo: /^My capabilities are$/im,
    rules: [],
  },
  { name: 'Gmail', alias: /\bgmail\b|\bgoogle\b/i, banner: /\bESMTP \S+ - gsmtp\b/i, rules: [] },
  {
    name: 'Synchronet',
    alias: /\bsynchronet\b/i,
    banner: /\bSynchronet (?:ESMTP|SMTP) Server(?: (\d+[\w.-]*))?/i,
    rules: [],
  },
  { name: 'Mailpit', alias: /\bmailpit\b/i, banner: /\bMailpit\b/i, rules: [] },
  { name: 'MailHog', alias: /\bmailhog\b/i, banner: /\bMailHog\b/i, rules: [] },
];
