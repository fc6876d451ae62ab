// Haraka: texts of its plugins; a recipient that no plugin claims, foreign or unknown, gets one text.
import type { Product } from '../product.js';

export const HARAKA: Product = {
  name: 'Haraka',
  alias: /\bharaka\b/i,
  banner: /\bHaraka\b(?:[ /]v?(\d+\.\d+\.\d+))?/i,
  ehlo: /haraka is at your service/i,
  help: /haraka/i,
  refusal:
    /\bi cannot deliver mail for <|haraka\.github\.io|^550 mail from domain '|^503 use (?:ehlo\/helo|mail) before/im,
  rules: [
    { reason: 'relay-or-unknown', tells: true, says: /^i (?:cannot|can't) deliver mail for <>/ },
    { reason: 'policy', tells: true, says: /^mail from domain\b.*\bis not allowed from your host/ },
    { reason: 'sender-not-owned', tells: true, says: /^envelope domain\b.*\bdoesn't match auth domain/ },
    { reason: 'syntax', tells: true, says: /^command parsing failed\b/ },
    { reason: 'syntax', tells: true, code: /^504$/, says: /^invalid auth string/ },
    {
      reason: 'sender-rejected',
      tells: true,
      stages: ['mail'],
      says: /^temp\. resolver error|^no mx for your from address|^null mx: /,
    },
    { reason: 'client-name-rejected', tells: true, says: /^rdns lookup failed|^client\b.*\brejected; no rdns/ },
    { reason: 'client-blocked', tells: true, says: /^your mail is not welcome here/ },
    { reason: 'claim-refused', tells: true, says: /^proxy not allowed from/ },
    { reason: 'server-busy', tells: true, says: /^too busy; please try again later/ },
  ],
};
