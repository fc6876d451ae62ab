// OpenSMTPD: "<RFC 3463 text>: <detail>"; a foreign recipient and an unknown local one get the same words (smtp_session.c).
import type { Product } from '../product.js';

export const OPENSMTPD: Product = {
  name: 'OpenSMTPD',
  alias: /\bopensmtpd\b/i,
  banner: /\bOpenSMTPD\b(?: (\d[\w.]*))?/i,
  shape: /^\S+ Hello .*, pleased to meet you\n8BITMIME\nENHANCEDSTATUSCODES\nSIZE \d+\nDSN\n/im,
  help: /this is opensmtpd(?: (\d[\w.]*))?/i,
  refusal:
    /\d invalid command: (?:must issue|command unrecognized|pipelining)|^\d{3} invalid (?:recipient|sender): <|destination address valid: |security features not supported: /im,
  rules: [
    { reason: 'relay-or-unknown', tells: true, code: /^550$/, says: /^invalid recipient: <>$/ },
    { reason: 'sender-rejected', tells: true, says: /^invalid sender: <>$/ },
    {
      reason: 'temporary-failure',
      tells: true,
      stages: ['mail', 'rcpt', 'data', 'message'],
      says: /^temporary failure: <>$/,
    },
    { reason: 'policy', tells: true, code: /^524$/, says: /^mailing list expansion problem/ },
    { reason: 'rate-limited', tells: true, says: /^too many recipients: too many messages sent/ },
    { reason: 'encryption-required', tells: true, says: /^invalid command: must issue a starttls command first/ },
    { reason: 'authentication-required', tells: true, says: /^invalid command: must issue an auth command first/ },
    { reason: 'protocol-error', tells: true, says: /^invalid command: pipelining not supported/ },
    { reason: 'bad-sequence', tells: true, says: /^invalid command arguments: no recipient specified/ },
    { reason: 'authentication-not-offered', tells: true, says: /^security features not supported: auth method/ },
    { reason: 'loop', tells: true, says: /^routing loop detected/ },
  ],
};
