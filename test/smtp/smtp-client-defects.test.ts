// One test per known defect of smtp-client 0.4.0 (its base smtp-channel included): what the package does, and that the
// channel does not. Where the package is mended, the first half of a test fails, and the channel may become simpler.
import { TLSSocket } from 'node:tls';
import { SMTPClient } from 'smtp-client';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../fixtures/hostile/certificate.js';
import { type Hostile, play, serve } from '../../fixtures/hostile/server.js';
import { extensionsOf } from '../../src/model/extensions.js';
import type { FaultKind } from '../../src/model/reply.js';
import { fault } from '../../src/smtp/faults.js';
import { line } from '../../src/smtp/line.js';
import { endOfData } from '../../src/smtp/message.js';
import { authenticate } from '../../src/smtp/sasl.js';
import { openTcp } from '../../src/smtp/tcp.js';
import { Wire } from '../../src/smtp/wire.js';
import { channelAt, withDialogue } from './channel-at.js';

/** The parts of the package that its types leave out. */
interface Bare {
  connect(options?: object): Promise<string>;
  write(data: string, options?: object): Promise<string>;
  ehlo(options?: object): Promise<string>;
  mail(options?: object): Promise<string>;
  data(source: string, options?: object): Promise<string>;
  negotiateTLS(options: object): Promise<void>;
  authLogin(options: object): Promise<string>;
  on(event: string, listener: (...all: unknown[]) => void): void;
  _socket: { destroyed: boolean; destroy(): void } | null;
  _extensions: string[];
  _onError(error: Error): void;
}
const BareClient = SMTPClient as unknown as new (config: object) => Bare;

const EHLO = { stage: 'helo', line: line('EHLO x') } as const;
const NOOP = { stage: 'mail', line: line('NOOP') } as const;

/** A wire to a port of loopback, and the kinds of trouble that its owner was told. */
function wireTo(port: number): { wire: Wire; troubles: FaultKind[] } {
  const troubles: FaultKind[] = [];
  const wire = new Wire(
    {
      open: (signal) => openTcp({ address: '127.0.0.1', port, timeoutMs: 5_000 }, signal),
      host: '127.0.0.1',
      implicitTls: false,
      connectMs: 5_000,
      tlsMs: 5_000,
      ca: undefined,
    },
    { onConnect: () => {}, onBytes: () => {}, onTrouble: (kind) => troubles.push(kind) },
  );
  return { wire, troubles };
}

/** Give both sides the same server: the package as it is first, the channel afterwards. */
async function bare<T>(
  dialogue: string | Hostile,
  use: (client: Bare, server: Hostile) => Promise<T>,
  config: object = {},
): Promise<T> {
  const server = typeof dialogue === 'string' ? await serve(play(dialogue)) : dialogue;
  const client = new BareClient({ host: '127.0.0.1', port: server.port, ...config });
  client.on('error', () => {});
  try {
    return await use(client, server);
  } finally {
    client._socket?.destroy();
    await server.close();
  }
}

const silent = async (work: Promise<unknown>): Promise<boolean> =>
  await Promise.race([work.then(() => false), new Promise<boolean>((resolve) => setTimeout(resolve, 60, true))]);

describe('smtp-client, and the channel', () => {
  test('a bare 250 hangs it', async () => {
    const dialogue = '<-  220 hi\n -> EHLO x\n<-  250';
    expect(
      await bare(dialogue, async (client) => {
        await client.connect();
        return await silent(client.write('EHLO x\r\n'));
      }),
    ).toBe(true);
    const [heard] = await withDialogue(dialogue, (channel) => channel.send([EHLO]));
    expect(heard?.exchange.reply).toMatchObject({ code: 250, text: '' });
  });

  test('a time-out leaves the socket open', async () => {
    expect(
      await bare('<-  220 hi', async (client) => {
        await client.connect();
        await expect(client.write('EHLO x\r\n', { timeout: 30 })).rejects.toThrow(/timed out/);
        return client._socket?.destroyed;
      }),
    ).toBe(false);
    await withDialogue('<-  220 hi', async (channel, server) => {
      await channel.send([EHLO], 30);
      await server.emptied();
    });
  });

  test('concurrent writes all get the first reply', async () => {
    const dialogue = '<-  220 hi\n -> a\n -> b\n<-  250 a\n<-  550 b';
    expect(
      await bare(dialogue, async (client) => {
        await client.connect();
        return await Promise.all([client.write('a\r\n'), client.write('b\r\n')]);
      }),
    ).toEqual(['250', '250']);
    const heards = await withDialogue(dialogue, async (channel) =>
      (await Promise.all([channel.send([NOOP]), channel.send([NOOP])])).flat(),
    );
    expect(heards.map(({ exchange }) => exchange.reply?.code)).toEqual([250, 550]);
  });

  test('it has no limit on the size of a line', async () => {
    const dialogue = `<-  220 hi\n -> EHLO x\n<-  250 ${'x'.repeat(100_000)}`;
    expect(
      await bare(dialogue, async (client) => {
        await client.connect();
        return await client.write('EHLO x\r\n');
      }),
    ).toBe('250');
    const [heard] = await withDialogue(dialogue, (channel) => channel.send([EHLO]));
    expect(heard?.fault).toMatchObject({ kind: 'protocol-error', detail: expect.stringContaining('2048 bytes') });
  });

  test('without an error listener the process dies', async () => {
    const client = new BareClient({});
    expect(() => client._onError(new Error('reset'))).toThrow('reset');
    const { wire, troubles } = wireTo(0);
    wire._onError(new Error('reset'));
    expect(troubles).toEqual(['disconnected']);
  });

  test('data() dot-stuffs only the first line, and doubles nothing after it', async () => {
    const seen = await bare(
      '<-  220 hi\n -> DATA\n<-  354 go\n -> 1\n -> 2\n -> 3\n<-  250 ok',
      async (client, server) => {
        await client.connect();
        await client.data('.a\r\n.b');
        return [...server.seen];
      },
    );
    expect(seen).toEqual(['DATA', '..a', '.b', '.']);
    expect(endOfData(Buffer.from('.a\r\n.b')).toString()).toBe('..a\r\n..b\r\n.\r\n');
  });

  test('mail({ from: null }) sends <null>', async () => {
    const dialogue = '<-  220 hi\n -> MAIL\n<-  250 ok';
    expect(
      await bare(dialogue, async (client, server) => {
        await client.connect();
        await client.mail({ from: null });
        return server.seen[0];
      }),
    ).toBe('MAIL FROM:<null>');
    await withDialogue(dialogue, async (channel, server) => {
      await channel.send([{ stage: 'mail', line: line('MAIL FROM:<>') }]);
      expect(server.seen).toEqual(['MAIL FROM:<>']);
    });
  });

  test('LOGIN demands one exact prompt', async () => {
    const prompts = ` -> AUTH LOGIN\n<-  334 ${Buffer.from('User Name\0').toString('base64')}\n -> a\n<-  334 UGFzc3dvcmQ6\n -> b\n<-  235 ok`;
    await bare(`<-  220 hi\n -> EHLO\n<-  250-a\n<-  250 AUTH LOGIN\n${prompts}`, async (client) => {
      await client.connect();
      await client.ehlo({ hostname: 'x' });
      await expect(client.authLogin({ username: 'u', password: 'p' })).rejects.toThrow();
    });
    const { reply } = await withDialogue(`<-  220 hi\n${prompts}`, (channel) =>
      authenticate(channel, { mechanism: 'LOGIN', user: 'u', password: 'p' }),
    );
    expect(reply?.code).toBe(235);
  });

  test('it has no CRAM-MD5', async () => {
    expect(Object.getOwnPropertyNames(SMTPClient.prototype).filter((name) => /cram/i.test(name))).toEqual([]);
    const { reply } = await withDialogue('<-  220 hi\n -> a\n<-  334 PDFAYT4=\n -> b\n<-  235 ok', (channel) =>
      authenticate(channel, { mechanism: 'CRAM-MD5', user: 'u', password: 'p' }),
    );
    expect(reply?.code).toBe(235);
  });

  test('its AUTH uses new Buffer, which is deprecated', () => {
    const source = Object.getOwnPropertyDescriptor(SMTPClient.prototype, 'authPlain')?.value as unknown;
    expect(String(source)).toContain('new Buffer(');
    expect(String(authenticate)).not.toContain('new Buffer(');
  });

  test('a half line received before STARTTLS survives into the encrypted session', async () => {
    const certificate = await makeCertificate(['127.0.0.1']);
    const dialogue =
      '<-  220 hi\n -> STARTTLS\n<-  220 go\n<~  250 injected in the clear \n=== tls\n -> EHLO\n<-  250 real';
    const heard = await bare(await serve(play(dialogue, { certificate })), async (client) => {
      await client.connect();
      await client.write('STARTTLS\r\n');
      await client.negotiateTLS({ rejectUnauthorized: false });
      const lines: string[] = [];
      await client.write('EHLO x\r\n', { handler: (one: string) => lines.push(one) });
      return lines;
    });
    expect(heard).toEqual(['250 injected in the clear 250 real']);
    await withDialogue(
      dialogue,
      async (channel) => {
        expect((await channel.startTls()).fault?.kind).toBe('protocol-error');
      },
      { playing: { certificate } },
    );
  });

  test('its idle time-out sends QUIT by itself, as a rejection that nobody handles', async () => {
    const rejections: unknown[] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => rejections.push(reason));
    await bare(
      '<-  220 hi\n -> QUIT\n=== close',
      async (client, server) => {
        await client.connect();
        await server.emptied();
        await new Promise((resolve) => setImmediate(resolve));
        expect(server.seen).toEqual(['QUIT']);
      },
      { timeout: 30 },
    );
    expect(rejections).toHaveLength(1);
    const server = await serve(play('<-  220 hi'));
    const { wire, troubles } = wireTo(server.port);
    await wire.connect();
    wire._onTimeout();
    wire.close(fault('timeout', 'greeting', 'idle'));
    await server.emptied();
    expect(server.seen).toEqual([]);
    expect(troubles).toEqual(['timeout']);
    await server.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(rejections).toHaveLength(1);
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
  });

  test('8-bit replies are mangled', async () => {
    const dialogue = '<-  220 hi\n -> EHLO x\n<~  250 f\\u00fcr\\r\\n';
    const lines: string[] = [];
    await bare(dialogue, async (client) => {
      await client.connect();
      await client.write('EHLO x\r\n', { handler: (one: string) => lines.push(one) });
    });
    expect(lines).toEqual(['250 f\ufffdr']);
    const [heard] = await withDialogue(dialogue, (channel) => channel.send([EHLO]));
    expect(heard?.exchange.reply?.text).toBe('für');
  });

  test('`foo bar` passes as a reply', async () => {
    const dialogue = '<-  220 hi\n -> EHLO x\n<-  foo bar';
    expect(
      await bare(dialogue, async (client) => {
        await client.connect();
        return await client.write('EHLO x\r\n');
      }),
    ).toBe('foo');
    const [heard] = await withDialogue(dialogue, (channel) => channel.send([EHLO]));
    expect(heard?.fault?.kind).toBe('protocol-error');
  });

  test('a second EHLO after ENHANCEDSTATUSCODES breaks its extension list', async () => {
    const ehlo = ' -> EHLO x\n<-  250-a\n<-  250-ENHANCEDSTATUSCODES\n<-  250 AUTH PLAIN\n';
    const dialogue = `<-  220 hi\n${ehlo}${ehlo}`;
    expect(
      await bare(dialogue, async (client) => {
        await client.connect();
        await client.ehlo({ hostname: 'x' });
        await client.ehlo({ hostname: 'x' });
        return client._extensions;
      }),
    ).toEqual([undefined, 'PLAIN']);
    await withDialogue(dialogue, async (channel) => {
      await channel.send([EHLO]);
      const [second] = await channel.send([EHLO]);
      expect(extensionsOf(second?.exchange.reply ?? null)).toEqual(['ENHANCEDSTATUSCODES', 'AUTH PLAIN']);
    });
  });

  test('no SNI is sent with STARTTLS', async () => {
    const certificate = await makeCertificate(['mx.example']);
    const names: string[] = [];
    const start = (): Promise<Hostile> =>
      serve(({ socket }) => {
        socket.write('220 hi\r\n');
        socket.once('data', () => {
          socket.write('220 go\r\n');
          // Called for a client that sends a name, and for no other.
          const SNICallback = (name: string, done: (error: null) => void): void => {
            names.push(name);
            done(null);
          };
          new TLSSocket(socket, { isServer: true, ...certificate, SNICallback }).on('error', () => {});
        });
      });
    await bare(await start(), async (client) => {
      await client.connect();
      await client.write('STARTTLS\r\n');
      await client.negotiateTLS({ rejectUnauthorized: false, host: 'mx.example' });
    });
    expect(names).toEqual([]);
    const server = await start();
    const channel = channelAt(server.port, { host: 'mx.example' });
    await channel.connect();
    await channel.greeting();
    expect((await channel.startTls()).fault).toBeNull();
    expect(names).toEqual(['mx.example']);
    channel.destroy();
    await server.emptied();
    await server.close();
  });

  test('11 writes at once print a warning', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', listen);
    const dialogue = `<-  220 hi\n${' -> x\n<-  250 ok\n'.repeat(12)}`;
    await bare(dialogue, async (client) => {
      await client.connect();
      await Promise.all(Array.from({ length: 11 }, () => client.write('NOOP\r\n')));
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map((warning) => warning.name)).toContain('MaxListenersExceededWarning');
    warnings.length = 0;
    const heards = await withDialogue(dialogue, (channel) => channel.send(Array.from({ length: 12 }, () => NOOP)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(heards.filter((heard) => heard.exchange.reply?.code === 250)).toHaveLength(12);
    expect(warnings).toEqual([]);
    process.off('warning', listen);
  });
});
