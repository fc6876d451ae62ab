// Commands out of order, unknown or malformed; talking out of turn; the message itself (RFC 5321 section 4.2.2).
import type { Rule } from '../rule.js';

const VERBS =
  '(?:mail|rcpt|helo|ehlo|data|sender|recipients?|hello|mail from|rcpt to|helo/ehlo|ehlo/helo|helo or ehlo|ehlo or helo)';

export const SEQUENCE: readonly Rule[] = [
  {
    reason: 'bad-sequence',
    code: /^(?:50[0-9]|55[0-9]|4|$)/,
    says: new RegExp(
      [
        `\\b${VERBS}(?: (?:command|first|address))*(?: (?:is|must be|has to be|must))? ?(?:first|required first|needed|required|missing|before|must precede|must come|must have)\\b`,
        `\\b(?:need|needs|use|send|issue|expecting|expected|missing|require|requires|try|must have|say|specify|must give|polite people say)(?: an?| the| valid)? ${VERBS}(?:(?: \\S+){0,2} (?:command|first|before|needed)\\b|$)`,
        `\\b(?:need|missing|must have)(?: an?| the| valid)? ${VERBS}\\b`,
        '\\bvalid rcpt\\b|\\bpolite people\\b|\\bbad sequence\\b|\\bout of (?:order|sequence)\\b|\\bwrong (?:order|sequence)\\b|\\bnested mail\\b',
        '\\bno (?:valid )?(?:recipients?|rcpts?)(?: (?:specified|given|yet|defined|accepted))?(?: ?[.,]| *$)',
        '\\bsender (?:not yet given|already (?:given|specified)|not specified)\\b|\\bno (?:sender|mail from)\\b|\\brecipient(?:s)? not (?:yet )?specified\\b',
        '\\bprovide(?: an?| the| valid)? (?:helo|ehlo|mail from|rcpt to)\\b|\\balready (?:encrypted|secure|greeted|specified|given|established|received (?:a )?helo)\\b|\\bsequence error\\b|\\b(?:start)?tls (?:again|already)\\b|\\bduplicate (?:helo|ehlo|mail)\\b|\\bnot (?:in|allowed in) (?:this|mail) (?:state|transaction)\\b',
      ].join('|'),
    ),
    unless: /\bsyntax\b|\bno valid recipients, bye\b|\busage\b|\bexpecting \w+ arg\b/,
  },
];

export const PROTOCOL: readonly Rule[] = [
  {
    reason: 'smtputf8-required',
    says: /\bsmtputf8\b|\b(?:unicode|internationali[sz]ed|non-ascii|utf-?8|8-?bit) (?:\w+ )?(?:address|addresses|mailbox|sender|recipient|local[ -]part)/,
  },
  {
    reason: 'loop',
    says: /\btoo many (?:hops|received)\b|\bhop ?count\b|\b(?:mail|routing|forwarding|message|delivery)?[ -]?loop(?:ing|s|ed)?\b|\blooping\b|\bpoints back to\b|\bloops back\b|\breceived\b\S*(?: \S+){0,3}? (?:headers?|lines?|fields?)\b.{0,40}\b(?:exceed|maximum|limit)/,
  },
  {
    reason: 'protocol-error',
    says: /\bsynchroni[sz]ation\b|\bprotocol (?:error|violation)\b|\bpipelin\w+\b|\bbare[ -](?:lf|cr|line|newline|carriage)|\bbare <>|\blone (?:cr|lf|carriage|line)\b|\btalk\w* (?:too soon|before|out of turn)|\bearly ?talk|\bbreak rules\b|\b(?:invalid|bad|wrong|bare) line[ -]?end|\bbefore (?:the )?(?:greeting|banner)\b|\bnot an? http\b/,
  },
  {
    reason: 'tls-failed',
    says: /\b(?:start)?tls\b.{0,30}\b(?:not available|unavailable|failed|failure|error|handshake|not (?:initialized|ready))|\b(?:handshake|certificate)\b.{0,20}\b(?:failed|error|failure|invalid|verif)/,
    stages: ['starttls', 'tls', 'helo', 'mail'],
  },
  {
    reason: 'claim-refused',
    says: /\bproxy\b.{0,30}\bnot (?:allowed|permitted|authori[sz]ed|accepted)\b|\bnot from (?:a )?trusted ip\b|\binsufficient authori[sz]ation\b|\b(?:xclient|xforward)\b.{0,30}\b(?:not|denied|refused|rejected)/,
  },
  {
    reason: 'claim-refused',
    stages: ['xclient', 'proxy'],
    onlyThere: true,
    code: /^[45]/,
    says: /\bnot (?:authori[sz]ed|allowed|permitted|trusted)\b|\bdenied\b|\brefused\b|\brejected\b|\bprohibited\b/,
  },
  {
    reason: 'syntax',
    says: /\bsyntax\b|\bmalformed\b|\bmisformatted\b|\bbad (?:sender|recipient|address|destination|from|source|mailbox|path|forward-path|reverse-path)\b.{0,20}\b(?:syntax|address|format|path|mailbox|system)\b|\binvalid (?:address|route|route address|host ?name|domain name|parameters?|arguments?|characters?|path|format|rcpt to|mail from|command (?:arguments?|parameters?|syntax)|e-?mail address format)\b|\billegal (?:address|character|route)|\bunbalanced\b|\brequires (?:an? )?(?:\w+ )?(?:domain|address|host ?name|argument|parameter)|\b(?:host ?name|user address|local part) required\b|\bpars(?:e|ing|er)\b|\brestricted characters?\b|\busage ?:|\bwas expecting\b|\b(?:valid )?address (?:is )?(?:required|not valid|is not valid|should not be empty|must not be empty)\b|\b(?:rcpt to|mail from)(?: \w+)? (?:should|must) not be empty\b|\bunrecogni[sz]ed parameter\b|\b(?:domain|address) literals? not\b|\bsource[ -]rout\w+ not\b|\b(?:command|line)(?: line)? (?:is |was )?too long\b/,
  },
  {
    reason: 'not-implemented',
    says: /\bunrecogni[sz]ed\b|\bnot (?:been )?configured to support\b|\bnot (?:implemented|recogni[sz]ed|understood)\b|\bunimplemented\b|\bunsupported\b|\bunknown (?:command|verb|keyword|option|parameter)|\b(?:invalid|bad|illegal)(?:\/unsupported)? command\b|\bcommand(?: \S+)? (?:unknown|disabled|not (?:known|supported|available|enabled|found)|unsupported|error)\b|\b(?:vrfy|expn|etrn|turn|atrn|help|noop|verb|bdat|chunking|burl|send|soml|saml)\b.{0,30}\b(?:disabled|disallowed|not|denied|unavailable|refused)|\bwhat\?$/,
    unless:
      /\b(?:recipient|mailbox|user|sender|address)\b.{0,20}\b(?:not (?:recogni[sz]ed|understood)|unrecogni[sz]ed)\b/,
    stages: ['helo', 'starttls', 'tls', 'xclient', 'proxy', 'auth', 'mail', 'rcpt', 'data', 'message'],
  },
];

/** Said to be so by policy, whatever else is named; no code but 5yz, since filters put off by policy as well. */
export const BY_POLICY: readonly Rule[] = [
  {
    reason: 'policy',
    code: /^5/,
    says: /\b(?:due to|because of|for|by) (?:\w+ )?(?:polic(?:y|ies))\b|\bpolicy (?:restrictions?|violations?|reasons?|reject\w+)\b|\boutgoing (?:e-?mail|mail) (?:is |has been )?(?:disabled|suspended)\b/,
    unless:
      /\b(?:account|mailbox|user) <> (?:is|was|has been)\b|\b(?:user|mailbox|recipient)s? (?:unknown|not found)\b|\bunknown (?:user|recipient)/,
  },
];

export const CONTENT: readonly Rule[] = [
  {
    reason: 'content-rejected',
    stages: ['data', 'message'],
    code: /^[45]/,
    says: /\bspam|\bjunk\b|\bvirus|\bmalware|\binfected\b|\bphish|\bcontent\b|\battachment|\bin the (?:message|mail data|headers?)\b|\bfile (?:extension|name|type)s?\b|\bheaders?\b|\bmessage (?:was |has been |is )?(?:rejected|refused|blocked)\b|\bsuspicious\b|\bunsolicited\b|\bbanned\b|\bfrom:|\bdate:|\bmessage-id\b|\bmime\b|\binvalid (?:data|structure)\b|\b(?:conform|complian\w*|comply)\b/,
  },
  {
    reason: 'content-rejected',
    code: /^5/,
    says: /\bmessage content\b|\bvirus\b|\bmalware\b|\bmessage rejected as spam\b|\bspam message\b/,
  },
];

export const POLICY: readonly Rule[] = [
  {
    reason: 'policy',
    code: /^5/,
    says: /\bpolic(?:y|ies)\b|\bprohibit(?:ed|ion)\b|\b(?:access|permission|request|command|delivery|mail|message|recipient|address|rcpt)\b(?: \S+){0,2}? (?:was |is |has been )?(?:denied|refused|rejected|blocked|forbidden|disallowed)\b|\bnot (?:authori[sz]ed|allowed|permitted|accepted|trusted)\b|\b(?:can|may) only (?:send|deliver|receive|accept)\b|\bunauthori[sz]ed\b|^(?:<> ?:? ?)?(?:rejected|refused|denied|blocked|forbidden)\b|\b(?:does|do) not accept\b|\bno (?:access|permit)\b|\bpermissions?\b|\b(?:user|recipient) refused\b/,
  },
  { reason: 'policy', code: /^4/, says: /\bpolicy (?:violations?|reasons?|restrictions?)\b|\brestricted by policy\b/ },
];
