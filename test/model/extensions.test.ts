// What an EHLO reply announces, as the reply parser gives it.
import { describe, expect, test } from 'vitest';
import { announces, extensionsOf, mechanismsOf } from '../../src/model/extensions.js';
import type { Reply } from '../../src/model/reply.js';
import { createReplyParser } from '../../src/smtp/reply-parser.js';

const replyOf = (...lines: string[]): Reply => {
  const [reply] = createReplyParser().push(Buffer.from(lines.map((one) => `${one}\r\n`).join(''))).replies;
  if (reply === undefined) throw new Error('no whole reply');
  return reply;
};

describe('extensions', () => {
  test('in upper case, without the greeting line', () => {
    const reply = replyOf('250-mx.example', '250-SIZE 1000', '250-AUTH PLAIN LOGIN ', '250-', '250 smtputf8');
    expect(extensionsOf(reply)).toEqual(['SIZE 1000', 'AUTH PLAIN LOGIN', 'SMTPUTF8']);
  });

  test('none in a refusal, none without a reply', () => {
    expect(extensionsOf(replyOf('550-no', '550 STARTTLS'))).toEqual([]);
    expect(extensionsOf(null)).toEqual([]);
  });

  test('a keyword is compared whole', () => {
    expect(announces(['PIPELINING', 'SIZE 10'], 'PIPELINING')).toBe(true);
    expect(announces(['AUTH=LOGIN'], 'AUTH')).toBe(true);
    expect(announces(['XSTARTTLS'], 'STARTTLS')).toBe(false);
  });

  test.each([
    [['AUTH CRAM-MD5 PLAIN LOGIN'], ['CRAM-MD5', 'PLAIN', 'LOGIN']],
    [['AUTH=LOGIN'], ['LOGIN']],
    [
      ['AUTH LOGIN PLAIN', 'AUTH=LOGIN PLAIN'],
      ['LOGIN', 'PLAIN'],
    ],
    [['AUTH'], []],
    [['AUTHX PLAIN'], []],
    [['AUTH PLAIN <script>'], ['PLAIN']],
  ])('mechanisms of %j', (extensions, expected) => {
    expect(mechanismsOf(extensions)).toEqual(expected);
  });
});
