// hMailServer: no enhanced codes; 530 for two things, 550 for syntax, a last line without a code before it hangs up.
import type { Product } from '../product.js';

export const HMAILSERVER: Product = {
  name: 'hMailServer',
  alias: /\bhmailserver\b/i,
  banner: /\bhMailServer\b(?: (\d+[\d.]*))?/i,
  shape: /^\S+\nSIZE(?: \d+)?\n(?:STARTTLS\n)?(?:AUTH LOGIN(?: PLAIN)?\n)?HELP$/im,
  help: /^(?:\d{3} )?DATA HELO EHLO MAIL NOOP QUIT RCPT RSET SAML TURN VRFY/im,
  refusal:
    /\bsmtp authentication is required\.$|\bdelivery is not allowed to this address\.$|invalid syntax\. syntax should be (?:mail|rcpt)|\ba ssl\/tls-connection is required/im,
  rules: [
    { reason: 'relay-denied', tells: true, code: /^550$/, says: /^delivery is not allowed to this address\.?$/ },
    { reason: 'authentication-required', tells: true, says: /^smtp authentication (?:is )?required\.?$/ },
    { reason: 'encryption-required', tells: true, says: /^a ssl\/tls-connection is required/ },
    {
      reason: 'greylisted',
      tells: true,
      code: /^45[01]$/,
      stages: ['rcpt', 'message'],
      says: /^please try again later\.?$/,
    },
    { reason: 'policy', tells: true, says: /^not authorized sender\.?$/ },
    {
      reason: 'syntax',
      tells: true,
      says: /^invalid syntax\. syntax should be|^the address is not valid\.?$|^a valid address is required/,
    },
    { reason: 'too-many-errors', tells: true, says: /^too many invalid commands/ },
    {
      reason: 'authentication-failed',
      tells: true,
      says: /^authentication failed\. (?:too many invalid logon attempts|restarting authentication)/,
    },
    { reason: 'protocol-error', tells: true, says: /^rejected - message containing bare lf/ },
  ],
};
