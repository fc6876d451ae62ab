// The table for servers that are not known: topics in the order in which they may be told apart.
// Block lists before relaying (lists bear its name), relaying before authentication (`Relaying denied. Proper
// authentication required.`), named fields before what is wrong with them, temporary before final where both are said.
import { STAGES, type Stage } from '../model/reply.js';
import { DORMANT, GREETING, RECIPIENT, SENDER } from './phrases/address.js';
import { AUTHENTICATION, ENCRYPTION, MAIL_AUTHENTICATION } from './phrases/authentication.js';
import { CLIENT, LISTED } from './phrases/client.js';
import { LANGUAGES } from './phrases/languages.js';
import { GREYLISTED, LIMITS, NOT_NOW } from './phrases/limits.js';
import { BY_POLICY, CONTENT, POLICY, PROTOCOL, SEQUENCE } from './phrases/protocol.js';
import { RELAY } from './phrases/relay.js';
import type { Rule } from './rule.js';

/** What is said in answer to AUTH is about the login, whatever else it threatens. */
const BUT_AUTH: readonly Stage[] = STAGES.filter((stage) => stage !== 'auth');

/** Rows that read words, in order. */
export const GENERIC: readonly Rule[] = [
  ...LISTED,
  ...RELAY.map((rule) => ({ stages: BUT_AUTH, ...rule })),
  ...LANGUAGES,
  ...ENCRYPTION,
  ...MAIL_AUTHENTICATION,
  ...DORMANT,
  ...AUTHENTICATION,
  ...GREYLISTED,
  ...LIMITS,
  ...SENDER,
  ...SEQUENCE,
  ...GREETING,
  ...CLIENT,
  ...PROTOCOL,
  ...BY_POLICY,
  ...RECIPIENT,
  ...NOT_NOW,
  ...CONTENT,
  ...POLICY,
];
