// What became of the message decides (ARCHITECTURE, "How a verdict is reached" to 6): whole audits of servers that relay to
// the audit's own sink, or only seem to. Everything is on loopback; what is waited for is what the sink receives.
import { describe, expect, it } from 'vitest';
import { freePort } from '../../fixtures/real/port.js';
import { HOLES } from '../../src/demo/holes.js';
import { acceptsAnd, greylisting, type Part, refusesMessage, serves } from '../../src/demo/tempers.js';
import { systemClock } from '../../src/execute/ports.js';
import type { AuditPorts } from '../../src/fleet/fleet.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { ReportAttempt, ServerReport } from '../../src/model/report.js';
import { APPROVED, auditParts, LIST, LOCAL, observedOf, rulesOf, STRANGER, verdictOf } from './lab.js';

/** Long enough for what is on its way on loopback; waited for to its end only where something does not come. */
const SILENCE_MS = 700;
/** Never waited for to its end. */
const LONG_MS = 60_000;

/** Audit a server of parts that passes foreign mail to the audit's sink. */
async function auditDelivery(
  parts: readonly Part[],
  change: Partial<AuditOptions> = {},
  ports: Pick<AuditPorts, 'clock'> = {},
) {
  const sink = { host: '127.0.0.1', port: await freePort() };
  const route: Part = { delivery: { foreign: 'relay', route: { '*': sink } } };
  const began = performance.now();
  const audited = await auditParts(
    [route, ...parts],
    { waitMs: SILENCE_MS, ...change },
    {},
    { receivers: [{ kind: 'sink', state: null, stateLimit: 1_000_000, listen: sink }], ...ports },
  );
  return { ...audited, durationMs: performance.now() - began };
}

/** The attempts of strangers that went as far as a message. */
const sentBy = ({ attempts, sources }: ServerReport, address: string = STRANGER): readonly ReportAttempt[] => {
  const source = sources.find((one) => one.address === address);
  return attempts.filter((attempt) => attempt.source === source?.id && attempt.canary !== null);
};

interface Row {
  readonly title: string;
  readonly parts: readonly Part[];
  readonly change?: Partial<AuditOptions>;
  readonly verdict: string;
  readonly confidence: 'confirmed' | 'probable' | 'possible' | null;
  readonly outcome: string | null;
  readonly rules: readonly string[];
}

const SECOND = 'other.example.org';
const EVERYONE = HOLES.anyone;
const TO_ALICE: Part = { delivery: { redirectTo: LOCAL } };

const ROWS: readonly Row[] = [
  {
    title: 'open: the message arrives',
    parts: [EVERYONE],
    verdict: 'open/non-compliant',
    confidence: 'confirmed',
    outcome: 'delivered',
    rules: ['open-relay'],
  },
  {
    title: 'refuses every message in words and relays it all the same (fakereject)',
    parts: [EVERYONE, refusesMessage('message', true)],
    verdict: 'open/non-compliant',
    confidence: 'confirmed',
    outcome: 'delivered',
    rules: ['open-relay'],
  },
  {
    title: 'accepts and returns: closed, and others get what they never sent',
    parts: [LIST, acceptsAnd('bounce')],
    verdict: 'closed/compliant',
    confidence: null,
    outcome: 'bounced',
    rules: ['backscatter'],
  },
  {
    title: "accepts and discards, while the approved host's canary arrives",
    parts: [LIST, acceptsAnd('discard')],
    verdict: 'closed/compliant',
    confidence: null,
    outcome: 'vanished',
    rules: ['accepted-not-relayed'],
  },
  {
    title: 'accepts and keeps, for strangers alone',
    parts: [LIST, acceptsAnd('keep')],
    verdict: 'closed/compliant',
    confidence: null,
    outcome: 'vanished',
    rules: ['accepted-not-relayed'],
  },
  {
    title: "discards everything, the approved host's canary too: nothing is known",
    parts: [EVERYONE, { delivery: { foreign: 'discard' } }],
    verdict: 'inconclusive/inconclusive',
    confidence: null,
    outcome: 'queued',
    rules: ['audit-inconclusive'],
  },
  {
    title: 'redirects everything to one local mailbox, and so nothing comes',
    parts: [EVERYONE, TO_ALICE],
    verdict: 'inconclusive/inconclusive',
    confidence: null,
    outcome: 'queued',
    rules: ['audit-inconclusive'],
  },
  {
    title: 'passes on what another host then returns: no proof that nothing is relayed',
    parts: [LIST, acceptsAnd('bounce'), { delivery: { notification: { remoteMta: 'mx.elsewhere.example' } } }],
    verdict: 'open/non-compliant',
    confidence: 'probable',
    outcome: 'queued',
    rules: ['open-relay'],
  },
  {
    title: 'refuses strangers at DATA',
    parts: [{ relayCheckAt: 'data' }, LIST],
    verdict: 'closed/compliant',
    confidence: null,
    outcome: 'refused',
    rules: [],
  },
  {
    title: "serves the canary's domain, and refuses another",
    parts: [LIST, serves(['canary.example.net'])],
    change: { secondCanaryDomain: SECOND },
    verdict: 'closed/compliant',
    confidence: null,
    outcome: 'delivered',
    rules: ['canary-domain-served'],
  },
  {
    title: 'relays to a second domain as well',
    parts: [EVERYONE],
    change: { secondCanaryDomain: SECOND },
    verdict: 'open/non-compliant',
    confidence: 'confirmed',
    outcome: 'delivered',
    rules: ['open-relay'],
  },
];

describe('a server that', () => {
  it.each(ROWS)('$title', async ({ parts, change, verdict, confidence, outcome, rules }) => {
    const { server } = await auditDelivery(parts, change);
    const sent = sentBy(server);
    expect({ verdict: verdictOf(server), rules: rulesOf(server), outcome: sent[0]?.outcome ?? null }).toEqual({
      verdict,
      rules,
      outcome,
    });
    if (confidence !== null) expect(server.verdict.confidence).toBe(confidence);
  });
});

describe('waiting', () => {
  it('ends with the last canary, not with the time', async () => {
    const { server, durationMs } = await auditDelivery([EVERYONE, { delivery: { delayMs: 900 } }], { waitMs: LONG_MS });
    expect([verdictOf(server), server.verdict.confidence]).toEqual(['open/non-compliant', 'confirmed']);
    expect(durationMs).toBeGreaterThan(900);
    expect(durationMs).toBeLessThan(LONG_MS / 4);
  });

  it('that is too short settles nothing, and closes nothing', async () => {
    const { server } = await auditDelivery([EVERYONE, { delivery: { delayMs: 2_500 } }], { waitMs: 50 });
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
    expect(sentBy(server)[0]?.outcome).toBe('queued');
  });
});

describe('the end of the time', () => {
  it('ends the wait for canaries, and leaves what was not heard of open', async () => {
    const { server, durationMs } = await auditDelivery([EVERYONE, { delivery: { delayMs: LONG_MS } }], {
      waitMs: LONG_MS,
      deadlineMs: 1_500,
    });
    expect(durationMs).toBeLessThan(10_000);
    expect(server.verdict.relay).not.toBe('closed');
    expect(sentBy(server)[0]?.outcome).toBe('queued');
  });
});

describe('a greylist', () => {
  const GREY: Part = greylisting(300);

  it('hides a relay that --greylist-wait finds', async () => {
    const { server } = await auditDelivery(
      [EVERYONE, GREY],
      { greylistWaitMs: 5_000, waitMs: LONG_MS },
      { clock: systemClock },
    );
    expect([verdictOf(server), server.verdict.confidence]).toEqual(['open/non-compliant', 'confirmed']);
  });

  it('leaves the question open where no wait is allowed', async () => {
    const { server } = await auditDelivery([EVERYONE, GREY], {}, { clock: systemClock });
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
  });
});

describe('a relay that passes on', () => {
  it('the first message and keeps the second is open, and selective', async () => {
    const { server } = await auditDelivery([EVERYONE, { delivery: { relaysFirst: 2 } }]);
    expect(verdictOf(server)).toBe('open/non-compliant');
    expect(rulesOf(server)).toEqual(['open-relay', 'relays-selectively']);
  });

  it("sends to nobody but the canary, and the approved host's comes first", async () => {
    const { server, demo } = await auditDelivery([EVERYONE]);
    const messages = demo.log.flatMap(({ lines }) =>
      lines.filter(({ from, text }) => from === 'client' && text === 'DATA'),
    );
    expect(messages.length).toBe(server.attempts.filter(({ canary }) => canary !== null).length);
    expect(sentBy(server, APPROVED)).toHaveLength(1);
    const paths = server.attempts.filter(({ canary }) => canary !== null).map(({ forwardPath }) => forwardPath);
    for (const path of paths) expect(path).toMatch(/^<?relaytest\+f\w+@canary\.example\.net>?$/);
    expect(observedOf(server, STRANGER).anonymous).toBe('relay');
  });
});
