// What holds of every run: order plays no part, trouble improves nothing, and no evidence is too odd to judge.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { judge } from '../../src/judge/judge.js';
import type { Attempt } from '../../src/model/attempt.js';
import type { Brief } from '../../src/model/brief.js';
import type { Evidence } from '../../src/model/evidence.js';
import { PRESETS } from '../../src/model/policy.js';
import { FAULTS } from '../../src/model/reply.js';
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
  unknownLocal,
  unrelated,
} from './evidence.js';

// Thousands of verdicts: long on a machine that does much else.
vi.setConfig({ testTimeout: 120_000 });

const ACCEPTED = 'rcpt 250 2.1.5 Ok';
const ENDINGS = [
  ACCEPTED,
  'rcpt 554 5.7.1 Relay access denied',
  'rcpt 454 4.7.1 Relay access denied',
  'mail 530 5.7.0 Authentication required',
  'mail 530 5.7.0 Must issue a STARTTLS command first',
  'rcpt 550 Invalid recipient',
  'rcpt 550 5.1.1 User unknown',
  'rcpt 550 No, thank you',
  'rcpt 501 5.1.3 Bad recipient address syntax',
  'mail 553 5.1.0 Sender address syntax error',
  'rcpt 450 4.2.0 Greylisted, try again later',
  'rcpt 554 5.7.1 Client host blocked using zen.dnsbl.test',
  'rcpt !disconnected',
  'helo !timeout',
  'connect !unreachable',
] as const;
const LOGINS = [
  'auth 235 2.7.0 Ok',
  'auth 535 5.7.8 Authentication failed',
  'auth 454 4.7.0 Temporary authentication failure',
  'auth 334 VXNlcg==',
] as const;

const place = fc.record({
  source: fc.constantFrom('s1', 's2'),
  security: fc.constantFrom('none' as const, 'tls' as const),
});
const shapeOf = (of: Attempt): Attempt =>
  probe({ ...of, key: `${of.key}/shape`, role: 'shape', forwardPath: of.shape ?? '', of: of.key });
/** What the server announces: the same in every session of a run. */
const extensions = fc.constantFrom([], ['AUTH CRAM-MD5 PLAIN'], ['STARTTLS'], ['STARTTLS', 'AUTH LOGIN ANONYMOUS']);

const anonymous = fc
  .record({
    place,
    ending: fc.constantFrom(...ENDINGS),
    make: fc.constantFrom(probe, inbound, unknownLocal, unrelated, forgedSender, percent, (at: Partial<Attempt>) =>
      shapeOf(percent(at)),
    ),
  })
  .map(({ place: at, ending, make }) => heard(make(at), [ending]));
const authenticated = fc
  .record({
    place,
    said: fc.constantFrom(...LOGINS),
    ending: fc.constantFrom(...ENDINGS.slice(0, 8)),
    mechanism: fc.constantFrom('CRAM-MD5' as const, 'PLAIN' as const),
    credentials: fc.constantFrom('valid' as const, 'wrong' as const, 'empty' as const, 'unknown-account' as const),
  })
  .map(({ place: at, said, ending, mechanism, credentials }) =>
    heard(
      login(mechanism, credentials, at),
      ending.startsWith('mail') ? [said, ending] : [said, 'mail 250 Ok', ending],
    ),
  );

const announcing = (piece: Evidence, announced: readonly string[]): Evidence => {
  const { ehlo, ehloTls } = piece.session;
  const { ehlo: said } = heard(piece.attempt, ['rcpt 250 Ok'], { extensions: announced }).session;
  return { ...piece, session: { ...piece.session, ehlo: ehlo && said, ehloTls: ehloTls && said } };
};

/** Any run: at times one in which all is well with a few pieces changed. */
const run = fc
  .record({
    announced: extensions,
    base: fc.constantFrom<readonly Evidence[]>([], compliantRun()),
    pieces: fc.array(fc.oneof(anonymous, authenticated), { maxLength: 14 }),
  })
  .map(({ announced, base, pieces }) =>
    [...new Map([...base, ...pieces].map((piece) => [piece.attempt.key, piece])).values()].map((piece) =>
      announcing(piece, announced),
    ),
  );
const brief = fc
  .record({
    preset: fc.constantFrom(...PRESETS),
    rules: fc.constantFrom(['basic'], ['apple'], ['modern']),
    user: fc.constantFrom('alice', null),
  })
  .map(({ preset, rules, user }): Brief => briefOf(preset, { user }, rules));

const verdicts = ({ verdict: { relay, compliance } }: ServerReport): readonly string[] => [relay, compliance];

/** Everything that a report says, without the numbers that attempts have by their order. */
function told(report: ServerReport): unknown {
  const nameOf = new Map(report.attempts.map(({ id, ...rest }) => [id, JSON.stringify(rest)]));
  const names = (ids: readonly string[]): readonly string[] => ids.map((id) => nameOf.get(id) ?? id).sort();
  return {
    verdict: report.verdict,
    cells: report.sources.map(({ cells, relays }) => [
      relays,
      cells.map(({ attempts, ...cell }) => ({ ...cell, attempts: names(attempts) })),
    ]),
    findings: report.findings.map(({ rule, severity, breaksCompliance, confidence, sources }) => ({
      rule,
      severity,
      breaksCompliance,
      confidence,
      sources,
    })),
  };
}

/** What may happen to any piece of evidence on the way. */
const TROUBLE: readonly ((piece: Evidence) => Evidence)[] = [
  (piece) => skipped(piece.attempt),
  ...FAULTS.filter((kind) => kind !== 'tls-failed' && kind !== 'claim-refused').flatMap((kind) =>
    (['connect', 'greeting', 'helo', 'mail', 'rcpt'] as const).map(
      (stage) =>
        (piece: Evidence): Evidence =>
          heard(piece.attempt, [`${stage} !${kind}`]),
    ),
  ),
  (piece) => heard(piece.attempt, ['rcpt 450 4.2.0 Greylisted, try again later']),
  (piece) => heard(piece.attempt, ['greeting 421 4.3.2 Too busy']),
  (piece) => heard(piece.attempt, ['starttls !disconnected']),
];

const PASSES: readonly string[] = ['closed', 'compliant'];

/** Trouble may hide a fault; it may not turn what was open, or unknown, into a pass. */
function expectNoPass(before: ServerReport, after: ServerReport): void {
  for (const at of [0, 1] as const) {
    const [one = '', other = ''] = [verdicts(before)[at], verdicts(after)[at]];
    if (!PASSES.includes(one)) expect(PASSES).not.toContain(other);
  }
}

describe('a verdict', () => {
  it('does not depend on the order of the evidence', () => {
    fc.assert(
      fc.property(brief, run, fc.infiniteStream(fc.nat()), (policy, evidence, picks) => {
        const rest = [...evidence];
        const shuffled = evidence.flatMap(() => rest.splice((picks.next().value ?? 0) % rest.length, 1));
        expect(told(judge(policy, shuffled))).toEqual(told(judge(policy, evidence)));
      }),
      { numRuns: 400 },
    );
  });

  it('is not made better by trouble with what was asked', () => {
    fc.assert(
      fc.property(
        brief,
        run,
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...TROUBLE)), { minLength: 1, maxLength: 4 }),
        (policy, evidence, troubles) => {
          fc.pre(evidence.length > 0);
          const troubled = [...evidence];
          for (const [at, trouble] of troubles) {
            const piece = troubled[at % troubled.length];
            // What was not heard cannot be heard worse.
            if (piece?.fault === null) troubled[at % troubled.length] = trouble(piece);
          }
          expectNoPass(judge(policy, evidence), judge(policy, troubled));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('is not made better by attempts that were planned and not made', () => {
    fc.assert(
      fc.property(
        brief,
        run,
        fc.array(fc.oneof(anonymous, authenticated), { minLength: 1, maxLength: 4 }),
        (policy, evidence, more) => {
          const known = new Set(evidence.map(({ attempt }) => attempt.key));
          const added = more.filter(({ attempt }) => !known.has(attempt.key)).map(({ attempt }) => skipped(attempt));
          expectNoPass(judge(policy, evidence), judge(policy, [...evidence, ...added]));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is given for any evidence at all', () => {
    const odd = fc.record({
      piece: fc.oneof(anonymous, authenticated),
      text: fc.string({ unit: 'binary', maxLength: 30 }),
      code: fc.integer({ min: 0, max: 999 }),
      isStrange: fc.boolean(),
    });
    fc.assert(
      fc.property(brief, fc.array(odd, { maxLength: 10 }), (policy, pieces) => {
        const evidence = pieces.map(
          ({ piece, text, code, isStrange }): Evidence => ({
            ...piece,
            attempt: {
              ...piece.attempt,
              source: isStrange ? text : piece.attempt.source,
              forwardPath: text,
              reversePath: text,
            },
            exchanges: piece.exchanges.map((one) => ({
              ...one,
              sent: text,
              reply: isStrange ? null : { code, enhanced: null, text, lines: [text] },
            })),
            session: { ...piece.session, localAddress: text, seenAs: text },
          }),
        );
        const report = judge(policy, evidence);
        expect(['open', 'closed', 'inconclusive']).toContain(report.verdict.relay);
        expect(report.findings.every(({ message }) => typeof message === 'string')).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
