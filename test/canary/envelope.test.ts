// Tokens in the envelopes of the whole catalogue: in the canary's mailbox, and in nobody else's.
import { describe, expect, it } from 'vitest';
import { carriesForward, withTokens } from '../../src/canary/envelope.js';
import { readToken, tokensFor } from '../../src/canary/token.js';
import type { Attempt } from '../../src/model/attempt.js';
import { fill, missingNames, reversePathsOf } from '../../src/techniques/fill.js';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { attemptOf, IDENTITY, KEY, RUN } from './made.js';

const VALUES = {
  canary: 'relaytest@canary.example.net',
  'canary.local': 'relaytest',
  'canary.domain': 'canary.example.net',
  'canary.address': '203.0.113.9',
  'canary.literal': '[203.0.113.9]',
  sender: 'auditor@canary.example.net',
  'other.domain': 'second.example.com',
  partner: 'orders@partner.example.com',
  'local.domain': 'example.org',
  'local.recipient': 'alice@example.org',
  'server.name': 'mail.example.org',
  'server.address': '192.0.2.25',
  'server.literal': '[192.0.2.25]',
  'server.literal6': '[IPv6:::ffff:192.0.2.25]',
  'source.address': '192.0.2.7',
  'client.name': 'audit.example.com',
  id: 'k7f3',
};

const tokens = tokensFor({ key: KEY, run: RUN, attempt: 'a' });
const { forward, reverse } = tokens;
const tagged = `relaytest+${forward}`;

const pathOf = (forwardPath: string, part: Partial<Attempt> = {}) =>
  withTokens(attemptOf({ forwardPath, ...part }), tokens, IDENTITY).forwardPath;

describe('the forward-path', () => {
  it.each([
    ['relaytest@canary.example.net', `${tagged}@canary.example.net`],
    ['relaytest@canary.example.net.', `${tagged}@canary.example.net.`],
    ['relaytest%canary.example.net@example.org', `${tagged}%canary.example.net@example.org`],
    ['relaytest%canary.example.net', `${tagged}%canary.example.net`],
    ['"relaytest@canary.example.net"@example.org', `"${tagged}@canary.example.net"@example.org`],
    [
      '@example.org,@mail.example.org:relaytest@canary.example.net',
      `@example.org,@mail.example.org:${tagged}@canary.example.net`,
    ],
    ['canary.example.net!relaytest', `canary.example.net!${tagged}`],
    [
      'canary.example.net!relaytest%example.org@mail.example.org',
      `canary.example.net!${tagged}%example.org@mail.example.org`,
    ],
    ['SRS0=AAAA=TT=canary.example.net=relaytest@example.org', `SRS0=AAAA=TT=canary.example.net=${tagged}@example.org`],
    ['relaytest@[203.0.113.9]', `${tagged}@[203.0.113.9]`],
    ['relaytest@203.0.113.9', `${tagged}@203.0.113.9`],
    ['relaytest@mxtest.canary.example.net', `${tagged}@mxtest.canary.example.net`],
    ['relaytest.ö@canary.example.net', `${tagged}.ö@canary.example.net`],
    ['Relaytest@CANARY.example.net', `${tagged}@CANARY.example.net`],
  ])('%s holds the token', (path, want) => {
    expect(pathOf(path)).toBe(want);
  });

  it.each([
    ['alice@example.org', 'the local recipient'],
    ['relaytest@example.org', 'a mailbox of the same name elsewhere'],
    ['relaytest@canary.example.net.evil.example', 'a longer domain'],
    ['relaytest@notcanary.example.net', 'a domain that ends alike'],
    ['otherrelaytest@canary.example.net', 'a longer name'],
    ['postmaster@canary.example.net', 'another mailbox at the canary'],
  ])('%s stays (%s)', (path) => {
    expect(pathOf(path)).toBe(path);
    const sent = withTokens(attemptOf({ forwardPath: path }), tokens, IDENTITY);
    expect(carriesForward(sent, tokens)).toBe(false);
  });

  it('is a token alone at a canary domain', () => {
    const identity = { ...IDENTITY, canary: 'relayproof@canary.example.net', canaryIsDomain: true };
    const sent = withTokens(attemptOf({ forwardPath: 'relayproof%canary.example.net@example.org' }), tokens, identity);
    expect(sent.forwardPath).toBe(`${forward}%canary.example.net@example.org`);
    expect(sent.reversePath).toBe(`${reverse}@canary.example.net`);
  });

  it('is right where the mailbox is named like a label of its domain', () => {
    const identity = { ...IDENTITY, canary: 'canary@canary.example.net' };
    const path = (text: string) => withTokens(attemptOf({ forwardPath: text }), tokens, identity).forwardPath;
    expect(path('canary%canary.example.net@mail.example.org')).toBe(
      `canary+${forward}%canary.example.net@mail.example.org`,
    );
    expect(path('canary.example.net!canary@example.org')).toBe(`canary.example.net!canary+${forward}@example.org`);
  });
});

describe('the reverse-path', () => {
  const reverseOf = (part: Partial<Attempt>) => withTokens(attemptOf(part), tokens, IDENTITY).reversePath;

  it('is the reverse canary where it was that of strangers, or the canary', () => {
    expect(reverseOf({ reversePath: IDENTITY.sender })).toBe(`relaytest+${reverse}@canary.example.net`);
    expect(reverseOf({ reversePath: IDENTITY.canary, forwardPath: 'alice@example.org' })).toBe(
      `relaytest+${reverse}@canary.example.net`,
    );
  });

  it('stays where the technique names another, or none', () => {
    for (const reversePath of ['', 'alice@example.org', 'auditor', 'auditor@[192.0.2.25]']) {
      expect(reverseOf({ reversePath })).toBe(reversePath);
    }
  });

  it('stays the recipient where it was', () => {
    const sent = withTokens(
      attemptOf({ reversePath: IDENTITY.canary, forwardPath: IDENTITY.canary }),
      tokens,
      IDENTITY,
    );
    expect([sent.reversePath, sent.forwardPath]).toEqual([
      `${tagged}@canary.example.net`,
      `${tagged}@canary.example.net`,
    ]);
  });
});

describe('every technique', () => {
  /** A mailbox of its own by the name of the technique, or no recipient elsewhere at all. */
  const WITHOUT = ['rcpt-postmaster-foreign', 'rcpt-abuse-foreign', 'rcpt-subdomain-of-relay-domain'];
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return fill(value, VALUES);
    if (Array.isArray(value)) return value.map(deep);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, deep(inner)]));
  };
  const rows = TECHNIQUES.filter((technique) => missingNames(technique, VALUES).length === 0).flatMap((technique) =>
    reversePathsOf(technique).map((path) => {
      const attempt = attemptOf({
        technique: technique.id,
        forwardPath: fill(technique.forwardPath ?? '{canary}', VALUES),
        reversePath: fill(path, VALUES),
        extras: deep(technique.extras ?? {}) as Attempt['extras'],
      });
      return [technique, attempt] as const;
    }),
  );

  it.each(rows.map((row) => [row[0].id, ...row] as const))(
    '%s names the canary with a token only',
    (id, technique, attempt) => {
      const sent = withTokens(attempt, tokens, IDENTITY);
      const texts = JSON.stringify([sent.forwardPath, sent.reversePath, sent.extras]);
      const isNamed = /\{canary(\.local)?\}/.test(
        JSON.stringify([technique.forwardPath ?? '{canary}', technique.extras ?? {}]),
      );
      expect(carriesForward(sent, tokens)).toBe(isNamed && !WITHOUT.includes(id));
      // No bare canary is left, and others' mailboxes are as they were.
      if (!WITHOUT.includes(id)) expect(texts).not.toMatch(/relaytest[@%]/);
      expect(sent.forwardPath.replaceAll(`+${forward}`, '')).toBe(attempt.forwardPath);
      if (sent.forwardPath !== attempt.forwardPath) expect(readToken(sent.forwardPath, KEY, RUN)?.text).toBe(forward);
    },
  );
});
