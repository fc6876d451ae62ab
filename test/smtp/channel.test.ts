import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { byteByByte, cutAt, play, serve } from '../../fixtures/hostile/server.js';
import type { Heard } from '../../src/smtp/channel.js';
import { FaultError, fault } from '../../src/smtp/faults.js';
import { line } from '../../src/smtp/line.js';
import { openTcp } from '../../src/smtp/tcp.js';
import { channelAt, withDialogue } from './channel-at.js';

const EHLO = { stage: 'helo', line: line('EHLO client.example') } as const;
const MAIL = { stage: 'mail', line: line('MAIL FROM:<a@b.example>') } as const;
const RCPT = { stage: 'rcpt', line: line('RCPT TO:<c@d.example>') } as const;
const RSET = { stage: 'rcpt', line: line('RSET') } as const;

const told = (heards: readonly Heard[]): (number | string)[] =>
  heards.map(({ exchange, fault: trouble }) => exchange.reply?.code ?? trouble?.kind ?? 'nothing');

describe('a session', () => {
  const TRANSACTION = `
<-  220-mx.example ESMTP
<-  220 ready
 -> EHLO client.example
<-  250-mx.example
<-  250-PIPELINING
<-  250 AUTH=LOGIN
 -> MAIL FROM:<a@b.example>
 -> RCPT TO:<c@d.example>
 -> DATA
<-  250 2.1.0 ok
<-  550 5.7.1 relaying denied
<-  354 go
 -> Subject: x
 -> .
<-  250 2.0.0 queued
 -> QUIT
<-  221 bye
=== close`;

  const talk = (pieces?: (bytes: Buffer) => readonly Buffer[]) =>
    withDialogue(
      TRANSACTION,
      async (channel) => {
        const greeting = await channel.greeting();
        const helo = await channel.send([EHLO]);
        const batch = await channel.send([MAIL, RCPT, { stage: 'data', line: line('DATA') }]);
        const message = await channel.sendMessage(Buffer.from('Subject: x\r\n.\r\n'));
        await channel.quit();
        return {
          exchanges: [greeting, ...helo, ...batch, message].map(
            ({ exchange: { elapsedMs: _, ...exchange } }) => exchange,
          ),
          fault: channel.fault,
          localAddress: channel.localAddress,
        };
      },
      pieces ? { playing: { pieces } } : {},
    );

  test('is heard line by line', async () => {
    const { exchanges, ...rest } = await talk();
    expect(
      exchanges.map((one) => [one.stage, one.sent, one.reply?.code, one.reply?.enhanced, one.reply?.text]),
    ).toEqual([
      ['greeting', null, 220, null, 'mx.example ESMTP\nready'],
      ['helo', 'EHLO client.example', 250, null, 'mx.example\nPIPELINING\nAUTH=LOGIN'],
      ['mail', 'MAIL FROM:<a@b.example>', 250, '2.1.0', 'ok'],
      ['rcpt', 'RCPT TO:<c@d.example>', 550, '5.7.1', 'relaying denied'],
      ['data', 'DATA', 354, null, 'go'],
      ['message', '[message of 15 octets]', 250, '2.0.0', 'queued'],
    ]);
    expect(rest).toEqual({ fault: null, localAddress: '127.0.0.1' });
  });

  test('is the same when every byte comes alone', async () => {
    expect(await talk(byteByByte)).toEqual(await talk());
  });

  test('is the same wherever the segments are cut', async () => {
    const whole = await talk();
    for (let at = 1; at < 60; at += 1) expect(await talk(cutAt(at))).toEqual(whole);
  });

  test('a batch goes out in one segment', async () => {
    const segments: string[] = [];
    const server = await serve(({ socket }) => {
      socket.write('220 hi\r\n');
      socket.on('data', (chunk) => {
        segments.push(chunk.toString());
        socket.write('250 a\r\n250 b\r\n');
      });
    });
    const channel = channelAt(server.port);
    await channel.connect();
    await channel.greeting();
    expect(told(await channel.send([MAIL, RCPT]))).toEqual([250, 250]);
    expect(segments).toEqual(['MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n']);
    channel.destroy();
    await server.close();
  });

  test('raw bytes are heard reply by reply, and shown as told', async () => {
    await withDialogue(
      '<-  220 hi\n -> BDAT 3 LAST\n<-  250 queued\n -> abcMAIL\n -> RCPT\n<-  250 a\n<-  550 b',
      async (channel) => {
        const bdat = await channel.sendRaw('message', Buffer.from('BDAT 3 LAST\r\nabc'), 'BDAT 3 LAST', 1);
        const two = await channel.sendRaw('rcpt', Buffer.from('MAIL\r\nRCPT\r\n'), 'MAIL\nRCPT', 2);
        expect(bdat.map(({ exchange }) => [exchange.sent, exchange.reply?.code])).toEqual([['BDAT 3 LAST', 250]]);
        expect(two.map(({ exchange }) => [exchange.sent, exchange.reply?.code])).toEqual([
          ['MAIL', 250],
          ['RCPT', 550],
        ]);
      },
    );
  });

  test('any stream will do: a pair of pipes without an address', async () => {
    const [, toClient] = pipes();
    const channel = channelAt(0, { open: async () => toClient.duplex });
    toClient.push('220 hi\r\n');
    expect(await channel.connect()).toBeNull();
    expect((await channel.greeting()).exchange.reply?.code).toBe(220);
    const waiting = channel.send([EHLO]);
    toClient.push('250 a\r\n');
    expect(told(await waiting)).toEqual([250]);
    expect(channel.localAddress).toBeNull();
    channel.destroy();
    expect(toClient.duplex.destroyed).toBe(true);
  });
});

/** A stdio-like stream, as of `ssh -W`: no setTimeout, no address. */
function pipes(): [null, { duplex: Duplex; push: (text: string) => void }] {
  const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  return [null, { duplex, push: (text) => duplex.push(Buffer.from(text)) }];
}

describe('faults', () => {
  test.each([
    [
      'hangs up instead of a greeting',
      '=== close',
      'greeting',
      ['disconnected', 'disconnected', 'disconnected', 'disconnected'],
    ],
    [
      'greets with rubbish',
      '<-  HTTP/1.1 400 Bad Request',
      'greeting',
      ['protocol-error', 'protocol-error', 'protocol-error', 'protocol-error'],
    ],
    [
      'hangs up after the greeting',
      '<-  220 hi\n -> x\n=== close',
      'helo',
      [220, 'disconnected', 'disconnected', 'disconnected'],
    ],
    [
      'hangs up after EHLO',
      '<-  220 hi\n -> x\n<-  250 a\n -> x\n -> x\n=== close',
      'mail',
      [220, 250, 'disconnected', 'disconnected'],
    ],
    [
      'hangs up after MAIL',
      '<-  220 hi\n -> x\n<-  250 a\n -> x\n -> x\n<-  250 b\n=== close',
      'rcpt',
      [220, 250, 250, 'disconnected'],
    ],
    [
      '421 to MAIL, then the end',
      '<-  220 hi\n -> x\n<-  250 a\n -> x\n -> x\n<-  421 4.7.0 too many\n=== close',
      'rcpt',
      [220, 250, 421, 'disconnected'],
    ],
    [
      'half a reply, then the end',
      '<-  220 hi\n -> x\n<~  250-a\n=== close',
      'helo',
      [220, 'disconnected', 'disconnected', 'disconnected'],
    ],
    [
      'rubbish in the middle',
      '<-  220 hi\n -> x\n<-  250 a\n -> x\n -> x\n<-  250 b\n<-  foo bar',
      'rcpt',
      [220, 250, 250, 'protocol-error'],
    ],
    [
      'a code that changes',
      '<-  220 hi\n -> x\n<-  250-a\n<-  220 b',
      'helo',
      [220, 'protocol-error', 'protocol-error', 'protocol-error'],
    ],
    [
      'a reply too many',
      '<-  220 hi\n -> x\n<-  250 a\n<-  250 b',
      'mail',
      [220, 250, 'protocol-error', 'protocol-error'],
    ],
    [
      'half a reply too many',
      '<-  220 hi\n -> x\n<-  250 a\n<~  250',
      'mail',
      [220, 250, 'protocol-error', 'protocol-error'],
    ],
    [
      '421 that nothing asked for',
      '<-  220 hi\n -> x\n<-  250 a\n<-  421 bye',
      'mail',
      [220, 250, 'disconnected', 'disconnected'],
    ],
    [
      'a greeting too many',
      '<-  220 hi\n<-  220 hi',
      'helo',
      [220, 'protocol-error', 'protocol-error', 'protocol-error'],
    ],
  ] as const)('%s', async (_, dialogue, stage, expected) => {
    await withDialogue(dialogue, async (channel) => {
      const heards = [await channel.greeting(), ...(await channel.send([EHLO])), ...(await channel.send([MAIL, RCPT]))];
      expect(told(heards)).toEqual(expected);
      expect(heards.find((heard) => heard.fault)?.fault?.stage).toBe(stage);
      expect(channel.fault).toEqual(heards.at(-1)?.fault);
      // Once ended, ended: nothing is sent or heard any more.
      expect(told(await channel.send([RSET]))).toEqual([expected.at(-1)]);
    });
  });

  test.each([
    ['no greeting', '', { greetingMs: 40 }, 'greeting', []],
    ['half a greeting', '<-  220-wait', { greetingMs: 40 }, 'greeting', []],
    ['no reply', '<-  220 hi', { replyMs: 40 }, 'helo', [220]],
    ['half a reply', '<-  220 hi\n -> x\n<-  250-a', { replyMs: 40 }, 'helo', [220]],
    [
      'one reply too few',
      '<-  220 hi\n -> x\n<-  250 a\n -> x\n -> x\n<-  250 b',
      { replyMs: 40 },
      'rcpt',
      [220, 250, 250],
    ],
  ] as const)('time-out: %s', async (_, dialogue, timeouts, stage, before) => {
    await withDialogue(
      dialogue,
      async (channel, server) => {
        const heards = [
          await channel.greeting(),
          ...(await channel.send([EHLO])),
          ...(await channel.send([MAIL, RCPT])),
        ];
        expect(told(heards)).toEqual([...before, ...Array(4 - before.length).fill('timeout')]);
        expect(channel.fault).toMatchObject({
          kind: 'timeout',
          stage,
          detail: expect.stringContaining('within 40 ms'),
        });
        // The connection is gone, so that a late reply cannot answer anything.
        await server.emptied();
      },
      { timeouts },
    );
  });

  test('a reset at once is a cut line, noticed while connecting or after it', async () => {
    await withDialogue('=== reset', async (channel) => {
      const heard = await channel.greeting();
      expect(heard.fault).toMatchObject({
        kind: 'disconnected',
        stage: expect.stringMatching(/^(?:connect|greeting)$/),
      });
    });
  });

  test('a late reply answers nothing', async () => {
    let answer = (): void => {};
    const server = await serve(({ socket }) => {
      socket.write('220 hi\r\n');
      answer = () => socket.write('250 late\r\n');
    });
    const channel = channelAt(server.port, { timeouts: { replyMs: 40 } });
    await channel.connect();
    await channel.greeting();
    expect(told(await channel.send([EHLO]))).toEqual(['timeout']);
    answer();
    expect(told(await channel.send([MAIL]))).toEqual(['timeout']);
    await server.emptied();
    await server.close();
  });

  test('a limit of its own for one batch', async () => {
    await withDialogue('<-  220 hi', async (channel) => {
      expect(told(await channel.send([EHLO], 30))).toEqual(['timeout']);
      expect(channel.fault?.detail).toBe('no reply within 30 ms');
    });
  });

  test.each([
    ['before connecting', 'disconnected', 'connect', 0],
    ['while the greeting is awaited', 'disconnected', 'greeting', 1],
    ['while a reply is awaited', 'disconnected', 'helo', 2],
    ['by a time limit', 'timeout', 'helo', 3],
  ] as const)('cancelled %s', async (_, kind, stage, when) => {
    const control = new AbortController();
    const server = await serve(play(when >= 2 ? '<-  220 hi' : ''));
    const channel = channelAt(server.port, { signal: when === 3 ? AbortSignal.timeout(60) : control.signal });
    if (when === 0) control.abort();
    await channel.connect();
    const greeting = channel.greeting();
    if (when === 1) control.abort();
    await greeting;
    const reply = channel.send([EHLO]);
    if (when === 2) control.abort();
    expect(told(await reply)).toEqual([kind]);
    expect(channel.fault).toMatchObject({ kind, stage, detail: expect.stringContaining('cancelled') });
    await server.emptied();
    await server.close();
  });

  test('many sessions on one signal, no warning', async () => {
    const warnings: unknown[] = [];
    const listen = (warning: unknown): unknown => warnings.push(warning);
    process.on('warning', listen);
    const { signal } = new AbortController();
    const server = await serve(play('<-  220 hi'));
    const channels = Array.from({ length: 15 }, () => channelAt(server.port, { signal }));
    await Promise.all(channels.map((channel) => channel.connect()));
    for (const channel of channels) channel.destroy();
    await server.emptied();
    await server.close();
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  test('whatever opening a socket throws becomes a fault', async () => {
    const known = fault('claim-refused', 'xclient', 'not allowed');
    const errors: [unknown, object][] = [
      [new FaultError(known), known],
      [new Error('bang\r\n\x1b[2J'), { kind: 'unreachable', stage: 'connect', detail: 'bang \\x1b[2J' }],
      ['text', { kind: 'unreachable', detail: 'text' }],
    ];
    for (const [error, expected] of errors) {
      const later = channelAt(0, { open: () => Promise.reject(error) });
      expect(await later.connect()).toMatchObject(expected);
      const atOnce = channelAt(0, {
        open: () => {
          throw error;
        },
      });
      expect(await atOnce.connect()).toMatchObject(expected);
      expect((await atOnce.greeting()).fault).toMatchObject(expected);
    }
  });

  test('a socket that comes too late is closed', async () => {
    const server = await serve(play('<-  220 hi'));
    let give = (): void => {};
    const channel = channelAt(server.port, {
      open: () =>
        new Promise((resolve) => {
          give = () => resolve(openTcp({ address: '127.0.0.1', port: server.port, timeoutMs: 1_000 }));
        }),
      timeouts: { connectMs: 30 },
    });
    expect(await channel.connect()).toMatchObject({ kind: 'timeout', stage: 'connect' });
    const cut = new Promise<void>((resolve) => {
      const watch = setInterval(() => {
        if (server.accepted() === 0 || server.open() > 0) return;
        clearInterval(watch);
        resolve();
      }, 1);
    });
    give();
    await cut;
    await server.close();
  });

  test('quit waits a moment for a server that does not answer, and closes', async () => {
    await withDialogue(
      '<-  220 hi',
      async (channel, server) => {
        await channel.quit();
        await server.emptied();
        expect(channel.fault).toBeNull();
      },
      { timeouts: { replyMs: 30 } },
    );
  });

  describe('QUIT with the last lines', () => {
    const leave = (replies: readonly string[]) =>
      withDialogue(
        ['<-  220 hi', ' -> RSET', ' -> RCPT TO:<c@d.example>', ' -> QUIT', ...replies].join('\n'),
        async (channel, server) => {
          await channel.greeting();
          const heards = await Promise.all(channel.pipeline([RSET, RCPT], undefined, true));
          const { fault: trouble } = channel;
          await channel.quit();
          await server.emptied();
          return { heards: told(heards), trouble: trouble?.kind ?? null };
        },
        { timeouts: { replyMs: 200 } },
      );

    test.each<[string, string[], { heards: (number | string)[]; trouble: string | null }]>([
      ['is answered', ['<-  250 ok', '<-  554 no', '<-  221 bye', '=== close'], { heards: [250, 554], trouble: null }],
      ['is answered by closing', ['<-  250 ok', '<-  554 no', '=== close'], { heards: [250, 554], trouble: null }],
      ['is not answered', ['<-  250 ok', '<-  554 no'], { heards: [250, 554], trouble: null }],
      [
        'shows a reply too many',
        ['<-  250 ok', '<-  554 no', '<-  554 no', '<-  221 bye', '=== close'],
        { heards: [250, 554], trouble: 'protocol-error' },
      ],
      ['shows a reply too few', ['<-  250 ok', '<-  221 bye', '=== close'], { heards: [250, 221], trouble: null }],
      [
        'is no excuse for closing before',
        ['<-  250 ok', '=== close'],
        { heards: [250, 'disconnected'], trouble: 'disconnected' },
      ],
    ])('%s', async (_, replies, want) => {
      expect(await leave(replies)).toEqual(want);
    });

    test('nothing more is said after it', async () => {
      await withDialogue('<-  220 hi\n -> RSET\n -> QUIT\n<-  250 ok\n<-  221 bye', async (channel) => {
        await channel.greeting();
        await Promise.all(channel.pipeline([RSET], undefined, true));
        expect(told(await channel.send([RSET]))).toEqual(['nothing']);
        await channel.quit();
      });
    });
  });

  test('after destroy everything is told that the client closed', async () => {
    await withDialogue('<-  220 hi', async (channel) => {
      const waiting = channel.send([EHLO]);
      channel.destroy();
      expect((await waiting)[0]?.fault).toMatchObject({ kind: 'disconnected', detail: 'closed by the client' });
      expect(channel.fault).toBeNull();
    });
  });
});
