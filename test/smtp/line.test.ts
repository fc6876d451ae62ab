import { describe, expect, test } from 'vitest';
import { LineError, line, toWire } from '../../src/smtp/line.js';
import { mask } from '../../src/smtp/mask.js';

describe('line', () => {
  test.each([
    ['CR', 'MAIL FROM:<a@b>\rRCPT TO:<c@d>'],
    ['LF', 'MAIL FROM:<a@b>\nRCPT TO:<c@d>'],
    ['CR', 'NOOP\r\n'],
    ['NUL', 'MAIL FROM:<a\0@b>'],
  ])('refuses %s and does not repeat the text', (name, text) => {
    expect(() => line(text)).toThrow(LineError);
    expect(() => line(text)).toThrow(name);
    expect(() => line(`geheim${text}`)).not.toThrow(/geheim/);
  });

  test.each([
    ['a SASL line of 12,288 octets', 'A'.repeat(12_288)],
    ['a greeting name of 2,048 octets', `EHLO ${'a'.repeat(2_048)}`],
    ['UTF-8', 'RCPT TO:<jürgen@bücher.example> SMTPUTF8'],
    ['nothing', ''],
  ])('takes %s', (_, text) => {
    expect(toWire(line(text)).toString('utf8')).toBe(`${text}\r\n`);
  });

  test('refuses what is longer than any line, counted in octets', () => {
    expect(() => line('a'.repeat(16_385))).toThrow(/too long/);
    expect(() => line('ü'.repeat(8_193))).toThrow(/too long/);
    expect(() => line('ü'.repeat(8_192))).not.toThrow();
  });

  test('a character whose low octet is a line feed stays one character on the wire', () => {
    expect(toWire(line('\u010A\u010D')).filter((octet) => octet === 10 || octet === 13)).toHaveLength(2);
  });

  test('shows what stands in for a secret, masked', () => {
    expect(line('AUTH PLAIN AGEAYg==', 'AUTH PLAIN [withheld]').shown).toBe('AUTH PLAIN [withheld]');
    expect(line('NOOP \x1b[2J').shown).toBe('NOOP \\x1b[2J');
    expect(line('NOOP x', 'a\r\nb').shown).toBe('a\\x0d\\x0ab');
  });
});

describe('mask', () => {
  test.each([
    ['\x1b[31mred', '\\x1b[31mred'],
    ['\x07\x00\x7f\x9b', '\\x07\\x00\\x7f\\x9b'],
    ['a\u202egnp.exe', 'a\\u202egnp.exe'],
    ['a\u2066b\u2069', 'a\\u2066b\\u2069'],
    ['zero\u200b\u200dwidth\ufeff\u00ad', 'zero\\u200b\\u200dwidth\\ufeff\\xad'],
    ['line\u2028\u2029\x85', 'line\\u2028\\u2029\\x85'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['lone\ud800', 'lone\\ud800'],
    ['a\tb', 'a b'],
    ['kept: ü ✓ 日本 🙂 \\ " < &', 'kept: ü ✓ 日本 🙂 \\ " < &'],
  ])('%j', (text, expected) => {
    expect(mask(text)).toBe(expected);
    expect(mask(mask(text))).toBe(expected);
  });
});
