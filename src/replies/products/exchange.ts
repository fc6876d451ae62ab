// Microsoft Exchange, Exchange Online and the SMTP service of IIS: enhanced codes of their own in 5.7.x (Microsoft's NDR list).
import type { Product } from '../product.js';

export const EXCHANGE: Product = {
  name: 'Exchange',
  alias: /\bexchange\b|\boffice ?365\b|\boutlook\b|\bmicrosoft\b|\beop\b/i,
  banner: /\bMicrosoft ESMTP MAIL Service\b(?:, Version: (\d+[\d.]*))?/i,
  ehlo: /^X-ANONYMOUSTLS$|^X-EXPS\b|^XEXCH50$|^XRDST$|^XSHADOW/im,
  help: /this server supports the following commands/i,
  refusal:
    /\bTenantAttribution\b|\bprod\.(?:outlook|exchangelabs)\.com\b|\bprod\.protection\.outlook\.com\b|^\d{3} \d\.\d\.\d+ smtp; |\bunable to relay(?: for|$| recipient)|\bAS\(\d+\)/im,
  rules: [
    { reason: 'relay-denied', tells: true, says: /\btenantattribution; relay access denied/ },
    {
      reason: 'relay-denied',
      tells: true,
      says: /^(?:smtp; )?unable to relay(?: (?:for|recipient|to)\b|[.!]?$)/,
      code: /^5/,
    },
    // A hosted domain without such a recipient, whatever the text says (directory-based edge blocking).
    {
      reason: 'unknown-recipient',
      tells: true,
      enhanced: /^5\.4\.1$/,
      says: /^recipient address rejected: access denied/,
    },
    {
      reason: 'unknown-recipient',
      tells: true,
      says: /\brecip(?:ient)?notfound\b|\brecipient not found by smtp address lookup/,
    },
    {
      reason: 'authentication-required',
      tells: true,
      stages: ['mail', 'rcpt'],
      enhanced: /^5\.7\.57$/,
      says: /\bnot authenticated\b/,
    },
    { reason: 'authentication-not-offered', tells: true, enhanced: /^5\.7\.139$/, says: /\bdisabled\b/ },
    { reason: 'sender-not-owned', tells: true, enhanced: /^5\.7\.60$/, says: /\bsend as this sender\b/ },
    { reason: 'sender-rejected', tells: true, says: /^sender denied$/ },
    {
      reason: 'client-blocked',
      tells: true,
      enhanced: /^5\.7\.(?:60[6-9]|6[1-4]\d|511)$/,
      says: /\b(?:banned|access denied)\b/,
    },
    {
      reason: 'server-busy',
      tells: true,
      enhanced: /^4\.7\.500$|^4\.3\.[12]$/,
      says: /\bserver busy\b|\binsufficient system resources\b/,
    },
  ],
};
