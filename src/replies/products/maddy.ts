// Maddy (on go-smtp): as configured by default one text for a foreign recipient and an unknown one.
import type { Product } from '../product.js';

export const MADDY: Product = {
  name: 'Maddy',
  alias: /\bmaddy\b/i,
  banner: /\bmaddy\b(?:[ /]v?(\d+[\d.]*))?/i,
  ehlo: /^Hello \S+\nPIPELINING\n8BITMIME\nENHANCEDSTATUSCODES\nCHUNKING\n/im,
  refusal:
    /\bmsg ID = [0-9a-f]+|\buser doesn't exist$|\broger, accepting mail from|client identity is listed in the used dnsbl/im,
  rules: [
    { reason: 'relay-or-unknown', tells: true, enhanced: /^5\.1\.1$/, says: /^user doesn't exist\.?(?: msg id\b.*)?$/ },
    { reason: 'sender-not-owned', tells: true, says: /^non-local sender domain/ },
    { reason: 'encryption-required', tells: true, says: /^tls conversation required/ },
    { reason: 'client-blocked', tells: true, says: /^client identity is listed in the used dnsbl/ },
    { reason: 'client-name-rejected', tells: true, says: /^no ptr record found/ },
    { reason: 'sender-rejected', tells: true, says: /^domain in mail from does not have any mx records/ },
    { reason: 'bad-sequence', tells: true, code: /^502$/, says: /^missing (?:rcpt to|mail from) command/ },
    { reason: 'syntax', tells: true, says: /^was expecting \w+ arg syntax/ },
  ],
};
