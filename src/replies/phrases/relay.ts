// How servers say that they do not relay: RFC 5321 section 3.6.2 leaves the words to them.
// Only plain words of refusing to pass mail on; a server that merely mentions a relay (its own, the client's) is not here.
import type { Rule } from '../rule.js';

/** Words that may stand between a refusal and `relay`, so that `cannot connect to relay` is no refusal. */
const BETWEEN = [
  'a|able|accept|accepting|act|acting|allow|allowed|allowing|an|any|anonymous|are|as|authori[sz]ed|available|be|been',
  'configured|currently|do|does|e-?mails?|enabled|external|for|from|going|granted|has|have|here|host|hosts|in|is|it|list|mail',
  'machine|may|messages?|non-local|of|offer|on|open|operate|or|outside|permission|permissions|permit|permitted|party|perform|provide|right',
  'registered|rights|run|send|sender|server|servers|service|smtp|system|that|the|third|third-party|this|through|to|unauthenticated',
  'unauthori[sz]ed|up|us|use|used|using|via|we|willing|you|your|<>',
].join('|');

/** Words that may stand between `relay` and its refusal, as in `relaying of mail to <> is not allowed`. */
const AFTER = [
  'a|access|addresses|administratively|any|anyone|are|attempts?|been|by|currently|domain|domains|e-?mails?|external|for|foreign|from',
  'function|functions|has|have|here|host|is|it|machine|mail|message|messages|mta|network|non-local|of|only|operation|operations|other',
  'outside|permission|privileges|recipient|recipients|remote|request|requests|server|service|services|strictly|system|that',
  'restrictions?|rights?|the|these|this|through|thru|to|unauthori[sz]ed|users|via|was|were|without authentication|you|your|<>|\\[\\]',
].join('|');

const REFUSED = [
  '(?:den(?:y|ied|ies)|refused|prohibited|rejected|forbidden|disallowed|disabled|restricted|(?:turned|switched) off)',
  "(?:(?:not|never|n't)(?: (?:be|been|currently|yet))?|un|dis|in) ?-?(?:permitted|allowed|authori[sz]ed|accepted|supported)",
  "(?:(?:not|never|n't)(?: (?:be|been|currently|yet))?) (?:enabled|possible|offered|provided|granted|configured)",
].join('|');

const REFUSES = [
  "(?:\\bnot|n't|\\bnever|\\bcannot|\\bunable|\\brefus(?:e|es|ed|ing)|\\bforbidden|\\bprohibit(?:s|ed)?|\\bno)",
  '(?:\\bunauthori[sz]ed|\\billegal|\\bden(?:y|ies|ied)|\\bdisallow(?:s|ed)?|\\breject(?:s|ed|ing)?)',
].join('|');

/** The refusal that waits for a name server or another moment is no denial, though it says denied. */
const FOR_NOW: Rule = {
  reason: 'temporary-failure',
  code: /^4/,
  says: new RegExp(
    `\\b(?:no|not|cannot|unable)\\b(?: \\w+){0,3} relay\\w*\\b.{0,20}\\b(?:at this time|at the moment|right now|for now)\\b|\\brelay\\w*\\b(?: \\w+){0,3}? temporarily (?:${REFUSED}|unavailable)|\\brelay\\w*\\b(?: \\w+){0,3}? (?:${REFUSED}) now\\b|\\brelay\\w*\\b.{0,60}\\b(?:${REFUSED})\\b.{0,30}\\b(?:at this time|at the moment|right now|for now|later|maintenance)\\b`,
  ),
};

/** Words of relaying that are said of a user's name, of a host that the mail went through, of the session or of the message. */
const OF_ELSE = [
  "\\b(?:user|recipient|mailbox|account) \\S*relay\\S* (?:(?:is|was) )?(?:unknown|not (?:found|known)|(?:does not|doesn't) exist|unavailable)\\b",
  '\\brelay (?:\\[\\] )?(?:has )?(?:rejected|refused) (?:(?:the|this|that|your) )?(?:recipient|address|user|mailbox|message)\\b',
  '\\b(?:without|unless|until|before)(?: \\w+){0,3} (?:tls|ssl|starttls|encrypt\\w*)\\b(?!.*\\b(?:auth|log))',
  '\\bcontain(?:s|ed|ing)?\\b.{0,40}\\brelay|\\b(?:body|phrase|subject)\\b(?! to)|\\b(?:mail|routing|message) loop\\b|\\btoo many hops\\b',
  '\\brelay(?:ing)? (?:to |any )?more than \\d|(?<!\\b(?:am|are|is) )\\bno (?:valid )?mx\\b|\\b(?:because|since)\\b.{0,30}\\b(?:not found|does not exist)\\b',
  '\\b(?:source[ -]?rout\\w+|bang paths?|percent hack) (?:is |are )?not\\b',
  '\\brelay as (?:this|that|the|another) (?:sender|address|user|identity|domain)\\b',
].join('|');

export const RELAY: readonly Rule[] = [
  FOR_NOW,
  // It is the From that may not; another may.
  {
    reason: 'sender-not-owned',
    says: /^(?:<> ?:? ?)?(?:the |this )?sender(?: address| domain)?(?: <>)? (?:is )?not (?:allowed|permitted|authori[sz]ed) (?:to|for) relay(?:ing)?\b/,
  },
  // What is denied for an hour was given before it.
  {
    reason: 'rate-limited',
    says: new RegExp(
      `\\brelay\\w* (?:\\w+ )?(?:quota|limit|rate)(?: (?:is|was|has been))? (?:exceeded|reached|hit)\\b|\\brelay (?:no )?more than \\d+ (?:e-?mails?|mails?|messages?)\\b|\\brelay\\w*\\b(?: \\w+){0,3}? (?:${REFUSED}) for (?:the next |another )?(?:an?|one|few|some|several|\\d+) ?(?:seconds?|minutes?|hours?|days?|[smhd]|secs?|mins?|hrs?)\\b`,
    ),
  },
  {
    reason: 'relay-denied',
    says: new RegExp(`\\brelay(?:ing|ed|s)?\\b[,:;]?(?:[ -](?:${AFTER})[:,]?){0,8}[,:;.]? ?-?(?:${REFUSED})`),
    // The host that relays, the client or another, may itself be what is refused.
    unless: new RegExp(
      `${/\bspf\b|\brelay (?:host|server|client|hop) (?:(?:is|was|has been) )?(?:rejected|refused|denied)\b|\brelay(?:ing)? (?:is )?(?:denied|refused|disallowed|not allowed|not permitted) as <>[.!]?$|\b(?:envelope|header)[ -]from\b/.source}|${OF_ELSE}`,
    ),
  },
  {
    reason: 'relay-denied',
    says: new RegExp(
      `(?:${REFUSES})(?: (?:${BETWEEN})){0,10} relay(?:ing|ed|s)?\\b(?!'s| (?:problem|issue|error|failure|denial|refusal|rejection))`,
    ),
    unless: new RegExp(
      `${/\brelay (?:host|hosts|server|servers|hop) (?:is |was )?(?:found|available|unavailable|down|unreachable)|\bspf\b|\b(?:user|recipient|mailbox|account) (?:does|do|will|has|is)\b|\b(?:envelope|header)[ -]from\b/.source}|${OF_ELSE}`,
    ),
  },
  {
    reason: 'relay-denied',
    code: /^5/,
    says: /\bno longer (?:relays?|relaying)\b|\b(?:relay|relaying) (?:check|permission|authori[sz]ation)(?: \w+){0,2} (?:fail|failed|failure)\b/,
  },
  // Said with 4yz it is about now, said with 5yz about relaying.
  {
    reason: 'relay-denied',
    code: /^5/,
    says: /\brelay(?:ing)?(?: (?:service|access|is))* not available\b/,
  },
  {
    reason: 'relay-denied',
    says: /\brelay(?:ing)? (?:access|attempts?|requests?) (?:was |is |are )?blocked\b|\binvalid relay(?:ing)? (?:attempt|request)\b|\b(?:external|third[ -]party|open|anonymous|unauthori[sz]ed|unauthenticated) relay(?:ing)? (?:(?:is|was|has been) )?blocked\b|\brelay(?:ing)? attempts? (?:was |were )?(?:detected|logged|recorded|reported|stopped)\b|\b(?:refused|denied|rejected|prohibited) ?[:,-] ?relaying[.!]*$|^(?:<> ?:? ?)?(?:denied|rejected|refused|forbidden|prohibited) ?[:,-] ?(?:(?:no|open|external|third[ -]party|unauthori[sz]ed|mail|smtp) )*relay(?:ing)?(?: attempts?| access)?[.!]*$/,
  },
  {
    reason: 'relay-denied',
    says: /\binvalid credentials for relay\b|\bnot a(?:n open)? (?:mail )?(?:relay|gateway)\b(?! (?:problem|issue|error|failure|denial|refusal|rejection))/,
  },
  // What is given to some is denied to whoever is told so.
  {
    reason: 'relay-denied',
    code: /^5/,
    says: new RegExp(
      [
        '\\brelay(?:ing|s)?(?: (?:access|through|via|this|server|of|mail|e-?mail|services?|is|are))*',
        '(?: only (?:allowed|permitted|possible|available|enabled|accepted|granted|open|offered|provided|done)',
        '| (?:allowed|permitted|possible|available|enabled|accepted|granted|open|offered|provided|done)(?: \\w+)? only',
        '| (?:restricted|limited|reserved)) (?:to|for|from|after|by|in|within|inside|when|if)\\b',
        '|\\brelay(?:s|ing)? (?:(?:mail|is|are) )?(?:for|from|to)(?: \\S+){1,4} only\\b|\\bonly relays?(?: \\w+)? (?:for|from|after|to|between)\\b',
        '|\\bonly(?: \\S+){0,6}? (?:may|can|could|allowed to|permitted to|able to|will) (?:\\w+ )?relay\\b',
        '|\\b(?:can|may) only relay\\b|\\b(?:must|have to|need to|should)\\b.{0,60}\\bto relay\\b',
      ].join(''),
    ),
    unless: /\b(?:tls|ssl|starttls|encrypt\w*|spf|listed)\b/,
  },
  {
    reason: 'relay-denied',
    code: /^5/,
    says: /\bonly(?: \S+){0,3}? (?:may|can|are (?:allowed|permitted) to)\b.{0,40}\b(?:to|for) (?:other|external|remote|foreign|outside|non-?local) (?:domains?|addresses|recipients?|users?|hosts?|sites?|systems?)\b/,
    unless: /\bauth|\blogg?/,
  },
  {
    reason: 'relay-denied',
    code: /^5/,
    says: new RegExp(
      `\\b(?:non-?local|foreign|external|remote|outside|off-?site) (?:recipients?|destinations?|addresses|domains?|delivery|deliveries|forwarding)(?: (?:is|are|was|were))? (?:${REFUSED})`,
    ),
    unless: /\bsender\b|\bto send\b/,
  },
  {
    reason: 'relay-denied',
    code: /^5/,
    says: new RegExp(`^(?:<>\\W*)?(?:mail |smtp )?forwarding (?:(?:is|was) )?(?:${REFUSED})`),
    stages: ['rcpt'],
  },
  // qmail and what descends from it; one patch has a single text for unknown users too.
  { reason: 'relay-or-unknown', says: /\b(?:domain or user|user or domain)\b.{0,20}\bin my\b.{0,20}\brcpthosts\b/ },
  { reason: 'relay-denied', says: /\brcpt[ -]?hosts?\b/ },
  {
    reason: 'relay-denied',
    says: /\b(?:sending|delivery|delivering|mail|send)(?: mail| messages?)? (?:to|for) (?:an? |any )?(?:external|remote|foreign|non-?local|outside|off-?site|other) (?:addresses|address|domains?|recipients?|users?|hosts?|sites?|systems?|mail|e-?mail)\b.{0,30}\b(?:not|n't|denied|prohibited|forbidden|refused|disallowed|rejected)\b/,
  },
  {
    reason: 'relay-denied',
    says: /(?:\bnot|n't|\bcannot|\bno permission|\bno rights?)(?: be)?(?: allowed| permitted| authori[sz]ed| able)?(?: to)? (?:send|deliver|accept|forward|pass|route|transmit)(?: (?:your|any))?(?: mail| messages?| e-?mail)?(?: on)?(?: to| for) (?:an? |any )?(?:external|remote|foreign|non-?local|outside|off-?site|other (?:servers?|hosts?|sites?|systems?|domains?))\b/,
    unless: /\bcould(?: not|n't)\b|\bconnect|\btim(?:e|ed)[ -]?out\b|\bunreachable\b/,
  },
  {
    reason: 'relay-denied',
    says: /(?:\bnot|n't) (?:allow|permit|accept)(?: e-?mail| mail| messages?)?(?: from (?:you|your \w+|this \w+))? (?:to|for) (?:an? |any )?(?:external|remote|foreign|non-?local|outside|off-?site)\b/,
  },
  // A server that says it does not serve the domain refuses to pass the mail on; not the same as a domain without mail.
  {
    reason: 'relay-denied',
    says: /(?:\bnot|n't)(?: \w+){0,2} (?:handle|serve|host|process|receiv|accept|tak|deliver)(?:e|ing)?(?: any)? (?:e-?mail|mail|messages?) for\b(?! ?<>)/,
    unless: /\b(?:user|mailbox|recipient|account|address|at this time|temporar\w+)\b/,
  },
  {
    reason: 'relay-denied',
    says: /\b(?:domain|host)\b(?: \w+){0,2}(?: is)? ?(?:not|n't|isn't) (?:hosted|handled|served|local|a local domain|one of (?:ours|my)|accepted|configured)(?: (?:here|by|on|at|to)\b| *$| *[.,;-])|\bnot (?:a |an )?(?:local|accepted|hosted) (?:domain|host)\b|\bnot in (?:my|our|the) (?:list of )?(?:allowed|accepted|local|relay) (?:domains|hosts)\b|\bnon-accepted domain\b/,
    unless: /\bsender\b|\bhelo\b|\behlo\b/,
  },
  // Only its own mail is taken: with a way in for those who log in, or without.
  {
    reason: 'authentication-required',
    code: /^5/,
    says: /\bonly (?:local|internal) (?:delivery|recipients?|domains?|addresses|mail|users?)\b.{0,30}\bwithout (?:a |an )?(?:smtp )?(?:login|auth\w*)|\bonly (?:authenticated|logged[ -]in) (?:users?|clients?|senders?|hosts?) (?:may|can|are (?:allowed|permitted) to) (?:send|relay|submit)\b|\bonly (?:registered|authenticated|logged[ -]in) (?:users?|clients?|senders?|customers?) (?:may|can|are (?:allowed|permitted) to) use (?:this|the|our) (?:mail |smtp )?(?:system|server|service|relay)\b/,
  },
  {
    reason: 'relay-denied',
    code: /^5/,
    says: /\bonly (?:local|internal) (?:delivery|recipients?|domains?|addresses|mail)(?: (?:is|are))? (?:allowed|accepted|permitted|possible|served)\b|\bonly (?:accepts?|takes?|receives?|handles?|serves?) (?:inbound |incoming )?(?:e-?mails?|mails?|messages?) (?:for|to)\b(?! ?<>)|\baccept(?:s|ed|ing)?(?: \w+){0,2} (?:e-?mails?|mails?|messages?) (?:for|to)(?: \w+){1,3} only\b|\bonly (?:e-?mails?|mails?|messages?) (?:for|to)(?: \w+){1,4} (?:is|are) (?:accepted|served|taken|delivered)\b|\blocal (?:delivery|mail|recipients|domains) only\b|\bfor (?:inbound|incoming) (?:e-?mails?|mails?|messages?) only\b|\bthird[- ]party (?:e-?mails?|mails?|messages?|recipients?|delivery)(?: (?:is|are))? not (?:allowed|accepted|permitted)\b/,
    unless: /\bsender\b|\bmailbox\b|\baccount\b/,
  },
  {
    reason: 'relay-denied',
    code: /^5/,
    says: /\bnot (?:an? )?(?:our|my) (?:own |local )?domain\b|\b(?:recipient|domain)(?: domain)? (?:is )?not in (?:the |our |my )?(?:list of )?(?:allowed|accepted|local|permitted|hosted) (?:recipient )?domains?\b|\brelaying (?:is |was )?blocked\b/,
    unless: /\bsender\b|\bhelo\b|\behlo\b/,
  },
  {
    reason: 'relay-denied',
    says: /\bnot (?:one of|among) (?:our|my|the) (?:\w+ )?domains\b|\bnot an? domain (?:that |which )?(?:we|i|this \w+) (?:accept|handle|serve|host|receive|relay|process|deliver)\w*\b|\b(?:mail|messages?|e-?mail) (?:for|to)(?: the domain| this domain| that domain)? ?,? (?:is |are )?not (?:accepted|handled|served|hosted|delivered) here\b|\b(?:mail|messages?|e-?mail) (?:for|to)(?: the domain| this domain| that domain)? ?,? (?:is |are )?not accepted (?:at|by|on) this (?:site|server|host|system|machine)\b/,
    unless: /\bsender\b|\bhelo\b|\behlo\b/,
  },
  {
    reason: 'relay-denied',
    says: /(?:\bnot|n't|\bcannot|\bunable to|\brefus(?:e|es|ed|ing) to|\bnever) (?:forward|pass on|retransmit)(?: (?:on|any|your|this|these|that|such|foreign))* (?:e-?mails?|mails?|messages?)\b/,
    unless: /\btemporar\w+|\bcontent\b|\bspam\b|\bvirus/,
  },
  {
    reason: 'relay-denied',
    says: /\b(?:not|n't|isn't|aren't) (?:responsible|authoritative|an mx|a mail exchanger|the mx) for\b(?! ?<>)/,
    unless: /\bsender\b|\bhelo\b/,
  },
  // One text for a foreign recipient and an unknown one.
  {
    reason: 'relay-or-unknown',
    says: /\b(?:user|recipient|mailbox|address)(?: <>)? (?:(?:unknown|unavailable|invalid|not found) or )?(?:is |was )?not local\b|\b(?:cannot|can't|can not|unable to|won't|will not|do not|don't|does not|doesn't) (?:deliver|accept|handle|take) (?:mail|messages?|e-?mail) (?:for|to)(?: <>| *$)/,
    stages: ['rcpt', 'data', 'message'],
  },
];
