// Encryption and authentication: wanted first, not on offer, out of order, or failed (RFC 3207, RFC 4954 section 6).
// The words decide; 530, 535 and 503 are each used for two of these by servers in the field.
import type { Rule } from '../rule.js';

const TLS = '(?:starttls|(?:start )?tls|ssl|ssl/tls|tls/ssl|encrypt(?:ion|ed)|secure connection)';
const AUTH = '(?:auth|authentication|authentification|authenticated|authorization|login|logon|sasl)';

/** What may be on offer; `authenticated` and `authorization` are said of users. */
const OFFER = '(?:auth|authentication|authentification|login|sasl)';

export const ENCRYPTION: readonly Rule[] = [
  {
    reason: 'encryption-required',
    says: new RegExp(
      [
        `\\b(?:must|should|please|need to|have to)(?: first)? (?:issue|use|send|start|give|enable|negotiate|be)(?: an?| the)? ${TLS}`,
        `\\b${TLS}\\b[ -]*(?:\\w+[ -]){0,4}(?:is |are )?(?:required|needed|necessary|mandatory|first)\\b`,
        `\\b${TLS} must be (?:negotiated|started|used|enabled|active)`,
        `\\b(?:requires?|requiring|need) (?:an? )?(?:\\w+ )?${TLS}\\b`,
        `\\b(?:not|n't|never)(?: \\w+){0,4} (?:without|before)(?: an?)? ${TLS}\\b`,
        `\\bonly (?:\\w+ ){0,3}(?:over|under|after|with|via|through)(?: an?)? ${TLS}\\b`,
        `\\b(?:clear ?text|plain ?text)\\b.{0,30}\\b(?:disallowed|not allowed|disabled|denied|not permitted)`,
      ].join('|'),
    ),
  },
];

/** Mail authentication (RFC 7208, RFC 6376, RFC 7489) is about the message and its domain, not about a login. */
export const MAIL_AUTHENTICATION: readonly Rule[] = [
  {
    reason: 'temporary-failure',
    code: /^4/,
    says: /\b(?:spf|dkim|dmarc)\b.{0,20}\b(?:lookup|dns|timeout)\b|\b(?:lookup|dns)\b.{0,20}\b(?:spf|dkim|dmarc)\b/,
  },
  { reason: 'policy', says: /\b(?:spf|dkim|dmarc|sender id)\b/, unless: /\bsmtp auth\b/ },
  { reason: 'policy', withNames: true, says: /\b(?:openspf\.(?:org|net)|spf\.pobox\.com)\b/ },
];

export const AUTHENTICATION: readonly Rule[] = [
  {
    reason: 'bad-sequence',
    says: /\balready (?:been )?(?:authenticated|logged ?in)\b|\bauth\w* (?:already|not (?:allowed|permitted) (?:during|in)) /,
  },
  {
    reason: 'authentication-unavailable',
    code: /^[45]/,
    says: /\btemporary auth\w*|\bunable to authenticate (?:at present|now|right now)|\bcan't auth\b|\bauth\w*\b.{0,40}\b(?:temporar\w+|unavailable|try (?:again )?later|at present|internal error)/,
    unless: /\bblack ?list|\bnot supported\b|\bauthentication failed\b/,
  },
  {
    reason: 'authentication-not-offered',
    says: new RegExp(
      [
        `\\b(?:${OFFER}|mechanism|cram-md5|digest-md5|plain|xoauth2|scram-\\S+|ntlm|gssapi)\\b(?: \\S+){0,5}? (?:(?:is|are|was|has been) )?(?:not|n't)(?: been)? (?:supported|enabled|available|allowed|offered|advertised|implemented|recogni[sz]ed|permitted)`,
        `\\b(?:unrecogni[sz]ed|unsupported|unknown|invalid|bad) (?:smtp |sasl )?auth\\w* (?:type|mechanism|method|scheme)`,
        `\\b(?:unrecogni[sz]ed|unsupported|unknown|invalid) (?:mechanism|sasl mechanism)`,
        `\\b(?:basic authentication|smtpclientauthentication|${OFFER}|mechanism)\\b(?: \\S+){0,2}? (?:is |has been )?(?:currently )?disabled`,
        '\\bno (?:auth\\w*|sasl) (?:mechanism|method)s?\\b',
      ].join('|'),
    ),
    unless: /\bwithout auth|\brelay|\bunauthenticated\b|\bnot (?:been )?authenticated\b/,
  },
  {
    reason: 'syntax',
    says: /\b(?:invalid|malformed|bad|cannot decode) (?:auth string|base ?64|auth\w* (?:parameter|argument|exchange))|\binvalid base ?64/,
  },
  {
    reason: 'authentication-failed',
    says: new RegExp(
      [
        `\\b(?:${AUTH})(?: \\w+){0,3}:? (?:has |was |is )?(?:failed|failure|unsuccessful|incorrect|invalid|rejected|denied|aborted|error)\\b`,
        '\\b(?:invalid|incorrect|bad|wrong|unknown)(?: \\w+){0,3} (?:credentials?|password|user ?name|login|passwd|authentication data)\\b',
        '\\b(?:password|passwd|credentials?|user ?name|login|logon)\\b(?:[ /,]+\\w+){0,4}? (?:(?:is|are|was) )?(?:not accepted|not correct|invalid|incorrect|failed|wrong|rejected|mismatch|do(?:es)? not match)',
        '\\bfailed (?:to )?(?:auth\\w*|login|log in)|\\bpassword required$|\\bapplication-specific password',
      ].join('|'),
    ),
    unless: /\b(?:sender|recipient|helo) (?:address|command) rejected\b|^(?:\S+ )?(?:error: )?too many\b/,
  },
  {
    reason: 'authentication-required',
    says: new RegExp(
      [
        `\\b(?:smtp[ -])?(?:${AUTH})(?: (?:credentials?|data|command|as \\w+|with \\w+|by \\w+|before \\w+))?(?: (?:is|are|was))? (?:required|needed|necessary|mandatory|obligatory|expected|compulsory|first)\\b`,
        `\\b(?:requires?|requiring|needs?|demands?|expects?)(?: \\w+){0,3} (?:smtp[ -])?(?:${AUTH})\\b`,
        '\\b(?:must|should|need to|needs to|have to|has to|please|required to)(?: (?:first|be|now|also|use|enable|issue|send|provide|perform|turn|on|an?|the|your|smtp|e?smtp))* (?:auth|authenticate|authenticated|authenticating|authentication|log ?in|logged ?in|login|logon|log ?on|sasl)\\b',
        "\\b(?:not|n't)(?: been| yet| properly| currently)* (?:authenticated|logged ?in|authentified)\\b",
        '\\bunauthenticated (?:senders?|users?|clients?|access|connections?|mail|e-?mail|messages?|sessions?|submission|hosts?|smtp)\\b',
        '\\bwithout (?:\\w+ )?(?:authentication|authenticating|logging in|smtp auth)\\b',
        '^unauthenticated[.!]?$|\\bcredentials (?:are )?(?:required|needed|necessary)\\b',
        '\\b(?:authenticate|log ?in|login|auth) (?:yourself )?(?:first|before)\\b|\\bauthenticate (?:with|using|yourself)\\b|\\bsend auth\\b',
        '\\banonymous (?:access|users?|clients?|senders?|mail|smtp|connections?)\\b.{0,20}\\b(?:not|denied|refused|disabled|prohibited)',
        // POP before SMTP
        '\\b(?:check|read|receive|collect|retrieve|pop)\\b(?: \\w+){0,4} (?:e-?mail|mail|messages?|pop3?|account)(?: \\w+)? (?:first|before)\\b|\\bpop3?[ -](?:auth\\w*[ -])?before[ -]smtp\\b',
      ].join('|'),
    ),
  },
  // Whatever else is said in answer to AUTH, 534 and 535 are about the credentials (RFC 4954 section 6).
  { reason: 'authentication-failed', code: /^53[45]$/, stages: ['auth'], onlyThere: true },
  // Whatever is said in answer to AUTH, a 4yz there is no verdict on the credentials (RFC 4954 section 4).
  {
    reason: 'authentication-unavailable',
    code: /^4/,
    stages: ['auth'],
    onlyThere: true,
    unless: /\btoo many\b|\brate\b|\bexceed/,
  },
];
