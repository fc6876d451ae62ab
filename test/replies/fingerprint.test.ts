// Products told by what they show; greetings that lie or say nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, type Signs } from '../../src/replies/fingerprint.js';
import { PRODUCTS } from '../../src/replies/products/index.js';

const signs = (shown: Partial<Signs>): Signs => ({ greeting: null, ehlo: null, help: null, refusals: [], ...shown });
const ehlo = (...lines: string[]): string[] =>
  lines.map((line, at) => `250${at < lines.length - 1 ? '-' : ' '}${line}`);

const POSTFIX_EHLO = ehlo(
  'mx.local.example',
  'PIPELINING',
  'SIZE 10240000',
  'VRFY',
  'ETRN',
  'STARTTLS',
  'ENHANCEDSTATUSCODES',
  '8BITMIME',
  'DSN',
  'SMTPUTF8',
  'CHUNKING',
);
const EXIM_EHLO = ehlo(
  'mx.local.example Hello auditor.example [192.0.2.10]',
  'SIZE 52428800',
  '8BITMIME',
  'PIPELINING',
  'PIPECONNECT',
  'CHUNKING',
  'PRDR',
  'HELP',
);

describe('a greeting', () => {
  it.each([
    ['220 mx.local.example ESMTP Postfix (Debian/GNU)', 'Postfix', null],
    ['220 mx.local.example ESMTP Postfix (3.7.11)', 'Postfix', '3.7.11'],
    ['220 mx.local.example ESMTP Exim 4.96 Mon, 01 Jan 2024 00:00:00 +0000', 'Exim', '4.96'],
    ['220 mx.local.example ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Mon, 1 Jan 2024', 'Sendmail', '8.17.1.9'],
    ['220 mx.local.example ESMTP OpenSMTPD', 'OpenSMTPD', null],
    ['220 mx.local.example ESMTP Haraka/3.0.3 ready', 'Haraka', '3.0.3'],
    ['220 mx.local.example Microsoft ESMTP MAIL Service ready at Mon, 1 Jan 2024', 'Exchange', null],
    ['220 mx.local.example Microsoft ESMTP MAIL Service, Version: 6.0.3790.4675 ready', 'Exchange', '6.0.3790.4675'],
    ['220 mx.local.example Kerio Connect 9.2.7 ESMTP ready', 'Kerio Connect', '9.2.7'],
    ['220 mx.local.example ESMTP MDaemon 21.0.3; Mon, 01 Jan 2024', 'MDaemon', '21.0.3'],
    ['220 mx.local.example ESMTP CommuniGate Pro 6.2.9', 'CommuniGate Pro', '6.2.9'],
    ['220 mx.local.example ESMTP MailEnable Service, Version: 9.53-- ready at 01/01/24', 'MailEnable', '9.53'],
    ['220 mx.local.example SMTP Server (JAMES SMTP Server 2.3.2) ready', 'Apache James', '2.3.2'],
    ['220 mx.local.example Dovecot ready.', 'Dovecot submission', null],
    ['220 mx.local.example Stalwart ESMTP at your service', 'Stalwart', null],
    ['220 mx.local.example Apple Mail Server 10.2 SMTP Server Ready', 'Mac OS X Server', '10.2'],
  ])('%s', (line, product, version) => {
    expect(fingerprint(signs({ greeting: [line] }))).toEqual({ product, version, confidence: 'medium' });
  });

  it.each(['220 mx.local.example ESMTP', '220 ready', '', '220 mailexchange.example.com ESMTP'])(
    '"%s" tells nothing',
    (line) => {
      expect(fingerprint(signs({ greeting: [line] }))).toBeNull();
    },
  );
});

describe('without a greeting that tells', () => {
  it.each<[string, Partial<Signs>, string]>([
    [
      'words of the EHLO reply',
      { ehlo: ehlo('mx.local.example Hello x [192.0.2.10], Haraka is at your service.', 'PIPELINING') },
      'Haraka',
    ],
    ['words of the EHLO reply', { ehlo: ehlo('mx.local.example you had me at EHLO', 'STARTTLS') }, 'Stalwart'],
    [
      'words of the EHLO reply',
      { ehlo: ehlo('mx.local.example Nice to meet you, [127.0.0.1]', 'PIPELINING') },
      'nodemailer smtp-server',
    ],
    [
      'an extension',
      { ehlo: ehlo('mx.local.example Hello [192.0.2.10]', 'SIZE', 'X-ANONYMOUSTLS', 'X-EXPS GSSAPI NTLM') },
      'Exchange',
    ],
    ['an extension', { ehlo: ehlo('mx.local.example Ok', 'XVERP=Courier', 'XEXDATA', 'PIPELINING') }, 'Courier'],
    ['an extension', { ehlo: EXIM_EHLO }, 'Exim'],
    ['refusals', { refusals: [['550 relay not permitted']] }, 'Exim'],
    ['refusals', { refusals: [['454 4.7.1 <x@y.example>: Relay access denied']] }, 'Postfix'],
    ['refusals', { refusals: [['550 5.7.1 <x@y.example>... Relaying denied']] }, 'Sendmail'],
    ['refusals', { refusals: [['550 Invalid recipient: <x@y.example>']] }, 'OpenSMTPD'],
    ['refusals', { refusals: [["553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"]] }, 'qmail'],
    ['refusals', { refusals: [['530 SMTP authentication is required.']] }, 'hMailServer'],
  ])('%s tell: %j', (_, shown, product) => {
    expect(fingerprint(signs({ greeting: ['220 mx.local.example ESMTP'], ...shown }))).toMatchObject({
      product,
      confidence: 'medium',
    });
  });

  it('a shape of EHLO alone is a weak sign', () => {
    expect(fingerprint(signs({ ehlo: POSTFIX_EHLO }))).toEqual({
      product: 'Postfix',
      version: null,
      confidence: 'low',
    });
  });

  it('HELP is a strong one', () => {
    const help = ['214-2.0.0 This is sendmail version 8.15.2', '214 2.0.0 End of HELP info'];
    expect(fingerprint(signs({ help }))).toMatchObject({ product: 'Sendmail', confidence: 'high' });
  });
});

describe('several signs', () => {
  it('of one product make it certain', () => {
    const shown = { greeting: ['220 mx ESMTP Postfix'], refusals: [['554 5.7.1 <x@y.example>: Relay access denied']] };
    expect(fingerprint(signs(shown))).toMatchObject({ product: 'Postfix', confidence: 'high' });
  });

  it('against a greeting that lies win, but are not certain', () => {
    const shown = { greeting: ['220 mx ESMTP Postfix'], ehlo: EXIM_EHLO, refusals: [['550 relay not permitted']] };
    expect(fingerprint(signs(shown))).toEqual({ product: 'Exim', version: null, confidence: 'medium' });
  });

  it('of a build name the build', () => {
    const shown = {
      greeting: ['220 mx.local.example ESMTP Zimbra'],
      ehlo: POSTFIX_EHLO,
      refusals: [['454 4.7.1 <x@y>: Relay access denied']],
    };
    expect(fingerprint(signs(shown))).toMatchObject({ product: 'Zimbra', confidence: 'high' });
  });
});

describe('the list of products', () => {
  it('has each name once, knows it by its own alias, and names kin that exist', () => {
    const names = PRODUCTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, alias, kin } of PRODUCTS) {
      expect(PRODUCTS.find((other) => other.alias.test(name))?.name, name).toBe(name);
      expect(alias.flags).not.toContain('g');
      if (kin !== undefined) expect(names).toContain(kin);
    }
  });
});

it('never throws, whatever a server shows', () => {
  const lines = fc.option(fc.array(fc.string({ unit: 'binary' })));
  fc.assert(
    fc.property(
      lines,
      lines,
      lines,
      fc.array(fc.array(fc.string({ unit: 'binary' }))),
      (greeting, hello, help, refusals) => {
        const told = fingerprint({ greeting, ehlo: hello, help, refusals });
        expect(told === null || PRODUCTS.some(({ name }) => name === told.product)).toBe(true);
      },
    ),
  );
});
