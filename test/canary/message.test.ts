// The message of an attempt: what it says, and that it is mail as the RFCs want it.
import { describe, expect, it } from 'vitest';
import { canaryMessage } from '../../src/canary/message.js';
import { firstOf, partsOf, readHeader } from '../../src/canary/mime.js';
import { attemptOf, DATE, IDENTITY, sampleOf } from './made.js';

const { tokens, message, to, from } = sampleOf();
const { fields, body } = readHeader(message);

const messageOf = (extras: ReturnType<typeof attemptOf>['extras'], part = {}) => sampleOf({ extras, ...part }).message;

describe('the message', () => {
  it('says who sent it, why, from where, the envelope, and how to make it stop', () => {
    for (const words of [
      'audit of the mail server mail.corp.test:25',
      'relayproof 0.0.0-source on audit.example.com',
      `MAIL FROM:    <${from}>`,
      `RCPT TO:      <${to}>`,
      'plain-external',
      'To make it stop:',
      'postmaster@canary.example.net',
    ]) {
      expect(body).toContain(words);
    }
  });

  it('holds both tokens in Message-ID, subject, a header and the body', () => {
    expect(firstOf(fields, 'message-id')).toBe(`<${tokens.forward}.${tokens.reverse}@canary.example.net>`);
    expect(firstOf(fields, 'subject')).toContain(tokens.forward);
    expect(firstOf(fields, 'x-relayproof-token')).toBe(`${tokens.forward} ${tokens.reverse}`);
    expect(body).toContain(`${tokens.forward} ${tokens.reverse}`);
  });

  it('has the fields that RFC 5322 and RFC 3834 ask for', () => {
    expect(firstOf(fields, 'date')).toBe('Wed, 04 Mar 2026 05:06:07 +0000');
    expect(firstOf(fields, 'from')).toBe(`Open relay test <${from}>`);
    expect(firstOf(fields, 'to')).toBe(`<${to}>`);
    expect(firstOf(fields, 'auto-submitted')).toBe('auto-generated');
    expect(firstOf(fields, 'mime-version')).toBe('1.0');
  });

  it('is under 2 kB of ASCII in lines that end in CR LF, with no attachment', () => {
    expect(message.length).toBeLessThan(2_000);
    expect(message).toMatch(/^(?:[\x20-\x7e]{0,998}\r\n)+$/);
    expect(partsOf(message).map(({ type }) => type)).toEqual(['text/plain']);
  });

  it('stays under 2 kB and ASCII with the longest and oddest envelope', () => {
    const path = `${'x'.repeat(900)}.ö@canary.example.net`;
    const odd = messageOf({}, { forwardPath: path, reversePath: 'a\r\nBcc: victim@example.org' });
    expect(odd.length).toBeLessThan(2_000);
    expect(odd).toMatch(/^(?:[\x20-\x7e]{0,998}\r\n)+$/);
    expect(readHeader(odd).fields.some(({ name }) => name === 'bcc')).toBe(false);
  });
});

describe('what a technique adds', () => {
  it('stands before the usual fields, or instead of them', () => {
    const text = messageOf({
      headers: [
        { name: 'Auto-Submitted', value: 'no' },
        { name: 'X-Extra', value: 'one' },
      ],
    });
    const all = readHeader(text).fields;
    expect(all.slice(0, 2)).toEqual([
      { name: 'auto-submitted', value: 'no' },
      { name: 'x-extra', value: 'one' },
    ]);
    expect(all.filter(({ name }) => name === 'auto-submitted')).toHaveLength(1);
  });

  it('ends the body', () => {
    expect(messageOf({ body: ['the last line'] })).toMatch(/\r\nthe last line\r\n$/);
  });

  it('is declared and encoded where it is beyond ASCII', () => {
    const line = `ü=ö ${'ä'.repeat(60)} `;
    const text = messageOf({ body: [line] });
    expect(text).toMatch(/^(?:[\x20-\x7e]{0,76}\r\n)+$/);
    const [part] = partsOf(text);
    expect(firstOf(part?.fields ?? [], 'content-type')).toBe('text/plain; charset=utf-8');
    expect(Buffer.from(part?.body ?? '', 'latin1').toString('utf8')).toContain(`\r\n${line}\r\n`);
  });

  it('never becomes a field or a line of its own', () => {
    const facts = { tokens, identity: IDENTITY, date: DATE, machine: 'audit.example.com', server: 'mail.corp.test' };
    for (const field of [
      { name: 'X-A', value: 'one\r\nBcc: victim@example.org' },
      { name: 'X-A: b\r\nBcc', value: 'victim@example.org' },
      { name: 'X-A', value: 'one\0' },
    ]) {
      expect(() => canaryMessage({ ...facts, attempt: attemptOf({ extras: { headers: [field] } }) })).toThrow(
        /header field/,
      );
    }
  });
});

describe('the To field', () => {
  it.each([
    ['alice@corp.test', '<alice@corp.test>'],
    ['relaytest%canary.example.net@corp.test', `<${to}>`],
    ['"alice"@corp.test', 'undisclosed-recipients:;'],
  ])('for %s is %s', (forwardPath, want) => {
    const sample = sampleOf({ forwardPath });
    expect(firstOf(readHeader(sample.message).fields, 'to')).toBe(want);
  });
});
