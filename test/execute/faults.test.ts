// Every fault and temper that an audit must survive, on a server that is closed and on two that have a hole: the right verdict,
// or *inconclusive* with a reason where the server leaves nothing to go by; never a wrong one, nothing lost or counted twice.
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/demo/config.js';
import {
  concurrentConnections,
  connectionRate,
  courierTarpit,
  eximLimits,
  greylisting,
  limit,
  messagesPerConnection,
  type Part,
  poolWithHole,
  postfixErrors,
  postscreen,
  recipientRate,
  recipientsPerMessage,
  refusesPipelining,
  sendmailThrottle,
  sulksAfter,
} from '../../src/demo/tempers.js';
import { auditOf, expectWhole, FORGED_SENDER, NULL_SENDER } from './lab.js';

type Verdict = 'open' | 'closed' | 'inconclusive';

interface Row {
  readonly name: string;
  readonly temper: Part;
  /** Whether the server leaves enough to decide by; else every verdict must be inconclusive. */
  readonly isDecided: boolean;
  readonly timeoutMs?: number;
}

const fault = (...faults: readonly Fault[]): Part => ({ faults });
const row = (name: string, temper: Part, isDecided = true, timeoutMs = 2_000): Row => ({
  name,
  temper,
  isDecided,
  timeoutMs,
});

/** Greeting, EHLO, MAIL and RCPT are four replies: whoever gives fewer tells nothing. */
const NEEDED = 4;

const ROWS: readonly Row[] = [
  row('no fault', {}),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 21, 26, 40, 80].map((after) =>
    row(`hangs up after ${after} replies`, fault({ kind: 'hang-up', after }), after >= NEEDED),
  ),
  ...[1, 2, 3, 5, 13].map((after) =>
    row(
      `hangs up after ${after} replies in its first three sessions`,
      fault({ kind: 'hang-up', after, connections: 3 }),
    ),
  ),
  ...[1, 2, 3, 4, 5, 6, 9, 13, 20, 30].map((at) =>
    row(`says 421 in place of reply ${at}`, fault({ kind: 'closing', at }), at > NEEDED),
  ),
  row('writes seven bytes at a time', fault({ kind: 'split', bytes: 7 })),
  ...[1, 2, 3, 4, 5, 8, 14].map((after) =>
    row(
      `sends one reply too many after ${after}`,
      fault({ kind: 'extra', after, text: '250 2.0.0 Ok\r\n' }),
      after >= NEEDED,
    ),
  ),
  ...[1, 2, 3, 4, 5, 8, 14, 33, 34].map((at) =>
    row(`leaves out reply ${at}`, fault({ kind: 'missing', at }), at > NEEDED, 600),
  ),
  row('waits before each reply once it has refused something', { delays: [{ of: 'errors', from: 1, ms: 20 }] }),
  row('waits longer from the third error on', { delays: [{ of: 'errors', from: 3, ms: 300, onlyErrors: true }] }),
  row('has the error limits of Postfix', postfixErrors(10, 20, 400)),
  row('has the limits of Exim', eximLimits()),
  row('has the tarpit of Courier', courierTarpit(150, 1_200)),
  row('has the throttle of Sendmail', sendmailThrottle(3, 200, 100)),
  row('screens as postscreen does', postscreen(60, 0)),
  row('hangs up at the third error', limit('errors', 3, 'too-many-errors')),
  row('takes 3 recipients a message', recipientsPerMessage(3)),
  row('takes 2 messages a connection', messagesPerConnection(2, 'transactions')),
  row('takes 20 connections a while', connectionRate(20, 600)),
  row('drops the line after every refusal', fault({ kind: 'close-after-error' })),
  row('takes 2 connections at a time', concurrentConnections(2)),
  row('takes one connection at a time', concurrentConnections(1)),
  row('refuses everything after 4 errors', sulksAfter(4)),
  row('denies everything after 4 errors', sulksAfter(4, 'everyone', 'relay-denied')),
  row('refuses foreign recipients after 4 errors', sulksAfter(4, 'foreign')),
  row('denies foreign recipients after 4 errors', sulksAfter(4, 'foreign', 'relay-denied')),
  row('greylists everything, the control too', greylisting(60_000), false),
  row('cuts off who pipelines', refusesPipelining),
  row('dies and comes back', fault({ kind: 'death', after: 30, forMs: 30 })),
  row('dies for good', fault({ kind: 'death', after: 30, forMs: null }), false),
  row('says nothing to RCPT', fault({ kind: 'silence', at: 'rcpt' }), false, 100),
  row('answers RCPT with garbage', fault({ kind: 'garbage', at: 'rcpt', text: 'no SMTP\r\n' }), false),
];

const SERVERS = [
  { server: 'closed', parts: [], truth: 'closed' },
  { server: 'open to the null reverse-path', parts: [NULL_SENDER], truth: 'open' },
  { server: 'open to forged senders', parts: [FORGED_SENDER], truth: 'open' },
] as const;

/** Faults that differ in a number alone are tried with one of the holes, in turn. */
function serversFor(name: string): readonly (typeof SERVERS)[number][] {
  const number = /\d+/.exec(name);
  return number === null ? SERVERS : SERVERS.filter((_, at) => at === 0 || at === 1 + (Number(number[0]) % 2));
}

describe.concurrent('a server that', () => {
  describe.each(ROWS)('$name', ({ name, temper, isDecided, timeoutMs = 2_000 }) => {
    it.each(serversFor(name))(
      'and is $server',
      async ({ parts, truth }) => {
        const { server } = await auditOf([temper, ...parts], { timeoutMs });
        const right: Verdict = isDecided ? truth : 'inconclusive';
        expect(server.verdict.relay).toBe(right);
        expectWhole(server);
      },
      60_000,
    );
  });
});

describe('a server that may be unlucky', () => {
  it('is open in one node of three: never closed without a node that was missed being told', async () => {
    const { server } = await auditOf([poolWithHole(3, 1)], { sharedSessions: false });
    expect(server.verdict.relay).toBe('open');
    expectWhole(server);
  });

  it('takes 4 recipients a while: unknown at the worst', async () => {
    for (const parts of [[], [FORGED_SENDER]]) {
      const { server } = await auditOf([recipientRate(4, 600), ...parts]);
      expect(['inconclusive', parts.length === 0 ? 'closed' : 'open']).toContain(server.verdict.relay);
      expectWhole(server);
    }
  });

  it.each([3, 17, 40, 41, 77, 100, 161, 250])('writes once up to byte %i', async (byte) => {
    const { server } = await auditOf([fault({ kind: 'cut', byte })], { techniques: ['sender', 'identity'] });
    expect(server.verdict.relay).toBe('closed');
    expectWhole(server);
  });
});
