// Servers that mean harm, or are merely broken: whatever they do is a fault as evidence, in time, in bounded memory, with no
// socket left open and nothing thrown.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, serve } from '../../fixtures/hostile/server.js';
import { FAULTS } from '../../src/model/reply.js';
import type { Channel, Heard } from '../../src/smtp/channel.js';
import { line } from '../../src/smtp/line.js';
import { authenticate } from '../../src/smtp/sasl.js';
import { channelAt } from './channel-at.js';

const rejections: unknown[] = [];
const onRejection = (reason: unknown): unknown => rejections.push(reason);
beforeAll(() => {
  process.on('unhandledRejection', onRejection);
});
afterAll(() => {
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
});

/** All that a session can be asked for. */
async function talk(channel: Channel): Promise<readonly Heard[]> {
  await channel.connect();
  const greeting = await channel.greeting();
  const helo = await channel.send([{ stage: 'helo', line: line('EHLO x') }]);
  const { heard } = await channel.startTls();
  const { heards } = await authenticate(channel, { mechanism: 'CRAM-MD5', user: 'u', password: 'p' });
  const batch = await channel.send(
    ['MAIL FROM:<>', 'RCPT TO:<a@b>', 'DATA'].map((text) => ({ stage: 'rcpt', line: line(text) })),
  );
  const message = await channel.sendMessage(Buffer.from('.\r\n'));
  await channel.quit();
  return [greeting, ...helo, heard, ...heards, ...batch, message];
}

/** Whatever happens: each exchange has a reply or a fault, never both, never neither, and a fault is never followed by a reply. */
function expectSound(heards: readonly Heard[]): void {
  for (const { exchange, fault } of heards) {
    expect(exchange.reply === null).toBe(fault !== null);
    if (fault) expect(FAULTS).toContain(fault.kind);
  }
  const first = heards.findIndex((heard) => heard.fault);
  if (first >= 0) expect(heards.slice(first).every((heard) => heard.fault)).toBe(true);
}

async function against(
  onClient: (client: Client) => void,
  timeouts = { replyMs: 2_000, greetingMs: 2_000, tlsMs: 2_000 },
) {
  const server = await serve(onClient);
  const channel = channelAt(server.port, { timeouts });
  const heards = await talk(channel);
  expectSound(heards);
  await server.emptied();
  await server.close();
  return { heards, channel };
}

/** Answer each line with the next of these replies; what comes after the last is silence, or the end. */
const answering =
  (replies: readonly string[], isClosing: boolean) =>
  ({ socket }: Client): void => {
    const rest = [...replies];
    const next = (): void => {
      const reply = rest.shift();
      if (reply !== undefined) socket.write(reply);
      else if (isClosing) socket.end();
    };
    next();
    socket.on('data', (chunk) => {
      for (const _ of chunk.toString('latin1').split('\n').slice(1)) next();
    });
  };

const POLITE = [
  '220 hi\r\n',
  '250 a\r\n',
  '502 no tls\r\n',
  '334 PDFAYT4=\r\n',
  '535 no\r\n',
  '250 b\r\n',
  '550 c\r\n',
  '354 d\r\n',
  '250 e\r\n',
  '221 f\r\n',
];

describe('hostile servers', () => {
  test('a polite one, as the measure', async () => {
    const { heards } = await against(answering(POLITE, true));
    expect(heards.map(({ exchange }) => exchange.reply?.code)).toEqual([220, 250, 502, 334, 535, 250, 550, 354, 250]);
  });

  test.each(POLITE.map((_, at) => at))('hangs up after %i replies', async (at) => {
    const { heards } = await against(answering(POLITE.slice(0, at), true));
    expect(heards.filter((heard) => heard.exchange.reply)).toHaveLength(Math.min(at, 9));
    if (at < 9) expect(heards.at(-1)?.fault?.kind).toBe('disconnected');
  });

  test.each(POLITE.map((_, at) => at))('says 421 as reply %i and closes', async (at) => {
    const { heards } = await against(answering([...POLITE.slice(0, at), '421 4.3.2 bye\r\n'], true));
    if (at < 9) expect(heards[at]?.exchange.reply?.code).toBe(421);
  });

  test.each(POLITE.map((_, at) => at))('falls silent after %i replies', async (at) => {
    const { heards } = await against(answering(POLITE.slice(0, at), false), { replyMs: 40, greetingMs: 40, tlsMs: 40 });
    if (at < 9) expect(heards.at(-1)?.fault?.kind).toBe('timeout');
  });

  test('garbage of any kind', async () => {
    let bytes: Uint8Array = new Uint8Array();
    const server = await serve(({ socket }) => {
      socket.write(bytes);
      socket.on('data', () => socket.write(bytes));
    });
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom('220 a\r\n', '250-x\r\n', '334 \r\n', '250\r\n', '\r\n', '\x16\x03\x01')
        .map((text) => Buffer.from(text, 'latin1')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), async (pieces) => {
        bytes = Buffer.concat(pieces);
        const channel = channelAt(server.port, { timeouts: { greetingMs: 10, replyMs: 10, tlsMs: 10 } });
        expectSound(await talk(channel));
        await server.emptied();
      }),
      { numRuns: 60 },
    );
    await server.close();
  });

  test.each([
    ['200 MB without a line end', () => Buffer.alloc(1_048_576, 'x')],
    ['200 MB of a reply without end', () => Buffer.from('250-x\r\n'.repeat(150_000))],
    ['200 MB of replies that nothing asked for', () => Buffer.from('250 x\r\n'.repeat(150_000))],
  ])('%s, in bounded memory', async (_, chunkOf) => {
    const chunk = chunkOf();
    let written = 0;
    const server = await serve(({ socket }) => {
      const pour = (): void => {
        while (written < 200 * 1_048_576 && !socket.destroyed) {
          written += chunk.length;
          if (!socket.write(chunk)) {
            socket.once('drain', pour);
            return;
          }
        }
      };
      pour();
    });
    globalThis.gc?.();
    const before = process.memoryUsage();
    let peak = 0;
    const watch = setInterval(() => {
      const { heapUsed, external } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + external);
    }, 1);
    const channel = channelAt(server.port);
    const heards = await talk(channel);
    await server.emptied();
    clearInterval(watch);
    expectSound(heards);
    expect(heards.at(-1)?.fault?.kind).toBe('protocol-error');
    // What was not read is in the buffers of the two ends.
    expect(written).toBeLessThan(32 * 1_048_576);
    expect(peak - before.heapUsed - before.external).toBeLessThan(40 * 1_048_576);
    await server.close();
  });

  test('a byte now and then does not make a wait longer', async () => {
    const server = await serve(({ socket }) => {
      const drip = setInterval(() => socket.write('220-x\r\n'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    const channel = channelAt(server.port, { timeouts: { greetingMs: 60 } });
    await channel.connect();
    expect((await channel.greeting()).fault).toMatchObject({ kind: 'timeout', stage: 'greeting' });
    await server.emptied();
    await server.close();
  });

  test('escape sequences of a server never reach evidence', async () => {
    const evil = '220 \x1b]0;owned\x07\x1b[2J\u202egnp\r\n';
    const server = await serve(({ socket }) => socket.write(evil));
    const channel = channelAt(server.port);
    await channel.connect();
    expect(JSON.stringify(await channel.greeting())).not.toMatch(/\\u00|\u202e/);
    channel.destroy();
    await server.close();
  });
});
