// Servers whose AUTH takes another course than the RFC has it (RFC 4954 sections 4 and 6), and those that speak between STARTTLS
// and TLS (RFC 3207): each is evidence, and the audit goes on to its end.
import { describe, expect, it } from 'vitest';
import { serve } from '../../fixtures/hostile/server.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';
import { ACCOUNT, auditPort, cellOf, LOCAL, rulesOf, STRANGER, verdictOf } from './lab.js';

/** What a server says to a line; null: nothing, and the line is closed. */
type Answer = (line: string, heard: readonly string[]) => string | null;

/** A closed server that relays once AUTH was answered with 235; what AUTH is answered stands in the test. */
async function auditOdd(
  answer: Answer,
  change: Partial<AuditOptions> = {},
  mechanisms = 'PLAIN',
): Promise<ServerReport> {
  const server = await serve(({ socket }) => {
    const lines: string[] = [];
    let isIn = false;
    let isAsking = false;
    let rest = '';
    const say = (text: string | null): void => {
      if (text === null) {
        socket.end();
        return;
      }
      isAsking = text.startsWith('334');
      if (text.startsWith('235')) isIn = true;
      socket.write(`${text}\r\n`);
      if (text.startsWith('421')) socket.end();
    };
    const replyTo = (line: string): string | null => {
      const verb = line.split(' ')[0]?.toUpperCase();
      if (isAsking || verb === 'AUTH') return answer(line, lines);
      if (verb === 'EHLO') return `250-mail.corp.test\r\n250 AUTH ${mechanisms}`;
      if (verb === 'RCPT') return isIn || line.includes(LOCAL) ? '250 2.1.5 Ok' : '550 5.7.1 Relaying denied';
      return verb === 'QUIT' ? '221 Bye' : '250 2.0.0 Ok';
    };
    const take = (line: string): void => {
      lines.push(line);
      say(replyTo(line));
    };
    socket.write('220 mail.corp.test ESMTP\r\n');
    socket.on('data', (chunk: Buffer) => {
      const pieces = `${rest}${chunk.toString('latin1')}`.split('\r\n');
      rest = pieces.pop() ?? '';
      for (const line of pieces) take(line);
    });
  });
  try {
    const { server: report } = await auditPort(server.port, {
      sources: [STRANGER],
      account: ACCOUNT,
      negativeAuthentication: 'none',
      timeoutMs: 500,
      ...change,
    });
    return report;
  } finally {
    await server.close();
  }
}

interface Row {
  readonly title: string;
  readonly answer: Answer;
  readonly observed: string;
  readonly verdict?: string;
  readonly rules?: readonly string[];
}

const isAuth = (line: string): boolean => /^AUTH /i.test(line);
const OPEN_QUESTION = { observed: 'unknown', rules: ['audit-inconclusive'], verdict: 'closed/inconclusive' };
const DOWN = {
  observed: 'unknown',
  rules: ['audit-inconclusive', 'authentication-unavailable'],
  verdict: 'closed/non-compliant',
};

const ROWS: readonly Row[] = [
  { title: '235 at once', answer: () => '235 2.7.0 Ok', observed: 'relay', rules: [], verdict: 'closed/compliant' },
  {
    title: '235 before the exchange has ended',
    answer: (line) => (isAuth(line) ? '334 ' : '235 2.7.0 Ok'),
    observed: 'relay',
    rules: [],
    verdict: 'closed/compliant',
  },
  {
    title: '235 without an enhanced status code',
    answer: () => '235 Go ahead',
    observed: 'relay',
    rules: [],
    verdict: 'closed/compliant',
  },
  { title: 'an endless exchange', answer: () => '334 bW9yZQ==', ...OPEN_QUESTION },
  {
    title: '334 with text that is no base64, then 235',
    answer: (line) => (isAuth(line) ? '334 what else?' : '235 Ok'),
    observed: 'relay',
    rules: [],
    verdict: 'closed/compliant',
  },
  {
    title: '334 with nothing behind it',
    answer: (line) => (isAuth(line) ? '334' : '235 Ok'),
    observed: 'relay',
    rules: [],
    verdict: 'closed/compliant',
  },
  {
    title: '538 in the clear',
    answer: () => '538 5.7.11 Encryption required for requested authentication mechanism',
    observed: 'not-offered',
    rules: [],
    verdict: 'closed/compliant',
  },
  { title: '534, too weak', answer: () => '534 5.7.9 Authentication mechanism is too weak', ...OPEN_QUESTION },
  {
    title: '432, a password transition is needed',
    answer: () => '432 4.7.12 A password transition is needed',
    ...DOWN,
  },
  { title: '454, temporary', answer: () => '454 4.7.0 Temporary authentication failure', ...DOWN },
  { title: '435, temporary', answer: () => '435 Unable to authenticate at present', ...DOWN },
  { title: '503 on AUTH', answer: () => '503 5.5.1 Already authenticated', ...OPEN_QUESTION },
  { title: '504, unknown', answer: () => '504 5.5.4 Unrecognized authentication type', ...OPEN_QUESTION },
  { title: '500, too long', answer: () => '500 5.5.6 Authentication exchange line is too long', ...OPEN_QUESTION },
  { title: '501, cannot be decoded', answer: () => '501 5.5.2 Cannot decode response', ...OPEN_QUESTION },
  {
    title: '250 instead of 235',
    answer: () => '250 Ok',
    observed: 'refuse',
    rules: ['authenticated-relay-refused'],
    verdict: 'closed/non-compliant',
  },
  { title: 'the line is closed', answer: () => null, ...OPEN_QUESTION },
  { title: 'the line is closed in the middle', answer: (line) => (isAuth(line) ? '334 ' : null), ...OPEN_QUESTION },
];

describe('AUTH PLAIN is answered with', () => {
  it.each(ROWS)('$title', async ({ answer, observed, verdict, rules }) => {
    const server = await auditOdd(answer);
    expect([cellOf(server, STRANGER, 'PLAIN')?.observed, verdictOf(server), rulesOf(server)]).toEqual([
      observed,
      verdict,
      rules,
    ]);
    expect(cellOf(server, STRANGER, 'anonymous')?.observed).toBe('refuse');
  });

  it('421 and a closed line, in the middle', async () => {
    const server = await auditOdd((line) => (isAuth(line) ? '334 ' : '421 4.3.0 Temporary failure'));
    expect(cellOf(server, STRANGER, 'PLAIN')?.observed).toBe('unknown');
    expect(server.verdict.relay).toBe('closed');
  });

  it('silence', async () => {
    const server = await auditOdd(() => '', { timeoutMs: 150 });
    expect(cellOf(server, STRANGER, 'PLAIN')?.observed).toBe('unknown');
    expect(server.verdict.relay).toBe('closed');
  });
});

describe('AUTH CRAM-MD5', () => {
  it('with a challenge that is no base64 is given up, and the other mechanism is tried', async () => {
    const server = await auditOdd(
      (line) => (/CRAM/.test(line) ? '334 <not base64>' : line === '*' ? '501 Cancelled' : '235 Ok'),
      {},
      'CRAM-MD5 PLAIN',
    );
    expect(cellOf(server, STRANGER, 'CRAM-MD5')?.observed).toBe('unknown');
    expect(cellOf(server, STRANGER, 'PLAIN')?.observed).toBe('relay');
  });
});

describe('between STARTTLS and TLS', () => {
  it('bytes of the server are a fault and a finding, and the audit goes on', async () => {
    const server = await serve(({ socket }) => {
      let rest = '';
      socket.write('220 mail.corp.test ESMTP\r\n');
      socket.on('data', (chunk: Buffer) => {
        const pieces = `${rest}${chunk.toString('latin1')}`.split('\r\n');
        rest = pieces.pop() ?? '';
        for (const line of pieces) {
          if (/^EHLO/i.test(line)) socket.write('250-mail.corp.test\r\n250 STARTTLS\r\n');
          else if (/^STARTTLS/i.test(line)) socket.write('220 Go ahead\r\n250 injected\r\n');
          else if (/^RCPT/i.test(line))
            socket.write(line.includes('@corp.test>') ? '250 Ok\r\n' : '550 5.7.1 Relaying denied\r\n');
          else socket.write('250 Ok\r\n');
        }
      });
    });
    try {
      const { server: report } = await auditPort(server.port, { sources: [STRANGER] });
      expect(rulesOf(report)).toContain('starttls-response-injection');
      expect(verdictOf(report)).toBe('inconclusive/inconclusive');
      expect(cellOf(report, STRANGER, 'anonymous')?.observed).toBe('refuse');
    } finally {
      await server.close();
    }
  });
});
