// Stalwart: 503 for authentication wanted and for mechanisms not offered, 5.1.2 for unknown users and for relaying alike.
import type { Product } from '../product.js';

export const STALWART: Product = {
  name: 'Stalwart',
  alias: /\bstalwart\b/i,
  banner: /\bStalwart (?:E?SMTP|mail)\b(?:.{0,20}?v?(\d+\.\d+\.\d+))?/i,
  ehlo: /\byou had me at (?:EHLO|HELO)\b/i,
  help: /stalw\.art/i,
  refusal:
    /^550 5\.1\.2 (?:relay not allowed|mailbox does not exist)\.|^503 5\.5\.1 (?:you must authenticate first|auth not allowed|(?:mail|rcpt) is required first)\./im,
  rules: [
    { reason: 'relay-denied', tells: true, enhanced: /^5\.1\.2$/, says: /^relay not allowed/ },
    { reason: 'authentication-required', tells: true, says: /^you must authenticate first/ },
    {
      reason: 'authentication-not-offered',
      tells: true,
      says: /^auth not allowed|^authentication mechanism not supported/,
    },
    { reason: 'unknown-recipient', tells: true, says: /^mailbox does not exist/ },
    { reason: 'sender-not-owned', tells: true, says: /^you are not allowed to send from this address/ },
    { reason: 'too-many-errors', tells: true, says: /^too many (?:authentication )?errors, disconnecting/ },
    {
      reason: 'rate-limited',
      tells: true,
      says: /^maximum number of messages per session exceeded|^rate limit exceeded, try again later/,
    },
    { reason: 'client-name-rejected', tells: true, says: /\bvalidating reverse dns|^reverse dns validation failed/ },
    { reason: 'policy', tells: true, enhanced: /^[45]\.7\.2[34]$/, says: /\bspf\b/ },
    { reason: 'syntax', tells: true, says: /^bad sender's system address/ },
  ],
};
