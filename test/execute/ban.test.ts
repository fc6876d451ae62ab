// A source that could connect and suddenly cannot: it is stopped and named, what it has measured is kept, others go on.
import { describe, expect, it } from 'vitest';
import { ban, blocklist, type Part } from '../../src/demo/tempers.js';
import { auditOf, expectWhole, STRANGER } from './lab.js';

const OTHER = '127.0.0.67';

const BANS: Readonly<Record<string, Part>> = {
  'resets every connection': ban(30),
  'says 554 to every greeting': {
    refuse: [
      {
        at: 'greeting',
        when: { kind: 'history', of: 'refusal', per: 'client', atLeast: 30 },
        reply: 'no-service',
        effect: 'close',
      },
    ],
  },
};

describe.each(Object.entries(BANS))('a server that, after 30 refusals, %s', (_, temper) => {
  it('is not closed, and the source that it turns away is named with what it was told', async () => {
    const { server } = await auditOf([temper]);
    expect(server.verdict.relay).toBe('inconclusive');
    const [finding] = server.findings.filter(({ rule }) => rule === 'source-banned');
    expect(finding?.message).toContain(STRANGER);
    expect(finding?.fix.join(' ')).toContain('fail2ban');
    expect(server.attempts.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(5);
    expectWhole(server);
  });

  it('stops at a source as soon as it is sure', async () => {
    const { demo } = await auditOf([temper]);
    const turnedAway = demo.log.filter(({ greeting }) => greeting === null).length;
    // Four lanes, each of which may find out for itself, and the tries of who waits for a server to come back.
    expect(turnedAway).toBeLessThanOrEqual(20);
  });
});

describe('sources beside one that is turned away', () => {
  it('are asked to the end', async () => {
    const { server } = await auditOf([blocklist([STRANGER], 'greeting')], { sources: [STRANGER, OTHER] });
    expect(server.sources.map(({ relays }) => relays)).toEqual(['unknown', 'no']);
    // It was never let in: that is no ban.
    expect(server.findings.map(({ rule }) => rule)).not.toContain('source-banned');
    expectWhole(server);
  });
});

describe('a source that is never let in', () => {
  it.each(['no-service', 'relay-denied'] as const)('is unknown, whatever words the greeting has: %s', async (reply) => {
    const temper: Part = {
      refuse: [{ at: 'greeting', when: { kind: 'network', in: [STRANGER] }, reply, effect: 'close' }],
    };
    const { server } = await auditOf([temper]);
    expect(server.verdict.relay).toBe('inconclusive');
    expect(server.sources.map(({ relays }) => relays)).toEqual(['unknown']);
    expectWhole(server);
  });
});

describe.each([true, false])(
  'a source that is refused every recipient after 30 refusals (shared sessions: %s)',
  (sharedSessions) => {
    it.each(['relay-denied', 'policy'] as const)('is not closed, whatever it is told: %s', async (reply) => {
      const temper: Part = {
        refuse: [{ at: 'rcpt', when: { kind: 'history', of: 'refusal', per: 'client', atLeast: 30 }, reply }],
      };
      const { server } = await auditOf([temper], { sharedSessions });
      expect(server.verdict.relay).toBe('inconclusive');
      const [finding] = server.findings.filter(({ rule }) => rule === 'source-banned');
      expect(finding?.message).toContain('alice@corp.test');
    });
  },
);
