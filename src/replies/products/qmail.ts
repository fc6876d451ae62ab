// qmail, netqmail, notqmail, s/qmail and their patches: the enhanced code stands at the end, "(#5.7.1)".
import type { Product } from '../product.js';

export const QMAIL: Product = {
  name: 'qmail',
  alias: /qmail\b|\bplesk\b/i,
  banner: /\b(?:s\/)?(?:net|not)?qmail\b(?: (\d+\.\d+(?:\.\d+)*))?/i,
  help: /(?:net|not|s\/)?qmail home page|^(?:214 )?.*pobox\.com\/~djb\/qmail/im,
  shape: /^\S+\nPIPELINING\n8BITMIME$/im,
  refusal: /\(#[245]\.\d+\.\d+\)\s*$|\(chkuser\)|my list of allowed rcpthosts/im,
  rules: [
    {
      reason: 'relay-denied',
      tells: true,
      says: /\bthat domain isn't in my list of allowed rcpthosts/,
      unless: /\bdomain or user\b/,
    },
    { reason: 'protocol-error', tells: true, withNames: true, says: /\bdocs\/smtplf\b/ },
    { reason: 'recipient-domain-rejected', tells: true, says: /\bvalid mx for rcpt domain/ },
    {
      reason: 'sender-rejected',
      tells: true,
      says: /\bvalid mx for sender domain|\benvelope sender is in my bad|\bnull senders temporarily denied/,
    },
    { reason: 'address-not-qualified', tells: true, says: /^sorry, you must specify a domain/ },
    { reason: 'too-many-recipients', tells: true, says: /^sorry, reached maximum number of recipients/ },
    { reason: 'too-many-errors', tells: true, says: /^sorry, you are violating our security policies/ },
    {
      reason: 'unknown-recipient',
      tells: true,
      says: /^sorry, no mailbox here by that name|\bnot in my validrcptto list|\brecipient is in my badrcptto/,
    },
    { reason: 'client-blocked', tells: true, says: /^your ip is currently blacklisted/ },
    {
      reason: 'authentication-required',
      stages: ['mail', 'rcpt'],
      tells: true,
      code: /^530$/,
      says: /^authorization required/,
    },
    { reason: 'authentication-not-offered', tells: true, says: /^auth not available/ },
    { reason: 'temporary-failure', tells: true, code: /^4/, says: /^qqt? |^unable to read controls/ },
    { reason: 'not-implemented', tells: true, code: /^502$/, says: /^unimplemented/ },
  ],
};
