// The classifier: the two corpora as marks, what must hold for any reply as properties, and what tells confidence.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../src/model/reason.js';
import { STAGES, type Stage } from '../../src/model/reply.js';
import { classifyReply } from '../../src/replies/classify.js';
import { DENIALS, readCorpus, type Sample, score, showScores } from '../bench/corpus.js';

const CORPORA = ['corpus', 'held-out'] as const;

describe.each(CORPORA)('%s', (name) => {
  const samples = readCorpus(name);

  it('holds replies of every kind', () => {
    expect(samples.length).toBeGreaterThan(120);
    for (const { stage, reason } of samples) {
      expect([...STAGES, 'any']).toContain(stage);
      expect(REASONS).toContain(reason);
    }
  });

  it.each([true, false])('is read right in 98 of 100 replies, denials without fault (product known: %s)', (known) => {
    const result = score(samples, known);
    const shown = showScores([{ title: name, score: result }]);
    expect(result.right / result.total, shown).toBeGreaterThanOrEqual(0.98);
    for (const reason of DENIALS) expect(result.of(reason), shown).toMatchObject({ falsely: 0, missed: 0 });
  });

  it('is read the same in upper case, with line ends, as one text, and with a blank line before', () => {
    for (const { stage, reply } of samples) {
      const { reason } = classifyReply({ stage, reply });
      const again = [
        reply.map((line) => line.toUpperCase()),
        reply.map((line) => `${line}\r\n`),
        [reply.join('\n')],
        ['', ...reply],
      ];
      for (const form of again) expect(classifyReply({ stage, reply: form }).reason, form.join('/')).toBe(reason);
    }
  });

  it('reads denials under the name of a product that does not answer so', () => {
    for (const { stage, reply, reason } of samples.filter(isDenial)) {
      expect(classifyReply({ stage, reply, product: 'Exim' }).reason, reply.join('/')).toBe(reason);
      expect(classifyReply({ stage, reply, product: 'no such server' }).reason, reply.join('/')).toBe(reason);
    }
  });
});

const isDenial = ({ reason }: Sample): boolean => DENIALS.some((denial) => denial === reason);

describe('a single reply', () => {
  it.each<[Stage | 'any', string[], string, string | null, string]>([
    ['rcpt', ['454 4.7.1 <x@y.example>: Relay access denied'], 'relay-denied', 'Postfix', 'high'],
    ['rcpt', ['550 5.7.1 Sorry, no relaying here'], 'relay-denied', null, 'medium'],
    ['rcpt', ['250 2.1.5 Ok'], 'accepted', null, 'high'],
    ['rcpt', ['550 5.1.1'], 'unknown-recipient', null, 'low'],
    ['rcpt', ['550 xyzzy'], 'unclassified', null, 'low'],
    ['rcpt', ['550'], 'unclassified', null, 'low'],
    ['rcpt', [], 'unclassified', null, 'low'],
    ['any', ['Too many invalid commands. Bye!'], 'too-many-errors', 'hMailServer', 'high'],
    ['rcpt', ['550-relay not permitted', 'see our site'], 'relay-denied', 'Exim', 'high'],
    ['greeting', ['554 5.7.1 Sorry, no relaying here'], 'client-blocked', null, 'medium'],
    ['helo', ['550 5.7.1 Sorry, no relaying here'], 'greeting-rejected', null, 'medium'],
    ['rcpt', ['250 ok', '550 no'], 'protocol-error', null, 'low'],
    ['rcpt', ['354 go ahead'], 'protocol-error', null, 'high'],
    ['any', ['221 2.7.0 Error: I can break rules, too. Goodbye.'], 'protocol-error', null, 'high'],
    ['any', ['252 2.1.5 Cannot VRFY user'], 'not-implemented', null, 'high'],
  ])('at %s %j is %s', (stage, reply, reason, product, confidence) => {
    expect(classifyReply({ stage, reply })).toEqual({ reason, product, confidence });
  });

  it.each([
    '421 mail.example You talk too soon',
    '554 SMTP synchronization error',
    '521 5.5.1 Protocol error',
    '550 5.5.0 Pipelining not allowed here',
  ])('that calls a PROXY header talk before its time has not read it: %s', (line) => {
    expect(classifyReply({ stage: 'proxy', reply: [line] }).reason).toBe('claim-refused');
    expect(classifyReply({ stage: 'greeting', reply: [line] }).reason).not.toBe('claim-refused');
  });

  it('names the product it was told, in its own spelling', () => {
    const reply = ['550 xyzzy'];
    expect(classifyReply({ stage: 'rcpt', reply, product: 'qmail (sagredo/netqmail patches)' }).product).toBe('qmail');
    expect(classifyReply({ stage: 'rcpt', reply, product: 'some MTA' }).product).toBe('some MTA');
  });

  it('does not trust the codes of a server that stamps them', () => {
    const reply = ['550 5.1.1 Sorry, not today'];
    expect(classifyReply({ stage: 'rcpt', reply }).reason).toBe('unknown-recipient');
    expect(classifyReply({ stage: 'rcpt', reply, product: 'smtp-server' }).reason).toBe('unclassified');
  });

  it('reads a build of Postfix as Postfix', () => {
    const reply = ['450 4.7.1 <x@y.example>: Recipient address rejected: Try again later'];
    expect(classifyReply({ stage: 'rcpt', reply, product: 'Zimbra' })).toEqual({
      reason: 'temporary-failure',
      product: 'Zimbra',
      confidence: 'high',
    });
  });
});

const stage = fc.constantFrom<Stage | 'any'>(...STAGES, 'any');
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('relay denied', 'user unknown', ''));
const coded = (low: number, high: number) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.constantFrom(' ', '-'), text).map(
    ([code, mark, said]) =>
      // A line feed would begin another line, which may bear another code.
      `${code}${mark}${said.replace(/[\r\n]/g, ' ')}`,
  );
const product = fc.constantFrom(undefined, 'Postfix', 'Exim', 'Haraka', 'qmail', 'Exchange', 'x');
const ask = (at: Stage | 'any', reply: readonly string[], name: string | undefined) =>
  classifyReply({ stage: at, reply, ...(name === undefined ? {} : { product: name }) }).reason;

describe('for any reply', () => {
  it('never throws and gives a reason of the list', () => {
    fc.assert(
      fc.property(stage, fc.array(fc.oneof(text, coded(0, 999))), product, (at, reply, name) => {
        expect(REASONS).toContain(ask(at, reply, name));
      }),
      { numRuns: 500 },
    );
  });

  it('never reads an acceptance of MAIL, RCPT, DATA or a message as anything else', () => {
    const accepting = fc.constantFrom<Stage>('mail', 'rcpt', 'data', 'message');
    const yes = coded(200, 299).filter((line) => !line.startsWith('221'));
    fc.assert(
      fc.property(accepting, yes, product, (at, line, name) => {
        expect(ask(at, [line], name)).toBe('accepted');
      }),
    );
  });

  it('never reads a refusal, or a line without a code, as an acceptance', () => {
    const no = fc.oneof(
      coded(400, 599),
      text.filter((said) => !/(?:^|[\r\n])\s*[23]\d\d/.test(said)),
    );
    fc.assert(
      fc.property(stage, fc.array(no, { minLength: 1 }), product, (at, reply, name) => {
        expect(ask(at, reply, name)).not.toBe('accepted');
      }),
    );
  });

  it('is not moved by what stands in an address', () => {
    const templates = [...readCorpus('corpus'), ...readCorpus('held-out')].filter(({ reply }) =>
      reply.some((line) => /<[^<>@\s]+@[^<>@\s]+>/.test(line)),
    );
    const loaded = fc.constantFrom(
      'relay-denied',
      'relay access denied',
      'authentication-required',
      '"authentication required"',
      'user.unknown',
      'greylisted',
      'spamhaus',
      'open-relay',
      '550',
    );
    const domain = fc.constantFrom('canary.example', 'relay-denied.example', 'zen.spamhaus.org', '[192.0.2.25]', 'x');
    fc.assert(
      fc.property(fc.constantFrom(...templates), loaded, domain, ({ stage: at, reply, reason }, local, host) => {
        const renamed = reply.map((line) => line.replace(/<[^<>@\s]+@[^<>@\s]+>/g, () => `<${local}@${host}>`));
        expect(classifyReply({ stage: at, reply: renamed }).reason, renamed.join('/')).toBe(reason);
      }),
      { numRuns: 400 },
    );
  });
});
