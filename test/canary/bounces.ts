// Bounces as mail servers write them, around a message that came back: invented names, real shapes.
export interface BounceParts {
  readonly to: string;
  /** The returned message. */
  readonly message: string;
}

const crlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

const RECEIVED_BY_SERVER =
  'Received: from audit.example.com (unknown [192.0.2.7])\n\tby mail.corp.test (Postfix) with ESMTP id ABC\n\tfor <x>; Wed, 4 Mar 2026 05:06:08 +0000 (UTC)\n';

export interface ReportFacts {
  readonly reporter?: string;
  readonly action?: string;
  readonly status?: string;
  readonly remote?: string;
  readonly diagnostic?: string;
  /** Trace fields of the returned message, the newest first. */
  readonly received?: string;
  readonly returns?: 'full' | 'headers' | 'nothing';
  readonly encoding?: 'base64' | 'quoted-printable';
}

/** A report of RFC 3464. */
export function reportOf({ to, message }: BounceParts, facts: ReportFacts = {}): string {
  const { reporter = 'mail.corp.test', action = 'failed', status = '5.7.1', returns = 'full' } = facts;
  const original = `${facts.received ?? RECEIVED_BY_SERVER}${message}`;
  const fields = [
    `Reporting-MTA: dns; ${reporter}`,
    'Arrival-Date: Wed, 4 Mar 2026 05:06:08 +0000 (UTC)',
    '',
    `Final-Recipient: rfc822; ${to}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(facts.remote === undefined ? [] : [`Remote-MTA: dns; ${facts.remote}`]),
    `Diagnostic-Code: ${facts.diagnostic ?? 'X-Postfix; relaying is denied'}`,
    '',
  ].join('\r\n');
  const encoded = facts.encoding === 'base64' ? Buffer.from(fields).toString('base64') : fields.replaceAll('=', '=3D');
  const part =
    facts.encoding === undefined ? `\n${fields}` : `Content-Transfer-Encoding: ${facts.encoding}\n\n${encoded}\n`;
  const returned = {
    full: `--B\nContent-Type: message/rfc822\n\n${original}`,
    headers: `--B\nContent-Type: text/rfc822-headers\n\n${original.split('\r\n\r\n')[0]}\n`,
    nothing: '',
  }[returns];
  return crlf(
    `From: MAILER-DAEMON@${reporter}\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n` +
      `Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="B"\n\nThis is MIME.\n--B\nContent-Type: text/plain\n\nSorry.\n\n` +
      `--B\nContent-Type: message/delivery-status\n${part}${returned}\n--B--\n`,
  );
}

/** Without a report: as text, in shapes that are older. */
export const TEXTS = {
  qmailLocal: ({ to, message }: BounceParts) =>
    crlf(
      `From: MAILER-DAEMON@mail.corp.test\nSubject: failure notice\n\nHi. This is the qmail-send program at mail.corp.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<${to}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <x@y>\nReceived: (qmail 123 invoked from network); 4 Mar 2026 05:06:08 -0000\n${message}`,
    ),
  qmailRemote: ({ to, message }: BounceParts) =>
    crlf(
      `From: MAILER-DAEMON@mail.corp.test\nSubject: failure notice\n\nHi. This is the qmail-send program at mail.corp.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<${to}>:\n203.0.113.9 does not like recipient.\nRemote host said: 550 5.1.1 no such user\nGiving up on 203.0.113.9.\n\n--- Below this line is a copy of the message.\n\n${message}`,
    ),
  eximLocal: ({ to, message }: BounceParts) =>
    crlf(
      `From: Mail Delivery System <Mailer-Daemon@mail.corp.test>\nX-Failed-Recipients: ${to}\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ${to}\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <x@y>\nReceived: from [192.0.2.7] (helo=audit.example.com)\n\tby mail.corp.test with esmtp (Exim 4.63)\n\tid 1abc; Wed, 04 Mar 2026 05:06:08 +0000\n${message}`,
    ),
  eximRemote: ({ to, message }: BounceParts) =>
    crlf(
      `From: Mail Delivery System <Mailer-Daemon@mail.corp.test>\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\nThe following address(es) failed:\n\n  ${to}\n    SMTP error from remote mail server after RCPT TO:<${to}>:\n    host mx.example.net [203.0.113.9]: 550 no\n\n------ This is a copy of the message, including all the headers. ------\n\n${message}`,
    ),
  eximDelay: ({ to }: BounceParts) =>
    crlf(
      `From: Mail Delivery System <Mailer-Daemon@mail.corp.test>\nSubject: Warning: message 1abc delayed 24 hours\n\nThis message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mail.corp.test.\n\n  ${to}\n`,
    ),
  exchangeLocal: ({ to }: BounceParts) =>
    crlf(
      `From: System Administrator\nSubject: Undeliverable: Open relay test\nContent-Type: text/plain\n\nYour message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n      ${to} on 3/4/2026 5:06 AM\n            You do not have permission to send to this recipient.\n            <mail.corp.test #5.7.1 smtp;550 5.7.1 Unable to relay for ${to}>\n`,
    ),
  exchangeRemote: ({ to, message }: BounceParts) =>
    crlf(
      `From: postmaster@corp.test\nSubject: Undeliverable: Open relay test\nContent-Type: text/plain\n\nDelivery has failed to these recipients or groups:\n${to}\n\nDiagnostic information for administrators:\n\nGenerating server: mail.corp.test\n\n${to}\nmx.example.net\nRemote Server returned '550 5.1.1 user unknown'\n\nOriginal message headers:\n\n${message}`,
    ),
  postfixLocal: ({ to, message }: BounceParts) =>
    crlf(
      `From: MAILER-DAEMON@mail.corp.test\nSubject: Undelivered Mail Returned to Sender\n\nThis is the mail system at host mail.corp.test.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<${to}>: relaying is denied\n\n------ Undelivered message ------\n${message}`,
    ),
} as const;
