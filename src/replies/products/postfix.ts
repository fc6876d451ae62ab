// Postfix (smtpd, postscreen): "<what>: <field> rejected: <why>", codes set by what is refused (postconf(5), postscreen(8)).
import type { Product } from '../product.js';

export const POSTFIX: Product = {
  name: 'Postfix',
  alias: /\bpostfix\b/i,
  banner: /\bPostfix\b(?:[ -]\(?(\d+(?:\.\d+)+))?/i,
  shape:
    /^PIPELINING\nSIZE(?: \d+)?\n(?:VRFY\n)?(?:ETRN\n)?(?:STARTTLS\n)?(?:AUTH .*\n)*(?:XCLIENT .*\n|XFORWARD .*\n)*ENHANCEDSTATUSCODES\n8BITMIME\n(?:DSN)?/im,
  refusal:
    /<[^<>]*>: (?:relay access denied|(?:recipient|sender) address rejected: |helo command rejected: )|\d error: (?:need (?:mail|rcpt) command|command not recognized|too many errors)|client host rejected: cannot find your|must issue a starttls command first$|user unknown in (?:local|virtual|relay)/im,
  rules: [
    { reason: 'relay-denied', tells: true, says: /^<> ?: (?:recipient address rejected: )?relay access denied/ },
    {
      reason: 'sender-not-owned',
      tells: true,
      says: /^<> ?: sender address rejected: not (?:logged in|owned by user)/,
    },
    {
      reason: 'sender-rejected',
      tells: true,
      says: /^<> ?: sender address rejected: (?:user unknown in|domain not found|undeliverable address|unverified address|access denied|domain\b.*nullmx|.*null ?mx)/,
    },
    { reason: 'greeting-rejected', tells: true, says: /^<> ?: helo command rejected: / },
    {
      reason: 'recipient-unverified',
      tells: true,
      says: /^<> ?: recipient address rejected: (?:undeliverable|unverified) address|^<> ?: recipient address rejected: address verification/,
    },
    {
      reason: 'recipient-domain-rejected',
      tells: true,
      says: /^<> ?: recipient address rejected: domain\b.*(?:not found|null ?mx)/,
    },
    {
      reason: 'temporary-failure',
      tells: true,
      code: /^45/,
      says: /^<> ?: recipient address rejected: try again later$/,
    },
    {
      reason: 'policy',
      tells: true,
      says: /^<> ?: recipient address rejected: access denied$/,
      enhanced: /^[45]\.7\.1$/,
    },
    { reason: 'client-blocked', tells: true, says: /^(?:<.*> ?: )?client host rejected: access denied/ },
    // postscreen: the first session of a new client is deferred once its tests are passed.
    { reason: 'greylisted', tells: true, enhanced: /^4\.3\.2$/, says: /^service currently unavailable$/ },
    { reason: 'server-busy', tells: true, enhanced: /^4\.3\.2$/, says: /^all screening ports are busy/ },
    { reason: 'client-blocked', tells: true, code: /^521$/, says: /^service currently unavailable$/ },
    {
      reason: 'rate-limited',
      tells: true,
      says: /^error: too (?:much|many) (?:mail|recipients|connections|new tls sessions|auth commands)(?: from|$)/,
      unless: /^error: too many recipients$/,
    },
    { reason: 'protocol-error', tells: true, says: /^error: i can break rules, too/ },
  ],
};

/** Apple's builds of Postfix (Mac OS X Server 10.3 and later); before that the mail service was Apple's own. */
export const APPLE: Product = {
  name: 'Mac OS X Server',
  alias: /\bmac ?os ?x\b|\bapple(?! ?james)(?:share| mail| postfix)/i,
  kin: 'Postfix',
  banner: /\b(?:apple mail server|appleshare ip mail server|mac ?os ?x (?:mail )?server)(?: (\d+(?:\.\d+)*))?/i,
  ehlo: /^BURL imap\b/im,
  rules: [],
};

export const ZIMBRA: Product = {
  name: 'Zimbra',
  alias: /\bzimbra\b/i,
  kin: 'Postfix',
  banner: /\bzimbra\b(?:.{0,20}?(\d+\.\d+(?:\.\d+)*))?/i,
  rules: [],
};
