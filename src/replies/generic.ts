// The table for servers that are not known: topics in the order in which they may be told apart.
// Block lists before relaying (lists bear its name), relaying before authentication (`Relaying denied. Proper
// authentication required.`), named fields before what is wrong with them, temporary before final where both are said.
import { GREETING, RECIPIENT, SENDER } from './phrases/address.js';
import { AUTHENTICATION, ENCRYPTION, MAIL_AUTHENTICATION } from './phrases/authentication.js';
import { CLIENT, LISTED } from './phrases/client.js';
import { LANGUAGES } from './phrases/languages.js';
import { GREYLISTED, LIMITS, NOT_NOW } from './phrases/limits.js';
import { CONTENT, POLICY, PROTOCOL, SEQUENCE } from './phrases/protocol.js';
import { RELAY } from './phrases/relay.js';
import type { Rule } from './rule.js';

/** Rows that read words, in order. */
export const GENERIC: readonly Rule[] = [
  ...LISTED,
  ...RELAY,
  ...LANGUAGES,
  ...ENCRYPTION,
  ...MAIL_AUTHENTICATION,
  ...AUTHENTICATION,
  ...GREYLISTED,
  ...LIMITS,
  ...SENDER,
  ...SEQUENCE,
  ...GREETING,
  ...CLIENT,
  ...PROTOCOL,
  ...RECIPIENT,
  ...NOT_NOW,
  ...CONTENT,
  ...POLICY,
];
