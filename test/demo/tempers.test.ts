// Tempers and faults as a raw client meets them. Times are short and only lower bounds are asserted.
import { describe, expect, it } from 'vitest';
import { connect, envelope, type RawClient, type RawReply } from '../../fixtures/raw/client.js';
import type { Fault, ReplyStage } from '../../src/demo/config.js';
import { HOLES } from '../../src/demo/holes.js';
import { PERSONAS } from '../../src/demo/personas.js';
import * as tempers from '../../src/demo/tempers.js';
import { CANARY, inLab, type Lab, STRANGER, send } from './lab.js';

const FOREIGN = `RCPT TO:<${CANARY}>`;
const LOCAL = 'RCPT TO:<alice@corp.test>';
const FROM = 'MAIL FROM:<probe@canary.example.net>';

const open = (lab: Lab, localAddress = STRANGER, timeoutMs = 5_000): Promise<RawClient> =>
  connect({ port: lab.port, localAddress, timeoutMs });

/** Greet, then send lines one by one; the codes, 0 from where the server has gone. */
async function codes(lab: Lab, lines: readonly string[], localAddress = STRANGER): Promise<number[]> {
  const client = await open(lab, localAddress);
  const replies: RawReply[] = [client.greeting];
  for (const line of ['EHLO client.example', ...lines]) replies.push(await client.send(line));
  client.close();
  return replies.map(({ code }) => code);
}

const times = (count: number, ...lines: readonly string[]): string[] =>
  Array.from({ length: count }, () => lines).flat();

describe('limits', () => {
  it.each([
    {
      what: 'Postfix says 421 behind the error that is one too many',
      part: tempers.postfixErrors(3, 5, 1),
      lines: [FROM, ...times(5, FOREIGN), 'NOOP'],
      expected: [220, 250, 250, 550, 550, 550, 550, 550, 421],
    },
    {
      what: 'Exim closes in place of the fourth syntax error',
      part: { ...tempers.eximLimits(), persona: PERSONAS.exim },
      lines: [FROM, ...times(4, 'RCPT TO:<@>'), 'NOOP'],
      expected: [220, 250, 250, 501, 501, 501, 501, 0],
    },
    {
      what: 'Exim closes in place of the fourth unknown command',
      part: { ...tempers.eximLimits(), persona: PERSONAS.exim },
      lines: times(5, 'FOO'),
      expected: [220, 250, 500, 500, 500, 500, 0],
    },
    {
      what: 'Exim closes at the twelfth non-mail command',
      part: { ...tempers.eximLimits(), persona: PERSONAS.exim },
      lines: [...times(12, 'RSET'), FROM],
      expected: [220, 250, ...Array(11).fill(250), 554, 0],
    },
    {
      what: 'three recipients a message',
      part: { ...HOLES.anyone, ...tempers.recipientsPerMessage(3) },
      lines: [FROM, ...times(4, FOREIGN)],
      expected: [220, 250, 250, 250, 250, 250, 452],
    },
    {
      what: 'two transactions a connection',
      part: tempers.messagesPerConnection(2, 'transactions'),
      lines: [...times(3, FROM, 'RSET')],
      expected: [220, 250, 250, 250, 250, 250, 421, 0],
    },
    {
      what: 'four recipients a minute',
      part: { ...HOLES.anyone, ...tempers.recipientRate(4) },
      lines: [FROM, ...times(5, FOREIGN)],
      expected: [220, 250, 250, 250, 250, 250, 250, 450],
    },
    {
      what: 'everything is refused after four errors',
      part: tempers.sulksAfter(4),
      lines: [FROM, ...times(4, FOREIGN), LOCAL],
      expected: [220, 250, 250, 550, 550, 550, 550, 550],
    },
    {
      what: 'foreign recipients alone are refused after four errors',
      part: { ...HOLES.anyone, ...tempers.sulksAfter(4, 'foreign') },
      lines: [FROM, ...times(4, 'RCPT TO:<no-such@corp.test>'), FOREIGN, LOCAL],
      expected: [220, 250, 250, 550, 550, 550, 550, 550, 250],
    },
    {
      what: 'a dropped line after each refusal',
      part: { faults: [{ kind: 'close-after-error' }] },
      lines: [FROM, FOREIGN, LOCAL],
      expected: [220, 250, 250, 550, 0],
    },
    {
      what: 'a blocklisted client is refused for everyone',
      part: tempers.blocklist([STRANGER]),
      lines: [FROM, FOREIGN, LOCAL],
      expected: [220, 250, 250, 554, 554],
    },
    {
      what: 'a blocklisted client is not greeted',
      part: tempers.blocklist([STRANGER], 'greeting'),
      lines: [],
      expected: [554, 0],
    },
    {
      what: 'senders that do not resolve',
      part: tempers.senderDomains(['canary.example.net']),
      lines: ['MAIL FROM:<a@nowhere.invalid>', 'MAIL FROM:<>', 'RSET', FROM],
      expected: [220, 250, 450, 250, 250, 250],
    },
    {
      what: 'recipients that do not resolve',
      part: { ...HOLES.anyone, ...tempers.recipientDomains(['elsewhere.example']) },
      lines: [FROM, FOREIGN, 'RCPT TO:<a@elsewhere.example>', LOCAL],
      expected: [220, 250, 250, 450, 250, 250],
    },
    {
      what: 'a forged local sender is refused for all recipients',
      part: tempers.antiSpoof('rcpt'),
      lines: ['MAIL FROM:<bob@corp.test>', FOREIGN, LOCAL],
      expected: [220, 250, 250, 550, 550],
    },
    {
      what: 'odd senders are refused at MAIL',
      part: tempers.strictSenders(),
      lines: ['MAIL FROM:<a@[127.0.0.1]>', 'MAIL FROM:<a>', FROM],
      expected: [220, 250, 501, 501, 250],
    },
    {
      what: 'odd recipients are syntax errors',
      part: tempers.strictRecipients,
      lines: [
        FROM,
        'RCPT TO:<a@b.example@corp.test>',
        'RCPT TO:<@corp.test:alice@corp.test>',
        'RCPT TO:<alice@corp.test.>',
        LOCAL,
      ],
      expected: [220, 250, 250, 501, 501, 501, 250],
    },
    {
      what: 'TLS is wanted before MAIL',
      part: tempers.tlsFirst,
      lines: [FROM],
      expected: [220, 250, 530],
    },
    {
      what: 'authentication is wanted before MAIL',
      part: tempers.authFirst(['127.0.0.1']),
      lines: [FROM],
      expected: [220, 250, 530],
    },
    {
      what: 'a limit at the next command',
      part: tempers.limit('errors', 2, 'too-many-errors', 'any'),
      lines: [FROM, FOREIGN, FOREIGN, LOCAL, LOCAL],
      expected: [220, 250, 250, 550, 550, 421, 0],
    },
    {
      what: 'soft_bounce',
      part: { softBounce: true, persona: PERSONAS['postfix-554'] },
      lines: [FROM, FOREIGN],
      expected: [220, 250, 250, 454],
    },
  ] as const)('$what', ({ part, lines, expected }) =>
    inLab([part as tempers.Part], async (lab) =>
      expect((await codes(lab, lines)).slice(0, expected.length)).toEqual(expected),
    ),
  );

  it('counts connections at a time, and lets the next in once one has gone', () =>
    inLab([tempers.concurrentConnections(2)], async (lab) => {
      const [first, second, third] = [await open(lab), await open(lab), await open(lab)];
      expect([first, second, third].map(({ greeting }) => greeting.code)).toEqual([220, 220, 421]);
      await first.quit();
      await expect.poll(async () => (await open(lab)).greeting.code).toBe(220);
    }));

  it('counts connections of a client in a time', () =>
    inLab([tempers.connectionRate(2)], async (lab) => {
      const greetings = [await open(lab), await open(lab), await open(lab), await open(lab, '127.0.0.67')];
      expect(greetings.map(({ greeting }) => greeting.code)).toEqual([220, 220, 421, 220]);
    }));

  it('bans a client that was refused too often, and nobody else', () =>
    inLab([tempers.ban(3)], async (lab) => {
      expect(await codes(lab, [FROM, ...times(3, FOREIGN)])).toEqual([220, 250, 250, 550, 550, 550]);
      // The reset may come before or after the client has seen its connection.
      expect(
        await open(lab).then(
          ({ greeting }) => greeting.fault,
          (error: NodeJS.ErrnoException) => error.code,
        ),
      ).toMatch(/^(?:closed|ECONNRESET)$/);
      expect((await open(lab, '127.0.0.67')).greeting.code).toBe(220);
    }));
});

describe('greylisting', () => {
  it.each(['rcpt', 'accepted'] as const)('%s: puts a triple off until the wait is over', (at) =>
    inLab([HOLES.anyone, tempers.greylisting(600, at)], async (lab) => {
      expect(await codes(lab, [FROM, FOREIGN])).toEqual([220, 250, 250, 451]);
      expect(await codes(lab, [FROM, FOREIGN])).toEqual([220, 250, 250, 451]);
      await expect.poll(() => codes(lab, [FROM, FOREIGN]), { timeout: 5_000 }).toEqual([220, 250, 250, 250]);
      expect(await codes(lab, ['MAIL FROM:<other@canary.example.net>', FOREIGN])).toEqual([220, 250, 250, 451]);
      expect(await codes(lab, [FROM, FOREIGN], '127.0.0.67')).toEqual([220, 250, 250, 451]);
    }),
  );

  it('behind the relay check, shows a refusal to relay first', () =>
    inLab([tempers.greylisting(60_000, 'accepted')], async (lab) =>
      expect(await codes(lab, [FROM, FOREIGN, LOCAL])).toEqual([220, 250, 250, 550, 451]),
    ));

  it('postscreen puts a first session off whole, and refuses who talks early', () =>
    inLab([HOLES.anyone, tempers.postscreen(50, 400)], async (lab) => {
      const client = await open(lab);
      expect(client.greeting.lines).toHaveLength(2);
      client.close();
      expect(await codes(lab, [FROM, LOCAL])).toEqual([220, 250, 250, 450]);
      await expect.poll(() => codes(lab, [FROM, LOCAL, FOREIGN])).toEqual([220, 250, 250, 250, 250]);
      const early = await connect({ port: lab.port, preface: 'EHLO early.example\r\n' });
      expect((await early.reply()).code).toBe(554);
      await early.ended();
    }));
});

describe('delays', () => {
  const timed = async (lines: readonly string[], lab: Lab): Promise<number> => {
    const client = await open(lab);
    await client.send('EHLO client.example');
    await client.send(FROM);
    const start = performance.now();
    for (const line of lines) await client.send(line);
    client.close();
    return performance.now() - start;
  };

  it.each([
    ['a wait per error from the third on', tempers.postfixErrors(3, 20, 40), 4, 80],
    ['a tarpit that doubles', tempers.courierTarpit(20), 3, 20 + 40 + 80],
    ['a tarpit with a ceiling', tempers.courierTarpit(20, 30), 3, 20 + 30 + 30],
    ['a throttle for refused recipients', tempers.sendmailThrottle(2, 40, 0), 3, 80],
  ] as const)('%s', (_what, part, refusals, atLeast) =>
    inLab([part], async (lab) => {
      const took = await timed(times(refusals, FOREIGN), lab);
      expect(took).toBeGreaterThanOrEqual(atLeast - 4);
      expect(took).toBeLessThan(atLeast + 2_000);
    }),
  );

  it('delays the greeting', () =>
    inLab([{ delays: [{ at: 'greeting', ms: 80 }] }], async (lab) => {
      const start = performance.now();
      await open(lab);
      expect(performance.now() - start).toBeGreaterThanOrEqual(76);
    }));

  it('greets at once by default', () =>
    inLab([], async (lab) => {
      const took: number[] = [];
      for (let n = 0; n < 5; n++) {
        const start = performance.now();
        await open(lab);
        took.push(performance.now() - start);
      }
      expect(Math.min(...took)).toBeLessThan(50);
    }));
});

describe('pipelining', () => {
  const batch = ['EHLO client.example', FROM, FOREIGN, LOCAL, 'RSET', 'QUIT'];

  it('answers pipelined commands in order', () =>
    inLab([], async (lab) => {
      const client = await open(lab);
      client.write(`${batch.join('\r\n')}\r\n`);
      const replies: number[] = [];
      for (const _line of batch) replies.push((await client.reply()).code);
      expect(replies).toEqual([250, 250, 550, 250, 250, 221]);
    }));

  it('refuses and hangs up where it is not announced', () =>
    inLab([tempers.refusesPipelining], async (lab) => {
      const client = await open(lab);
      expect((await client.send('EHLO client.example')).text).not.toContain('PIPELINING');
      client.write(`${FROM}\r\n${FOREIGN}\r\n`);
      expect((await client.reply()).text).toContain('Pipelining not supported');
      await client.ended();
    }));

  it('takes a last batch from a client that has closed its side', () =>
    inLab([HOLES.anyone], async (lab) => {
      const client = await open(lab);
      client.write(`EHLO a\r\n${FROM}\r\n${FOREIGN}\r\nDATA\r\n`);
      for (const code of [250, 250, 250, 354]) expect((await client.reply()).code).toBe(code);
      client.write('Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n');
      expect((await client.reply()).code).toBe(250);
      expect((await client.reply()).code).toBe(221);
      expect(await lab.hasArrived()).toBe(true);
    }));
});

describe('commands beside the envelope', () => {
  const offer = ['ETRN', 'XFORWARD', 'SIZE', 'SMTPUTF8', 'DSN', '8BITMIME', 'VRFY', 'CHUNKING'] as const;
  it.each([
    ['VRFY alice', 252],
    ['EXPN alice', 500],
    ['HELP', 214],
    ['ETRN corp.test', 250],
    ['ETRN canary.example.net', 459],
    ['XFORWARD ADDR=127.0.0.1', 250],
    ['XCLIENT ADDR=127.0.0.1', 500],
    ['EHLO', 501],
    ['MAIL FROM:<a@b.example> SIZE=99999999', 552],
    ['MAIL FROM:<a@b.example> BODY=8BITMIME SIZE=10 RET=HDRS ENVID=x', 250],
    ['MAIL FROM:<a@b.example> NONSENSE=1', 555],
    ['MAIL FROM:<ä@b.example>', 553],
    ['MAIL FROM:<ä@b.example> SMTPUTF8', 250],
    ['MAIL FROM:a@b.example', 250],
    ['MAIL FROM <a@b.example>', 501],
    ['RCPT TO:<a@b.example>', 503],
    ['DATA', 503],
    ['SAML FROM:<a@b.example>', 500],
    [`NOOP ${'x'.repeat(5_000)}`, 500],
  ] as const)('%s', (line, code) =>
    inLab([{ extensions: { offer } }], async (lab) => expect((await codes(lab, [line])).at(-1)).toBe(code)),
  );

  it('takes HELO where EHLO is refused', () =>
    inLab([{ extensions: { ehlo: false } }], async (lab) => {
      const client = await open(lab);
      expect((await client.send('EHLO a')).code).toBe(500);
      expect((await client.send('HELO a')).code).toBe(250);
      expect((await client.send(FROM)).code).toBe(250);
    }));
});

describe('wording', () => {
  const lines = (name: string, text: string): [string, string[]] => [name, text.split('\n')];

  it.each(Object.entries(PERSONAS))('%s: every reply is one (RFC 5321 section 4.2)', (_name, { replies }) => {
    for (const [situation, reply] of Object.entries(replies).map(([name, text]) => lines(name, text))) {
      // hMailServer really hangs up with a line that has no code.
      if (reply[0]?.startsWith('Too many invalid')) continue;
      const code = reply[0]?.slice(0, 3) ?? '';
      const isOpenEnded = situation === 'teaser' || situation === 'ehlo';
      expect(reply.map((line) => line.slice(0, 3))).toEqual(reply.map(() => code));
      expect([situation, reply.map((line) => line[3]).join('')]).toEqual([
        situation,
        `${'-'.repeat(reply.length - 1)}${isOpenEnded ? '-' : ' '}`,
      ]);
    }
  });

  it.each(Object.entries(PERSONAS))('%s: refuses to relay, and nothing else, as itself', (_name, persona) =>
    inLab([{ persona }], async (lab) => {
      const heard = await codes(lab, [FROM, LOCAL, FOREIGN]);
      expect(heard.slice(0, 4)).toEqual([220, 250, 250, 250]);
      expect([454, 513, 530, 550, 553, 554]).toContain(heard[4]);
    }),
  );

  it('leaves enhanced status codes out where they are not announced', () =>
    inLab([{ persona: PERSONAS['postfix-554'] }, tempers.without('ENHANCEDSTATUSCODES')], async (lab) => {
      const { rcpt } = await send(lab);
      expect(rcpt[0]?.lines).toEqual([`554 <${CANARY}>: Relay access denied`]);
    }));
});

describe('faults', () => {
  const script = [FROM, FOREIGN, LOCAL, 'RSET', 'QUIT'];
  const whole = [220, 250, 250, 550, 250, 250, 221];

  it.each(whole.map((_code, after) => after))('hangs up after %i replies', (after) =>
    inLab([{ faults: [{ kind: 'hang-up', after }] }], async (lab) => {
      const heard = await codes(lab, script);
      expect(heard.slice(0, after)).toEqual(whole.slice(0, after));
      expect(heard.slice(after).every((code) => code === 0)).toBe(true);
    }),
  );

  it.each([1, 2, 3, 4, 5, 6])('says 421 at reply %i and closes', (at) =>
    inLab([{ faults: [{ kind: 'closing', at }] }], async (lab) => {
      const heard = await codes(lab, script);
      expect(heard.slice(0, at)).toEqual([...whole.slice(0, at - 1), 421]);
      expect(heard.slice(at).every((code) => code === 0)).toBe(true);
    }),
  );

  it.each(Array.from({ length: 40 }, (_, at) => at + 1))('cuts the replies at byte %i and loses none', (byte) =>
    inLab([{ faults: [{ kind: 'cut', byte }] }], async (lab) => expect(await codes(lab, script)).toEqual(whole)),
  );

  it.each([1, 2, 7])('splits replies into writes of %i bytes and loses none', (bytes) =>
    inLab([{ faults: [{ kind: 'split', bytes }] }], async (lab) => expect(await codes(lab, script)).toEqual(whole)),
  );

  it('sends a reply too many, or one too few', async () => {
    await inLab([{ faults: [{ kind: 'extra', after: 4, text: '250 unasked\r\n' }] }], async (lab) =>
      expect(await codes(lab, script)).toEqual([220, 250, 250, 550, 250, 250, 250]),
    );
    await inLab([{ faults: [{ kind: 'missing', at: 3 }] }], async (lab) => {
      const client = await open(lab, STRANGER, 400);
      await client.send('EHLO client.example');
      expect((await client.send(FROM)).fault).toBe('timeout');
      expect((await client.send(FOREIGN)).code).toBe(550);
    });
  });

  it.each(['greeting', 'helo', 'mail', 'rcpt'] as const satisfies ReplyStage[])('falls silent at %s', (at) =>
    inLab([{ faults: [{ kind: 'silence', at }] }], async (lab) => {
      const client = await open(lab, STRANGER, 300);
      const replies = [client.greeting];
      for (const line of ['EHLO client.example', FROM, LOCAL]) {
        if (replies.at(-1)?.fault === null) replies.push(await client.send(line));
      }
      const heard = ['greeting', 'helo', 'mail', 'rcpt'].indexOf(at);
      expect(replies.map(({ fault }) => fault)).toEqual([...Array(heard).fill(null), 'timeout']);
    }),
  );

  it('says garbage, and closes, where it is told to', async () => {
    await inLab([{ faults: [{ kind: 'garbage', at: 'mail', text: 'HTTP/1.1 400 Bad Request\r\n' }] }], async (lab) => {
      const client = await open(lab);
      await client.send('EHLO client.example');
      expect((await client.send(FROM)).lines).toEqual(['HTTP/1.1 400 Bad Request']);
    });
    await inLab([{ faults: [{ kind: 'close-at', at: 'rcpt' }] }], async (lab) =>
      expect(await codes(lab, [FROM, LOCAL])).toEqual([220, 250, 250, 0]),
    );
  });

  it('has a fault in its first connections only', () =>
    inLab([{ faults: [{ kind: 'close-at', at: 'mail', connections: 1 } satisfies Fault] }], async (lab) => {
      expect(await codes(lab, [FROM])).toEqual([220, 250, 0]);
      expect(await codes(lab, [FROM])).toEqual([220, 250, 250]);
    }));

  it('dies half-way and comes back on the same port', () =>
    inLab([{ faults: [{ kind: 'death', after: 4, forMs: 60 }] }], async (lab) => {
      expect(await codes(lab, script)).toEqual([220, 250, 250, 550, 0, 0, 0]);
      await expect(open(lab)).rejects.toThrow('ECONNREFUSED');
      await expect.poll(() => codes(lab, script).catch(() => [])).toEqual(whole);
    }));
});

describe('a domain that is served', () => {
  it('is relayed to for everyone, and no other', () =>
    inLab([tempers.serves(['canary.example.net'])], async (lab) =>
      expect(await codes(lab, [FROM, FOREIGN, 'RCPT TO:<a@elsewhere.example>'])).toEqual([220, 250, 250, 250, 550]),
    ));
});

describe('a pool', () => {
  it('has one node of three that relays', () =>
    inLab([tempers.poolWithHole(3, 2)], async (lab) => {
      const seen: (number | undefined)[] = [];
      for (let n = 0; n < 6; n++) seen.push((await send(lab, { message: null })).rcpt[0]?.code);
      expect(seen).toEqual([550, 550, 250, 550, 550, 250]);
    }));
});

describe('the log', () => {
  it('keeps every session with its counts and both sides of the talk', () =>
    inLab([], async (lab) => {
      await codes(lab, [FROM, FOREIGN, 'QUIT']);
      const [record] = lab.server.log;
      expect(record).toMatchObject({
        id: 1,
        peer: STRANGER,
        client: STRANGER,
        greeting: { verb: 'EHLO', name: 'client.example' },
        counts: { commands: 4, errors: 1, 'refused-recipients': 1, transactions: 1 },
        endedBy: 'server',
      });
      expect(record?.lines.filter(({ from }) => from === 'client').map(({ text }) => text)).toEqual([
        'EHLO client.example',
        FROM,
        FOREIGN,
        'QUIT',
      ]);
    }));

  it('holds no SASL response', () =>
    inLab([], async (lab) => {
      for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
        const client = await open(lab);
        await client.send('EHLO client.example');
        await client.auth(mechanism, 'alice', 'correct horse');
        await envelope(client, { from: 'a@b.example', to: [CANARY], message: null });
        await client.quit();
      }
      const sent = lab.server.log.flatMap(({ lines }) => lines.filter(({ from }) => from === 'client'));
      const decoded = sent.map(({ text }) => Buffer.from(text.split(' ').at(-1) ?? '', 'base64').toString());
      expect([...decoded, ...sent.map(({ text }) => text)].join('\n')).not.toMatch(/correct horse|alice [0-9a-f]{32}/);
    }));
});
