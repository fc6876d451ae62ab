// What each reason is worth as evidence about relaying: docs/contract.md "Reasons, and what a refusal is worth".
// Data only; how a weight settles an attempt is src/judge.
import type { Reason } from '../model/reason.js';

/** `denial` settles by itself; `doubtful` and `form` under conditions; `block` never; `none` is no refusal. */
export type Weight = 'denial' | 'doubtful' | 'form' | 'block' | 'none';

export const WEIGHTS = {
  accepted: 'none',
  'relay-denied': 'denial',
  'authentication-required': 'denial',
  'relay-or-unknown': 'doubtful',
  policy: 'doubtful',
  unclassified: 'doubtful',
  'sender-rejected': 'form',
  'sender-not-owned': 'form',
  'address-not-qualified': 'form',
  'greeting-rejected': 'form',
  syntax: 'form',
  'not-implemented': 'form',
  'smtputf8-required': 'form',
  'claim-refused': 'form',
  'unknown-recipient': 'block',
  'recipient-domain-rejected': 'block',
  'recipient-unverified': 'block',
  'client-blocked': 'block',
  'client-name-rejected': 'block',
  'encryption-required': 'block',
  greylisted: 'block',
  'rate-limited': 'block',
  'server-busy': 'block',
  'too-many-errors': 'block',
  'too-many-recipients': 'block',
  'temporary-failure': 'block',
  'content-rejected': 'block',
  'bad-sequence': 'block',
  loop: 'block',
  'authentication-failed': 'block',
  'authentication-unavailable': 'block',
  'authentication-not-offered': 'block',
  disconnected: 'block',
  timeout: 'block',
  unreachable: 'block',
  'tls-failed': 'block',
  'protocol-error': 'block',
} as const satisfies Record<Reason, Weight>;
