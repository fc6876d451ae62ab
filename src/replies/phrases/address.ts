// The sender, the greeting or the recipient is refused for what it is. Postfix's "<field> rejected: <why>" names the field;
// elsewhere the stage tells whose address is meant. None of this denies relaying.
import type { Rule } from '../rule.js';

const NO_DOMAIN =
  "\\bdomain\\b(?: \\S+){0,4}? (?:not found|(?:does|do) not (?:exist|resolve)|doesn't (?:exist|resolve)|not exist|is invalid|unknown|invalid|cannot be resolved)|\\b(?:unknown|invalid|non-?existent|non-?existant|unroutable|unrouteable|unresolvable|no such) (?:mail )?(?:domain|host)\\b|\\bhost(?: or domain)?(?: name)? (?:is )?(?:not found|unknown|lookup failed)\\b|\\bnull ?mx\\b|\\bdoes not (?:accept|receive|send|have) (?:any )?(?:e-?mail|mail)\\b|\\bmx\\b.{0,30}\\b(?:records?|not found|invalid|found)|\\b(?:no|any|valid) mx\\b|\\bno (?:mail hosts?|valid hosts?)\\b|\\bunknown tld\\b|\\breserved (?:domain|tld|by rfc)\\b";

export const SENDER: readonly Rule[] = [
  {
    reason: 'address-not-qualified',
    says: /\bsender address\b.{0,30}\bfully[ -]qualified\b|\bsender address must contain a domain\b|\breal domain name required\b/,
  },
  {
    reason: 'sender-not-owned',
    says: /\bnot owned by\b|\bsender address rejected:? not logged in\b|\bsend (?:as|on behalf of) (?:this|that|the|another|other) (?:sender|user|address)\b|\b(?:not|n't) (?:allowed|authori[sz]ed|permitted)(?: to)? (?:send|use|submit|relay)(?: \w+){0,2} (?:mail )?(?:from|as|with|this|that) (?:(?:this|that|the|your|a) )?(?:header )?(?:sender|address|from|e-?mail|domain|<>|user|identity)|\b(?:does not|doesn't|must|should|do not) (?:match|be the same as|correspond to|belong to)(?: \S+){0,2} (?:auth\w*|login|logged|account|user|credentials)\b|\b(?:envelope|header)[ -]from\b.{0,60}\b(?:not|n't) (?:allowed|authori[sz]ed|permitted)\b|\b(?:non-?|not (?:a )?)local sender\b|\b(?:denied|refused|prohibited|forbidden|disallowed|(?:not|n't) (?:allowed|permitted|authori[sz]ed)) as <>[.!]?$|\bsender(?: <>)?(?: is| was)? not (?:allowed|permitted) to send\b|\bsender(?: address)?(?: is)? not (?:allowed|permitted|authori[sz]ed) for (?:(?:this|the|your) )?(?:auth\w* )?(?:user|account|login)\b|\bauthenticated as\b.{0,40}\bnot (?:allowed|permitted|authori[sz]ed) to send (?:as|from)\b|\bauth\w*\b.{0,30}\b(?:different|differs?)\b.{0,30}\bsender|\bsender\b.{0,40}\b(?:different|differs?) (?:from|than|to)\b.{0,30}\b(?:auth|log|user|account)|\b(?:from|sender)\b.{0,40}\b(?:auth\w*|log ?in|account|user)\b.{0,30}\bmust (?:be the same|be identical|match|agree)\b|\bsender(?: is)? not authori[sz]ed\b|\bsender(?: e-?mail| address| domain)?(?: is|'s)? not (?:in|from|of) (?:my|our|this|a local)\b|\bincorrect authentication for\b|\bsender(?:'s)?(?: \S+){0,3} (?:does not|doesn't|not) (?:belong|match|correspond)\b|\bauthenticated (?:as|user)\b.{0,40}\b(?:sender|from|match)|\bsender (?:address )?(?:mismatch|spoof\w*)\b/,
    unless: /\b(?:invalid|unknown) recipient\b/,
  },
  {
    reason: 'sender-rejected',
    says: /\bsender(?:'s)?(?: e-?mail)?(?: address| domain)?\b(?: <>)? ?:? ?(?:is |was |has been )?(?:rejected|denied|refused|blocked|invalid|unknown|disallowed|unverified|unvalidated|unresolvable|does not exist|not (?:allowed|accepted|permitted|known|found|valid))\b|\b(?:invalid|bad|unknown|unverified|unverifiable|unroutable|unrouteable|forged|blocked) (?:(?:envelope|outbound|outgoing) )?(?:sender|from|return[ -]path|reverse[ -]path)(?! address syntax| address must)\b|\bsender (?:verify|verification|callout|address verification)\b|\bverification failed for <>\b.*\bsender\b|\bdomain of sender\b|\b(?:sender|from|mail from|return path)(?:'s)?(?: address)?(?: |: ?)domain\b|\bno access for (?:this|that|your) (?:domain|sender)\b|\b(?:do|does|will|can) ?not accept (?:any )?(?:e-?mails?|mails?|messages?) from (?:this|that|the) (?:sender|e-?mail address|sender address)\b|\b(?:fake|forged|spoofed) sender\b|\bsending domain\b.{0,30}\b(?:unknown|not|invalid)|\bsender has (?:an? )?(?:invalid|unknown|non-?existent|unresolvable)\b|\b(?:e-?mail )?(?:address|identit(?:y|ies)) (?:is|are) not verified\b|\bunconfigured sending domain\b|\bnull (?:sender|senders|return path|reverse-path)\b|\bempty (?:envelope )?sender|\bbad ?mail ?from\b|\benvelope sender\b|\b(?:denies|refuses|rejects|dislikes) (?:the|this|your) sender\b|\bmail ?from\b.{0,40}\b(?:rejected|denied|refused|invalid|failed|not (?:allowed|accepted|permitted|have)|does not|mx)\b|\bmx for your from\b|\bdoes not send mail\b/,
    unless:
      /\bsyntax\b|\bmalformed\b|\bis not allowed from your host\b|\bfully[ -]qualified\b|\bserver configuration\b|\btemporary lookup\b|\bprovide an?\b/,
  },
  { reason: 'sender-rejected', stages: ['mail'], unless: /\bsyntax\b/, says: new RegExp(NO_DOMAIN) },
  // Nobody else's address was named yet.
  {
    reason: 'sender-rejected',
    stages: ['mail'],
    onlyThere: true,
    code: /^5/,
    says: /\b(?:mail|e-?mail) address(?: <>)? (?:(?:is|was|has been) )?(?:rejected|denied|refused|blocked|banned|invalid)\b|\b(?:black|blocked|banned) (?:mail|e-?mail) address\b/,
  },
];

export const GREETING: readonly Rule[] = [
  {
    reason: 'greeting-rejected',
    says: /\b(?:helo|ehlo)\b.{0,60}\b(?:rejected|denied|refused|invalid|bad|badhelo|forged|failed|missing|no dns|not (?:found|allowed|accepted|valid|resolve)|does not|doesn't|must (?:exist|resolve)|(?:must|should) be|mismatch|unresolvable|blocked)\b|\b(?:invalid|bad|forged|fake|bogus|malformed|illegal|unresolvable|unqualified|non-fqdn) (?:helo|ehlo|greeting)\b|\bhelo ?host (?:error|invalid|rejected|denied)\b/,
    unless: /\bsyntax\b|\bunsolicited\b/,
  },
  {
    reason: 'greeting-rejected',
    stages: ['helo'],
    code: /^5/,
    says: /\b(?:invalid|bad|rejected|denied|refused|not (?:allowed|valid|accepted|found)|fully[ -]qualified|host ?name|domain name|required)\b/,
    unless: /\bsyntax\b|\btoo soon\b|\bcommand\b/,
  },
];

/** Whoever owns a mailbox and has to log in before it takes mail again is not the one who sends. */
export const DORMANT: readonly Rule[] = [
  {
    reason: 'unknown-recipient',
    stages: ['rcpt', 'data', 'message'],
    says: /\b(?:user|recipient|account|mailbox|owner|customer)\b(?: \S+){0,3}? (?:should|must|needs? to|has to|requires?|(?:has|have|had) (?:not|never)|hasn't|never)(?: been)? (?:log ?in|logged ?in|login|sign in)\b.{0,60}\b(?:enable|activ|receiv|dormant|suspend|disable|days|months|year)|\b(?:user|recipient|account|mailbox|owner|customer)\b(?: \S+){0,3}? (?:authenticate|verify|confirm)\b.{0,40}\b(?:can|may|before) receiv|\b(?:log ?in|login)\b.{0,30}\b(?:to (?:enable|activate|reactivate|unlock)|before receiving)\b/,
    unless: /\bsend(?:ing)?\b|\brelay/,
  },
];

const NOT_THERE =
  /\b(?:user|users|recipient|recipients|mailbox|account|addressee|address|mailaddress|e-?mail account|e-?mail address|rcpt|e-?mail)\b(?::? \S+){0,8}? ?:? ?(?:(?:is|was|are|could|has been|have been) )*(?:unknown|unrecogni[sz]ed|not (?:found|known|exist|in use|used|be found|available|activated|active|valid|present|listed|recogni[sz]ed|a member of)|does not (?:exist|have)|doesn't (?:exist|have)|do(?:es)? ?n.t exist|un?available|unavaiable|disabled|inactive|closed|frozen|deactivated|suspended|expired|locked|discontinued|terminated|invalid|undeliverable|no longer (?:on|valid|exists?|accepts?|active|available|in use|used))\b/;

const NO_SUCH =
  /\b(?:unknown|invalid|nonexistent|non-existent|undeliverable|unrouteable|unroutable|inactive|disabled|bad destination) (?:or inactive |\/inactive |local |virtual |final )?(?:user|users|recipient|recipients|mailbox|account|addressee|local[ -]part|e-?mail address|destination address|address)\b|\b(?:deactivated|suspended|closed|expired) (?:user|mailbox|account|address)\b|\bno (?:such|valid|matching) (?:local |virtual )?(?:id|user ?id|user|users|mailbox|recipient|recipients|account|person|address|addressee|e-?mail address|alias)\b|\bno (?:mailbox|account|user|one|person)\b.{0,30}\b(?:here|name|address|found|available)\b|(?:\bnot|n't) an? (?:valid|known|registered|local|active) (?:user|mailbox|recipient|address|account)\b|\bdoesn't have an? \S* ?\S*account\b|\bbadrcptto\b|\bno mailbox(?: (?:<>|[\p{L}\p{N}_-]+))?[.!]?$|\bvalidrcptto\b|\bmailbox (?:is )?un?available\b|\bunknown in \w+|\b(?:recipient|destination) (?:rejected|not ok|is not accepted)[.!]?$|\b(?:user|recipient)(?: <>)? not ok\b|\bwrong (?:user|recipient)s?\b|\bfailed to deliver to (?:this |the )?address\b/u;

export const RECIPIENT: readonly Rule[] = [
  {
    reason: 'address-not-qualified',
    says: /\bfully[ -]qualified (?:e-?mail )?address\b|\b(?:must|need to|should) (?:contain|have|specify|include|give) a (?:fully[ -]qualified )?domain\b|\b(?:real )?domain name (?:is )?required\b|\bunqualified (?:address|recipient|sender)\b|\bneed fully[ -]qualified\b|\bdomain (?:part )?(?:is )?missing\b|\bmissing domain\b/,
  },
  {
    reason: 'syntax',
    code: /^5/,
    stages: ['rcpt'],
    says: /\b(?:uucp|bang[ -]path|percent[ -]hack|at[ -]sign)\b.{0,30}\b(?:denied|rejected|refused|not (?:allowed|accepted|permitted|supported))\b/,
  },
  {
    reason: 'unknown-recipient',
    stages: ['rcpt'],
    code: /^5/,
    says: /\b(?:address|user|recipient|mailbox) lookup\b.{0,30}\bfailed\b/,
  },
  {
    reason: 'syntax',
    code: /^5/,
    stages: ['rcpt'],
    says: /\b(?:source[ -]?)?(?:routed?|routing)(?: of)? (?:addresses|address|mail|characters)(?: (?:is|are))? (?:not|n't) (?:allowed|accepted|permitted|supported)\b/,
  },
  {
    reason: 'recipient-unverified',
    says: /\bunverified address\b|\bundeliverable address: |\baddress verification\b|\bcallout\b|\b(?:could|can) ?not (?:be verified|verify)\b|\brecipient verif(?:y|ication)\b.{0,20}\b(?:failed|problem|progress|deferred)/,
  },
  {
    reason: 'recipient-domain-rejected',
    stages: ['rcpt', 'data', 'message'],
    unless: /\bsyntax\b|\bsender\b|\bhelo\b/,
    says: new RegExp(NO_DOMAIN),
  },
  {
    reason: 'unknown-recipient',
    stages: ['rcpt', 'data', 'message'],
    code: /^5/,
    says: NOT_THERE,
    unless: /\bsyntax\b|\bnot available (?:now|at)\b|\btemporar\w+\b|\bsender\b|\bhelo\b|\bcommand\b/,
  },
  {
    reason: 'unknown-recipient',
    stages: ['rcpt', 'data', 'message'],
    code: /^5/,
    says: NO_SUCH,
    unless: /\bsyntax\b|\btemporar\w+\b|\bsender\b|\bhelo\b/,
  },
  // With 4yz, what is to be tried again is no unknown recipient.
  {
    reason: 'unknown-recipient',
    stages: ['rcpt', 'data', 'message'],
    says: NOT_THERE,
    unless:
      /\bsyntax\b|\bnot available (?:now|at)\b|\btemporar\w+\b|\btry (?:again|later)\b|\bsender\b|\bhelo\b|\bcommand\b/,
  },
  {
    reason: 'unknown-recipient',
    stages: ['rcpt', 'data', 'message'],
    says: NO_SUCH,
    unless: /\bsyntax\b|\btry (?:again|later)\b|\bsender\b|\bhelo\b/,
  },
  {
    reason: 'unknown-recipient',
    stages: ['rcpt'],
    code: /^5/,
    says: /^(?:<> ?:? ?)?address(?:es)? (?:rejected|failed)\b/,
  },
  {
    reason: 'unknown-recipient',
    stages: ['rcpt'],
    code: /^5/,
    says: /\b(?:does not|doesn't) have an? (?:\w+ )?(?:account|mailbox)\b|^<> ?:? ?(?:(?:is|was|has been|now) )*(?:disabled|suspended|deactivated|inactive|closed|not (?:in use|used))\b|\b(?:address|mailbox|account) (?:does not|doesn't|cannot|can't) (?:accept|receive) (?:(?:any|incoming|inbound|new) )?(?:e-?mails?|mails?|messages?|replies)\b(?! from| with)|^(?:requested action not taken: )?mailbox unavailable\b|\bno (?:recipient activity|(?:redirect|alias|forwarding|delivery) entry)\b/,
  },
];
