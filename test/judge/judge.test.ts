// Cells, findings and verdicts on evidence made by hand: one change at a time to a run in which all is well.
import { describe, expect, it } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import type { Brief } from '../../src/model/brief.js';
import type { CertificateFacts, Evidence } from '../../src/model/evidence.js';
import type { ServerReport } from '../../src/model/report.js';
import {
  briefOf,
  compliantRun,
  forgedSender,
  heard,
  inbound,
  login,
  percent,
  probe,
  skipped,
  source,
  unknownLocal,
  unrelated,
  withEvidence,
} from './evidence.js';

const RUN = compliantRun();
const FAILED = 'auth 535 5.7.8 Authentication failed';
const LOGGED_IN = 'auth 235 2.7.0 Ok';
const DENIED = 'rcpt 554 5.7.1 Relay access denied';

const CERTIFICATE: CertificateFacts = {
  subject: 'CN=mail.corp.test',
  issuer: 'CN=mail.corp.test',
  altNames: [],
  validFrom: '',
  validTo: '',
  fingerprint: `sha256:${'0'.repeat(64)}`,
  problem: 'self-signed certificate',
};

const offering = (piece: Evidence, ...extensions: readonly string[]): Evidence => ({
  ...piece,
  session: { ...piece.session, ehlo: heard(piece.attempt, ['rcpt 250 Ok'], { extensions }).session.ehlo },
});

const observed = (report: ServerReport, id: string, access: string, security = 'none'): string | undefined =>
  report.sources
    .find((one) => one.id === id)
    ?.cells.find((cell) => cell.access === access && cell.security === security)?.observed;

interface Row {
  readonly title: string;
  readonly run: readonly Evidence[];
  readonly brief?: Brief;
  readonly verdict: string;
  readonly rules: readonly string[];
  /** Cells as `s2 PLAIN`, or `s2 PLAIN tls`. */
  readonly cells?: Readonly<Record<string, string>>;
}

const UNKNOWN = ['audit-inconclusive'];

const ROWS: readonly Row[] = [
  {
    title: 'all is well',
    run: RUN,
    verdict: 'closed/compliant',
    rules: [],
    cells: {
      's1 anonymous': 'relay',
      's2 anonymous': 'refuse',
      's2 PLAIN': 'relay',
      's2 LOGIN': 'not-offered',
      's2 wrong-password': 'refuse',
      's2 inbound': 'accept',
    },
  },
  {
    title: 'the stranger relays',
    run: withEvidence(RUN, heard(probe(), ['rcpt 250 Ok'])),
    verdict: 'open/non-compliant',
    rules: ['open-relay'],
  },
  {
    title: 'a technique relays',
    run: withEvidence(RUN, heard(forgedSender(), ['rcpt 250 Ok'])),
    verdict: 'open/non-compliant',
    rules: ['open-relay'],
  },
  {
    title: 'one of two strangers relays by the plain attempt: the list is too wide',
    run: [...RUN, heard(probe({ source: 's3' }), ['rcpt 250 Ok']), heard(inbound({ source: 's3' }), ['rcpt 250 Ok'])],
    brief: briefOf('list-or-auth', { sources: [...briefOf().sources, source('s3', '127.0.0.20')] }),
    verdict: 'open/non-compliant',
    rules: ['unapproved-host-relays'],
  },
  {
    title: 'the approved host is refused',
    run: withEvidence(RUN, heard(probe({ source: 's1' }), [DENIED])),
    verdict: 'closed/non-compliant',
    rules: ['approved-host-refused'],
  },
  {
    title: 'the approved host is not answered',
    run: withEvidence(RUN, heard(probe({ source: 's1' }), ['rcpt !timeout'])),
    verdict: 'closed/inconclusive',
    rules: UNKNOWN,
  },
  {
    title: 'one technique is not answered',
    run: withEvidence(RUN, heard(percent(), ['rcpt !disconnected'])),
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
  },
  {
    title: 'one technique was not made',
    run: withEvidence(RUN, skipped(percent())),
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
  },
  {
    title: 'the plain attempt is missing',
    run: RUN.filter(({ attempt }) => attempt.source !== 's2' || attempt.technique !== 'plain-external'),
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
  },
  {
    title: 'the stranger was not asked at all',
    run: RUN.filter(({ attempt }) => attempt.source !== 's2'),
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
  },
  { title: 'nothing was asked', run: [], verdict: 'inconclusive/inconclusive', rules: UNKNOWN },

  {
    title: 'a wrong password is accepted and gives nothing',
    run: withEvidence(RUN, heard(login('CRAM-MD5', 'wrong'), [LOGGED_IN, 'mail 250 Ok', DENIED])),
    verdict: 'closed/non-compliant',
    rules: ['wrong-password-accepted'],
    cells: { 's2 wrong-password': 'accept' },
  },
  {
    title: 'a wrong password is accepted and relays',
    run: withEvidence(RUN, heard(login('CRAM-MD5', 'wrong'), [LOGGED_IN, 'mail 250 Ok', 'rcpt 250 Ok'])),
    verdict: 'open/non-compliant',
    rules: ['wrong-password-accepted'],
    cells: { 's2 wrong-password': 'relay' },
  },
  {
    title: 'a wrong password is accepted, and nobody asked for that rule',
    run: withEvidence(RUN, heard(login('CRAM-MD5', 'wrong'), [LOGGED_IN, 'mail 250 Ok', DENIED])),
    brief: briefOf('list-or-auth', {}, ['basic', '-wrong-password-accepted']),
    verdict: 'closed/compliant',
    rules: [],
  },
  {
    title: 'it relays after a failed login',
    run: withEvidence(RUN, heard(login('CRAM-MD5', 'wrong'), [FAILED, 'mail 250 Ok', 'rcpt 250 Ok'])),
    verdict: 'open/non-compliant',
    rules: ['relays-after-failed-authentication'],
    cells: { 's2 wrong-password': 'relay' },
  },
  {
    title: 'the line is cut after a failed login',
    run: withEvidence(RUN, heard(login('CRAM-MD5', 'wrong'), [FAILED, 'mail !disconnected'])),
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
    cells: { 's2 wrong-password': 'unknown' },
  },
  {
    title: 'an approved host relays after a failed login',
    run: [...RUN, heard(login('PLAIN', 'wrong', { source: 's1' }), [FAILED, 'mail 250 Ok', 'rcpt 250 Ok'])],
    verdict: 'closed/compliant',
    rules: [],
  },
  {
    title: 'an approved host is refused after a failed login',
    run: [...RUN, heard(login('PLAIN', 'wrong', { source: 's1' }), [FAILED, 'mail 250 Ok', DENIED])],
    verdict: 'closed/compliant',
    rules: [],
  },
  {
    title: 'an empty password and an invented account are accepted',
    run: [
      ...RUN,
      heard(login('PLAIN', 'empty'), [LOGGED_IN, 'mail 250 Ok', DENIED]),
      heard(login('PLAIN', 'unknown-account'), [LOGGED_IN, 'mail 250 Ok', DENIED]),
    ],
    verdict: 'closed/non-compliant',
    rules: ['empty-password-accepted', 'unknown-account-accepted'],
  },
  {
    title: 'a login works and its mail is refused',
    run: withEvidence(RUN, heard(login('PLAIN'), [LOGGED_IN, 'mail 250 Ok', DENIED])),
    verdict: 'closed/non-compliant',
    rules: ['authenticated-relay-refused'],
    cells: { 's2 PLAIN': 'refuse' },
  },
  {
    title: 'a mechanism refuses what another takes',
    run: withEvidence(RUN, heard(login('PLAIN'), [FAILED])),
    verdict: 'closed/non-compliant',
    rules: ['mechanism-broken'],
    cells: { 's2 PLAIN': 'refuse' },
  },
  {
    title: 'a mechanism refuses what another takes, and nobody asked for that rule',
    run: withEvidence(RUN, heard(login('PLAIN'), [FAILED])),
    brief: briefOf('list-or-auth', {}, ['wrong-password-accepted']),
    verdict: 'closed/compliant',
    rules: [],
  },
  {
    title: 'every mechanism refuses the account',
    run: withEvidence(RUN, heard(login('PLAIN'), [FAILED]), heard(login('CRAM-MD5'), [FAILED])),
    verdict: 'closed/inconclusive',
    rules: UNKNOWN,
    cells: { 's2 PLAIN': 'unknown' },
  },
  {
    title: 'only a wrong password gets in: the right one is probably not right',
    run: withEvidence(
      RUN,
      heard(login('PLAIN'), [FAILED]),
      heard(login('CRAM-MD5'), [FAILED]),
      heard(login('CRAM-MD5', 'wrong'), [LOGGED_IN, 'mail 250 Ok', DENIED]),
    ),
    verdict: 'closed/non-compliant',
    rules: ['audit-inconclusive', 'wrong-password-accepted'],
    cells: { 's2 PLAIN': 'unknown' },
  },
  {
    title: 'passwords cannot be checked now',
    run: withEvidence(RUN, heard(login('PLAIN'), ['auth 454 4.7.0 Temporary authentication failure'])),
    verdict: 'closed/non-compliant',
    rules: ['audit-inconclusive', 'authentication-unavailable'],
  },
  {
    title: 'PLAIN wants TLS though it is offered without',
    run: withEvidence(
      RUN,
      heard(login('PLAIN'), ['auth 538 5.7.11 Encryption required for requested authentication mechanism']),
    ),
    verdict: 'closed/compliant',
    rules: [],
    cells: { 's2 PLAIN': 'not-offered' },
  },
  {
    title: 'the account is locked after a failure',
    run: [...RUN, heard(login('CRAM-MD5', 'valid', { role: 'login', of: 'x', depth: 'auth' }), [FAILED])],
    verdict: 'closed/compliant',
    rules: ['account-locked'],
  },
  {
    title: 'the challenge is the same on two connections',
    run: withEvidence(
      RUN,
      heard(login('CRAM-MD5'), [LOGGED_IN, 'mail 250 Ok', 'rcpt 250 Ok'], { change: { challenge: 'a' } }),
      heard(login('CRAM-MD5', 'wrong'), [FAILED, 'mail 250 Ok', DENIED], { change: { challenge: 'a' } }),
    ),
    verdict: 'closed/non-compliant',
    rules: ['static-challenge'],
  },

  {
    title: 'inbound mail needs a login',
    run: withEvidence(RUN, heard(inbound(), ['mail 530 5.7.0 Authentication required'])),
    verdict: 'closed/non-compliant',
    rules: ['inbound-refused'],
  },
  {
    title: 'the named mailbox does not exist',
    run: withEvidence(RUN, heard(inbound(), ['rcpt 550 5.1.1 User unknown'])),
    verdict: 'closed/inconclusive',
    rules: UNKNOWN,
  },
  {
    title: 'everything is accepted from the stranger',
    run: [
      heard(inbound(), ['rcpt 250 Ok']),
      heard(unknownLocal(), ['rcpt 250 Ok']),
      heard(unrelated(), ['rcpt 250 Ok']),
      heard(probe(), ['rcpt 250 Ok']),
    ],
    brief: briefOf('list-or-auth', { sources: [source('s2', '127.0.0.66')] }),
    verdict: 'inconclusive/inconclusive',
    rules: ['accepts-everything', 'audit-inconclusive'],
  },

  {
    title: 'STARTTLS is announced and nothing was asked under TLS',
    run: RUN.map((piece) =>
      piece.attempt.source === 's2' ? offering(piece, 'STARTTLS', 'AUTH CRAM-MD5 PLAIN') : piece,
    ),
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
    cells: { 's2 anonymous tls': 'unknown' },
  },
  {
    title: 'it relays under TLS alone',
    run: [...RUN, heard(probe({ security: 'tls' }), ['rcpt 250 Ok'])],
    verdict: 'open/non-compliant',
    rules: ['open-relay'],
    cells: { 's2 anonymous': 'refuse', 's2 anonymous tls': 'relay' },
  },
  {
    title: 'STARTTLS fails every time',
    run: [
      ...RUN,
      heard(probe({ security: 'tls' }), ['tls !tls-failed']),
      heard(inbound({ security: 'tls' }), ['tls !tls-failed']),
    ],
    verdict: 'closed/compliant',
    rules: ['starttls-failed'],
  },
  {
    title: 'STARTTLS fails once',
    run: [
      ...RUN,
      heard(probe({ security: 'tls' }), ['tls !tls-failed']),
      heard(inbound({ security: 'tls' }), ['rcpt 250 Ok']),
    ],
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
  },
  {
    title: 'the line is cut in the handshake',
    run: [
      ...RUN,
      heard(probe({ security: 'tls' }), ['tls !disconnected']),
      heard(inbound({ security: 'tls' }), ['tls !disconnected']),
    ],
    verdict: 'inconclusive/inconclusive',
    rules: UNKNOWN,
  },
  {
    title: 'bytes behind the STARTTLS reply',
    run: [...RUN, heard(probe({ security: 'tls' }), ['starttls !protocol-error'])],
    verdict: 'inconclusive/inconclusive',
    rules: ['audit-inconclusive', 'starttls-response-injection'],
  },
  {
    title: 'commands sent with STARTTLS are executed',
    run: [
      ...RUN,
      heard(
        probe({
          technique: 'starttls-injection',
          varied: ['session'],
          extras: { afterStarttls: ['NOOP'] },
          proof: 'replies',
          isSign: false,
        }),
        ['starttls 220 Go', 'tls 250 Ok'],
        { change: { injected: 1 } },
      ),
    ],
    verdict: 'closed/non-compliant',
    rules: ['starttls-command-injection'],
  },
  {
    title: 'the certificate does not verify',
    run: [
      ...RUN,
      heard(probe({ security: 'tls' }), [DENIED], {
        session: { tls: { protocol: 'TLSv1.3', cipher: '', certificate: CERTIFICATE } },
      }),
    ],
    verdict: 'closed/compliant',
    rules: ['certificate-not-verified'],
  },
  {
    title: 'the clear asks for TLS, and TLS is closed',
    run: [
      ...RUN.filter(({ attempt }) => attempt.source === 's1'),
      heard(probe(), ['mail 530 5.7.0 Must issue a STARTTLS command first']),
      heard(probe({ security: 'tls' }), [DENIED]),
      heard(inbound({ security: 'tls' }), ['rcpt 250 Ok']),
    ],
    brief: briefOf('list-or-auth', { user: null }),
    verdict: 'closed/compliant',
    rules: [],
  },

  {
    title: 'an answer that changed',
    run: withEvidence(RUN, heard(percent(), [DENIED], { change: { isInconsistent: true } })),
    verdict: 'closed/compliant',
    rules: ['inconsistent-answers'],
  },
  {
    title: 'the address that the server sees is not known, and it relays',
    run: [heard(probe(), ['rcpt 250 Ok']), heard(inbound(), ['rcpt 250 Ok'])],
    brief: briefOf('list-or-auth', {
      target: { host: 'mail.example.org', port: 25, security: 'none', address: '192.0.2.25' },
      sources: [source('s2', '10.0.0.7')],
    }),
    verdict: 'inconclusive/inconclusive',
    rules: ['source-address-unknown'],
  },
  {
    title: 'the server saw an address that is on the list',
    run: withEvidence(RUN, heard(probe(), ['rcpt 250 Ok'])).map((piece) => ({
      ...piece,
      session: { ...piece.session, seenAs: '127.0.0.10' },
    })),
    verdict: 'inconclusive/compliant',
    rules: ['source-not-as-claimed'],
  },
  {
    title: 'auth-only: an approved host relays anonymously',
    run: RUN,
    brief: briefOf('auth-only'),
    verdict: 'open/non-compliant',
    rules: ['approved-host-relays-anonymously'],
  },
  {
    title: 'list-only: a login relays',
    run: RUN,
    brief: briefOf('list-only'),
    verdict: 'closed/non-compliant',
    rules: ['authenticated-relay-accepted'],
  },
  {
    title: 'auth-only: no mechanism is offered',
    run: [heard(probe(), [DENIED]), heard(inbound(), ['rcpt 250 Ok'])],
    brief: briefOf('auth-only', { sources: [source('s2', '127.0.0.66')] }),
    verdict: 'closed/non-compliant',
    rules: ['authentication-not-offered'],
  },
  {
    title: 'apple: PLAIN without CRAM-MD5',
    run: RUN.filter(({ attempt }) => attempt.mechanism !== 'CRAM-MD5').map((piece) => offering(piece, 'AUTH PLAIN')),
    brief: briefOf('list-or-auth', {}, ['apple']),
    verdict: 'closed/non-compliant',
    rules: ['cram-md5-missing'],
  },
  {
    title: 'modern: PLAIN in the clear, and CRAM-MD5 is a note',
    run: RUN,
    brief: briefOf('list-or-auth', {}, ['modern']),
    verdict: 'closed/non-compliant',
    rules: ['cleartext-authentication', 'cram-md5-weak-storage'],
  },
  {
    title: 'ANONYMOUS is offered',
    run: RUN.map((piece) => offering(piece, 'AUTH CRAM-MD5 PLAIN ANONYMOUS')),
    verdict: 'closed/non-compliant',
    rules: ['anonymous-mechanism'],
  },
  {
    title: 'a mechanism that is not offered takes the account',
    run: [
      ...RUN,
      heard(login('LOGIN', 'valid', { technique: 'auth-unadvertised', extras: { authentication: 'unadvertised' } }), [
        LOGGED_IN,
        'mail 250 Ok',
        'rcpt 250 Ok',
      ]),
    ],
    verdict: 'closed/compliant',
    rules: ['mechanism-accepted-though-not-offered'],
    cells: { 's2 LOGIN': 'not-offered' },
  },
];

describe('a run in which', () => {
  it.each(ROWS)('$title', ({ run, brief = briefOf(), verdict, rules, cells = {} }) => {
    const report = judge(brief, run);
    expect({
      verdict: `${report.verdict.relay}/${report.verdict.compliance}`,
      rules: report.findings.map(({ rule }) => rule).sort(),
    }).toEqual({ verdict, rules });
    for (const [name, wanted] of Object.entries(cells)) {
      const [id = '', access = '', security] = name.split(' ');
      expect([name, observed(report, id, access, security)]).toEqual([name, wanted]);
    }
  });

  it('names the source, the technique and the reply in what it finds', () => {
    const [finding] = judge(briefOf(), withEvidence(RUN, heard(forgedSender(), ['rcpt 250 2.1.5 Ok']))).findings;
    expect(finding?.message).toBe(
      '127.0.0.66: sender-local-real accepted at RCPT; <alice@corp.test> to <relaytest@canary.example.net> was answered 250 2.1.5 Ok (at rcpt)',
    );
    expect(finding?.sources).toEqual(['s2']);
  });

  it('withholds the dialogue of AUTH', () => {
    const report = judge(briefOf(), withEvidence(RUN, heard(login('PLAIN'), ['auth 535 5.7.8 bad password "secret"'])));
    expect(JSON.stringify(report)).not.toContain('bad password');
  });
});
