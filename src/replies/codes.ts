// What the codes mean where the words are not understood: enhanced status codes (RFC 3463 and the IANA registry), then
// reply codes (RFC 5321 section 4.2.2, RFC 4954, RFC 3207). 550, 553 and 554 alone mean nothing certain and are not here.
import type { Rule } from './rule.js';

export const ENHANCED: readonly Rule[] = [
  { reason: 'authentication-failed', stages: ['auth'], enhanced: /^5\.7\.8$/ },
  { reason: 'unknown-recipient', stages: ['rcpt', 'data', 'message'], enhanced: /^[45]\.1\.1$|^[45]\.2\.1$/ },
  { reason: 'temporary-failure', stages: ['rcpt', 'data', 'message'], enhanced: /^[45]\.2\.2$/ },
  { reason: 'recipient-domain-rejected', stages: ['rcpt'], enhanced: /^[45]\.1\.2$|^5\.1\.10$/ },
  { reason: 'syntax', stages: ['mail', 'rcpt'], enhanced: /^5\.1\.[37]$|^5\.5\.[24]$/ },
  { reason: 'sender-rejected', stages: ['mail', 'rcpt', 'data', 'message'], enhanced: /^[45]\.1\.8$|^[45]\.7\.27$/ },
  {
    reason: 'client-name-rejected',
    enhanced: /^[45]\.7\.25$/,
    stages: ['greeting', 'helo', 'mail', 'rcpt', 'data', 'message'],
  },
  { reason: 'bad-sequence', stages: ['data'], code: /^55/, enhanced: /^5\.5\.1$/ },
  { reason: 'encryption-required', enhanced: /^5\.7\.1[01]$/, stages: ['auth', 'mail', 'rcpt'] },
  { reason: 'loop', enhanced: /^5\.4\.6$/, stages: ['rcpt', 'data', 'message'] },
  { reason: 'content-rejected', enhanced: /^5\.3\.4$|^5\.6\.(?!7)\d+$|^5\.2\.3$/, stages: ['mail', 'data', 'message'] },
  { reason: 'smtputf8-required', enhanced: /^5\.6\.7$/, stages: ['mail', 'rcpt', 'data'] },
  { reason: 'too-many-recipients', enhanced: /^[45]\.5\.3$/, stages: ['rcpt'] },
  {
    reason: 'policy',
    enhanced: /^5\.7\.(?:1|2[0-46])$/,
    code: /^5[57]\d$/,
    stages: ['mail', 'rcpt', 'data', 'message'],
  },
];

export const CODES: readonly Rule[] = [
  { reason: 'encryption-required', code: /^5(?:23|38)$/, stages: ['auth', 'mail'] },
  { reason: 'authentication-not-offered', code: /^50[0245]$/, stages: ['auth'] },
  { reason: 'authentication-failed', code: /^53[45]$/, stages: ['auth'] },
  { reason: 'authentication-unavailable', code: /^4/, stages: ['auth'] },
  { reason: 'tls-failed', code: /^4|^5[45]/, stages: ['starttls', 'tls'] },
  { reason: 'claim-refused', code: /^5[2-7]|^421$/, stages: ['xclient', 'proxy'] },
  { reason: 'client-blocked', code: /^5/, stages: ['connect', 'greeting'] },
  { reason: 'greeting-rejected', code: /^5[05][0-4]$/, unless: /\bcommand\b/, stages: ['helo'] },
  // x0z is about syntax and commands (RFC 5321 section 4.2.1), for now as well: servers that soften every refusal say 4 for 5.
  {
    reason: 'not-implemented',
    code: /^[45]0[02]$/,
    stages: ['helo', 'starttls', 'xclient', 'mail', 'rcpt', 'data', 'message'],
  },
  { reason: 'syntax', code: /^[45]0[14]$|^555$/, stages: ['helo', 'auth', 'xclient', 'mail', 'rcpt', 'data'] },
  { reason: 'bad-sequence', code: /^[45]03$/, stages: ['helo', 'auth', 'mail', 'rcpt', 'data'] },
  { reason: 'recipient-domain-rejected', code: /^556$/, stages: ['rcpt'] },
  // `User not local`, in whatever words.
  { reason: 'relay-or-unknown', code: /^551$/, stages: ['rcpt'] },
  { reason: 'server-busy', code: /^421$/, stages: ['connect', 'greeting', 'helo', 'mail', 'rcpt', 'data', 'message'] },
  {
    reason: 'temporary-failure',
    code: /^4/,
    stages: ['connect', 'greeting', 'helo', 'mail', 'rcpt', 'data', 'message', 'delivery'],
  },
];
