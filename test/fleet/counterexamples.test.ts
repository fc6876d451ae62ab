// Servers that a hasty test gets wrong, each through a whole audit: what refuses for another reason than relaying, what accepts
// and means nothing by it, and who is no stranger. A closed server is closed, an open one is never closed.
import { describe, expect, it } from 'vitest';
import { HOLES } from '../../src/demo/holes.js';
import { PERSONAS } from '../../src/demo/personas.js';
import {
  acceptsAnd,
  antiSpoof,
  authFirst,
  blocklist,
  greylisting,
  type Part,
  recipientDomains,
  senderDomains,
  strictSenders,
  without,
} from '../../src/demo/tempers.js';
import type { AuditOptions } from '../../src/model/options.js';
import { ACCOUNT, APPROVED, auditParts, LIST, LOGIN, observedOf, rulesOf, STRANGER, verdictOf } from './lab.js';

/** Every field that techniques vary, in a form that servers are known to mind. */
const CATALOGUE: Partial<AuditOptions> = {
  techniques: [
    ...[
      'plain-external',
      'null-sender',
      'sender-local-real',
      'sender-local-bogus',
      'sender-bare-ip',
      'sender-unqualified',
    ],
    ...['percent-local', 'percent-bare', 'source-route-local', 'bang-local', 'quoted-at', 'double-at-local'],
    ...['rcpt-trailing-dot', 'rcpt-no-brackets', 'rcpt-mixed-first-local', 'rcpt-smtputf8', 'sender-auth-param'],
    ...['ehlo-localhost', 'ehlo-local-domain', 'helo-only', 'no-helo', 'saml-soml-send'],
  ],
};
const WEAK: Partial<AuditOptions> = { ...CATALOGUE, localRecipient: null };
const EVERYONE: Part = { relay: [{ kind: 'anyone' }] };
/** No sender but one of the server's own resolves; the null reverse-path is refused as well. */
const UNROUTABLE: Part = {
  refuse: [
    { at: 'mail', when: { kind: 'not', of: { kind: 'reverse-path', is: ['owned'] } }, reply: 'sender-unresolvable' },
  ],
};

interface Row {
  readonly title: string;
  readonly parts: readonly Part[];
  readonly change?: Partial<AuditOptions>;
  readonly verdict: string;
  readonly stranger: string;
  readonly rules?: readonly string[];
  /** Part of the message of `audit-inconclusive`. */
  readonly because?: string;
}

const row = (title: string, parts: readonly Part[], expected: Omit<Row, 'title' | 'parts'>): Row => ({
  title,
  parts,
  change: CATALOGUE,
  ...expected,
});

const CLOSED = { verdict: 'closed/compliant', stranger: 'refuse' };
const UNKNOWN = { verdict: 'inconclusive/inconclusive', stranger: 'unknown', rules: ['audit-inconclusive'] };
const spoof = (at: 'mail' | 'rcpt', reply: 'sender-rejected' | 'unclassified' | 'policy'): Part => antiSpoof(at, reply);

const ROWS: readonly Row[] = [
  row('closed: Postfix says 454 4.7.1 Relay access denied', [LIST, { persona: PERSONAS.postfix }], CLOSED),
  row('closed: every refusal is 4yz (soft_bounce)', [LIST, { softBounce: true }, without('PIPELINING')], CLOSED),
  ...(['mail', 'rcpt'] as const).flatMap((at) =>
    (['sender-rejected', 'unclassified', 'policy'] as const).map((reply) =>
      row(`closed: forged local senders are refused at ${at} as ${reply}`, [LIST, spoof(at, reply)], CLOSED),
    ),
  ),
  row('closed: literal and unqualified senders are refused at MAIL', [LIST, strictSenders()], CLOSED),
  row(
    'closed: OpenSMTPD says of strangers what it says of unknown users',
    [LIST, { persona: PERSONAS.opensmtpd }],
    CLOSED,
  ),
  row('closed: Haraka says of strangers what it says of unknown users', [LIST, { persona: PERSONAS.haraka }], CLOSED),
  row('closed: words that nobody knows', [LIST, { persona: PERSONAS.unclassified }], CLOSED),
  row('OpenSMTPD without a named local recipient', [LIST, { persona: PERSONAS.opensmtpd }], {
    ...UNKNOWN,
    change: WEAK,
    because: 'relay-or-unknown (550 at rcpt)',
  }),
  row('Haraka without a named local recipient', [LIST, { persona: PERSONAS.haraka }], {
    ...UNKNOWN,
    change: WEAK,
    because: 'relay-or-unknown (550 at rcpt)',
  }),
  row('words that nobody knows, without a named local recipient', [LIST, { persona: PERSONAS.unclassified }], {
    ...UNKNOWN,
    change: WEAK,
    because: 'name a real mailbox with --local-recipient',
  }),
  row('open, and every reverse-path that is asked does not resolve', [EVERYONE, UNROUTABLE], {
    ...UNKNOWN,
    change: {},
    because: 'sender-rejected (450 at mail)',
  }),
  row(
    'open, and the sender of strangers does not resolve: another sender shows it',
    [EVERYONE, senderDomains(['corp.test'])],
    {
      verdict: 'open/non-compliant',
      stranger: 'relay',
      rules: ['audit-inconclusive', 'open-relay'],
    },
  ),
  row("open, and the canary's domain does not resolve", [EVERYONE, recipientDomains(['corp.test'])], {
    ...UNKNOWN,
    because: 'use a --canary whose domain has an MX',
  }),
  row(
    'open, and it says of the foreign recipient that no such user exists',
    [
      EVERYONE,
      {
        refuse: [{ at: 'rcpt', when: { kind: 'forward-path', is: ['foreign'] }, reply: 'unclassified' }],
        replies: { unclassified: '550 5.1.1 User unknown', 'unknown-user': '550 5.1.1 Mailbox is not here' },
      },
    ],
    { ...UNKNOWN, change: {}, because: 'unknown-recipient (550 at rcpt)' },
  ),
  ...(['greeting', 'mail', 'rcpt'] as const).map((at) =>
    row(`the stranger is on a block list, at ${at}`, [LIST, blocklist([STRANGER], at)], {
      ...UNKNOWN,
      because: 'The source is blocklisted',
    }),
  ),
  row('everything is greylisted', [LIST, greylisting(3_600_000)], { ...UNKNOWN, because: '--greylist-wait' }),
  row('open behind a greylist', [EVERYONE, greylisting(3_600_000)], { ...UNKNOWN, because: '--greylist-wait' }),
  row(
    'everything is accepted and kept, unknown local users too',
    [LIST, acceptsAnd('keep'), { unknownLocal: 'accept' }],
    {
      ...UNKNOWN,
      rules: ['accepts-everything', 'audit-inconclusive'],
      because: 'only delivery could tell',
    },
  ),
  row('open, and unknown local users are refused', [EVERYONE], {
    verdict: 'open/non-compliant',
    stranger: 'relay',
    rules: ['open-relay'],
  }),
  row(
    'a percent hack that is kept like any unknown user is no relay',
    [LIST, { unknownLocal: 'accept', unqualified: 'append' }],
    {
      ...UNKNOWN,
      because: 'so is the same shape at a domain that does not exist',
    },
  ),
  row('a percent hack that relays anywhere, names that cannot exist included', [LIST, HOLES.percent], {
    ...UNKNOWN,
    because: 'only delivery could tell',
  }),
  row('a forged local sender that relays', [LIST, HOLES['local-sender']], {
    verdict: 'open/non-compliant',
    stranger: 'relay',
    rules: ['open-relay'],
  }),
];

describe('an audit of', () => {
  it.each(ROWS)('$title', async ({ parts, change = {}, verdict, stranger, rules = [], because }) => {
    const { server } = await auditParts(parts, change);
    expect({
      verdict: verdictOf(server),
      stranger: observedOf(server, STRANGER).anonymous,
      rules: rulesOf(server),
    }).toEqual({ verdict, stranger, rules });
    if (because !== undefined)
      expect(server.findings.find(({ rule }) => rule === 'audit-inconclusive')?.message).toContain(because);
  });
});

describe('an approved host', () => {
  it.each(['safe', 'full'] as const)(
    'relays whatever its password: no finding (%s)',
    async (negativeAuthentication) => {
      const lenient: Part = { auth: { mechanisms: ['PLAIN'], lenient: ['any-password'] } };
      const { server, demo } = await auditParts([LIST, lenient], {
        sources: [APPROVED],
        account: ACCOUNT,
        negativeAuthentication,
      });
      expect(rulesOf(server)).toEqual([]);
      expect(verdictOf(server)).toBe('inconclusive/compliant');
      expect(server.notTested).toContain('strangers: every source is approved; add one that is not with -s');
      expect(demo.log.some(({ counts }) => counts['failed-logins'] > 0)).toBe(false);
    },
  );
});

describe('the server itself', () => {
  const TRUSTS_ITSELF: Part = { relay: [{ kind: 'network', in: ['127.0.0.1', '::1'] }] };

  it('relays for itself and no list was given: inconclusive, and said so beforehand', async () => {
    const { server, events } = await auditParts([TRUSTS_ITSELF], { sources: [], relayHosts: [], ...CATALOGUE });
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
    expect(rulesOf(server)).toEqual(['source-is-the-server']);
    expect(server.findings[0]?.message).toContain('any (127.0.0.1) relays');
    expect(server.sources[0]?.cells.find(({ access }) => access === 'anonymous')?.agrees).toBeNull();
    expect(events.flatMap((event) => (event.kind === 'warning' ? [event.text] : [])).join()).toContain(
      'which servers usually trust',
    );
  });

  it('relays for itself and is not on the list that was given: open', async () => {
    const { server } = await auditParts([TRUSTS_ITSELF], { sources: [], relayHosts: [APPROVED] });
    expect(verdictOf(server)).toBe('open/non-compliant');
    expect(rulesOf(server)).toEqual(['open-relay']);
  });

  it('relays for a stranger as well: open for both', async () => {
    const { server } = await auditParts([EVERYONE], { sources: ['127.0.0.1', STRANGER], relayHosts: [] });
    expect(verdictOf(server)).toBe('open/non-compliant');
    expect(server.findings.map(({ rule, sources }) => [rule, sources])).toEqual([['open-relay', ['s1', 's2']]]);
  });

  it('relays for itself, and a stranger is refused: the stranger is closed, the server not settled', async () => {
    const { server } = await auditParts([TRUSTS_ITSELF], { sources: ['127.0.0.1', STRANGER], relayHosts: [] });
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
    expect(server.sources.map(({ relays }) => relays)).toEqual(['yes', 'no']);
  });

  it('makes everybody log in, itself too: relaying for itself is a finding whatever the list', async () => {
    const { server } = await auditParts([TRUSTS_ITSELF, LOGIN], { sources: [], relayHosts: [], policy: 'auth-only' });
    expect(server.verdict.relay).toBe('open');
  });
});

describe('a source that cannot be had', () => {
  it.each(['192.0.2.7', '::1'])('%s stays unknown, and another source never stands in for it', async (source) => {
    const { server, demo } = await auditParts([LIST], { sources: [source] });
    expect(verdictOf(server)).toBe('inconclusive/inconclusive');
    expect(server.sources).toMatchObject([{ address: source, reachable: false, relays: 'unknown' }]);
    expect(server.sources[0]?.unknownBecause).not.toBeNull();
    expect(demo.log).toEqual([]);
  });
});

describe('a login that comes before everything', () => {
  const words: Part = { replies: { 'authentication-required': '554 5.7.1 Recipient address rejected: Access denied' } };

  it('is what a doubtful refusal of every recipient means, where the policy wants it so', async () => {
    const { server } = await auditParts([LOGIN, authFirst(), words], {
      policy: 'send-only',
      relayHosts: [],
      account: ACCOUNT,
      techniques: ['plain-external', 'null-sender', 'ehlo-localhost', 'no-helo'],
    });
    expect(verdictOf(server)).toBe('closed/compliant');
    expect(observedOf(server, STRANGER)).toMatchObject({ anonymous: 'refuse', PLAIN: 'relay', inbound: 'refuse' });
  });

  it('does not excuse the same refusal under a policy that wants inbound mail', async () => {
    const { server } = await auditParts([LOGIN, authFirst(), words], { account: ACCOUNT });
    expect(server.verdict).toMatchObject({ relay: 'inconclusive', compliance: 'inconclusive' });
  });
});
