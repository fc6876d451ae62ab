// The table of the policy: a row per preset, access and kind of host, and a row per mechanism rule, each with a server that keeps
// it and one that breaks it, through whole audits (RFC 4954, RFC 3207, RFC 8314).
import { describe, expect, it } from 'vitest';
import { HOLES } from '../../src/demo/holes.js';
import { authFirst, type Part, tlsFirst } from '../../src/demo/tempers.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { Preset } from '../../src/model/policy.js';
import { ACCOUNT, APPROVED, auditParts, cellOf, LIST, LOGIN, observedOf, rulesOf, STRANGER, verdictOf } from './lab.js';

const EVERYONE: Part = { relay: [{ kind: 'anyone' }] };
const NOBODY: Part = {};
const LOGIN_FIRST: readonly Part[] = [LOGIN, authFirst()];
const refuseLogins: Part = {
  auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'] },
};
/** Logged in, and still refused: nothing relays but the list. */
const USELESS_LOGIN: readonly Part[] = [LIST, refuseLogins];

interface PresetRow {
  readonly preset: Preset;
  readonly access: 'anonymous' | 'PLAIN' | 'inbound';
  readonly from: typeof APPROVED | typeof STRANGER;
  readonly keeps: readonly Part[];
  /** What the cell shows then. */
  readonly kept: string;
  readonly breaks: readonly Part[];
  readonly rule: string;
}

const kept = (
  preset: Preset,
  access: PresetRow['access'],
  from: PresetRow['from'],
  keeps: readonly Part[],
  shows: string,
) => ({
  preset,
  access,
  from,
  keeps,
  kept: shows,
});

const FIT = [LIST, LOGIN];
const SHUT = [LOGIN];
const INBOUND_SHUT: readonly Part[] = [LIST, LOGIN, authFirst([APPROVED])];

const PRESETS: readonly PresetRow[] = [
  { ...kept('list-or-auth', 'anonymous', APPROVED, FIT, 'relay'), breaks: SHUT, rule: 'approved-host-refused' },
  { ...kept('list-or-auth', 'anonymous', STRANGER, FIT, 'refuse'), breaks: [EVERYONE], rule: 'open-relay' },
  {
    ...kept('list-or-auth', 'PLAIN', STRANGER, FIT, 'relay'),
    breaks: USELESS_LOGIN,
    rule: 'authenticated-relay-refused',
  },
  {
    ...kept('list-or-auth', 'PLAIN', STRANGER, [LIST], 'not-offered'),
    breaks: USELESS_LOGIN,
    rule: 'authenticated-relay-refused',
  },
  { ...kept('list-or-auth', 'inbound', STRANGER, FIT, 'accept'), breaks: INBOUND_SHUT, rule: 'inbound-refused' },
  { ...kept('list-only', 'anonymous', APPROVED, [LIST], 'relay'), breaks: [NOBODY], rule: 'approved-host-refused' },
  { ...kept('list-only', 'anonymous', STRANGER, [LIST], 'refuse'), breaks: [EVERYONE], rule: 'open-relay' },
  {
    ...kept('list-only', 'PLAIN', STRANGER, USELESS_LOGIN, 'refuse'),
    breaks: FIT,
    rule: 'authenticated-relay-accepted',
  },
  { ...kept('list-only', 'inbound', STRANGER, [LIST], 'accept'), breaks: INBOUND_SHUT, rule: 'inbound-refused' },
  {
    ...kept('auth-only', 'anonymous', APPROVED, SHUT, 'refuse'),
    breaks: FIT,
    rule: 'approved-host-relays-anonymously',
  },
  { ...kept('auth-only', 'anonymous', STRANGER, SHUT, 'refuse'), breaks: [EVERYONE, LOGIN], rule: 'open-relay' },
  {
    ...kept('auth-only', 'PLAIN', APPROVED, SHUT, 'relay'),
    breaks: [refuseLogins],
    rule: 'authenticated-relay-refused',
  },
  { ...kept('auth-only', 'PLAIN', STRANGER, SHUT, 'relay'), breaks: [NOBODY], rule: 'authentication-not-offered' },
  { ...kept('auth-only', 'inbound', STRANGER, SHUT, 'accept'), breaks: LOGIN_FIRST, rule: 'inbound-refused' },
  {
    ...kept('send-only', 'anonymous', APPROVED, LOGIN_FIRST, 'refuse'),
    breaks: [LOGIN, LIST, authFirst([APPROVED])],
    rule: 'approved-host-relays-anonymously',
  },
  { ...kept('send-only', 'anonymous', STRANGER, LOGIN_FIRST, 'refuse'), breaks: [EVERYONE, LOGIN], rule: 'open-relay' },
  {
    ...kept('send-only', 'PLAIN', APPROVED, LOGIN_FIRST, 'relay'),
    breaks: [authFirst(), refuseLogins],
    rule: 'authenticated-relay-refused',
  },
  {
    ...kept('send-only', 'PLAIN', STRANGER, LOGIN_FIRST, 'relay'),
    breaks: [authFirst()],
    rule: 'authentication-not-offered',
  },
  {
    ...kept('submission', 'anonymous', STRANGER, LOGIN_FIRST, 'refuse'),
    breaks: [EVERYONE, LOGIN],
    rule: 'open-relay',
  },
  {
    ...kept('submission', 'anonymous', APPROVED, LOGIN_FIRST, 'refuse'),
    breaks: [EVERYONE, LOGIN],
    rule: 'open-relay',
  },
  {
    ...kept('submission', 'PLAIN', STRANGER, LOGIN_FIRST, 'relay'),
    breaks: [authFirst(), refuseLogins],
    rule: 'authenticated-relay-refused',
  },
];

describe('under a preset', () => {
  it.each(PRESETS)(
    '$preset, $access from $from: kept, or $rule',
    async ({ preset, access, from, keeps, kept: shows, breaks, rule }) => {
      const change = { policy: preset, account: ACCOUNT };
      const good = (await auditParts(keeps, change)).server;
      expect([verdictOf(good), observedOf(good, from)[access]]).toEqual(['closed/compliant', shows]);
      expect(good.findings.filter(({ breaksCompliance }) => breaksCompliance)).toEqual([]);

      const bad = (await auditParts(breaks, change)).server;
      expect(bad.verdict.compliance).toBe('non-compliant');
      expect(rulesOf(bad)).toContain(rule);
    },
  );

  it('send-only says in plain words what it costs, and does not hold it against the server', async () => {
    const { server } = await auditParts(LOGIN_FIRST, { policy: 'send-only', account: ACCOUNT });
    const [finding] = server.findings;
    expect(finding).toMatchObject({ rule: 'inbound-refused', severity: 'info', breaksCompliance: false });
    expect(finding?.message).toContain('other mail servers can no longer deliver to this one');
  });

  it('send-only expects inbound mail to be refused', async () => {
    const { server } = await auditParts([LOGIN], { policy: 'send-only', account: ACCOUNT });
    expect(cellOf(server, STRANGER, 'inbound')).toMatchObject({
      expected: 'refuse',
      observed: 'accept',
      agrees: false,
    });
    expect(server.verdict.compliance).toBe('non-compliant');
  });

  it('none expects nothing: an open server is told, and is compliant', async () => {
    const { server } = await auditParts([EVERYONE], { policy: 'none', relayHosts: [] });
    expect(verdictOf(server)).toBe('open/compliant');
    expect(server.findings).toMatchObject([{ rule: 'open-relay', breaksCompliance: false }]);
  });
});

const all = ['CRAM-MD5', 'PLAIN', 'LOGIN'];
const auth = (change: Partial<NonNullable<Part['auth']>>): Part => ({
  auth: { mechanisms: all, ...change },
  relay: [{ kind: 'authenticated' }],
});
/** A login of an unknown name is taken for a good one after it has failed. */
const AFTER_FAILURE: Part = { relay: [{ kind: 'count', of: 'failed-logins', atLeast: 1 }] } as Part;
/** Locks an account out for good after its first failed login. */
const LOCKS: Part = {
  refuse: [
    { at: 'auth', when: { kind: 'history', of: 'failed-login', per: 'client', atLeast: 1 }, reply: 'auth-failed' },
  ],
};
const STARTTLS: Part = { security: { tls: 'starttls' } };

interface RuleRow {
  readonly rule: string;
  readonly keeps: readonly Part[];
  readonly breaks: readonly Part[];
  readonly change?: Partial<AuditOptions>;
  /** A note alone, which breaks nothing. */
  readonly isNote?: true;
}

const RULES: readonly RuleRow[] = [
  { rule: 'wrong-password-accepted', keeps: FIT, breaks: [LIST, auth({ lenient: ['any-password'] })] },
  { rule: 'empty-password-accepted', keeps: FIT, breaks: [LIST, auth({ lenient: ['empty-password'] })] },
  { rule: 'unknown-account-accepted', keeps: FIT, breaks: [LIST, auth({ lenient: ['unknown-account'] })] },
  {
    rule: 'unknown-account-accepted',
    keeps: FIT,
    breaks: [LIST, auth({ lenient: ['unknown-account'] })],
    change: { account: null },
  },
  { rule: 'relays-after-failed-authentication', keeps: FIT, breaks: [...FIT, AFTER_FAILURE] },
  { rule: 'mechanism-broken', keeps: FIT, breaks: [LIST, auth({ broken: ['CRAM-MD5'] })] },
  { rule: 'authentication-unavailable', keeps: FIT, breaks: [LIST, auth({ down: true })] },
  {
    rule: 'authentication-not-offered',
    keeps: SHUT,
    breaks: [NOBODY],
    change: { policy: 'auth-only', relayHosts: [] },
  },
  { rule: 'static-challenge', keeps: FIT, breaks: [LIST, auth({ staticChallenge: '<1.2@mail.corp.test>' })] },
  { rule: 'anonymous-mechanism', keeps: FIT, breaks: [LIST, auth({ mechanisms: [...all, 'ANONYMOUS'] })] },
  {
    rule: 'mechanism-accepted-though-not-offered',
    keeps: [LIST],
    breaks: [LIST, auth({ offer: 'never' })],
    change: { techniques: ['plain-external', 'auth-unadvertised'] },
    isNote: true,
  },
  {
    rule: 'cram-md5-missing',
    keeps: FIT,
    breaks: [LIST, auth({ mechanisms: ['PLAIN', 'LOGIN'] })],
    change: { rules: ['apple'] },
  },
  {
    rule: 'cram-md5-missing',
    keeps: [LIST],
    breaks: [LIST, auth({ mechanisms: ['LOGIN'] })],
    change: { rules: ['cram-md5-missing'] },
  },
  {
    rule: 'cleartext-authentication',
    keeps: [LIST, STARTTLS, auth({ tlsOnly: ['PLAIN', 'LOGIN'] })],
    breaks: [LIST, STARTTLS, auth({})],
    change: { rules: ['modern'] },
  },
  {
    rule: 'cram-md5-weak-storage',
    keeps: [LIST, STARTTLS, auth({ mechanisms: ['PLAIN'], offer: 'tls', accept: 'tls' })],
    breaks: [LIST, STARTTLS, auth({ tlsOnly: ['PLAIN', 'LOGIN'] })],
    change: { rules: ['modern'] },
    isNote: true,
  },
  { rule: 'certificate-not-verified', keeps: FIT, breaks: [...FIT, STARTTLS], isNote: true },
  {
    rule: 'starttls-command-injection',
    keeps: [...FIT, STARTTLS],
    breaks: [...FIT, { security: { tls: 'starttls', afterStarttls: 'plaintext' } }],
    change: { techniques: ['plain-external', 'starttls-injection'] },
  },
  { rule: 'account-locked', keeps: FIT, breaks: [...FIT, LOCKS], isNote: true },
  {
    rule: 'starttls-failed',
    keeps: [...FIT, STARTTLS],
    breaks: [...FIT, { security: { tls: 'starttls', failsHandshake: true } }],
    isNote: true,
  },
];

describe('the rule', () => {
  it.each(RULES)('$rule', async ({ rule, keeps, breaks, change = {}, isNote = false }) => {
    const options = { account: ACCOUNT, ...change };
    const good = (await auditParts(keeps, options)).server;
    expect(rulesOf(good)).not.toContain(rule);
    expect(verdictOf(good)).toBe('closed/compliant');

    const bad = (await auditParts(breaks, options)).server;
    expect(rulesOf(bad)).toContain(rule);
    expect(bad.findings.find((finding) => finding.rule === rule)?.breaksCompliance).toBe(!isNote);
    if (!isNote) expect(bad.verdict.compliance).toBe('non-compliant');
  });

  it.each(['wrong-password-accepted', 'mechanism-broken', 'static-challenge', 'anonymous-mechanism'])(
    '%s is not looked for where it is left out',
    async (rule) => {
      const row = RULES.find((one) => one.rule === rule);
      const { server } = await auditParts(row?.breaks ?? [], { account: ACCOUNT, rules: ['basic', `-${rule}`] });
      expect(rulesOf(server)).not.toContain(rule);
    },
  );

  it('basic demands neither CRAM-MD5 nor TLS', async () => {
    const { server } = await auditParts([LIST, auth({ mechanisms: ['PLAIN'] })], { account: ACCOUNT });
    expect([verdictOf(server), rulesOf(server)]).toEqual(['closed/compliant', []]);
  });

  it('an account that every mechanism refuses: the password is probably wrong', async () => {
    const { server } = await auditParts(FIT, { account: { ...ACCOUNT, password: 'mistyped, I fear' } });
    expect(verdictOf(server)).toBe('closed/inconclusive');
    expect(rulesOf(server)).toEqual(['audit-inconclusive']);
    expect(server.findings[0]?.message).toContain('the password is probably wrong');
    // The account was tried once by each mechanism, and spared all that would fail for sure.
    const kinds = server.attempts.map(({ credentials }) => credentials);
    expect(kinds.filter((kind) => kind === 'valid')).toHaveLength(all.length);
    expect(kinds.filter((kind) => kind === 'wrong' || kind === 'empty')).toEqual([]);
  });

  it('a wrong password that relays makes the server open', async () => {
    const { server } = await auditParts([LIST, auth({ lenient: ['any-password'] })], { account: ACCOUNT });
    expect(server.verdict).toMatchObject({ relay: 'open', compliance: 'non-compliant' });
    expect(cellOf(server, STRANGER, 'wrong-password')).toMatchObject({ expected: 'refuse', observed: 'relay' });
  });
});

describe('TLS', () => {
  const names = (observed: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(observed).map(([cell, seen]) => `${cell} ${seen}`);

  it('AUTH after STARTTLS alone: cells of their own before and under TLS', async () => {
    const { server } = await auditParts([LIST, STARTTLS, auth({ offer: 'tls', accept: 'tls' })], { account: ACCOUNT });
    expect(verdictOf(server)).toBe('closed/compliant');
    expect(names(observedOf(server, STRANGER))).toEqual(
      expect.arrayContaining([
        'anonymous refuse',
        'PLAIN not-offered',
        'anonymous@tls refuse',
        'PLAIN@tls relay',
        'wrong-password@tls refuse',
      ]),
    );
  });

  it('relays for everybody under TLS alone: open', async () => {
    const { server } = await auditParts([...FIT, HOLES['under-tls']], {});
    expect(verdictOf(server)).toBe('open/non-compliant');
    expect(observedOf(server, STRANGER)).toMatchObject({ anonymous: 'refuse', 'anonymous@tls': 'relay' });
  });

  it('STARTTLS comes first, then AUTH: a submission service', async () => {
    const { server } = await auditParts([STARTTLS, tlsFirst, auth({ offer: 'tls', accept: 'tls' }), authFirst()], {
      account: ACCOUNT,
      policy: 'submission',
      relayHosts: [],
    });
    expect(verdictOf(server)).toBe('closed/compliant');
    expect(observedOf(server, STRANGER)).toMatchObject({ 'anonymous@tls': 'refuse', 'PLAIN@tls': 'relay' });
    expect(observedOf(server, STRANGER)).not.toHaveProperty('anonymous');
  });

  it('implicit TLS, for every access', async () => {
    const { server } = await auditParts(
      [LIST, auth({}), { security: { tls: 'implicit' } }],
      { account: ACCOUNT },
      { security: 'tls' },
    );
    expect(verdictOf(server)).toBe('closed/compliant');
    expect(names(observedOf(server, STRANGER)).filter((name) => !name.includes('@tls'))).toEqual([]);
    expect(observedOf(server, STRANGER)).toMatchObject({
      'anonymous@tls': 'refuse',
      'CRAM-MD5@tls': 'relay',
      'inbound@tls': 'accept',
    });
    expect(server.target.certificate?.problem).not.toBeNull();
  });

  it.each([
    ['it has expired', { certificateExpired: true }, /expired/i],
    ['nobody vouches for it', {}, /self.signed|unable/i],
  ])('a certificate does not verify: %s', async (_, security, problem) => {
    const { server } = await auditParts([...FIT, { security: { tls: 'starttls', ...security } }], {});
    const finding = server.findings.find(({ rule }) => rule === 'certificate-not-verified');
    expect(finding).toMatchObject({ breaksCompliance: false, severity: 'low' });
    expect(finding?.message).toMatch(problem);
    expect(verdictOf(server)).toBe('closed/compliant');
  });

  it('a handshake that fails every time is survived and said', async () => {
    const { server } = await auditParts([...FIT, { security: { tls: 'starttls', failsHandshake: true } }], {
      account: ACCOUNT,
    });
    expect(verdictOf(server)).toBe('closed/compliant');
    expect(rulesOf(server)).toEqual(['starttls-failed']);
  });
});

describe('care with accounts', () => {
  /** Logins of a run in the order in which the server ended their sessions: the name's first letter, and whether it got in. */
  async function logins(parts: readonly Part[], change: Partial<AuditOptions>) {
    const { demo, server } = await auditParts(parts, { account: ACCOUNT, ...change });
    const sessions = demo.log.flatMap(({ lines, peer, counts, user, client }) =>
      lines
        .filter(({ from, text }) => from === 'client' && /^AUTH /i.test(text))
        .map(({ text }) => ({
          mechanism: text.split(' ')[1],
          peer,
          client,
          isFailed: counts['failed-logins'] > 0,
          user,
        })),
    );
    const attempts = server.attempts.filter(({ mechanism }) => mechanism !== null);
    return { sessions, attempts, server };
  }

  it('by default one wrong and one empty password of the account, from one stranger, each followed by a valid login', async () => {
    const { sessions, attempts } = await logins(FIT, { sources: [APPROVED, STRANGER, '127.0.0.67'] });
    const kinds = attempts.map(({ credentials }) => credentials);
    expect(kinds.filter((kind) => kind === 'wrong')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'empty')).toHaveLength(1);
    // The other mechanisms are tried under an invented name.
    expect(kinds.filter((kind) => kind === 'unknown-account')).toHaveLength(2);
    const order = sessions.map(({ isFailed }) => isFailed);
    const failed = sessions.filter(({ isFailed }) => isFailed);
    expect(failed).toHaveLength(4);
    expect(new Set(failed.map(({ peer }) => peer))).toEqual(new Set([STRANGER]));
    expect(failed[0]?.mechanism).toBe('CRAM-MD5');
    // Failed, logged in, failed, logged in: a lock would be noticed at once.
    expect(order.slice(order.indexOf(true), order.indexOf(true) + 4)).toEqual([true, false, true, false]);
  });

  it('no failed login comes from an address that is claimed', async () => {
    const { attempts, sessions } = await logins([...FIT, { proxy: { from: ['127.0.0.0/8'] } }], {
      sources: [`proxy:${STRANGER}`],
    });
    expect(attempts.every(({ credentials }) => credentials === 'valid')).toBe(true);
    expect(sessions.every(({ isFailed }) => !isFailed)).toBe(true);
    expect(sessions.length).toBeGreaterThan(0);
  });

  it('none asks no login that must fail', async () => {
    const { sessions, server } = await logins(FIT, { negativeAuthentication: 'none' });
    expect(sessions.every(({ isFailed }) => !isFailed)).toBe(true);
    expect(server.notTested).toContain('failed logins: --negative-authentication none');
  });

  it('full asks every mechanism, from every stranger', async () => {
    const { attempts } = await logins(FIT, { negativeAuthentication: 'full', sources: [STRANGER, '127.0.0.67'] });
    const wrong = attempts.filter(({ credentials }) => credentials === 'wrong');
    expect(new Set(wrong.map(({ source, mechanism }) => `${source} ${mechanism}`)).size).toBe(2 * all.length);
  });

  it('wrong passwords are never derived from the right one', async () => {
    const parts: Part = { auth: { mechanisms: ['PLAIN'] }, relay: [{ kind: 'authenticated' }] };
    const { sessions } = await logins([LIST, parts], { account: ACCOUNT, techniques: ['plain-external'] });
    expect(sessions.filter(({ isFailed }) => isFailed).map(({ user }) => user)).toEqual([null, null]);
  });

  it('an account is locked by one failure: noticed, said, and not made worse', async () => {
    const { server, attempts } = await logins([...FIT, LOCKS], {});
    expect(rulesOf(server)).toContain('account-locked');
    expect(attempts.filter(({ credentials }) => credentials === 'empty').length).toBe(0);
  });
});
