// Bounces that are no reports of RFC 3464, by their wording. Data: one row for each shape, to be tried in this order.
// A row must be sure: what none of them knows is not read at all.
export interface Shape {
  readonly name: string;
  /** Found in the text or the subject, it is this shape. */
  readonly sign: RegExp;
  /** The host that wrote it, as the first group. */
  readonly reporter?: RegExp;
  /** The message had been passed on, or was tried to: another host answered, or none did. */
  readonly remote?: RegExp;
  /** Whatever it says further, the message is still under way. */
  readonly isPassedOn: boolean;
  /** The words for people, as the first group. */
  readonly words?: RegExp;
  /** Where the copy of the message begins. */
  readonly copy?: RegExp;
}

/** No answer from the next host, or none to be found: the server meant to pass the message on. */
const NO_ANSWER =
  "connect(?:ion)? (?:to|refused|timed out|attempt)|timed? ?out|couldn't find any host|no route|retry time|retry timeout|unable to establish|wasn't able to establish|network is unreachable|host (?:or domain name )?(?:not found|unknown)|MX (?:records?|points?|hosts?)|too many hops|loops back";

export const SHAPES: readonly Shape[] = [
  {
    name: 'a notice of delay',
    sign: /(?:has|have) (?:not yet been|been delayed)|delivery (?:is |was |has been )?delayed|warning: message (?:still undelivered|\S+ delayed)|still being (?:retried|tried)|THIS IS A WARNING MESSAGE ONLY/i,
    isPassedOn: true,
    words: /^(.*(?:not yet been|delayed|warning).*)$/im,
  },
  {
    // QSBMF, qmail-send(8) bounce message format.
    name: 'qmail',
    sign: /^Hi\. This is the .{1,100}\bat \S+\.?\s*$/im,
    reporter: /^Hi\. This is the .{1,100}?\bat (\S+?)\.?\s*$/im,
    remote: new RegExp(
      String.raw`remote host (?:said|did not like)|does not like (?:recipient|sender)|connected to \S+ but|${NO_ANSWER}`,
      'i',
    ),
    isPassedOn: false,
    words: /^<[^>\n]*>:\s*\r?\n([\s\S]{1,300}?)\r?\n\r?\n/m,
    copy: /^--- Below this line is a copy of the message/m,
  },
  {
    name: 'Exim',
    sign: /This message was created automatically by mail delivery software/i,
    reporter: /^Reporting-MTA: dns; (\S+)/im,
    remote: new RegExp(
      String.raw`SMTP error from remote|remote mail server after|host \S+ \[[^\]]+\]|${NO_ANSWER}`,
      'i',
    ),
    isPassedOn: false,
    words: /the following address(?:es|\(es\))? failed:\s*([\s\S]{1,300}?)(?:\r?\n\r?\n|------|$)/i,
    copy: /^-{4,} This is a copy of (?:the|your) message/m,
  },
  {
    name: 'Exchange',
    sign: /Generating server:|Your message did not reach some or all of the intended recipients|Diagnostic information for administrators/i,
    reporter: /Generating server:\s*([\w.-]+)|<([\w.-]+) #\d\.\d\.\d/i,
    remote: new RegExp(`remote server (?:at .{1,200}? )?returned|receiving server:|${NO_ANSWER}`, 'i'),
    isPassedOn: false,
    words: /(#?\s*[45]\d\d[ -]\d\.\d{1,3}\.\d{1,3}[^\r\n]{0,200}|<[\w.-]+ #[^>\r\n]{1,200}>)/,
    copy: /^Original message headers:/im,
  },
  {
    name: 'a bounce in the words of Sendmail or Postfix',
    sign: /^\s*-{3,} The following addresses had permanent (?:fatal errors|delivery errors) -{3,}|^This is the (?:mail system|Postfix program) at host \S+/im,
    reporter:
      /^This is the (?:mail system|Postfix program) at host (\S+?)\.\s*$|^The original message was received at [^\r\n]+\r?\nfrom [\s\S]{0,200}?\bby (\S+)/im,
    remote: new RegExp(String.raw`while talking to|host \S+\[[^\]]+\] (?:said|refused)|${NO_ANSWER}`, 'i'),
    isPassedOn: false,
    words: /^<[^>\n]*>:\s*([\s\S]{1,300}?)(?:\r?\n\r?\n|$)/m,
    copy: /^\s*-{3,} (?:Undelivered|Original) message/im,
  },
];
