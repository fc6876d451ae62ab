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
        `\\bmust be (?:sen[dt]|transmitted|delivered|submitted) (?:with|over|using|via|through)(?: an?)? ${TLS}\\b`,
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
    says: /\b(?:spf|dkim|dmarc)\b.{0,20}\b(?:lookup|dns|timeout|signing|(?:validation|check|temporary) error)\b|\b(?:lookup|dns)\b.{0,20}\b(?:spf|dkim|dmarc)\b/,
  },
  { reason: 'policy', says: /\b(?:spf|dkim|dmarc|sender id)\b/, unless: /\bsmtp auth\b/ },
  {
    reason: 'policy',
    says: /(?:\b(?:host|server|client|ip)(?: address)?|\[\]) (?:is |was )?not (?:allowed|permitted|authori[sz]ed) to send (?:e-?mails?|mails?|messages?) (?:from|for|on behalf of) (?:<>|(?:(?:the|that|this|your) )?(?:sender |from )?domain\b)/,
  },
  {
    reason: 'policy',
    says: /\bunauthenticated (?:e-?mails?|mails?|messages?)\b.{0,40}\bfrom (?:this|that|the|your) domain\b|\b(?:authentication (?:checks?|information|results?))\b/,
    unless: /\bsmtp auth\b/,
  },
  {
    reason: 'policy',
    stages: ['message'],
    onlyThere: true,
    says: /\bunauthenticated (?:e-?mails?|mails?|messages?)\b|\b(?:message|mail|e-?mail)\b(?: \S+){0,2} (?:is |was )?(?:unauthenticated|not authenticated)\b/,
  },
  // Who may write to a group is asked of its members.
  { reason: 'policy', says: /\bnot authenticated\b.{0,40}\b(?:group|list)\b|\bdelivery restriction\b/ },
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
    says: /\btemporary auth\w*|\bauthentication (?:service|server|backend|daemon) (?:failed|failure|error|down)\b|\bunable to authenticate (?:at present|now|right now)|\bcan't auth\b|\bauth\w*\b.{0,40}\b(?:temporar\w+|unavailable|try (?:again )?later|at present|internal error)/,
    unless: /\bblack ?list|\b(?:not |un)supported\b|\bauthentication failed\b|\btoo (?:many|much)\b/,
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
        `\\b(?:${OFFER}|mechanism)(?: \\S+){0,2}? (?:(?:is|are) )?(?:unsupported|too weak)\\b`,
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
    // With 4yz it is no verdict on the credentials (RFC 4954 section 4).
    code: /^5|^$/,
    says: new RegExp(
      [
        `\\b(?:${AUTH})(?: \\w+){0,3}:? (?:has |was |is )?(?:failed|failure|unsuccessful|incorrect|invalid|rejected|denied|aborted|cancell?ed|error)\\b`,
        '\\b(?:invalid|incorrect|bad|wrong|unknown)(?: \\w+){0,3} (?:credentials?|password|user ?name|login|passwd|authentication data)\\b',
        '\\b(?:password|passwd|credentials?|user ?name|login|logon)\\b(?:[ /,]+\\w+){0,4}? (?:(?:is|are|was) )?(?:not accepted|not correct|invalid|incorrect|failed|wrong|rejected|mismatch|do(?:es)? not match)',
        '\\bfailed (?:to )?(?:auth\\w*|login|log in)|\\bpassword required$|\\bapplication-specific password',
      ].join('|'),
    ),
    unless: /\b(?:sender|recipient|helo) (?:address|command) rejected\b|^(?:\S+ )?(?:error: )?too many\b/,
  },
  // Whatever else is said in answer to AUTH, 534 and 535 are about the credentials (RFC 4954 section 6).
  { reason: 'authentication-failed', code: /^53[45]$/, stages: ['auth'], onlyThere: true },
  {
    reason: 'authentication-required',
    says: new RegExp(
      [
        `\\b(?:smtp[ -])?(?:${AUTH})(?: (?:credentials?|data|command|as \\w+|with \\w+|by \\w+|before \\w+))?(?: (?:is|are|was))? (?:required|needed|necessary|mandatory|obligatory|expected|compulsory|first)\\b`,
        `\\b(?:requires?|requiring|needs?|demands?|expects?)(?: \\w+){0,3} (?:smtp[ -])?(?:${AUTH})\\b`,
        '\\b(?:must|should|need to|needs to|have to|has to|please|required to)(?: (?:first|be|now|also|use|enable|issue|send|provide|perform|turn|on|an?|the|your|smtp|e?smtp))* (?:auth|authenticate|authenticated|authenticating|authentication|log ?in|logged ?in|login|logon|log ?on|sasl)\\b',
        "\\b(?:not|n't)(?: been| yet| properly| currently)* (?:authenticated|logged ?[io]n|signed ?in|authentified)\\b",
        '^(?:please )?(?:turn on|switch on|enable|activate|use) (?:the )?(?:smtp[ -])?auth(?:entication)?\\b',
        '\\bunauthenticated (?:senders?|users?|clients?|access|connections?|mail|e-?mail|messages?|sessions?|submission|hosts?|smtp)\\b',
        '\\bwithout (?:\\w+ )?(?:authentication|authenticating|logging in|smtp auth)\\b',
        '^unauthenticated[.!]?$|\\bcredentials (?:are )?(?:required|needed|necessary)\\b',
        '\\b(?:authenticate|log ?in|login|auth) (?:yourself )?(?:first|before)\\b|\\bmust (?:first )?authori[sz]e(?: yourself)?(?: first)?(?: (?:before|to send)\\b|[.!]?$)|\\bauthenticate (?:with|using|via|through|over|yourself)\\b|\\bsend auth\\b',
        '\\blocal users? only or auth|\\bonly\\b(?: \\w+){0,4} (?:by|for|to|from) authenticated\\b',
        `\\b(?:${AUTH}) must be (?:done|performed|made|completed|used|issued|sent|enabled)\\b|\\b(?:configure|set)\\b.{0,40}\\bto use (?:smtp )?auth`,
        '\\bidentify yourself (?:with|by|using) (?:(?:an?|your) )?(?:user ?name|login|password|account)\\b',
        '\\bauthenticated (?:senders?|users?|clients?|hosts?|customers?|connections?|smtp|mail) only\\b|[,;:.-] ?(?:please )?(?:authenticate|(?:log|sign) ?in)[.!]*$',
        '\\brequires? (?:that )?you (?:to )?(?:log ?in|log ?on|sign ?in|authenticate)\\b|^(?:please )?(?:log|sign) ?(?:in|on)(?: to (?:send|submit)\\b| before\\b|[.!]?$)',
        '\\b(?:denied|refused|not (?:allowed|permitted|accepted)|no)\\b(?: (?:for|to|from|by))? anonymous (?:access|users?|clients?|senders?|submission|connections?)\\b',
        '\\banonymous (?:access|users?|clients?|senders?|mail|smtp|connections?)\\b.{0,20}\\b(?:not|denied|refused|disabled|prohibited)',
        // POP before SMTP
        '\\b(?:check|read|receive|collect|retrieve|pop)\\b(?: \\w+){0,4} (?:e-?mail|mail|messages?|pop3?|account)(?: \\w+)? (?:first|before)\\b|\\b(?:to|before you) (?:send|relay)\\b.{0,30}\\bfirst (?:check|read|receive|collect|retrieve|pop) (?:for )?(?:your|the) (?:new )?(?:e-?mails?|mails?|messages?|pop3?|account)\\b(?! (?:address|client|content|host|program|queue|server|settings?|system)\\b)|\\bpop3?[ -](?:auth\\w*[ -])?before[ -]smtp\\b',
      ].join('|'),
    ),
    // Too much of it, or a name in the DNS that is wanted of whoever does not log in, is what the refusal is about.
    unless:
      /\btoo many\b|\blog ?in (?:again )?later\b|\b(?:mailbox|owner)\b(?: \w+){0,2} (?:disabled|suspended|must)\b|\brate[ -]?limit|\blimit\b.{0,30}\breached\b|\bexceed|\bptr\b|\breverse dns\b|\br-?dns\b/,
  },
  // Whatever is said in answer to AUTH, a 4yz there is no verdict on the credentials (RFC 4954 section 4).
  {
    reason: 'authentication-unavailable',
    code: /^4/,
    stages: ['auth'],
    onlyThere: true,
    unless: /\btoo (?:many|much)\b|\brate\b|\bexceed/,
  },
];
