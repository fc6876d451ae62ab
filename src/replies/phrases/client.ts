// The client itself is refused: block lists, reputation, its name in the DNS. Says nothing about relaying.
// Block lists often bear `relay` in their names, and list hosts as open relays: these rows come before those of relay.ts.
import type { Rule } from '../rule.js';

const LISTS =
  /\b(?:spamhaus|spamcop|barracuda(?:central|networks)|sorbs|dsbl|ordb|mail-abuse|njabl|abuseat|uceprotect|manitu|surriel|dronebl|mailspike|spamrats|backscatterer|senderscore|invaluement|ivmsip|ivmuri|trendmicro|trustedsource|junkemailfilter|sender\.office\.com|ipcheck\.proofpoint|csi\.mimecast)\b/;

export const LISTED: readonly Rule[] = [
  // The same lists are asked about the sender's domain, the greeting and links in messages.
  {
    reason: 'sender-rejected',
    says: /\bsender address\b.{0,60}\b(?:blocked|listed)\b|\byour (?:sender |sending )?domain\b.{0,30}\b(?:black|block|deny)[ -]?listed\b|\breputation of (?:an?|the|your)(?: \w+)? domain\b|\bsender(?: <>)? (?:(?:is|was|has been|locally) )*(?:black|block|deny)[ -]?listed\b|\be-?mail address\b.{0,30}\bblack ?listed\b/,
  },
  { reason: 'greeting-rejected', says: /\b(?:helo|ehlo)\b.{0,60}\b(?:blocked using|listed)\b/ },
  {
    reason: 'content-rejected',
    says: /\b(?:url|uri|link|uribl|surbl|message (?:body|content))s?\b.{0,40}\b(?:listed|black ?listed|blocked)\b/,
  },
  {
    reason: 'client-blocked',
    says: /\b(?:open|insecure|unsecured?)[ -]?(?:(?:mail|smtp|third[ -]party) )?(?:relays?|prox(?:y|ies))\b/,
    unless:
      /\b(?:not|no|isn't) (?:an? )?open[ -]?relay\b|\b(?:we|i|this (?:server|host|system|site|machine))(?: do| does| will)?(?: not|n't| never|'t) (?:run|operate|provide|offer|act as|be) (?:an? )?open[ -]?relay\b|\bopen relay(?:ing|s)? (?:is |are )?(?:not|prohibited|forbidden|denied|disabled)\b/,
  },
  {
    reason: 'client-blocked',
    withNames: true,
    says: LISTS,
    unless: /\brelay(?:ing)? (?:access )?(?:denied|not (?:permitted|allowed))\b|\bgr[ea]y-?list/,
  },
  {
    reason: 'client-blocked',
    says: /\b(?:black|block|deny)[ -]?(?:list|lists|listed|listing|holed?)\b|\b(?:dns)?(?:rbl|dnsbl|rbls|dnsbls)\b|\bblackhole site\b/,
    unless: /\b(?:recipient|envelope sender|sender) (?:is |has been |address |domain )*(?:black|block)[ -]?listed\b/,
  },
  {
    reason: 'client-blocked',
    says: /\b(?:client(?: host| identity)?|your (?:ip|host|server|network|mail server|address|ip address|connection|mta)|the ip|ip address|ip|host|sending ip)\b(?: \S+){0,6}? (?:(?:is|are|was|were|has been|have been|currently|temporarily) )*(?:blocked|listed|banned|barred|blacklisted)\b/,
    unless: /\b(?:sender|recipient) address\b/,
  },
  {
    reason: 'client-blocked',
    says: /\bip\b.{0,30}\bnot (?:allowed|permitted|authori[sz]ed) to (?:send|connect)\b|\byou are not allowed to (?:send (?:us )?mail(?! to <>)|connect)\b/,
    unless: /\b(?:as|from|to) (?:this|that|the)\b|\bauth|\bexternal\b|\bremote\b|\bspf\b/,
  },
  {
    reason: 'client-blocked',
    says: /\b(?:poor|bad|low|negative)(?: \w+)? reputation\b|\breputation\b.{0,30}\b(?:poor|bad|low|blocked|rejected)|\bblocked by \w+ reputation\b|\b(?:blocked|refused) - see\b/,
  },
  {
    reason: 'client-blocked',
    code: /^[45]/,
    says: /\blisted (?:at|in|on|by|with)\b|\bip (?:address )?(?:is )?not in (?:the |our |my )?(?:white|allow|pass)[ -]?list\b|\breported (?:as|for) sending\b|\b(?:from|in) (?:that|your|this) country\b|\bno access from\b|\bno access for (?:this|that|your) (?:ip|host|server|network)\b|\b(?:remote|client|source|sender) ip(?: address)? (?:check|verification|validation) (?:error|failed|failure)\b|\b(?:invalid|bad|rejected) ip\b|\bip (?:address )?(?:is |was )?rejected\b|\blooks? (?:\w+ )?like (?:an? )?spammer\b/,
    unless:
      /(?:\bnot|n't) (?:\w+ )?listed\b|\brecipient\b|\bsender\b|\brelay(?:ing)? (?:access |is )?(?:denied|prohibited|refused|not (?:permitted|allowed))\b/,
  },
  {
    reason: 'client-blocked',
    says: /\buse (?:(?:the|your|an?) )?(?:(?:outgoing|smtp|mail) )*(?:server|relay|smarthost|gateway) (?:of|from|at) your (?:isp|provider|internet)\b|\buse your (?:isp|provider)(?:'s)?\b/,
    unless: /\brelaying\b|\bauth/,
  },
  {
    reason: 'client-blocked',
    says: /\bfrom your (?:location|ip|host|network|server|site)\b.{0,30}\b(?:denied|refused|rejected|blocked|not (?:allowed|accepted|permitted))\b|\byour (?:mail ?server|host|ip|server)\b(?: \S+){0,2} (?:is|was|has been) (?:rejected|refused)\b/,
    unless: /\brelay|\breverse\b|\br-?dns\b|\bptr\b/,
  },
  // A list that is known by nothing but its name in the DNS.
  {
    reason: 'client-blocked',
    withNames: true,
    says: /\bblocked (?:by|using|at|in) (?:the )?(?:[a-z0-9-]+\.)+[a-z]{2,}\b/,
    stages: ['connect', 'greeting', 'helo', 'mail', 'rcpt'],
  },
  {
    reason: 'client-blocked',
    says: /\bbanned sending ip\b|\bbad sender ip\b|\bdynamic(?:ally assigned)? (?:ip|address|host)|\bspams? from your (?:ip|host|server|network)|\bnot authori[sz]ed to send (?:e-?mail|mail) directly\b/,
  },
];

export const CLIENT: readonly Rule[] = [
  {
    reason: 'client-name-rejected',
    says: /\breverse (?:dns|host|hostname|name|look(?: ?up)?|mapping|resolution|record|entry)\b|\br-?dns\b|\bfcr?dns\b|\bptr\b|\bcannot find your (?:reverse )?host ?name\b|\b(?:unresolvable|unknown) (?:relay |client )?host ?name\b|\bip name (?:lookup failed|possibly forged)\b|\b(?:client|your) host ?name\b.{0,40}\b(?:not found|does not|cannot|could not|mismatch|forged|invalid)|\bunverifyable sending ip|\bip (?:address )?must resolve\b/,
  },
  { reason: 'client-blocked', says: /\bclient (?:host|identity|address|network)?\b ?(?:rejected|refused|denied)\b/ },
  {
    reason: 'client-blocked',
    says: /\byour (?:mail|host|ip|server|message|messages|network|connection|system|e-?mail|access)\b(?: \S+){0,5}? (?:is|are|was|has been|have been)? ?(?:not welcome|banned|blocked|barred|not accepted from)\b|\bnot welcome\b|\bgo away\b|\bnot (?:currently )?accept(?:ing|ed)? (?:any )?(?:e-?mail|mail|messages?|connections?) from (?:you|your|this (?:ip|host|address))|\byour access to (?:this|our)\b.{0,60}\b(?:rejected|denied|blocked)/,
  },
  {
    reason: 'client-blocked',
    code: /^5/,
    says: /\b(?:smtp |mail )?service (?:is )?(?:currently |temporarily )?(?:not available|unavailable|denied|refused)\b|\bno smtp service\b|\bnot accepting (?:messages|connections|mail)\b/,
    stages: ['connect', 'greeting', 'helo', 'mail', 'rcpt'],
  },
  {
    reason: 'client-blocked',
    code: /^5/,
    says: /\b(?:access|connection|permission|client|host|ip) (?:was |is |has been )?(?:denied|refused|rejected|forbidden)\b|\bnot (?:allowed|permitted|authori[sz]ed) to (?:connect|use)\b|\bdoes not accept (?:e-?mail|mail)\b|\brejected\b|\brefused\b/,
    stages: ['connect', 'greeting'],
    onlyThere: true,
  },
];
