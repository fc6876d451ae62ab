// Exim: lower-case texts without enhanced status codes, from the ACLs of its default and its distributors' configurations.
import type { Product } from '../product.js';

export const EXIM: Product = {
  name: 'Exim',
  alias: /\bexim\d?\b|\bcpanel\b|\bdirectadmin\b/i,
  banner: /\bExim\b(?: (\d+\.\d+(?:\.\d+)*))?/i,
  shape:
    /^\S+ Hello .*\n(?:LIMITS .*\n)?SIZE \d+\n(?:LIMITS .*\n)?8BITMIME\n(?:DSN\n)?(?:LIMITS .*\n)?(?:ETRN\n|EXPN\n|VRFY\n)*PIPELINING\n/im,
  ehlo: /^PRDR$|^PIPE_?CONNECT$|^X_PIPE_CONNECT$/im,
  help: /commands supported:\s*(?:AUTH )?(?:STARTTLS )?HELO EHLO MAIL RCPT DATA/i,
  refusal:
    /^55\d[ -]relay not permitted$|smtp synchronization error|^503 (?:sender not yet given|helo or ehlo required|valid rcpt command must precede data)|^55\d[ -]unrouteable address$|^435 unable to authenticate at present|^\d{3}[ -]sender verify failed|too many nonmail commands|: recipient address must contain a domain/im,
  rules: [
    { reason: 'relay-denied', tells: true, says: /\brelay not permitted\b/ },
    { reason: 'sender-rejected', tells: true, says: /\bsender verify failed\b|\bcould not complete sender verify\b/ },
    { reason: 'authentication-unavailable', tells: true, code: /^435$/, says: /^unable to authenticate at present/ },
    { reason: 'client-blocked', tells: true, code: /^554$/, says: /^smtp service not available$/ },
    { reason: 'policy', tells: true, says: /^administrative prohibition$/ },
    { reason: 'unknown-recipient', stages: ['rcpt', 'data', 'message'], tells: true, says: /^unrouteable address$/ },
    {
      reason: 'too-many-errors',
      tells: true,
      says: /\btoo many (?:nonmail|unrecognized) commands\b|\btoo many syntax or protocol errors\b/,
    },
    { reason: 'rate-limited', tells: true, says: /^too many messages in this connection/ },
    { reason: 'temporary-failure', says: /^temporary local problem/ },
  ],
};
