// Where the account's password may travel, and what follows what (RFC 8314 section 3, RFC 2195 section 2): the planner alone, on
// evidence made by hand, for a server that is not on loopback.
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/model/attempt.js';
import type { Brief } from '../../src/model/brief.js';
import type { CertificateFacts, Evidence } from '../../src/model/evidence.js';
import { next } from '../../src/plan/next.js';
import { briefOf, heard, source } from '../judge/evidence.js';

const FINGERPRINT = `sha256:${'ab'.repeat(32)}`;
const certificate = (problem: string | null): CertificateFacts => ({
  subject: 'CN=mail.example.org',
  issuer: 'CN=mail.example.org',
  altNames: [],
  validFrom: '',
  validTo: '',
  fingerprint: FINGERPRINT,
  problem,
});

const remote = (change: Partial<Brief> = {}): Brief =>
  briefOf('list-or-auth', {
    target: { host: 'mail.example.org', port: 25, security: 'none', address: '192.0.2.25' },
    sources: [source('s1', '192.0.2.66')],
    mayAuthenticateInClear: false,
    ...change,
  });

interface Server {
  readonly starttls: boolean;
  readonly certificate: CertificateFacts | null;
}

/** Answer an attempt as a closed server does that takes the account by every mechanism. */
function answer(attempt: Attempt, { starttls, certificate: shown }: Server): Evidence {
  const extensions = ['AUTH CRAM-MD5 PLAIN LOGIN', ...(starttls && attempt.security === 'none' ? ['STARTTLS'] : [])];
  const isIn = attempt.credentials === 'valid';
  const login = isIn ? 'auth 235 2.7.0 Ok' : 'auth 535 5.7.8 Authentication failed';
  const isLocal = attempt.role === 'inbound' || attempt.role === 'inbound-as';
  const last = isIn || isLocal ? 'rcpt 250 2.1.5 Ok' : 'rcpt 550 5.7.1 Relaying denied';
  return heard(attempt, attempt.mechanism === null ? [last] : [login, 'mail 250 Ok', last], {
    extensions,
    session: {
      tls: attempt.security === 'tls' ? { protocol: 'TLSv1.3', cipher: '', certificate: shown } : null,
    },
  });
}

/** All attempts of a run, in the order in which they were planned; each call's are answered together. */
function play(
  brief: Brief,
  server: Server,
): { readonly rounds: readonly (readonly Attempt[])[]; readonly asked: readonly Attempt[] } {
  const evidence: Evidence[] = [];
  const rounds: Attempt[][] = [];
  for (let round = next(brief, evidence); round.length > 0; round = next(brief, evidence)) {
    rounds.push(round);
    evidence.push(...round.map((attempt) => answer(attempt, server)));
    if (rounds.length > 100) throw new Error('the plan does not end');
  }
  return { rounds, asked: rounds.flat() };
}

const valid = (asked: readonly Attempt[]): readonly string[] => [
  ...new Set(asked.filter(({ credentials }) => credentials === 'valid').map(({ security }) => security)),
];

describe('the password of the account travels', () => {
  const verified = { starttls: true, certificate: certificate(null) };
  const unverified = { starttls: true, certificate: certificate('self-signed certificate') };

  it.each<readonly [string, Brief, Server, readonly string[]]>([
    ['not in the clear', remote(), { starttls: false, certificate: null }, []],
    ['under TLS that verifies, and not in the clear beside it', remote(), verified, ['tls']],
    ['not under TLS that does not verify', remote(), unverified, []],
    ['not under TLS without a certificate', remote(), { starttls: true, certificate: null }, []],
    ['under TLS whose certificate is pinned', remote({ tlsPin: FINGERPRINT }), unverified, ['tls']],
    [
      'not under TLS with another certificate than the pinned one',
      remote({ tlsPin: `sha256:${'cd'.repeat(32)}` }),
      unverified,
      [],
    ],
    ['everywhere with --allow-insecure-auth', remote({ mayAuthenticateInClear: true }), unverified, ['tls', 'none']],
    [
      'to loopback in the clear',
      briefOf('list-or-auth', { mayAuthenticateInClear: false }),
      { starttls: false, certificate: null },
      ['none'],
    ],
    ['nowhere without an account', remote({ user: null, mayAuthenticateInClear: true }), verified, []],
  ])('%s', (_, brief, server, where) => {
    expect(valid(play(brief, server).asked)).toEqual(where);
  });

  it('CRAM-MD5 no more than PLAIN: what it shows can be guessed offline', () => {
    const { asked } = play(remote(), unverified);
    expect(asked.filter(({ mechanism, credentials }) => mechanism === 'CRAM-MD5' && credentials === 'valid')).toEqual(
      [],
    );
  });

  it('while failed logins carry no secret, and are asked all the same', () => {
    const { asked } = play(remote(), unverified);
    expect(asked.some(({ credentials }) => credentials === 'wrong')).toBe(true);
  });
});

describe('logins of the account', () => {
  it('are planned one at a time', () => {
    const { rounds } = play(briefOf(), { starttls: true, certificate: null });
    for (const round of rounds) {
      const own = round.filter(({ credentials }) => credentials !== 'none' && credentials !== 'unknown-account');
      expect(own.length).toBeLessThanOrEqual(1);
    }
  });

  it('begin under TLS, where there is TLS', () => {
    const { asked } = play(briefOf(), { starttls: true, certificate: null });
    expect(asked.find(({ credentials }) => credentials === 'valid')?.security).toBe('tls');
    expect(asked.find(({ credentials }) => credentials === 'wrong')?.security).toBe('tls');
  });

  it('fail only after one has worked', () => {
    const { asked } = play(briefOf(), { starttls: false, certificate: null });
    const kinds = asked.map(({ credentials }) => credentials);
    expect(kinds.indexOf('wrong')).toBeGreaterThan(kinds.lastIndexOf('valid', kinds.indexOf('wrong')));
    expect(kinds.indexOf('valid')).toBeLessThan(kinds.indexOf('wrong'));
  });
});
