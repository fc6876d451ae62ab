import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAPS, createReplyParser, type Parsed } from '../../src/smtp/reply-parser.js';

/** Feed bytes in pieces and gather what came. */
function parse(bytes: Buffer | string, pieces: (whole: Buffer) => readonly Buffer[] = (whole) => [whole]): Parsed {
  const parser = createReplyParser();
  const replies: Parsed['replies'][number][] = [];
  let problem: string | null = null;
  for (const piece of pieces(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1'))) {
    const parsed = parser.push(piece);
    replies.push(...parsed.replies);
    problem = parsed.problem;
  }
  return { replies, problem };
}

describe('replies that are taken', () => {
  test.each([
    ['one line', '250 ok\r\n', [[250, null, 'ok']]],
    ['bare LF', '250 ok\n', [[250, null, 'ok']]],
    ['CR CR LF', '250 ok\r\r\n', [[250, null, 'ok']]],
    ['a bare code', '250\r\n', [[250, null, '']]],
    ['a code and a space', '250 \r\n', [[250, null, '']]],
    ['lines that end after the hyphen', '250-\r\n250-\r\n250 \r\n', [[250, null, '\n\n']]],
    ['a bare code that ends a reply', '250-a\r\n250\r\n', [[250, null, 'a\n']]],
    ['a tab after the code', '250\tok\r\n', [[250, null, 'ok']]],
    ['a greeting in two parts', '220-wait\r\n220 go\r\n', [[220, null, 'wait\ngo']]],
    [
      'two replies at once',
      '250 a\r\n550 b\r\n',
      [
        [250, null, 'a'],
        [550, null, 'b'],
      ],
    ],
    ['an enhanced status code', '550 5.7.1 no\r\n', [[550, '5.7.1', 'no']]],
    ['an enhanced status code alone', '250 2.1.0\r\n', [[250, '2.1.0', '']]],
    ['an enhanced status code on each line', '550-5.7.1 a\r\n550 5.7.1 b\r\n', [[550, '5.7.1', 'a\nb']]],
    ['of another class, as seen in the wild', '454 5.7.1 no\r\n', [[454, '5.7.1', 'no']]],
    ['an address is none', '220 2.3.4.5 ready\r\n', [[220, null, '2.3.4.5 ready']]],
    ['a version is none', '250 2.6.32-el6\r\n', [[250, null, '2.6.32-el6']]],
    ['a class that contradicts is none', '250 5.7.1 odd\r\n', [[250, null, '5.7.1 odd']]],
    ['class 3 does not exist', '354 3.0.0 go\r\n', [[354, null, '3.0.0 go']]],
    ['later in the text is none', '550 no 5.7.1\r\n', [[550, null, 'no 5.7.1']]],
    [
      'codes of any second digit',
      '599 x\r\n299 y\r\n',
      [
        [599, null, 'x'],
        [299, null, 'y'],
      ],
    ],
  ] as const)('%s', (_, bytes, expected) => {
    const { replies, problem } = parse(bytes);
    expect(problem).toBeNull();
    expect(replies.map((reply) => [reply.code, reply.enhanced, reply.text])).toEqual(expected);
  });

  test('keeps the lines as received, masked', () => {
    expect(parse('550-5.7.1 \x1b[2Ja\r\n550 \x00b\r\n').replies[0]).toEqual({
      code: 550,
      enhanced: '5.7.1',
      text: '\\x1b[2Ja\n\\x00b',
      lines: ['550-5.7.1 \\x1b[2Ja', '550 \\x00b'],
    });
  });

  test('decodes UTF-8 where it is valid, else Latin-1, line by line', () => {
    expect(parse(Buffer.from('550-für\r\n', 'utf8')).replies).toEqual([]);
    expect(
      parse(Buffer.concat([Buffer.from('550-für\r\n', 'utf8'), Buffer.from('550 für\r\n', 'latin1')])).replies[0]?.text,
    ).toBe('für\nfür');
    expect(parse(Buffer.from('550 \u202eevil\r\n', 'utf8')).replies[0]?.text).toBe('\\u202eevil');
  });

  test('says whether it is in the middle of a reply', () => {
    const parser = createReplyParser();
    const states = ['', '2', '50-a\r\n', '250 b', '\r\n'].map((piece) => {
      parser.push(Buffer.from(piece));
      return parser.isMidReply();
    });
    expect(states).toEqual([false, true, true, true, false]);
  });
});

describe('what ends the reading', () => {
  test.each([
    ['a code that changes within a reply', '250-a\r\n550 b\r\n', /changes from 250 to 550/],
    ['text where a code should be', 'foo bar\r\n', /text where a reply code/],
    ['an empty line', '\r\n', /text where a reply code/],
    ['a code of four digits', '2500 a\r\n', /text where a reply code/],
    ['no separator', '250ok\r\n', /text where a reply code/],
    ['a space before the code', ' 250 ok\r\n', /text where a reply code/],
    ['digits that only look like digits', '٢٥٠ ok\r\n', /text where a reply code/],
    ['a code below 200', '199 x\r\n', /outside 200 to 599/],
    ['a code above 599', '600 x\r\n', /outside 200 to 599/],
    ['text inside of a reply', '250-a\r\nb\r\n', /text where a reply code/],
  ])('%s', (_, bytes, expected) => {
    const { replies, problem } = parse(Buffer.from(bytes, 'utf8'));
    expect(problem).toMatch(expected);
    expect(replies).toEqual([]);
  });

  test('replies before it count, replies after it do not, and the problem stays', () => {
    const parser = createReplyParser();
    const first = parser.push(Buffer.from('250 a\r\nrubbish\r\n250 b\r\n'));
    expect(first.replies.map((reply) => reply.text)).toEqual(['a']);
    expect(parser.push(Buffer.from('250 c\r\n'))).toEqual({ replies: [], problem: first.problem });
  });

  test('the text of a problem is masked and short', () => {
    expect(parse(`\x1b]0;${'x'.repeat(2_000)}\r\n`).problem).toMatch(
      /^text where a reply code should be: "\\x1b\]0;x{1,80}"$/,
    );
  });
});

describe('limits', () => {
  const lineOf = (octets: number): string => `250 ${'x'.repeat(octets - 4)}`;
  test.each([
    ['a line of the greatest length', `${lineOf(CAPS.line)}\r\n`, 1, null],
    ['the same with bare LF', `${lineOf(CAPS.line)}\n`, 1, null],
    ['a line one byte longer', `${lineOf(CAPS.line + 1)}\r\n`, 0, /more than 2048 bytes/],
    ['a line without end', 'x'.repeat(CAPS.line + 2), 0, /more than 2048 bytes/],
    ['512 lines', `${'250-x\r\n'.repeat(511)}250 x\r\n`, 1, null],
    ['513 lines', `${'250-x\r\n'.repeat(512)}250 x\r\n`, 0, /more than 512 lines/],
  ])('%s', (_, bytes, count, problem) => {
    for (const pieces of [
      (whole: Buffer) => [whole],
      (whole: Buffer) => [...whole].map((byte) => Buffer.from([byte])),
    ]) {
      const parsed = parse(bytes, pieces);
      expect(parsed.replies).toHaveLength(count);
      if (problem === null) expect(parsed.problem).toBeNull();
      else expect(parsed.problem).toMatch(problem);
    }
  });

  test('a session of 1 MiB, and not one byte more', () => {
    const reply = Buffer.from(`250 ${'x'.repeat(1018)}\r\n`);
    const parser = createReplyParser();
    const whole = Buffer.concat(Array.from({ length: CAPS.session / reply.length }, () => reply));
    expect(parser.push(whole)).toMatchObject({ problem: null });
    expect(parser.push(Buffer.alloc(0)).problem).toBeNull();
    expect(parser.push(Buffer.from('2')).problem).toMatch(/1048576 bytes in one session/);
  });
});

describe('any stream, cut anywhere', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '250 ok\r\n',
      '250-a\r\n',
      '250\n',
      '550 5.7.1 no\r\n',
      '250-',
      '\r',
      '\n',
      '\r\n',
      '4',
      '220 ü\r\n',
      'x'.repeat(1_020),
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const stream = fc.array(
    fc.oneof(
      piece.map((text) => Buffer.from(text, 'utf8')),
      fc.uint8Array({ maxLength: 12 }),
    ),
    { maxLength: 30 },
  );

  test('gives the same replies and the same problem, and never throws', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 20 }), (parts, sizes) => {
        const bytes = Buffer.concat(parts);
        const cuts = (whole: Buffer): readonly Buffer[] => {
          const pieces: Buffer[] = [];
          for (let [at, turn] = [0, 0]; at < whole.length; turn += 1) {
            const size = Math.max(sizes[turn % sizes.length] ?? 1, turn % sizes.length === 0 ? 1 : 0);
            pieces.push(whole.subarray(at, at + size));
            at += size;
          }
          return pieces;
        };
        expect(parse(bytes, cuts)).toEqual(parse(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test('what it gives is always within the model, and masked', () => {
    fc.assert(
      fc.property(stream, (parts) => {
        for (const reply of parse(Buffer.concat(parts)).replies) {
          expect(reply.code).toBeGreaterThanOrEqual(200);
          expect(reply.code).toBeLessThanOrEqual(599);
          expect(reply.lines.length).toBeGreaterThanOrEqual(1);
          expect(reply.text.split('\n')).toHaveLength(reply.lines.length);
          expect(reply.lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});
