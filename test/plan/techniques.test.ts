// Which technique is asked where: the planner against worlds that answer by a rule, without a network.
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/model/attempt.js';
import type { Brief } from '../../src/model/brief.js';
import type { Evidence } from '../../src/model/evidence.js';
import type { Exchange, Reply, Stage } from '../../src/model/reply.js';
import type { Source } from '../../src/model/source.js';
import { inOrder, next } from '../../src/plan/next.js';
import { TECHNIQUES } from '../../src/techniques/index.js';

const SOURCE: Source = {
  id: 's1',
  spec: '192.0.2.7',
  route: 'bind',
  address: '192.0.2.7',
  seenAs: null,
  planned: false,
  unavailable: null,
  isServerItself: false,
};

const BRIEF: Brief = {
  target: { host: 'mail.corp.test', address: '192.0.2.25', port: 25, security: 'none' },
  policy: { preset: 'list-or-auth', rules: [], relayHosts: [], localDomains: ['corp.test'] },
  sources: [SOURCE],
  techniques: TECHNIQUES.filter(({ askedBy }) => askedBy === undefined),
  identity: {
    helo: 'auditor.example.net',
    sender: 'auditor@canary.example.net',
    authSender: 'alice@corp.test',
    canary: 'relaytest@canary.example.net',
    secondCanaryDomain: null,
    localRecipient: { mailbox: 'alice@corp.test', strong: true },
    localDomain: 'corp.test',
    serverName: 'mail.corp.test',
    id: 'k7f3',
  },
  user: 'alice',
  mayAuthenticateInClear: true,
  tlsPin: null,
  mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'],
  negativeAuthentication: 'safe',
  confirm: 'rcpt',
  maxMessages: 20,
  confirmAll: false,
  sharedSessions: false,
  findExtent: false,
};

interface World {
  /** Extension lines before and after TLS. */
  readonly clear?: readonly string[];
  readonly tls?: readonly string[];
  /** Milliseconds to the greeting; null: it never came. */
  readonly greetingMs?: number | null;
  readonly greetingCode?: number;
  /** Whether the account logs in; `mechanism`: AUTH is refused as a command. */
  readonly login?: 'accepted' | 'refused' | 'mechanism';
  readonly relays?: (attempt: Attempt) => boolean;
}

const reply = (code: number, text: string): Reply => ({ code, enhanced: null, text, lines: [`${code} ${text}`] });
const ehlo = (lines: readonly string[]): Reply => ({
  ...reply(250, ['mail.corp.test', ...lines].join('\n')),
  lines: ['250 x'],
});
const exchange = (stage: Stage, told: Reply | null, elapsedMs = 5): Exchange => ({
  stage,
  sent: 'x',
  reply: told,
  elapsedMs,
  secret: false,
});

const LOGIN_REPLY = { accepted: reply(235, 'ok'), refused: reply(535, '5.7.8 bad'), mechanism: reply(504, 'unknown') };

/** What a world says to an attempt. */
function answer(attempt: Attempt, world: World): Evidence {
  const { clear = [], tls = [], greetingMs = 5, greetingCode = 220, login = 'accepted', relays = () => false } = world;
  const isTls = attempt.security === 'tls';
  const isGreeted = greetingMs !== null && greetingCode < 400;
  const isLocal = attempt.role === 'inbound' || attempt.role === 'inbound-as';
  const auth =
    attempt.mechanism === null
      ? []
      : [exchange('auth', LOGIN_REPLY[attempt.credentials === 'valid' ? login : 'refused'])];
  const isRefusedLogin = auth.length > 0 && attempt.credentials === 'valid' && login !== 'accepted';
  const isYes = isLocal || relays(attempt) || (attempt.credentials === 'valid' && auth.length > 0);
  const rcpt = isYes ? reply(250, 'ok') : reply(550, '5.7.1 relaying denied');
  return {
    attempt,
    tries: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 0,
    session: {
      id: attempt.key,
      localAddress: '192.0.2.7',
      greeting: isGreeted ? reply(greetingCode, 'mail.corp.test') : null,
      ehlo: isGreeted ? ehlo(clear) : null,
      ehloTls: isTls ? ehlo(tls) : null,
      tls: isTls ? { protocol: 'TLSv1.3', cipher: 'x', certificate: null } : null,
      seenAs: null,
    },
    shared: false,
    exchanges: isGreeted
      ? [
          exchange('greeting', reply(greetingCode, 'mail.corp.test'), greetingMs),
          exchange('helo', ehlo(clear)),
          ...auth,
          ...(isRefusedLogin ? [] : [exchange('mail', reply(250, 'ok')), exchange('rcpt', rcpt)]),
        ]
      : [exchange('greeting', greetingMs === null ? null : reply(greetingCode, 'no'), greetingMs ?? 30_000)],
    fault: greetingMs === null ? { kind: 'timeout', stage: 'greeting', detail: 'no greeting' } : null,
    skipped: null,
    canary: [],
    isInconsistent: false,
    injected: 0,
    challenge: null,
  };
}

/** Plan until nothing is left, one round of answers at a time; every attempt that the report will hold, in its order. */
function explore(world: World, change: Partial<Brief> = {}): Attempt[] {
  const brief = { ...BRIEF, ...change };
  const evidence: Evidence[] = [];
  for (let round = 0; round < 50; round += 1) {
    const attempts = next(brief, evidence);
    if (attempts.length === 0) return inOrder(brief, evidence).map((piece) => piece.attempt);
    evidence.push(...attempts.map((attempt) => answer(attempt, world)));
  }
  throw new Error('the planner never comes to an end');
}

const ids = (attempts: readonly Attempt[]): string[] => [...new Set(attempts.map(({ technique }) => technique))];
const has = (attempts: readonly Attempt[], id: string): boolean => ids(attempts).includes(id);

const isProbe = ({ role }: Attempt): boolean => role === 'probe';

describe('a technique is asked', () => {
  const everything = ['STARTTLS', 'AUTH PLAIN LOGIN', 'XCLIENT NAME ADDR LOGIN', 'CHUNKING', 'ETRN', 'SMTPUTF8', 'DSN'];

  it.each([
    ['where its extension is announced', 'etrn', { clear: ['ETRN'] }, {}, true],
    ['nowhere else', 'etrn', {}, {}, false],
    ['under TLS where STARTTLS was announced before it', 'starttls-state', { clear: ['STARTTLS'] }, {}, true],
    ['never under TLS that is not offered', 'starttls-state', {}, {}, false],
    ['with the attributes that XCLIENT takes', 'xclient-login', { clear: ['XCLIENT NAME ADDR LOGIN'] }, {}, true],
    ['not with others', 'xclient-login', { clear: ['XCLIENT NAME ADDR'] }, {}, false],
    ['by a header, where the greeting waits for one', 'proxy-v1', { greetingMs: 200 }, {}, true],
    ['by a header, where no greeting ever comes', 'proxy-v2', { greetingMs: null }, {}, true],
    ['by a header, where the wait ends in 421', 'proxy-v1', { greetingMs: 5_000, greetingCode: 421 }, {}, true],
    ['without a header, where the server greets at once', 'proxy-v1', {}, {}, false],
    ['without a header, where the server refuses at once', 'proxy-v1', { greetingCode: 554 }, {}, false],
    ['with a message, where messages are sent', 'smuggle-lf-lf', {}, { confirm: 'delivery' }, true],
    ['without one, not', 'smuggle-lf-lf', {}, {}, false],
    ['for what comes back, where messages are sent', 'autoreply', {}, { confirm: 'data' }, true],
    ['for BURL, which sends one, not at RCPT', 'burl', { clear: ['BURL'] }, {}, false],
    ['with published words', 'auth-default-creds', { clear: ['AUTH PLAIN'] }, {}, true],
    [
      'with none that must fail',
      'auth-default-creds',
      { clear: ['AUTH PLAIN'] },
      { negativeAuthentication: 'none' },
      false,
    ],
    [
      'with none that must fail',
      'auth-then-rset',
      { clear: ['AUTH PLAIN'] },
      { negativeAuthentication: 'none' },
      false,
    ],
    [
      'with a dialogue that fails by itself',
      'auth-anonymous',
      { clear: ['AUTH PLAIN'] },
      { negativeAuthentication: 'none' },
      true,
    ],
    ['with the account', 'auth-authzid', { clear: ['AUTH PLAIN'] }, {}, true],
    ['with PLAIN alone, where it names another', 'auth-authzid', { clear: ['AUTH LOGIN'] }, {}, false],
    ['with no account, not', 'auth-authzid', { clear: ['AUTH PLAIN'] }, { user: null }, false],
    ['with an account that is refused, not', 'auth-authzid', { clear: ['AUTH PLAIN'], login: 'refused' }, {}, false],
    [
      'with the account over the network, not',
      'auth-authzid',
      { clear: ['AUTH PLAIN'] },
      { mayAuthenticateInClear: false },
      false,
    ],
    ['in the clear first, where it may', 'auth-then-starttls', { clear: everything }, {}, true],
    [
      'in the clear first, not where it may not',
      'auth-then-starttls',
      { clear: everything },
      { mayAuthenticateInClear: false },
      false,
    ],
    ['with a partner, of whom nobody tells', 'sender-mail-from-map', {}, {}, false],
    ['from another foreign domain', 'plain-two-domains', {}, {}, false],
  ] as const)('%s: %s', (_, id, world: World, change: Partial<Brief>, isAsked) => {
    expect(has(explore(world, change), id)).toBe(isAsked);
  });

  it('from the reverse-paths that have a value', () => {
    const attempts = explore({ clear: ['AUTH PLAIN'] }).filter(({ technique }) => technique === 'auth-sender-mismatch');
    expect(attempts.map(({ reversePath }) => reversePath)).toEqual(['no-such-k7f3@corp.test', '']);
  });

  it('from a claimed address only where the claim is not its own', () => {
    const claimed: Source = { ...SOURCE, route: 'xclient', claim: { address: '192.0.2.7' } };
    const asked = explore({ clear: everything, greetingMs: 500 }, { sources: [claimed] });
    const wrong = ['xclient-addr', 'xclient-login', 'ptr-trust', 'proxy-v1', 'proxy-v2', 'pop-before-smtp'];
    expect(ids(asked).filter((id) => [...wrong, 'auth-then-rset', 'auth-default-creds'].includes(id))).toEqual([]);
    expect(has(asked, 'percent-local')).toBe(true);
  });

  it('not where the plain attempt relays', () =>
    expect(
      ids(explore({ clear: everything, relays: isProbe }, { user: null, negativeAuthentication: 'none' })),
    ).toEqual(['control-accept-local', 'control-unknown-local', 'control-unrelated', 'plain-external']));

  it('against the clear, where TLS alone relays', () => {
    const asked = explore({ clear: ['STARTTLS'], relays: ({ security }) => security === 'tls' });
    const underTls = asked.filter(({ security, role }) => security === 'tls' && role === 'probe');
    expect(ids(underTls)).toContain('starttls-state');
  });

  it('by header alone, where nobody is greeted', () => {
    const probes = explore({ greetingMs: null }).filter(
      ({ role, technique }) => role === 'probe' && technique !== 'plain-external',
    );
    // The sweep is under way before the first answer; what is planned after it counts.
    expect(ids(probes).filter((id) => id.startsWith('proxy-'))).toEqual(['proxy-v1', 'proxy-v2']);
    const evidence = [...next(BRIEF, [])].map((attempt) => answer(attempt, { greetingMs: null }));
    expect(ids(next(BRIEF, evidence))).toEqual(['proxy-v1', 'proxy-v2']);
  });
});

describe('care with accounts', () => {
  const world: World = { clear: ['STARTTLS', 'AUTH PLAIN'], tls: ['AUTH PLAIN'] };
  const failing = (attempts: readonly Attempt[]) => attempts.filter(({ technique }) => technique === 'auth-then-rset');

  it('logins that must fail come from one place, under TLS', () =>
    expect(failing(explore(world)).map(({ security }) => security)).toEqual(['tls']));

  it('from every place where all are wanted', () =>
    expect(failing(explore(world, { negativeAuthentication: 'full' })).map(({ security }) => security)).toEqual([
      ...['none', 'tls'],
    ]));

  it.each([
    ['the password is refused', 'refused', 1],
    ['the mechanisms are not there', 'mechanism', 3],
    ['the account works', 'accepted', 3],
  ] as const)('mechanisms that are not offered: %s', (_, login, tries) => {
    const hidden = explore({ login }).filter(({ technique }) => technique === 'auth-unadvertised');
    expect(hidden).toHaveLength(tries);
  });

  it('a mailbox is read when nothing else is left to ask', () => {
    const asked = explore(world);
    const last = asked.filter(({ technique }) => technique === 'pop-before-smtp');
    expect(last).toHaveLength(1);
    expect(asked.slice(-last.length)).toEqual(last);
  });
});

describe('attempts', () => {
  const asked = explore(
    {
      clear: ['STARTTLS', 'AUTH CRAM-MD5 PLAIN LOGIN', 'XCLIENT NAME ADDR LOGIN', 'CHUNKING', 'ETRN'],
      greetingMs: 500,
    },
    { confirm: 'delivery' },
  ).filter(({ role }) => role === 'probe');

  it('that do more than an envelope are alone', () => {
    const more = asked.filter(
      ({ extras, credentials, proof }) =>
        Object.keys(extras).length > 0 || credentials !== 'none' || proof !== undefined,
    );
    expect(more.length).toBeGreaterThan(30);
    expect(more.filter(({ alone }) => !alone)).toEqual([]);
  });

  it('show a relay by acceptance only where they ask for the canary', () => {
    const local = asked.filter(({ proof, isSign, shape }) => proof !== undefined && (isSign || shape !== null));
    expect(ids(local)).toEqual(['lmtp-exposed']);
    const messages = asked.filter(({ proof }) => proof === 'delivery' || proof === 'return');
    expect(messages.every(({ depth, recipient }) => depth === 'message' && recipient === 'local')).toBe(true);
  });

  it('bear on the cell of what they show', () => {
    const cells = new Map(asked.map(({ technique, access, credentials }) => [technique, `${credentials} ${access}`]));
    expect(
      Object.fromEntries(
        ['auth-anonymous', 'auth-then-rset', 'auth-authzid', 'pop-before-smtp'].map((id) => [id, cells.get(id)]),
      ),
    ).toEqual({
      'auth-anonymous': 'none anonymous',
      'auth-then-rset': 'unknown-account unknown-account',
      'auth-authzid': 'valid PLAIN',
      'pop-before-smtp': 'valid anonymous',
    });
  });

  it('have keys of their own', () => expect(new Set(asked.map(({ key }) => key)).size).toBe(asked.length));
});
