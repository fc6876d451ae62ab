import { describe, expect, it } from 'vitest';
import { ARROWS, proof, transcript } from '../../src/report/transcript.js';
import { fixture } from './fixtures.js';

const shown = (lines: ReturnType<typeof transcript>): string[] => lines.map(({ kind, text }) => ARROWS[kind] + text);
const attemptOf = (name: string, technique: string) => {
  const found = fixture(name).servers[0]?.attempts.find((each) => each.technique === technique);
  if (found === undefined) throw new Error(`no ${technique} in ${name}`);
  return found;
};

describe('transcript', () => {
  it('is a conversation as swaks writes it', () => {
    expect(shown(transcript(attemptOf('inconclusive-blocklisted', 'control-inbound')))).toEqual([
      '<-  220 mx1.example.org ESMTP Exim 4.96 Tue, 24 Nov 2026 09:30:00 +0000',
      ' -> EHLO auditor.example.net',
      '<-  250-mx1.example.org Hello auditor.example.net [198.51.100.66]',
      '<-  250-SIZE 52428800',
      '<-  250-8BITMIME',
      '<-  250-PIPELINING',
      '<-  250-PIPECONNECT',
      '<-  250-CHUNKING',
      '<-  250-STARTTLS',
      '<-  250-PRDR',
      '<-  250 HELP',
      ' -> MAIL FROM:<probe@canary.example.net>',
      '<-  250 OK',
      ' -> RCPT TO:<postmaster@example.org>',
      '<** 550-JunkMail rejected - auditor.example.net [198.51.100.66] is in an RBL on zen.spamhaus.example, see',
      '<** 550 https://www.spamhaus.example/query/ip/198.51.100.66',
      '*** no usable answer: it blocks this client altogether',
    ]);
  });

  it('says where no reply came, and what became of the message', () => {
    const [timeout] =
      fixture('inconclusive-blocklisted').servers[0]?.attempts.filter((each) => each.reason === 'timeout') ?? [];
    if (timeout === undefined) throw new Error('no time-out');
    expect(shown(transcript(timeout)).at(-1)).toBe('*** no usable answer: no reply came in time');
    expect(shown(transcript(timeout))).toContain('*** no reply');
    expect(
      shown(transcript(attemptOf('open-confirmed', 'percent-local')))
        .slice(-3)
        .map((line) => line.slice(0, 24)),
    ).toEqual(['*** canary rp7f3a03 deli', '*** Received: from mail.', '*** Received: from audit']);
  });

  it('keeps a stranger’s line feeds and controls out of the notation', () => {
    const attempt = attemptOf('open-confirmed', 'null-sender');
    const reply = { code: 550, enhanced: null, text: 'no\r\n -> RCPT TO:<x>\u001b[1A' };
    const lines = transcript({ ...attempt, exchanges: [{ stage: 'rcpt', sent: 'RCPT\nTO', reply, elapsedMs: 1 }] });
    expect(shown(lines)).toEqual([' -> RCPT TO', '<** 550-no', '<** 550 -> RCPT TO:<x>\\x1b[1A']);
  });
});

describe('proof', () => {
  it('is the envelope, its replies, and the canary', () => {
    expect(shown(proof(attemptOf('open-confirmed', 'percent-local')))).toEqual([
      ' -> MAIL FROM:<probe@canary.example.net>',
      '<-  250 2.1.0 Ok',
      ' -> RCPT TO:<relaytest%canary.example.net@corp.example>',
      '<-  250 2.1.5 Ok',
      ' -> .',
      '<-  250 2.0.0 Ok: queued as 4F2A1C0D',
      '*** canary rp7f3a03 delivered: received by the sink on 192.0.2.200:25 after 412 ms',
    ]);
  });

  it('is the deciding reply where the conversation is not kept', () => {
    const attempt = { ...attemptOf('open-confirmed', 'null-sender'), exchanges: [] };
    expect(shown(proof(attempt))).toEqual(['<** 554 5.7.1 <relaytest@canary.example.net>: Relay access denied']);
  });
});
