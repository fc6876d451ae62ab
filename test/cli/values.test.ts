// Readers of option values: what each takes, and the line for what it does not.
import { describe, expect, it } from 'vitest';
import * as values from '../../src/cli/values.js';
import { UsageError } from '../../src/model/errors.js';

type AnyReader = values.Reader<unknown>;
const WAIT = values.duration('0', '24h');
const LIST = values.listOf(values.oneOf(['CRAM-MD5', 'PLAIN', 'LOGIN']));

const READ: readonly (readonly [string, AnyReader, string, unknown])[] = [
  ['a duration', WAIT, '1500ms', 1500],
  ['a duration', WAIT, '60s', 60_000],
  ['a duration', WAIT, '1.5s', 1500],
  ['a duration', WAIT, '0.001s', 1],
  ['a duration', WAIT, '5m', 300_000],
  ['a duration', WAIT, '24h', 86_400_000],
  ['a duration', WAIT, '0', 0],
  ['a whole number', values.integer(1, 1000), '1000', 1000],
  ['a rate', values.rate, '5', 5],
  ['a rate', values.rate, '0.5/s', 0.5],
  ['a rate', values.rate, '30/m', 0.5],
  ['a choice', values.oneOf(['open', 'non-compliant']), 'OPEN', 'open'],
  ['a list', LIST, 'plain, cram-md5', ['PLAIN', 'CRAM-MD5']],
  ['a list', LIST, 'LOGIN,LOGIN', ['LOGIN']],
  ['a selector', values.selector, '-percent-local', '-percent-local'],
  ['hosts', values.networks, '192.0.2.0/24, mail.example.org', ['192.0.2.0/24', 'mail.example.org']],
  ['a mailbox', values.mailbox, 'Al+x@Example.ORG', 'Al+x@example.org'],
  ['a mailbox', values.mailbox, 'a@[192.0.2.7]', 'a@[192.0.2.7]'],
  ['a fingerprint', values.tlsPin, `SHA256:${'AB:'.repeat(31)}AB`, `sha256:${'ab'.repeat(32)}`],
  ['an output', values.output, 'json=a=b.json', { format: 'json', path: 'a=b.json' }],
];

const REFUSED: readonly (readonly [string, AnyReader, string, RegExp])[] = [
  ['a duration', WAIT, '60', /not a duration: got "60", want a duration from 0 to 24h, .*; add a unit: 60s\?$/],
  ['a duration', WAIT, '', /not a duration/],
  ['a duration', WAIT, '-5s', /not a duration/],
  ['a duration', WAIT, '5 s', /not a duration/],
  ['a duration', WAIT, '1e3s', /not a duration/],
  ['a duration', WAIT, '5d', /not a duration/],
  ['a duration', WAIT, '0.5ms', /not a duration/],
  ['a duration', WAIT, '25h', /out of range/],
  ['a duration', values.duration('1ms', '1h'), '0', /out of range/],
  ['a whole number', values.integer(1, 1000), '0', /from 1 to 1000/],
  ['a whole number', values.integer(1, 1000), '1001', /from 1 to 1000/],
  ['a whole number', values.integer(1, 1000), '4.0', /from 1 to 1000/],
  ['a whole number', values.integer(1, 1000), '0x4', /from 1 to 1000/],
  ['a whole number', values.integer(1, 1000), 'Infinity', /from 1 to 1000/],
  ['a rate', values.rate, '0', /not a rate/],
  ['a rate', values.rate, '5/d', /not a rate/],
  ['a rate', values.rate, '1/0', /not a rate/],
  ['a choice', values.oneOf(['open', 'non-compliant']), 'noncompliant', /did you mean non-compliant\?/],
  ['a choice', values.oneOf(['open', 'non-compliant']), 'xyz', /got "xyz", want open or non-compliant$/],
  ['a list', LIST, 'PLAIN,,LOGIN', /empty element/],
  ['a list', LIST, '', /empty element/],
  ['a list', LIST, 'PLAIN,CRAMMD5', /did you mean CRAM-MD5\?/],
  ['a selector', values.selector, '--x', /not an id/],
  ['hosts', values.networks, '192.0.2.1/24', /^--x: host bits/],
  ['hosts', values.networks, '', /^--x: /],
  ['a mailbox', values.mailbox, 'a', /without a domain/],
  ['a mailbox', values.mailbox, '@b.example', /without a local part/],
  ['a mailbox', values.mailbox, 'a b@c.example', /not a mailbox/],
  ['a mailbox', values.mailbox, 'Al <a@b.example>', /not a/],
  ['a mailbox', values.mailbox, 'a@b.example\r\nDATA', /not a host name: got "b.example\\r\\nDATA"/],
  ['a mailbox', values.mailbox, 'a@[fe80::1]', /not an address literal/],
  ['a mailbox', values.mailbox, 'ü@b.example', /beyond ASCII/],
  ['a fingerprint', values.tlsPin, `sha256:${'ab'.repeat(31)}`, /not a fingerprint/],
  ['a fingerprint', values.tlsPin, `sha1:${'ab'.repeat(32)}`, /not a fingerprint/],
  ['an output', values.output, 'report.json', /a format and a path/],
  ['an output', values.output, 'json=', /a format and a path/],
  ['a line', values.line, 'a\0b', /control characters/],
  ['a line', values.line, '', /nothing given/],
];

describe('a reader of values', () => {
  it.each(READ)('reads %s', (_, read, text, value) => {
    expect(read(text, '--x')).toEqual(value);
  });

  it.each(REFUSED)('refuses %s that it is not', (_, read, text, message) => {
    const reading = () => read(text, '--x');
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(message);
    expect(reading).toThrow(/^--x: [^\p{Cc}]*$/u);
  });
});
