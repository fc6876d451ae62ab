// Canaries in a mailbox: the address, the envelope that the last server wrote down, and a real Dovecot.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../fixtures/raw/client.js';
import { startDovecot } from '../../fixtures/real/dovecot.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import type { Running } from '../../fixtures/real/server.js';
import { type ReceiverSpec, receive } from '../../src/canary/index.js';
import { parseMailboxUrl } from '../../src/canary/mailbox.js';
import { envelopeOf } from '../../src/canary/mailbox-envelope.js';
import { readFields } from '../../src/canary/mime.js';
import { reportOf } from './bounces.js';
import { forwardTokens, KEY, RUN, sampleOf } from './made.js';

describe('the address of a mailbox', () => {
  it.each([
    [
      'imaps://relaytest@imap.example.net',
      { host: 'imap.example.net', port: 993, user: 'relaytest', folder: 'INBOX', isOAuth: false },
    ],
    [
      'imaps://relaytest%40example.net@imap.example.net:1993/Canaries/Inbox',
      { host: 'imap.example.net', port: 1993, user: 'relaytest@example.net', folder: 'Canaries/Inbox', isOAuth: false },
    ],
    [
      'imaps://relaytest@example.net@imap.example.net/',
      { host: 'imap.example.net', port: 993, user: 'relaytest@example.net', folder: 'INBOX', isOAuth: false },
    ],
    [
      'imaps://me;AUTH=XOAUTH2@[2001:db8::7]:993/INBOX',
      { host: '2001:db8::7', port: 993, user: 'me', folder: 'INBOX', isOAuth: true },
    ],
  ])('%s', (text, want) => {
    expect(parseMailboxUrl(text)).toEqual(want);
  });

  it.each([
    ['imap://relaytest@imap.example.net', 'not the address'],
    ['imaps://imap.example.net/INBOX', 'without a user'],
    ['imaps://relaytest:opensesame@imap.example.net/INBOX', 'a password in an address'],
    ['imaps://me;AUTH=PLAIN@imap.example.net', 'an unknown way to log in'],
    ['imaps://me@imap.example.net/%0d%0a', 'not percent-encoded'],
    ['imaps://me%@imap.example.net/', 'not percent-encoded'],
    ['imaps://me@imap.example.net:99999/', 'not a port'],
  ])('%s is refused, and shows no password', (text, problem) => {
    expect(() => parseMailboxUrl(text)).toThrow(problem);
    try {
      parseMailboxUrl(text);
    } catch (error) {
      expect(String(error)).not.toContain('opensesame');
    }
  });
});

describe('the envelope in a mailbox', () => {
  const TAGGED = 'relaytest+token@canary.example.net';
  const hop = (by: string, to?: string) =>
    `Received: from a (b [192.0.2.1]) by ${by} with ESMTP id 1${to === undefined ? '' : ` for <${to}>`}; Wed, 4 Mar 2026 05:06:08 +0000`;

  it.each<[string, string[], string[]]>([
    [
      'Postfix',
      ['Return-Path: <x@y>', `X-Original-To: ${TAGGED}`, 'Delivered-To: relaytest@canary.example.net', hop('mx')],
      [TAGGED, 'relaytest@canary.example.net'],
    ],
    ['Dovecot', ['Return-Path: <x@y>', `Delivered-To: ${TAGGED}`, hop('dovecot'), hop('mx')], [TAGGED]],
    ['Exim', ['Return-path: <x@y>', `Envelope-to: ${TAGGED}`, hop('mx')], [TAGGED]],
    ['Gmail', [`Delivered-To: ${TAGGED}`, hop('mx.google.com', TAGGED), 'Return-Path: <x@y>'], [TAGGED]],
    ['a server that writes the trace field alone', [hop('mx', TAGGED)], [TAGGED]],
    ['a server that writes its fields below', [hop('mx'), `Delivered-To: ${TAGGED}`, hop('outer')], [TAGGED]],
    [
      'a forward from another mailbox',
      [
        'Delivered-To: relaytest@canary.example.net',
        hop('mx', 'relaytest@canary.example.net'),
        hop('corp'),
        `X-Original-To: ${TAGGED}`,
        'Delivered-To: alice@corp.test',
        hop('corp'),
      ],
      ['relaytest@canary.example.net'],
    ],
    [
      'the message itself',
      [hop('mx', 'archive@example.net'), hop('corp'), `To: ${TAGGED}`, `Delivered-To: ${TAGGED}`],
      ['archive@example.net'],
    ],
    ['nobody', [`To: ${TAGGED}`], []],
  ])('as %s writes it', (_, lines, want) => {
    expect(envelopeOf(readFields(lines.join('\r\n'))).recipients.toSorted()).toEqual(want.toSorted());
  });

  it('has a reverse-path where one is written down', () => {
    const reverseOf = (text: string) => envelopeOf(readFields(text)).reversePath;
    expect(reverseOf('Return-Path: <>\r\nDelivered-To: a@b')).toBe('');
    expect(reverseOf('Return-Path: <x@y>\r\nDelivered-To: a@b')).toBe('x@y');
    expect(reverseOf('Delivered-To: a@b')).toBeNull();
  });
});

const reason = whyNotHere();
describe.skipIf(reason !== null)(`a real Dovecot${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  const ACCOUNT = { user: 'relaytest', password: 'correct horse' };
  const NEVER = new AbortController().signal;
  const LONG_MS = 15_000;
  let withIdle: Running;
  beforeAll(async () => {
    withIdle = await startDovecot({ accounts: [ACCOUNT] });
  }, 120_000);
  afterAll(() => withIdle?.stop());

  const specOf = (
    { ports }: Running,
    part: Partial<Extract<ReceiverSpec, { kind: 'mailbox' }>> = {},
  ): ReceiverSpec => ({
    kind: 'mailbox',
    mailbox: parseMailboxUrl(`imaps://relaytest@127.0.0.1:${ports.imaps ?? 0}/INBOX`),
    secret: ACCOUNT.password,
    clean: false,
    ...part,
  });

  async function receiverOf(server: Running, part: Parameters<typeof specOf>[1] = {}) {
    const troubles: string[] = [];
    const receiver = await receive({
      specs: [specOf(server, part)],
      key: KEY,
      run: RUN,
      onTrouble: (text) => troubles.push(text),
    });
    onTestFinished(() => receiver.close());
    return { ...receiver, troubles };
  }

  async function bring({ ports }: Running, from: string, to: string, message: string): Promise<void> {
    const client = await connect({ port: ports.lmtp ?? 0 });
    for (const line of ['LHLO mx.example.net', `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA'])
      await client.send(line);
    expect((await client.message(message)).code).toBe(250);
    client.close();
  }

  const inFolder = (server: Running, folder: string) =>
    server.inside(`doveadm -c /etc/dovecot/dovecot.conf fetch -u relaytest hdr.subject mailbox ${folder} all`);

  it('gives the canaries of this run, and the bounces, as soon as they are there', async () => {
    const [one, two] = [sampleOf({ key: 'mailbox-1' }), sampleOf({ key: 'mailbox-2' })];
    const receiver = await receiverOf(withIdle);
    receiver.expect(one.expected);
    receiver.expect(two.expected);
    const from = performance.now();
    await bring(withIdle, 'friend@example.org', 'relaytest@canary.example.net', 'Subject: private\n\nhello');
    await bring(withIdle, one.from, one.to, one.message);
    await bring(withIdle, '', two.from, reportOf(two));
    await receiver.wait(new Set([one.tokens.forward, two.tokens.forward]), LONG_MS, NEVER);
    expect(performance.now() - from).toBeLessThan(LONG_MS);
    expect(receiver.events.get(one.tokens.forward)).toMatchObject([
      { kind: 'delivered', by: 'mailbox', envelopeTo: one.to },
    ]);
    expect(receiver.events.get(two.tokens.reverse)).toMatchObject([{ kind: 'bounced', failedBy: 'server' }]);
    expect(await inFolder(withIdle, 'INBOX')).toContain(one.tokens.forward);
  });

  it('looks into the spam folder, and cleans up after itself alone', async () => {
    const sample = sampleOf({ key: 'mailbox-3' });
    const receiver = await receiverOf(withIdle, { clean: true });
    receiver.expect(sample.expected);
    await withIdle.inside(
      `printf '%s' ${quoted(`Delivered-To: ${sample.to}\r\n${sample.message}`)} | doveadm -c /etc/dovecot/dovecot.conf save -u relaytest -m Junk`,
    );
    await withIdle.inside(
      `printf 'Subject: real spam\\r\\n\\r\\nx' | doveadm -c /etc/dovecot/dovecot.conf save -u relaytest -m Junk`,
    );
    await receiver.wait(new Set([sample.tokens.forward]), LONG_MS, NEVER);
    expect(receiver.events.get(sample.tokens.forward)).toMatchObject([{ kind: 'delivered' }]);
    await receiver.close();
    const left = await inFolder(withIdle, 'Junk');
    expect(left).toContain('real spam');
    expect(left).not.toContain(sample.tokens.forward);
    expect(receiver.troubles).toEqual([]);
  });

  it('passes over what was there before', async () => {
    const sample = sampleOf({ key: 'mailbox-4' });
    await bring(withIdle, sample.from, sample.to, sample.message);
    const receiver = await receiverOf(withIdle);
    receiver.expect(sample.expected);
    const later = sampleOf({ key: 'mailbox-5' });
    receiver.expect(later.expected);
    await bring(withIdle, later.from, later.to, later.message);
    await receiver.wait(new Set([later.tokens.forward]), LONG_MS, NEVER);
    expect(forwardTokens(receiver)).toEqual([later.tokens.forward]);
  });

  it('says so where the password is wrong, and never what it was', async () => {
    const opening = receive({ specs: [specOf(withIdle, { secret: 'wrong horse' })], key: KEY, run: RUN });
    await expect(opening).rejects.toThrow(/--mailbox: cannot be opened \(the login is refused/);
    await expect(opening).rejects.not.toThrow(/wrong horse/);
  });

  it('is watched without IDLE too, and again after the connection broke', async () => {
    const server = await startDovecot({ accounts: [ACCOUNT], capabilities: 'IMAP4rev1 UIDPLUS SPECIAL-USE' });
    onTestFinished(() => server.stop());
    const receiver = await receiverOf(server);
    const [one, two] = [sampleOf({ key: 'mailbox-6' }), sampleOf({ key: 'mailbox-7' })];
    receiver.expect(one.expected);
    receiver.expect(two.expected);
    await bring(server, one.from, one.to, one.message);
    await receiver.wait(new Set([one.tokens.forward]), LONG_MS, NEVER);
    expect(forwardTokens(receiver)).toEqual([one.tokens.forward]);
    await server.inside('doveadm -c /etc/dovecot/dovecot.conf kick relaytest');
    await bring(server, two.from, two.to, two.message);
    await receiver.wait(new Set([two.tokens.forward]), LONG_MS, NEVER);
    expect(forwardTokens(receiver)).toEqual([one.tokens.forward, two.tokens.forward]);
  }, 120_000);
});

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
