// Courier: codes of its own (417, 456, 511, 513, 517, 531, 556), 535 for authentication wanted at MAIL.
import type { Product } from '../product.js';

export const COURIER: Product = {
  name: 'Courier',
  alias: /\bcourier\b/i,
  banner: /\bCourier\b(?: (\d+[\d.]*))?/i,
  ehlo: /^XVERP=Courier$|^XEXDATA$|^XSECURITY=/im,
  refusal:
    /^513 relaying denied|^502 polite people say helo first|^502 esmtp command error|^517[ -](?:domain does not exist|invalid domain)|^417 dns lookup/im,
  rules: [
    { reason: 'relay-denied', tells: true, code: /^513$/, says: /^relaying denied/ },
    { reason: 'authentication-required', stages: ['mail', 'rcpt'], code: /^535$/, says: /^authentication required/ },
    { reason: 'syntax', tells: true, code: /^513$/, says: /^syntax error/ },
    { reason: 'greeting-rejected', tells: true, code: /^[45]17$/, says: /\bhelo\b/ },
    { reason: 'sender-rejected', tells: true, code: /^[45]17$/, says: /\bdomain\b|\bdns\b|\bsender\b|\bmx\b/ },
    { reason: 'greylisted', tells: true, code: /^456$/, says: /^address temporarily unavailable/ },
    { reason: 'policy', tells: true, code: /^556$/, says: /^address unavailable/ },
    { reason: 'server-busy', tells: true, code: /^432$/, says: /^service temporarily unavailable/ },
    { reason: 'too-many-recipients', tells: true, code: /^531$/, says: /^too many recipients/ },
    { reason: 'unknown-recipient', tells: true, code: /^511$/, says: /^undeliverable address/ },
    { reason: 'not-implemented', tells: true, code: /^502$/, says: /^esmtp command error/ },
    { reason: 'policy', tells: true, code: /^571$/, says: /^delivery not authorized/, unless: /\brelay/ },
  ],
};
