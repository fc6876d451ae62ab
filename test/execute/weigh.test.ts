// What a batch is worth, by what was said in it: which answers stand, which are asked again, which acceptances are doubted.
import { describe, expect, test } from 'vitest';
import { type Conversation, type Item, type Sentinel, weigh } from '../../src/execute/weigh.js';
import type { Attempt } from '../../src/model/attempt.js';
import type { Reply } from '../../src/model/reply.js';
import type { Heard } from '../../src/smtp/channel.js';
import { probe } from '../judge/evidence.js';

const SENTINEL: Sentinel = {
  mail: 'MAIL FROM:<stranger@canary.example.net>',
  foreign: 'RCPT TO:<relaytest@canary.example.net>',
  local: 'RCPT TO:<alice@corp.test>',
  foreignReason: 'relay-denied',
  localReason: 'accepted',
};
const DENIED = '554 5.7.1 Relay access denied';
const OK = '250 2.1.5 Ok';

/** A transaction with a recipient for each name, and what MAIL and they were told; `-`: not sent. */
type Told = readonly [mail: string, ...recipients: (readonly [name: string, reply: string])[]];

const replyOf = (text: string): Reply => ({
  code: Number(text.slice(0, 3)),
  enhanced: /^\d{3} (\d\.\d+\.\d+)/.exec(text)?.[1] ?? null,
  text: text.slice(4),
  lines: [text],
});

function heardOf({ stage, text }: Item, told: string): Heard | null {
  if (told === '-') return null;
  return { exchange: { stage, sent: text, reply: replyOf(told), elapsedMs: 1, secret: false }, fault: null };
}

interface Said extends Partial<Omit<Conversation, 'transactions' | 'items' | 'heards'>> {
  readonly told: readonly Told[];
  /** What the sentinel was told: MAIL, foreign, local. */
  readonly sentinel?: readonly [string, string, string];
  /** How many replies came before the session ended. */
  readonly replies?: number;
}

/** Weigh what was said; names stand for the attempts of the same technique. */
function weighed({ told, sentinel = ['250 Ok', DENIED, OK], replies, ...others }: Said, against = SENTINEL) {
  const attemptOf = (technique: string): Attempt => probe({ technique, key: technique });
  const lines: (readonly [Item, string])[] = [];
  const transactions = told.map(([mail, ...recipients], transaction) => {
    const from = `MAIL FROM:<${transaction}@canary.example.net>`;
    if (transaction > 0) lines.push([{ text: 'RSET', stage: 'helo', transaction, attempt: null }, '250 Ok']);
    lines.push([{ text: from, stage: 'mail', transaction, attempt: null }, mail]);
    const attempts = recipients.map(([name, reply]) => {
      const attempt = attemptOf(name);
      lines.push([{ text: `RCPT TO:<${name}@canary.example.net>`, stage: 'rcpt', transaction, attempt }, reply]);
      return attempt;
    });
    return { mail: from, attempts };
  });
  const transaction = told.length;
  const [mail, foreign, local] = sentinel;
  lines.push([{ text: 'RSET', stage: 'helo', transaction, attempt: null }, '250 Ok']);
  lines.push([{ text: against.mail, stage: 'mail', transaction, attempt: null }, mail]);
  lines.push([{ text: against.foreign, stage: 'rcpt', transaction, attempt: null }, foreign]);
  lines.push([{ text: against.local, stage: 'rcpt', transaction, attempt: null }, local]);
  const heards = lines.map(([item, reply]) => heardOf(item, reply)).slice(0, replies ?? lines.length);
  const result = weigh(
    {
      transactions,
      items: lines.map(([item]) => item),
      heards,
      isPipelining: true,
      isSlow: false,
      isBroken: false,
      preamble: [],
      before: [],
      ...others,
    },
    against,
  );
  return {
    sign: result.sign,
    answered: result.answered.map(({ attempt }) => attempt.technique),
    again: result.again.map(({ technique }) => technique),
    doubted: result.doubted.map(({ attempt }) => attempt.technique),
    result,
  };
}

const REFUSED: Told = ['250 Ok', ['a', DENIED], ['b', DENIED]];

describe('a batch that its sentinel bears out', () => {
  test('is answered', () => {
    const { result, ...rest } = weighed({ told: [REFUSED, ['250 Ok', ['c', '550 No such user']]] });
    expect(rest).toEqual({ sign: null, answered: ['a', 'b', 'c'], again: [], doubted: [] });
    expect(result.acceptedMail).toHaveLength(2);
  });

  test('what stands behind an accepted recipient of its transaction is asked again, others are not', () => {
    const told: Told[] = [
      ['250 Ok', ['a', DENIED], ['b', OK], ['c', DENIED]],
      ['250 Ok', ['d', DENIED]],
    ];
    expect(weighed({ told })).toMatchObject({ sign: null, answered: ['a', 'b', 'd'], again: ['c'], doubted: [] });
  });

  test('a refused MAIL answers for its recipients, whatever they are told', () => {
    const told: Told[] = [['553 5.7.1 sender rejected', ['a', '503 5.5.1 need MAIL'], ['b', '-']]];
    const { result, ...rest } = weighed({ told });
    expect(rest).toEqual({ sign: null, answered: ['a', 'b'], again: [], doubted: [] });
    expect(result.answered.map(({ refusedMail }) => refusedMail?.reply?.code)).toEqual([553, 553]);
  });

  test('a MAIL that is put off is no refusal for good', () => {
    const { result } = weighed({ told: [['451 4.7.1 try again later', ['a', '503 5.5.1 need MAIL']]] });
    expect(result.answered.map(({ refusedMail }) => refusedMail)).toEqual([null]);
  });

  test('the first of a session is fresh, and what was asked before a transaction is told', () => {
    const first = weighed({ told: [REFUSED, ['250 Ok', ['c', DENIED]]], before: null }).result.answered;
    expect(first.map(({ isFresh, predecessors }) => [isFresh, predecessors.length])).toEqual([
      [true, 0],
      [false, 0],
      [false, 4],
    ]);
    const later = weighed({ told: [REFUSED] }).result.answered;
    expect(later.map(({ isFresh }) => isFresh)).toEqual([false, false]);
  });
});

describe.each<[string, Said, string]>([
  ['421', { told: [['250 Ok', ['a', DENIED], ['b', '421 4.7.0 bye']]] }, 'server-busy'],
  ['words about errors', { told: [['250 Ok', ['a', DENIED], ['b', '550 too many errors']]] }, 'too-many-errors'],
  ['out of sequence', { told: [['250 Ok', ['a', '503 5.5.1 need MAIL'], ['b', DENIED]]] }, 'bad-sequence'],
  ['a farewell in place of a reply', { told: [REFUSED], sentinel: ['250 Ok', OK, '221 2.0.0 bye'] }, 'disconnected'],
  ['a server that takes its time', { told: [REFUSED], isSlow: true }, 'slow'],
  ['an end in the middle', { told: [REFUSED], replies: 5 }, 'disconnected'],
  ['a reply too many', { told: [REFUSED], isBroken: true }, 'protocol-error'],
  ['a local recipient that is refused', { told: [REFUSED], sentinel: ['250 Ok', DENIED, DENIED] }, 'sentinel'],
  ['a foreign recipient that is taken', { told: [REFUSED], sentinel: ['250 Ok', OK, OK] }, 'sentinel'],
  ['a refused MAIL of the sentinel', { told: [REFUSED], sentinel: ['550 no', '503 x', '503 x'] }, 'sentinel'],
])('%s', (_, said, sign) => {
  test('is a sign, and nothing of a segment stands', () => {
    const got = weighed(said);
    expect(got.sign).toBe(sign);
    expect(got).toMatchObject({ answered: [], again: ['a', 'b'], doubted: [] });
    expect(got.result.acceptedMail).toEqual([]);
  });
});

describe('line by line', () => {
  test('what a slow server said stands, up to where it was given up', () => {
    const got = weighed({ told: [REFUSED], isPipelining: false, isSlow: true, replies: 2 });
    expect(got).toMatchObject({ sign: 'slow', answered: ['a'], again: ['b'] });
  });

  test('after any other sign, what was accepted in a fresh session is doubted', () => {
    const told: Told[] = [['250 Ok', ['a', OK], ['b', DENIED]]];
    const said: Said = { told, isPipelining: false, before: null, sentinel: ['250 Ok', DENIED, DENIED] };
    expect(weighed(said)).toMatchObject({ sign: 'sentinel', answered: [], again: ['b'], doubted: ['a'] });
  });

  test('after any other sign, what was refused in a fresh session stands', () => {
    const said: Said = { told: [REFUSED], isPipelining: false, sentinel: ['250 Ok', DENIED, DENIED] };
    expect(weighed(said)).toMatchObject({ sign: 'sentinel', answered: [], again: ['a', 'b'] });
    expect(weighed({ ...said, before: null })).toMatchObject({ sign: 'sentinel', answered: ['a'], again: ['b'] });
  });
});

describe('an acceptance that is not borne out', () => {
  const told: Told[] = [['250 Ok', ['a', DENIED], ['b', OK]]];

  test('is doubted where each reply belongs to its line', () => {
    const foreign: Said = { told, sentinel: ['250 Ok', '550 5.7.1 listed by a block list', OK] };
    expect(weighed(foreign)).toMatchObject({ sign: 'sentinel', answered: [], again: ['a'], doubted: ['b'] });
    const cut: Said = { told, isPipelining: false, replies: 4 };
    expect(weighed(cut)).toMatchObject({ sign: 'disconnected', again: ['a'], doubted: ['b'] });
  });

  test('is nothing where the segment may be out of step', () => {
    const local: Said = { told, sentinel: ['250 Ok', DENIED, DENIED] };
    expect(weighed(local)).toMatchObject({ sign: 'sentinel', answered: [], again: ['a', 'b'], doubted: [] });
  });
});

describe('a sentinel that no fresh session has told of', () => {
  const unknown: Sentinel = { ...SENTINEL, foreignReason: null, localReason: null };

  test('is borne out by anything', () => {
    expect(weighed({ told: [REFUSED], sentinel: ['250 Ok', OK, DENIED] }, unknown).sign).toBeNull();
  });

  test('is held against its first occurrence in the batch, from the same reverse-path', () => {
    const inBatch = { ...unknown, mail: 'MAIL FROM:<0@canary.example.net>', foreign: 'RCPT TO:<a@canary.example.net>' };
    expect(weighed({ told: [REFUSED] }, inBatch).sign).toBeNull();
    expect(weighed({ told: [REFUSED], sentinel: ['250 Ok', OK, OK] }, inBatch).sign).toBe('sentinel');
    const another = { ...inBatch, mail: 'MAIL FROM:<other@canary.example.net>' };
    expect(weighed({ told: [REFUSED], sentinel: ['250 Ok', OK, OK] }, another).sign).toBeNull();
  });
});
