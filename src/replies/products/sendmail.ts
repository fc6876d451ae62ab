// Sendmail 8: "<address>... <text>", and its rule sets' texts (cf/README); a relay check that waits for DNS is temporary.
import type { Product } from '../product.js';

export const SENDMAIL: Product = {
  name: 'Sendmail',
  alias: /\bsendmail\b/i,
  banner: /\bSendmail\b(?: (?:AIX|SMI-)?[\w./-]*?(\d+\.\d+(?:\.\d+)*))?/i,
  shape: /^\S+ Hello .*, pleased to meet you\nENHANCEDSTATUSCODES\nPIPELINING\n/im,
  ehlo: /^DELIVERBY\b/im,
  help: /this is sendmail(?: version (\d+[\d.]*))?/i,
  refusal:
    /<[^<>]*>\.\.\. (?:relaying denied|user unknown|access denied|domain name required|sender ok|domain of sender)|^500 5\.5\.1 command unrecognized: "|: load average:/im,
  rules: [
    { reason: 'temporary-failure', tells: true, code: /^4/, says: /^<> ?\.\.\. ?relaying temporarily denied/ },
    { reason: 'relay-denied', tells: true, says: /^<> ?\.\.\. ?relaying denied/ },
    { reason: 'address-not-qualified', tells: true, says: /^<> ?\.\.\. ?(?:real )?domain name required/ },
    { reason: 'sender-rejected', tells: true, says: /^<> ?\.\.\. ?domain of sender address/ },
    { reason: 'unknown-recipient', tells: true, says: /^<> ?\.\.\. ?(?:user|addressee) unknown/ },
    {
      reason: 'syntax',
      tells: true,
      code: /^55[35]$/,
      says: /^<> ?\.\.\. ?(?:invalid host name|invalid route address|host ?name required|user address required|unbalanced|list:;)/,
    },
    { reason: 'sender-rejected', tells: true, stages: ['mail'], code: /^5/, says: /^<> ?\.\.\. ?access denied/ },
    { reason: 'policy', tells: true, stages: ['rcpt'], code: /^5/, says: /^<> ?\.\.\. ?access denied/ },
    { reason: 'server-busy', tells: true, says: /\brejecting connections: load average/ },
    {
      reason: 'rate-limited',
      tells: true,
      enhanced: /^4\.3\.2$/,
      says: /^too many open connections|^connection rate limit exceeded/,
    },
    { reason: 'not-implemented', tells: true, says: /^command unrecognized: / },
  ],
};
