import { describe, expect, test } from 'vitest';
import { endOfData } from '../../src/smtp/message.js';

describe('endOfData (RFC 5321 section 4.5.2)', () => {
  test.each([
    ['nothing', '', '.\r\n'],
    ['a message without a last line end', 'a: b\r\n\r\nc', 'a: b\r\n\r\nc\r\n.\r\n'],
    ['a message with one', 'a\r\n', 'a\r\n.\r\n'],
    ['a leading dot on every line', '.a\r\n.\r\n..b\r\nc.d\r\n', '..a\r\n..\r\n...b\r\nc.d\r\n.\r\n'],
    ['end of data by bare LF', 'a\n.\nMAIL FROM:<x@y>\n', 'a\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n'],
    ['end of data by bare CR', 'a\r.\rb', 'a\r\n..\r\nb\r\n.\r\n'],
    ['CR CR LF', 'a\r\r\n.b', 'a\r\n\r\n..b\r\n.\r\n'],
  ])('%s', (_, message, expected) => {
    expect(endOfData(Buffer.from(message, 'latin1')).toString('latin1')).toBe(expected);
  });

  test('keeps every 8-bit octet', () => {
    const bytes = Buffer.from([...Array(256).keys()].filter((octet) => octet !== 10 && octet !== 13));
    expect(endOfData(bytes).subarray(0, bytes.length)).toEqual(bytes);
  });
});
