// Too much of something, or not now: error and rate limits, recipients a message, load, greylisting (RFC 6647).
import type { Rule } from '../rule.js';

export const LIMITS: readonly Rule[] = [
  {
    reason: 'too-many-errors',
    says: /\btoo many (?:\S+ ){0,3}?(?:errors?|commands?|failures?|failed \w+|attempts)\b|\btoo many (?:bad|invalid|unknown|wrong|rejected|non-?existent|nonexisting) (?:\w+ )?(?:recipients?|rcpts?|users?|addresses|mailboxes)\b|\b(?:error|command|bad recipient) (?:limit|count) (?:exceeded|reached)\b|\bmax(?:imum)?(?: number of)? (?:errors|bad commands|failures)\b|\btoo much fail\w*\b/,
  },
  {
    reason: 'too-many-recipients',
    says: /\btoo many (?:recipients|rcpts?)\b|\bmax(?:imum)?(?: \S+){0,4} (?:recipients|rcpts?)\b|\b(?:recipients?|rcpts?) (?:count |number )?(?:limit|maximum)\b|\bnumber of (?:recipients|rcpts?)\b.{0,20}\b(?:over|exceed|too)|\bout of (?:allow\w* )?(?:rcpt|recipient)s? numbers?\b/,
    unless:
      /\brate\b|\b(?:hour|minute|day|second)s?\b|\b(?:hourly|daily|monthly)\b|\brecipients from\b|\btoo many messages\b|\bslow\b/,
  },
  {
    reason: 'server-busy',
    says: /\btoo many (?:concurrent|connected)\b/,
    unless: /\bfrom (?:this|your|the same|\[\]|ip)\b|\bper (?:host|client|ip)\b/,
  },
  // A full mailbox is the recipient's, a full disk the server's, a big message the message's.
  {
    reason: 'temporary-failure',
    says: /\b(?:mailbox|inbox|account|user|recipient)\b(?: \S+){0,4}? (?:is )?(?:over (?:its |the )?quota|full)\b|\b(?:over|exceeds?|exceeded|out of)(?: \w+)? (?:mailbox|disk|storage)\b|\b(?:mailbox|storage|disk) quota\b|\bquota exceeded \(?mailbox|\bmailbox full\b|\bover ?quota\b|\bmailbox (?:\w+ )?limit exc?e+ded\b|\bdisk ?space quota\b|\bquota (?:violation|violated)\b|\bexhausted\b.{0,30}\b(?:storage|space|quota)\b|\btoo many messages (?:on|in) (?:the|his|her|this|that) (?:server|mailbox|inbox|account)\b/,
  },
  {
    reason: 'server-busy',
    says: /\binsufficient (?:system |disk )?(?:storage|resources?|space|memory)\b|\bout of (?:memory|disk|space|resources)\b|\bno (?:disk )?space\b/,
  },
  {
    reason: 'content-rejected',
    says: /\b(?:message|mail|e-?mail|file|size|data)\b(?: \S+){0,4}? (?:too (?:big|large|long)|exceeds?\b.{0,40}\b(?:size|limit|maximum|length|permitted|bytes))|\btoo much (?:mail )?data\b|\b(?:message|mail) ?size\b|\bsize (?:limit|exceed\w*)/,
    unless: /\breceived\b/,
    stages: ['mail', 'rcpt', 'data', 'message'],
  },
  {
    reason: 'rate-limited',
    says: /\brate[ -]?limit|\bratelimit|\b(?:rate|volume)\b.{0,30}\bexceed|\bexceed\w*\b.{0,40}\b(?:rate|per (?:hour|minute|day|second|session|connection))\b|\bthrottl|\btoo (?:much|many) (?:(?:same|similar|identical|duplicate|equal)(?: \w+)? )?(?:mails?|messages?|e-?mails?|recipients)\b|\bsent? too? many (?:mails?|messages?|e-?mails?)\b|\btoo many (?:\w+ ){0,2}?(?:connections|sessions|clients)\b|\bconnection (?:rate|limit|count|frequency)\b|\bunusual rate\b|\blimits? (?:for|of|on) (?:your|this|the) (?:account|user|sender|domain|ip|host)\b.{0,20}\b(?:exceeded|reached|hit)\b|\byou(?:'ve| have)? (?:reached|exceeded|hit) (?:the|your|an?) (?:\w+ )?(?:limit|quota)\b|\b(?:more than|up to|only)\b.{0,30}\b\d+ (?:messages?|mails?|e-?mails?|recipients?)\b.{0,40}\b(?:per|in an?|every|each|within)\b.{0,20}\b(?:second|minute|hour|day|period)\b|\bhigh (?:(?!spam\b)\w+ ){0,3}rate\b|\bunexpected volume\b|\bslow(?:er)? down\b|\btoo (?:fast|frequent|quickly|often)\b|\bat a rate that\b|\blimits? (?:for|on) how many\b/,
  },
  {
    reason: 'rate-limited',
    says: /\b(?:messages?|mails?|e-?mails?|recipients?|connections?|batch|send|sending|hourly|daily|submission|outgoing|account)\b(?: \S+){0,6}? (?:limit|quota|maximum|allowance)(?: \S+){0,3}? (?:exceeded|reached|hit)\b|\b(?:exceeded|reached|over)\b(?: \S+){0,5}? (?:hourly|daily|sending|message|connection|submission|outgoing|configured)\b(?: \S+){0,3}? (?:limit|quota)|\bmax(?:imum)?(?: \S+){0,4} (?:messages|mails|connections|sessions)\b|\blimit (?:on|of|for) (?:the )?(?:number|amount|count) of\b(?: \S+){0,4}? (?:messages|mails|e-?mails|connections|sessions)\b.{0,20}\b(?:exceeded|reached|hit)\b|\btoo many concurrent\b|\b(?:hourly|daily|monthly) (?:\w+ )?(?:limit|quota)\b/,
  },
  // Of whose quota it is, nothing is said: at RCPT and after it is the recipient's.
  {
    reason: 'temporary-failure',
    stages: ['rcpt', 'data', 'message'],
    onlyThere: true,
    says: /^(?:<> ?:? ?)?(?:quota exceeded|(?:over|exceeds?|exceeded) quota)\b/,
  },
  {
    reason: 'server-busy',
    says: /\b(?:too |system |server |is |very |currently )busy\b|\bbusy\b|\boverload|\bhigh load\b|\bload average\b|\bload (?:is )?too high\b|\bshutting down\b|\bgoing down\b|\brejecting connections\b|\bmaintenance\b|\ball \w+ (?:ports|servers|slots) (?:are )?(?:busy|in use)\b/,
  },
];

export const GREYLISTED: readonly Rule[] = [
  {
    reason: 'greylisted',
    says: /\bgr[ea]y[ -]?list/,
    unless: /\bgr[ea]y[ -]?list\w* (?:error|failure|unavailable|database)/,
  },
];

export const NOT_NOW: readonly Rule[] = [
  // Who does not take mail now is the recipient, not the server.
  {
    reason: 'temporary-failure',
    code: /^4/,
    says: /\b(?:domain|mailbox|account|user|recipient) (?:is )?(?:currently |temporarily )?not accepting\b/,
  },
  {
    reason: 'server-busy',
    code: /^4/,
    says: /\b(?:service|server)\b(?: \w+){0,2} (?:not available|unavailable|refused)\b|\bsystem (?:not available|unavailable|not accepting)\b|\bnot accepting (?:connections|mail|messages|network messages)\b|\bclosing (?:transmission )?channel\b/,
  },
  {
    reason: 'temporary-failure',
    says: /\bconnection refused\b|\b(?:dns|resolver|lookup|relay|database|ldap|sql|directory|configuration|config|internal|server|system|local|disk|queue|backend|i\/o|network|qq|qqt|milter|alias)\b(?: \S+){0,3}? (?:error|errors|failure|failed|problem|problems|timeout|trouble|down)\b|\btemporary (?:\S+ ){0,2}(?:error|failure|problem|lookup)|\bunable to (?:read|write|open|queue|determine|figure out|obtain|verify|check|lookup|look up|resolve|connect|contact)\b|\bcould not (?:connect|contact|reach|open|write|queue|complete|resolve|look ?up)\b|\bcannot (?:connect|contact|reach|open|write|queue)\b|\b(?:host|server|backend|site) (?:is )?(?:currently |temporarily )?(?:unavailable|unreachable|down)\b|\b(?:internal resources?|resource limitations?|resources? (?:(?:is|are) )?temporarily unavailable)\b|\btechnical (?:difficulties|problems?)\b|\bconfiguration (?:error|problem)\b|\b(?:connection|operation) timed out\b/,
  },
  {
    reason: 'temporary-failure',
    code: /^4/,
    says: /\b(?:account|mailbox|user)(?: is)? temporarily (?:unavailable|disabled|suspended|locked)\b/,
  },
  {
    reason: 'greylisted',
    code: /^4(?:21|5\d)/,
    says: /\btry(?:ing)? (?:again|later|back)\b|\b(?:please )?retry\b|\bcome back\b|\btemporarily (?:deferred|rejected|blocked|delayed)\b|\btemporary rejected\b|\bdeferred\b|\bdelayed\b/,
    unless: /\b(?:unexpected|internal) (?:failure|error)\b/,
    stages: ['mail', 'rcpt', 'data', 'message', 'greeting'],
  },
  {
    reason: 'temporary-failure',
    code: /^4/,
    says: /\btemporar(?:y|ily)\b|\btry (?:again|later)\b|\bnot (?:currently )?available\b|\bunavailable\b|\blater\b/,
  },
];
