import { describe, expect, test } from 'vitest';
import { linesOf } from '../../fixtures/hostile/server.js';
import { line } from '../../src/smtp/line.js';
import { type AuthenticateOptions, type Authentication, authenticate, converse, cramMd5 } from '../../src/smtp/sasl.js';
import { ODD_AUTHENTICATIONS, oddDialogue } from '../../src/smtp/sasl-odd.js';
import { withDialogue } from './channel-at.js';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

interface Case {
  readonly title: string;
  readonly options: AuthenticateOptions;
  /** What goes over the wire, greeting left out. */
  readonly dialogue: string;
  /** Code of the last reply, null where none came. */
  readonly code: number | null;
  /** Kind of the fault, and what its detail says. */
  readonly fault?: readonly [string, RegExp];
}

const tim = { user: 'tim', password: 'tanstaaftanstaaf' };
const TIM = 'AHRpbQB0YW5zdGFhZnRhbnN0YWFm';
const [TIM_NAME, TIM_WORD] = ['dGlt', 'dGFuc3RhYWZ0YW5zdGFhZg=='];

const CASES: readonly Case[] = [
  {
    title: 'PLAIN with an initial response (RFC 4616 section 4)',
    options: { mechanism: 'PLAIN', ...tim },
    dialogue: ` -> AUTH PLAIN ${TIM}\n<-  235 2.7.0 ok`,
    code: 235,
  },
  {
    title: 'PLAIN after the empty challenge (RFC 4954 section 4.1)',
    options: { mechanism: 'PLAIN', ...tim, initialResponse: false },
    dialogue: ` -> AUTH PLAIN\n<-  334 \n -> ${TIM}\n<-  235 2.7.0 ok`,
    code: 235,
  },
  {
    title: 'PLAIN, a bare 334',
    options: { mechanism: 'PLAIN', ...tim, initialResponse: false },
    dialogue: ` -> AUTH PLAIN\n<-  334\n -> ${TIM}\n<-  535 5.7.8 no`,
    code: 535,
  },
  {
    title: 'PLAIN, 334 with text that is not base64',
    options: { mechanism: 'PLAIN', ...tim, initialResponse: false },
    dialogue: ` -> AUTH PLAIN\n<-  334 go on, please\n -> ${TIM}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'PLAIN, a server that overlooks the initial response',
    options: { mechanism: 'PLAIN', ...tim },
    dialogue: ` -> AUTH PLAIN ${TIM}\n<-  334 \n -> ${TIM}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'PLAIN, a server that takes no initial response',
    options: { mechanism: 'PLAIN', ...tim },
    dialogue: ` -> AUTH PLAIN ${TIM}\n<-  501 5.5.4 Syntax: AUTH mechanism\n -> AUTH PLAIN\n<-  334 \n -> ${TIM}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'PLAIN, a server that takes it neither way',
    options: { mechanism: 'PLAIN', ...tim },
    dialogue: ` -> AUTH PLAIN ${TIM}\n<-  501 no\n -> AUTH PLAIN\n<-  334 \n -> ${TIM}\n<-  501 no`,
    code: 501,
  },
  {
    title: 'PLAIN, a refusal that is not about syntax',
    options: { mechanism: 'PLAIN', ...tim },
    dialogue: ` -> AUTH PLAIN ${TIM}\n<-  535 5.7.8 no`,
    code: 535,
  },
  {
    title: 'PLAIN for another identity (RFC 4616 section 4)',
    options: { mechanism: 'PLAIN', user: 'Kurt', password: 'xipj3plmq', authzid: 'Ursel' },
    dialogue: ` -> AUTH PLAIN ${base64('Ursel\0Kurt\0xipj3plmq')}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'PLAIN in UTF-8',
    options: { mechanism: 'PLAIN', user: 'jürgen', password: 'pässwörd€' },
    dialogue: ` -> AUTH PLAIN ${base64('\0jürgen\0pässwörd€')}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'PLAIN with an empty password',
    options: { mechanism: 'PLAIN', user: 'tim', password: '' },
    dialogue: ` -> AUTH PLAIN ${base64('\0tim\0')}\n<-  535 no`,
    code: 535,
  },
  {
    title: 'PLAIN, a response too long for a command goes after the challenge',
    options: { mechanism: 'PLAIN', user: 'tim', password: 'x'.repeat(400) },
    dialogue: ` -> AUTH PLAIN\n<-  334 \n -> ${base64(`\0tim\0${'x'.repeat(400)}`)}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'PLAIN, a response of 12,288 octets',
    options: { mechanism: 'PLAIN', user: 'tim', password: 'x'.repeat(9_211) },
    dialogue: ` -> AUTH PLAIN\n<-  334 \n -> ${base64(`\0tim\0${'x'.repeat(9_211)}`)}\n<-  500 5.5.6 too long`,
    code: 500,
  },
  {
    title: '235 before the exchange ended',
    options: { mechanism: 'PLAIN', ...tim, initialResponse: false },
    dialogue: ' -> AUTH PLAIN\n<-  235 ok',
    code: 235,
  },
  {
    title: 'PLAIN, 334 without end is cancelled',
    options: { mechanism: 'PLAIN', ...tim, initialResponse: false },
    dialogue: ` -> AUTH PLAIN\n<-  334 \n -> ${TIM}\n<-  334 \n -> *\n<-  501 5.7.0 cancelled`,
    code: 501,
    fault: ['protocol-error', /asks on/],
  },
  {
    title: '334 even to the cancellation',
    options: { mechanism: 'CRAM-MD5', ...tim },
    dialogue: ' -> AUTH CRAM-MD5\n<-  334 <not base64>\n -> *\n<-  334 ',
    code: 334,
    fault: ['protocol-error', /not base64/],
  },
  {
    title: 'LOGIN with the usual prompts',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 VXNlcm5hbWU6\n -> ${TIM_NAME}\n<-  334 UGFzc3dvcmQ6\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN with the prompts of its draft',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 ${base64('User Name\0')}\n -> ${TIM_NAME}\n<-  334 ${base64('Password\0')}\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN with prompts in another language',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 ${base64('Benutzer:')}\n -> ${TIM_NAME}\n<-  334 ${base64('Kennwort:')}\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN with prompts that are not base64',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 Username:\n -> ${TIM_NAME}\n<-  334 Password:\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN with empty prompts',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 \n -> ${TIM_NAME}\n<-  334\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN, the same prompt twice',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 VXNlcm5hbWU6\n -> ${TIM_NAME}\n<-  334 VXNlcm5hbWU6\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN, the password first',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 UGFzc3dvcmQ6\n -> ${TIM_WORD}\n<-  334 VXNlcm5hbWU6\n -> ${TIM_NAME}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN with the user name as initial response',
    options: { mechanism: 'LOGIN', ...tim, initialResponse: true },
    dialogue: ` -> AUTH LOGIN ${TIM_NAME}\n<-  334 UGFzc3dvcmQ6\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN, a server that overlooks it',
    options: { mechanism: 'LOGIN', ...tim, initialResponse: true },
    dialogue: ` -> AUTH LOGIN ${TIM_NAME}\n<-  334 VXNlcm5hbWU6\n -> ${TIM_NAME}\n<-  334 UGFzc3dvcmQ6\n -> ${TIM_WORD}\n<-  235 ok`,
    code: 235,
  },
  {
    title: 'LOGIN, an empty user name as initial response is `=`, an empty password an empty line',
    options: { mechanism: 'LOGIN', user: '', password: '', initialResponse: true },
    dialogue: ' -> AUTH LOGIN =\n<-  334 UGFzc3dvcmQ6\n -> \n<-  535 no',
    code: 535,
  },
  {
    title: 'LOGIN, 334 without end',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ` -> AUTH LOGIN\n<-  334 a\n -> ${TIM_NAME}\n<-  334 b\n -> ${TIM_WORD}\n<-  334 c\n -> *\n<-  501 ok`,
    code: 501,
    fault: ['protocol-error', /asks on/],
  },
  {
    title: 'CRAM-MD5 (RFC 2195 section 2)',
    options: { mechanism: 'CRAM-MD5', ...tim },
    dialogue: [
      ' -> AUTH CRAM-MD5',
      '<-  334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+',
      ' -> dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw',
      '<-  235 ok',
    ].join('\n'),
    code: 235,
  },
  {
    title: 'CRAM-MD5, a challenge that is not base64',
    options: { mechanism: 'CRAM-MD5', ...tim },
    dialogue: ' -> AUTH CRAM-MD5\n<-  334 <1896.697@postoffice.example>\n -> *\n<-  501 cancelled',
    code: 501,
    fault: ['protocol-error', /challenge is not base64: <1896/],
  },
  {
    title: 'CRAM-MD5, 334 after the response',
    options: { mechanism: 'CRAM-MD5', user: 'u', password: 'p' },
    dialogue: ` -> AUTH CRAM-MD5\n<-  334 ${base64('<1@a>')}\n -> ANY\n<-  334 \n -> *\n<-  501 cancelled`,
    code: 501,
    fault: ['protocol-error', /asks on/],
  },
  ...[432, 454, 503, 504, 530, 534, 535, 538].map(
    (code): Case => ({
      title: `${code} at once`,
      options: { mechanism: 'PLAIN', ...tim },
      dialogue: ` -> AUTH PLAIN ${TIM}\n<-  ${code} no`,
      code,
    }),
  ),
  ...[421, 432, 454, 534, 535].map(
    (code): Case => ({
      title: `${code} in the middle`,
      options: { mechanism: 'LOGIN', ...tim },
      dialogue: ` -> AUTH LOGIN\n<-  334 VXNlcm5hbWU6\n -> ${TIM_NAME}\n<-  ${code} no${code === 421 ? '\n=== close' : ''}`,
      code,
    }),
  ),
  {
    title: 'a line that is cut in the middle',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ' -> AUTH LOGIN\n=== close',
    code: null,
    fault: ['disconnected', /closed the connection/],
  },
  {
    title: 'rubbish in the middle',
    options: { mechanism: 'LOGIN', ...tim },
    dialogue: ' -> AUTH LOGIN\n<-  VXNlcm5hbWU6',
    code: null,
    fault: ['protocol-error', /text where a reply code should be/],
  },
];

const run = (dialogue: string, use: Parameters<typeof withDialogue<Authentication>>[1]): Promise<Authentication> =>
  withDialogue(`<-  220 mx.example ESMTP\n${dialogue}`, use);

describe('authenticate', () => {
  test.each(CASES)('$title', async ({ options, dialogue, code, fault }) => {
    const seen: string[] = [];
    const result = await run(dialogue, async (channel, server) => {
      const authentication = await authenticate(channel, options);
      seen.push(...server.seen);
      return authentication;
    });
    expect(seen.map((one, at) => (linesOf(dialogue)[at] === 'ANY' ? 'ANY' : one))).toEqual(linesOf(dialogue));
    expect(result.reply?.code ?? null).toBe(code);
    if (fault === undefined) expect(result.fault).toBeNull();
    else {
      expect(result.fault?.kind).toBe(fault[0]);
      expect(result.fault?.detail).toMatch(fault[1]);
    }
    // Evidence: one exchange a line, all of them secret, none that gives anything away.
    expect(result.heards).toHaveLength(seen.length);
    expect(result.heards.every((heard) => heard.exchange.secret && heard.exchange.stage === 'auth')).toBe(true);
    const shown = result.heards.map((heard) => heard.exchange.sent ?? '').join('\n');
    for (const secret of result.secrets) expect(shown).not.toContain(secret);
    expect(shown).toMatch(
      /^(?:AUTH (?:PLAIN|LOGIN|CRAM-MD5)(?: \[withheld\])?|\[(?:response|password|user name) withheld\]|\*|\n)+$/,
    );
  });

  test('the session goes on after a cancelled exchange, and its next reply is secret too', async () => {
    const dialogue =
      '<-  220 hi\n -> AUTH CRAM-MD5\n<-  334 ?\n -> *\n<-  501 ok\n -> NOOP\n<-  250 a\n -> NOOP\n<-  250 b';
    const heards = await withDialogue(dialogue, async (channel) => {
      await authenticate(channel, { mechanism: 'CRAM-MD5', ...tim });
      return [
        await channel.send([{ stage: 'mail', line: line('NOOP') }]),
        await channel.send([{ stage: 'mail', line: line('NOOP') }]),
      ].flat();
    });
    expect(heards.map(({ exchange }) => [exchange.reply?.text, exchange.secret])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  test('tells the challenge of CRAM-MD5 by its hash, and no other', async () => {
    const of = (challenge: string): Promise<Authentication> =>
      run(` -> AUTH CRAM-MD5\n<-  334 ${challenge}\n -> x\n<-  535 no`, (channel) =>
        authenticate(channel, { mechanism: 'CRAM-MD5', ...tim }),
      );
    const [one, same, other] = [await of(base64('<1@a>')), await of(base64('<1@a>')), await of(base64('<2@a>'))];
    expect(one.challenge).toMatch(/^[0-9a-f]{64}$/);
    expect(same.challenge).toBe(one.challenge);
    expect(other.challenge).not.toBe(one.challenge);
    expect(
      (
        await run(` -> AUTH PLAIN ${TIM}\n<-  235 ok`, (channel) =>
          authenticate(channel, { mechanism: 'PLAIN', ...tim }),
        )
      ).challenge,
    ).toBeNull();
  });

  test('a name that is not ASCII goes as UTF-8 into CRAM-MD5', () => {
    const challenge = { text: '', bytes: Buffer.from('<1896.697170952@postoffice.reston.mci.net>') };
    const answer = cramMd5({ user: 'jürgen', password: 'tanstaaftanstaaf' }).respond([challenge], false);
    expect(answer).toMatchObject({ bytes: Buffer.from('jürgen b913a602c7eda7a495b4e6e7334d3890', 'utf8') });
  });
});

describe('odd dialogues', () => {
  const EXPECTED: Readonly<Record<(typeof ODD_AUTHENTICATIONS)[number], readonly string[]>> = {
    'cram-garbage': ['AUTH CRAM-MD5', '/wAggA==', '*'],
    anonymous: [`AUTH ANONYMOUS ${base64('a@b')}`, base64('a@b'), '*'],
    external: ['AUTH EXTERNAL =', '', '*'],
    'ntlm-anonymous': [
      'AUTH NTLM',
      expect.stringMatching(/^TlRMTVNTUAAB/),
      expect.stringMatching(/^TlRMTVNTUAAD/),
      '*',
    ] as unknown as readonly string[],
    abort: ['AUTH LOGIN', '*'],
  };

  test.each(ODD_AUTHENTICATIONS)('%s, to a server that always asks on', async (how) => {
    const asking = Array.from({ length: 5 }, () => ' -> x\n<-  334 ').join('\n');
    const result = await withDialogue(`<-  220 hi\n${asking}`, async (channel, server) => {
      const { heards } = await converse(channel, oddDialogue(how, 'a@b'));
      return { seen: [...server.seen], count: heards.length };
    });
    expect(result.seen).toEqual(EXPECTED[how]);
    expect(result.count).toBe(result.seen.length);
  });

  test('a cancellation on purpose is no fault', async () => {
    const result = await run(' -> AUTH LOGIN\n<-  334 x\n -> *\n<-  501 ok', (channel) =>
      converse(channel, oddDialogue('abort', '')),
    );
    expect(result).toMatchObject({ fault: null, reply: { code: 501 } });
  });
});
