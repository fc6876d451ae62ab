import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/model/reply.js';
import { addressSeen } from '../../src/smtp/ehlo.js';
import { createReplyParser } from '../../src/smtp/reply-parser.js';

const replyOf = (...lines: string[]): Reply => {
  const [reply] = createReplyParser().push(Buffer.from(lines.map((one) => `${one}\r\n`).join(''))).replies;
  if (reply === undefined) throw new Error('no whole reply');
  return reply;
};

describe('the client address that a server names', () => {
  test.each([
    ['Sendmail', '250 mx.example.org Hello client.example [192.0.2.7], pleased to meet you', '192.0.2.7'],
    [
      'Sendmail, forged',
      '250 mx.example.org Hello client.example [192.0.2.7] (may be forged), pleased to meet you',
      '192.0.2.7',
    ],
    ['Sendmail, v6', '250 mx.example.org Hello [IPv6:2001:db8::7], pleased to meet you', '2001:db8::7'],
    ['Exim', '250 mail.example.org Hello x [192.0.2.7]', '192.0.2.7'],
    ['Exim, ident', '250 mail.example.org Hello root at client.example [192.0.2.7]', '192.0.2.7'],
    ['Exim, v6', '250 mail.example.org Hello x [2001:db8::7]', '2001:db8::7'],
    ['Exchange', '250 EX01.corp.example Hello [192.0.2.7]', '192.0.2.7'],
    ['Haraka', '250 haraka.local Hello client.example [1.2.3.4]Haraka is at your service.', '1.2.3.4'],
    ['OpenSMTPD', '250 mx.example Hello [127.0.0.1] [192.0.2.7], pleased to meet you', '192.0.2.7'],
    ['Gmail', '250 mx.google.com at your service, [192.0.2.7]', '192.0.2.7'],
    ['MailEnable', '250 mail.example [192.0.2.7], this server offers 4 extensions', '192.0.2.7'],
    ['a mapped address', '250 mx.example Hello x [::ffff:192.0.2.7]', '192.0.2.7'],
    ['a greeting', '554 Your IP address 192.0.2.7 is not welcome', '192.0.2.7'],
    ['a greeting', '220 mx.example ESMTP, connection from [192.0.2.7] logged', '192.0.2.7'],
    ['Postfix', '554 5.7.1 Client host [192.0.2.7] blocked', '192.0.2.7'],
    ['Postfix, EHLO', '250 mail.example.org', null],
    ['the name of the server', '250 [192.0.2.25] Hello client.example', null],
    ['an address of the server', '250 mx.example Hello client, I am relay one [192.0.2.25]', null],
    ['an address of the server', '220 [192.0.2.25] ESMTP ready', null],
    ['no address', '250 mx.example Hello x [999.1.1.1]', null],
    ['no address', '250 mx.example Hello x [client]', null],
  ])('%s: %s', (_, text, expected) => {
    expect(addressSeen(replyOf(text))).toBe(expected);
  });

  test('our own literal that merely comes back is no address seen', () => {
    const reply = replyOf('250 mx.example Hello [127.0.0.9]');
    expect(addressSeen(reply, '[127.0.0.9]')).toBeNull();
    expect(addressSeen(reply, '[127.0.0.8]')).toBe('127.0.0.9');
    expect(addressSeen(replyOf('250 mx.example Hello [127.0.0.9] [127.0.0.9]'), '[127.0.0.9]')).toBe('127.0.0.9');
    expect(addressSeen(null)).toBeNull();
  });
});
