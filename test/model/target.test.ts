// Targets and hosts as operators write them: what each notation means, and the one line for each that is refused.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/model/errors.js';
import { isReservedDomain, parseDomain, parseHost } from '../../src/model/host.js';
import { parseTarget } from '../../src/model/target.js';

const READ = [
  ['mail.example.org', 'mail.example.org', 25, 'none'],
  ['mail.example.org.', 'mail.example.org', 25, 'none'],
  ['localhost', 'localhost', 25, 'none'],
  ['MAIL.Example.org:2525', 'mail.example.org', 2525, 'none'],
  ['mail_1.example.org:1', 'mail_1.example.org', 1, 'none'],
  ['mail.example.org:587', 'mail.example.org', 587, 'none'],
  ['mail.example.org:465', 'mail.example.org', 465, 'tls'],
  ['192.0.2.7', '192.0.2.7', 25, 'none'],
  ['192.0.2.7:65535', '192.0.2.7', 65535, 'none'],
  ['2001:DB8:0::7', '2001:db8::7', 25, 'none'],
  ['2001:db8::1:25', '2001:db8::1:25', 25, 'none'],
  ['::1', '::1', 25, 'none'],
  ['[2001:db8::7]', '2001:db8::7', 25, 'none'],
  ['[2001:db8::7]:587', '2001:db8::7', 587, 'none'],
  ['[::ffff:192.0.2.7]:25', '192.0.2.7', 25, 'none'],
  ['fe80::1%eth0', 'fe80::1%eth0', 25, 'none'],
  ['[fe80::1%eth0]:26', 'fe80::1%eth0', 26, 'none'],
  ['smtp://mail.example.org', 'mail.example.org', 25, 'none'],
  ['smtp://mail.example.org:465/', 'mail.example.org', 465, 'none'],
  ['submission://mail.example.org', 'mail.example.org', 587, 'starttls'],
  ['Submission://192.0.2.7:1587', '192.0.2.7', 1587, 'starttls'],
  ['smtps://mail.example.org', 'mail.example.org', 465, 'tls'],
  ['smtps://[2001:db8::7]:8465', '2001:db8::7', 8465, 'tls'],
  ['smtp://[fe80::1%25eth0]', 'fe80::1%eth0', 25, 'none'],
  ['bücher.example', 'xn--bcher-kva.example', 25, 'none'],
] as const;

const REFUSED = [
  ['', /without a host/],
  [':25', /without a host/],
  ['smtp://', /without a host/],
  ['smtp:///', /without a host/],
  ['mail.example.org:', /not a port: got ""/],
  ['mail.example.org:0', /not a port/],
  ['mail.example.org:65536', /not a port: got "65536", want a number from 1 to 65535/],
  ['mail.example.org:025', /not a port/],
  ['mail.example.org:-1', /not a port/],
  ['mail.example.org:smtp', /not a port/],
  ['mail.example.org:25:26', /neither an address nor host:port/],
  ['2001:db8::g', /neither an address nor host:port/],
  ['[2001:db8::7', /neither an address/],
  ['[192.0.2.7]:25', /no IPv6 address in the brackets/],
  ['[mail.example.org]:25', /no IPv6 address in the brackets/],
  ['fe80::1', /link-local address without its zone/],
  ['2001:db8::7%eth0', /zone on an address that is not link-local/],
  ['127.1', /incomplete or ambiguous IPv4/],
  ['010.0.0.1', /incomplete or ambiguous IPv4/],
  ['0x7f.1', /incomplete or ambiguous IPv4/],
  ['2130706433', /incomplete or ambiguous IPv4/],
  ['192.0.2.256', /incomplete or ambiguous IPv4/],
  ['0.0.0.0', /no address of one host/],
  ['::', /no address of one host/],
  ['224.0.0.1', /multicast/],
  ['ff02::1', /multicast/],
  ['smpt://mail.example.org', /an unknown scheme.*; did you mean smtp\?/],
  ['https://mail.example.org', /an unknown scheme/],
  ['smtp://mail.example.org/inbox', /no path and no query/],
  ['mail.example.org/24', /no path and no query/],
  ['smtp://mail.example.org?x=1', /no path and no query/],
  ['mail.example.org#a', /no path and no query/],
  ['-mail.example.org', /not a host name/],
  ['mail..example.org', /not a host name/],
  ['mail example.org', /not a host name/],
  ['mail.example.org\r\nRCPT', /not a host name: got "mail.example.org\\r\\nRCPT"/],
  ['１２７.0.0.1', /incomplete or ambiguous IPv4/],
  [`${'a'.repeat(64)}.example`, /not a host name/],
  [`${'a.'.repeat(127)}example`, /more than 253 characters/],
] as const;

describe('a target', () => {
  it.each(READ)('%s', (text, host, port, security) => {
    expect(parseTarget(text)).toEqual({ host, port, security });
  });

  it.each(REFUSED)('refuses %j', (text, message) => {
    const read = () => parseTarget(text);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^[\x20-\x7e\u2026\p{L}\p{N}]+$/u);
  });

  it.each(['smtp://alice:s3cret@mail.example.org', 'alice:s3cret@mail.example.org', 'smtp://a:s3@cret@h'])(
    'shows no password of %s',
    (text) => {
      const read = () => parseTarget(text);
      expect(read).toThrow(/^target: a target holds no account: got "…@[a-z.]+"/);
      expect(read).not.toThrow(/s3/);
    },
  );
});

describe('a host', () => {
  it.each([
    ['Mail.Example.ORG.', 'mail.example.org'],
    ['::FFFF:127.0.0.1', '127.0.0.1'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
  ])('reads %s as %s', (text, host) => {
    expect(parseHost(text, '--x')).toBe(host);
  });

  it.each(['[::1', 'a/b', 'a@b', '', '.', 'a\u202eb.example', '127.0.0.0x1'])('refuses %j as a domain', (text) => {
    expect(() => parseDomain(text, '--x')).toThrow(/^--x: /);
  });

  it.each([
    ['example.org', true],
    ['mail.Example.com.', true],
    ['corp.test', true],
    ['x.invalid', true],
    ['printer.local', true],
    ['example.org.uk', false],
    ['notexample.org', false],
    ['contest', false],
    ['mail.relayproof.dev', false],
  ])('says whether %s is reserved: %s', (domain, reserved) => {
    expect(isReservedDomain(domain)).toBe(reserved);
  });
});
