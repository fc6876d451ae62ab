// What arrivals mean: a delivery, a bounce and by whom, a callout, or nothing.
import { describe, expect, it } from 'vitest';
import { type Arrival, eventsOf } from '../../src/canary/events.js';
import { readToken } from '../../src/canary/token.js';
import type { Attempt } from '../../src/model/attempt.js';
import { type ReportFacts, reportOf, TEXTS } from './bounces.js';
import { arrivalOf, KEY, RUN, type Sample, sampleOf } from './made.js';

const find = (address: string) => readToken(address, KEY, RUN);

function eventsFor(sample: Sample, part: Partial<Arrival>) {
  const { expected, tokens } = sample;
  const known = new Map([
    [tokens.forward, expected],
    [tokens.reverse, expected],
  ]);
  return eventsOf(arrivalOf(part), find, known).map(({ event }) => event);
}

const sample = sampleOf();
const { to, from, message, tokens } = sample;
const relayed = `Received: from mail.corp.test (mail.corp.test [192.0.2.25])\r\n\tby mx.canary.example.net with ESMTPS; Wed, 4 Mar 2026 05:06:09 +0000\r\n${message}`;

describe('a message for the forward token', () => {
  it('is delivered, with its trace', () => {
    expect(eventsFor(sample, { reversePath: from, recipients: [to], message: relayed })).toEqual([
      {
        kind: 'delivered',
        at: '2026-03-04T05:06:07.000Z',
        by: 'sink',
        envelopeTo: to,
        received: [
          'from mail.corp.test (mail.corp.test [192.0.2.25]) by mx.canary.example.net with ESMTPS; Wed, 4 Mar 2026 05:06:09 +0000',
        ],
      },
    ]);
  });

  it.each([
    ['with the null reverse-path that the attempt had', { reversePath: '' }, { reversePath: '' }],
    ['with a reverse-path that a server has emptied', {}, { reversePath: '' }],
    ['with a rewritten reverse-path', {}, { reversePath: 'SRS0=x=y=canary.example.net=z@corp.test' }],
    ['in capitals', {}, { recipients: [to.toUpperCase()] }],
    ['at the odd path itself', {}, { recipients: [to.replace('@', '%')] }],
    ['beside others', {}, { recipients: ['alice@corp.test', to] }],
  ] satisfies [string, Partial<Attempt>, Partial<Arrival>][])('is delivered %s', (_, attempt, part) => {
    const one = sampleOf(attempt);
    const events = eventsFor(one, { reversePath: one.from, recipients: [to], message: one.message, ...part });
    expect(events.map(({ kind }) => kind)).toEqual(['delivered']);
  });

  it('is delivered where the server has taken our own header fields away', () => {
    const stripped = message.replace(/^(?:X-Relayproof|Message-ID)[^\r]*\r\n(?: [^\r]*\r\n)*/gim, '');
    expect(stripped).not.toContain('X-Relayproof-Token:');
    expect(eventsFor(sample, { reversePath: from, recipients: [to], message: stripped })[0]?.kind).toBe('delivered');
  });
});

describe('a message to a path that only looks local', () => {
  const local = sampleOf({ forwardPath: 'relaytest%canary.example.net@corp.test', isSign: false });
  const asked = local.expected.attempt.forwardPath;
  const heard = (recipient: string, by: Arrival['by'] = 'sink') =>
    eventsFor(local, { reversePath: local.from, recipients: [recipient], message: local.message, by })[0];

  it.each([local.to, `${local.to}.`, local.to.replace('@', '@mx.')])(
    'was relayed where it comes for %s',
    (recipient) => {
      expect(heard(recipient)?.kind).toBe('delivered');
    },
  );

  it.each([asked, asked.toUpperCase(), `"${local.to}"@corp.test`])('was not where it comes for %s', (recipient) => {
    expect(heard(recipient)).toMatchObject({
      kind: 'callout',
      detail: `192.0.2.25 passed it on for <${recipient}>, which is no mailbox of a canary`,
    });
  });

  it('was relayed where it lies in the mailbox of the canary, by whatever name', () => {
    expect(heard(asked, 'mailbox')?.kind).toBe('delivered');
  });
});

describe('is no delivery', () => {
  const journal = `From: journal@corp.test\r\nTo: archive@canary.example.net\r\nSubject: Open relay test ${tokens.forward}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=J\r\n\r\n--J\r\nContent-Type: text/plain\r\n\r\nSender: ${from}\r\nRecipient: ${to}\r\n\r\n--J\r\nContent-Type: message/rfc822\r\n\r\n${message}\r\n--J--\r\n`;
  const autoReply = `From: alice@corp.test\r\nSubject: Away: Open relay test ${tokens.forward}\r\nAuto-Submitted: auto-replied (vacation)\r\nIn-Reply-To: <${tokens.forward}>\r\n\r\nI am away. You wrote:\r\n> ${tokens.forward}\r\n`;
  const full = reportOf({ to, message });
  const replayed = sampleOf({}, 'run-0');

  it.each<[string, Partial<Arrival>, string[]]>([
    ['a token in header and body alone', { recipients: ['relaytest@canary.example.net'], message }, []],
    ['a journal copy in another mailbox', { recipients: ['archive@canary.example.net'], message: journal }, []],
    [
      'a journal copy at the token',
      { recipients: [to], reversePath: 'journal@corp.test', message: journal },
      ['bounced'],
    ],
    [
      'a bounce with the whole message in another mailbox',
      { recipients: ['auditor@canary.example.net'], message: full },
      [],
    ],
    ['a bounce with the whole message at the reverse token', { recipients: [from], message: full }, ['bounced']],
    ['a bounce with the whole message at the forward token', { recipients: [to], message: full }, ['bounced']],
    [
      'a bounce in plain words at the forward token',
      { recipients: [to], message: TEXTS.qmailLocal({ to, message }) },
      ['bounced'],
    ],
    [
      'a bounce in unknown words at the forward token',
      { recipients: [to], message: 'Subject: no\r\n\r\nNo.\r\n' },
      ['bounced'],
    ],
    [
      'a bounce that is not from <>',
      { recipients: [to], reversePath: 'x@corp.test', message: 'From: MAILER-DAEMON@corp.test\r\n\r\nNo.\r\n' },
      ['bounced'],
    ],
    ['an automatic reply at the reverse token', { recipients: [from], message: autoReply }, ['bounced']],
    ['an automatic reply at the forward token', { recipients: [to], message: autoReply }, ['bounced']],
    ['the canary itself at the reverse token', { recipients: [from], message: relayed }, ['bounced']],
    ['a callout', { kind: 'callout', recipients: [to], message: null, detail: 'no message followed' }, ['callout']],
    ['the token of another run', { recipients: [replayed.to], reversePath: from, message: replayed.message }, []],
    ['a truncated token', { recipients: [to.replace(/.@/, '@')], message }, []],
    [
      'a token with a letter changed',
      { recipients: [to.replace(/.(?=@)/, (last) => (last === '0' ? '1' : '0'))], message },
      [],
    ],
    [
      'a token as base64',
      { recipients: [`${Buffer.from(tokens.forward).toString('base64')}@canary.example.net`], message },
      [],
    ],
  ])('%s', (_, part, kinds) => {
    expect(eventsFor(sample, part).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('and an automatic reply proves nothing', () => {
    expect(eventsFor(sample, { recipients: [from], message: autoReply })[0]).toMatchObject({ failedBy: 'unknown' });
  });
});

describe('a report of RFC 3464', () => {
  const trace = (by: string, helo: string) =>
    `Received: from ${helo} (unknown [192.0.2.7]) by ${by} with ESMTP; Wed, 4 Mar 2026 05:06:08 +0000\r\n`;
  const ours = trace('inner.corp.test', 'audit.example.com');

  it.each<[string, ReportFacts, 'server' | 'other' | 'unknown']>([
    ['of the server itself', {}, 'server'],
    ['of the server itself, headers alone', { returns: 'headers' }, 'server'],
    ['of the server itself, nothing returned', { returns: 'nothing' }, 'server'],
    ['of the server itself, in base64', { encoding: 'base64' }, 'server'],
    ['of the server itself, in quoted-printable', { encoding: 'quoted-printable' }, 'server'],
    ['of the server itself, name in capitals', { reporter: 'MAIL.corp.test.' }, 'server'],
    [
      'of the server under an inner name, which took the message from us',
      { reporter: 'inner.corp.test', received: ours },
      'server',
    ],
    ['that names the server as remote, as local delivery does', { remote: 'mail.corp.test' }, 'server'],
    ['about an unknown user', { status: '5.1.1', diagnostic: 'x-unix; user unknown' }, 'server'],
    [
      'about access, though the code is of routing',
      { status: '5.4.1', diagnostic: 'smtp; 550 5.4.1 Recipient address rejected: Access denied' },
      'server',
    ],
    ['that names the next host', { remote: 'mx.canary.example.net', diagnostic: 'smtp; 550 no' }, 'other'],
    ['that names the next host by its address', { remote: '127.0.0.1' }, 'other'],
    ['that names the next host by the address of the server', { remote: '192.0.2.25' }, 'other'],
    ['that names the next host by the address of the server, as a literal', { remote: '[192.0.2.25]' }, 'other'],
    ['that names the next host as a literal', { remote: '[127.0.0.1]' }, 'other'],
    ['that names the next host in a comment only', { remote: '(mx)' }, 'other'],
    ['of delay', { action: 'delayed', status: '4.4.1' }, 'other'],
    ['of success elsewhere', { action: 'relayed', status: '2.0.0' }, 'other'],
    ['of delivery', { action: 'delivered', status: '2.0.0' }, 'other'],
    ['of expansion', { action: 'expanded', status: '2.0.0' }, 'other'],
    [
      'of a next host that did not answer',
      { status: '4.4.1', diagnostic: 'X-Postfix; connect to mx[203.0.113.9]:25: Connection refused' },
      'other',
    ],
    [
      'of a domain that was not found',
      { status: '5.4.4', diagnostic: 'X-Postfix; Host or domain name not found' },
      'other',
    ],
    [
      'of a next host, which got it from the server',
      { reporter: 'mx.example.net', received: trace('mx.example.net', 'mail.corp.test') + ours },
      'other',
    ],
    ['of a host that nobody knows', { reporter: 'somewhere.example.net', returns: 'nothing' }, 'unknown'],
    ['of no action', { action: '' }, 'unknown'],
  ])('%s', (_, facts, failedBy) => {
    const [event] = eventsFor(sample, { recipients: [from], message: reportOf({ to, message }, facts) });
    expect(event).toMatchObject({ kind: 'bounced', failedBy });
  });

  it('tells status and words', () => {
    const [event] = eventsFor(sample, { recipients: [from], message: reportOf({ to, message }) });
    expect(event).toEqual({
      kind: 'bounced',
      at: '2026-03-04T05:06:07.000Z',
      failedBy: 'server',
      status: '5.7.1',
      detail: 'mail.corp.test: failed 5.7.1 relaying is denied',
    });
  });

  it('of several recipients counts for ours', () => {
    const text = reportOf({ to, message }).replace(
      '\r\nFinal-Recipient',
      '\r\nFinal-Recipient: rfc822; bob@example.net\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient',
    );
    expect(eventsFor(sample, { recipients: [from], message: text })[0]).toMatchObject({
      failedBy: 'server',
      status: '5.7.1',
    });
  });

  it('is masked, and cut', () => {
    const diagnostic = `smtp; 550 \u001b[31mno\u202e ${'x'.repeat(900)}`;
    const [event] = eventsFor(sample, { recipients: [from], message: reportOf({ to, message }, { diagnostic }) });
    const detail = event?.kind === 'bounced' ? event.detail : '';
    expect(detail).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(detail.length).toBeLessThan(310);
  });
});

describe('a bounce in words', () => {
  it.each<[keyof typeof TEXTS, 'server' | 'other', string | null]>([
    ['qmailLocal', 'server', '5.1.1'],
    ['qmailRemote', 'other', '5.1.1'],
    ['eximLocal', 'server', null],
    ['eximRemote', 'other', null],
    ['eximDelay', 'other', null],
    ['exchangeLocal', 'server', '5.7.1'],
    ['exchangeRemote', 'other', '5.1.1'],
    ['postfixLocal', 'server', null],
  ])('%s was failed by %s', (name, failedBy, status) => {
    const [event] = eventsFor(sample, { recipients: [from], message: TEXTS[name]({ to, message }) });
    expect(event).toMatchObject({ kind: 'bounced', failedBy, status });
  });

  it('that nobody knows proves nothing', () => {
    const [event] = eventsFor(sample, {
      recipients: [from],
      message: 'Subject: Nope\r\n\r\nYour message was lost at sea.\r\n',
    });
    expect(event).toMatchObject({ kind: 'bounced', failedBy: 'unknown' });
  });
});

it('a callout says who asked for what', () => {
  const [event] = eventsFor(sample, {
    kind: 'callout',
    recipients: [from],
    message: null,
    detail: 'no message followed',
  });
  expect(event).toMatchObject({ kind: 'callout', detail: '192.0.2.25 asked for the sender: no message followed' });
});
