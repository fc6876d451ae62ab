// Canaries through real mail servers, sent by raw SMTP: deliveries, bounces of their own and of others, and the trace they leave.
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RawOutcome, transact } from '../../fixtures/raw/client.js';
import { whyNotHere } from '../../fixtures/real/machine.js';
import { withServerAt } from '../../fixtures/real/with-server.js';
import { receive } from '../../src/canary/index.js';
import { clientAddress, firstHop, receivedChain } from '../../src/canary/received.js';
import { tokensFor } from '../../src/canary/token.js';
import type { CanaryEvent } from '../../src/model/evidence.js';
import { IDENTITY, KEY, RUN, sampleOf } from './made.js';

const reason = whyNotHere();
const STRANGER = '127.0.0.66';
const NEVER = new AbortController().signal;

/** Send a canary through a scenario's server and wait for what comes of it; `to` in place of the tokened recipient. */
async function through(id: string, to?: string): Promise<{ event: CanaryEvent | undefined; outcome: RawOutcome }> {
  const specs = [{ kind: 'sink', listen: { host: '127.0.0.1', port: 0 }, state: null, stateLimit: 1_000_000 }] as const;
  const receiver = await receive({ specs, key: KEY, run: RUN });
  onTestFinished(() => receiver.close());
  const sample = sampleOf({ key: id });
  receiver.expect(sample.expected);
  return withServerAt(id, receiver.listening?.port ?? 0, async ({ port }) => {
    const options = { port, localAddress: STRANGER, timeoutMs: 30_000 };
    const mail = { name: 'audit.example.com', from: sample.from, to: [to ?? sample.to], message: sample.message };
    const outcome = await transact(options, mail);
    await receiver.wait(new Set([sample.tokens.forward]), 30_000, NEVER);
    return { event: receiver.events.get(sample.tokens.forward)?.at(-1), outcome };
  });
}

/** A recipient that the sink refuses, so that the server in front has to bounce. */
const REFUSED = `relaytest+${tokensFor({ key: Buffer.alloc(32), run: RUN, attempt: 'x' }).forward}@${IDENTITY.canary.split('@')[1]}`;

describe.skipIf(reason !== null)(`real servers${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  it.each(['postfix-open', 'exim-open', 'sendmail-promiscuous-relay', 'exim-fakereject'])(
    '%s delivers, and writes down whose it was',
    async (id) => {
      const { event, outcome } = await through(id);
      expect(outcome.message?.code).toBe(id === 'exim-fakereject' ? 550 : 250);
      expect(event).toMatchObject({ kind: 'delivered', by: 'sink' });
      const hops = receivedChain(event?.kind === 'delivered' ? event.received : []);
      expect(clientAddress(hops, 'audit.example.com')).toBe(STRANGER);
      expect(firstHop(hops, 'audit.example.com')).toMatchObject({ by: 'mail.corp.test', tls: false });
    },
    120_000,
  );

  it('postfix-accept-bounce fails the message itself', async () => {
    const { event } = await through('postfix-accept-bounce');
    expect(event).toMatchObject({ kind: 'bounced', failedBy: 'server', status: '5.7.1' });
  }, 120_000);

  it.each(['postfix-open', 'exim-open', 'sendmail-promiscuous-relay'])(
    '%s bounces what the next host refuses, and says so',
    async (id) => {
      const { event } = await through(id, REFUSED);
      expect(event).toMatchObject({ kind: 'bounced', failedBy: 'other' });
    },
    120_000,
  );
});
