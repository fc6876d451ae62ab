// The sink: what it takes and what it refuses, its limits, and that what it answered with 250 is on disk.
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, transact } from '../../fixtures/raw/client.js';
import { type SinkOptions, startSink } from '../../src/canary/sink.js';
import { FILE_NAME, memoryStore, openStore, type Row, type Store } from '../../src/canary/store.js';
import { tokensFor } from '../../src/canary/token.js';
import { KEY, sampleOf } from './made.js';

const sample = sampleOf();
const { to, from, message } = sample;

let folder: string;
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-sink-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rm(folder, { recursive: true, force: true });
});

async function start(store: Store, options: Partial<SinkOptions> = {}) {
  const waiting: ((row: Row) => void)[] = [];
  const queue: Row[] = [];
  const troubles: string[] = [];
  const sink = await startSink({
    listen: { host: '127.0.0.1', port: 0 },
    key: KEY,
    store,
    onRow: (row) => {
      const take = waiting.shift();
      if (take === undefined) queue.push(row);
      else take(row);
    },
    onTrouble: (text) => troubles.push(text),
    ...options,
  });
  closing.push(() => sink.close());
  const row = () =>
    new Promise<Row>((resolve) => {
      const known = queue.shift();
      if (known === undefined) waiting.push(resolve);
      else resolve(known);
    });
  return { ...sink, row, troubles };
}

const disk = async (limit = 1_000_000) => {
  const store = await openStore(folder, limit);
  closing.push(() => store.close());
  return store;
};

describe('the sink', () => {
  it('takes a canary, and keeps envelope, client and the whole message', async () => {
    const store = await disk();
    const { port } = await start(store);
    const outcome = await transact({ port, localAddress: '127.0.0.25' }, { from, to: [to], message });
    expect(outcome.message?.code).toBe(250);
    const text = await readFile(join(folder, FILE_NAME), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      seq: 1,
      kind: 'message',
      by: 'sink',
      reversePath: from,
      recipients: [to],
      client: '127.0.0.25',
      helo: 'client.example',
      tls: null,
    });
    expect(store.rows[0]?.message).toBe(`${message}\r\n`);
  });

  it('keeps octets beyond ASCII, dots, and what the server in front wrote', async () => {
    const store = await disk();
    const { port } = await start(store);
    const text = `Received: from a by b; now\r\n${message}.a dot\r\n..two\r\n\u00ff\u0000\u0085\r\n`;
    await transact({ port }, { from: '', to: [to], message: text });
    // The raw client sends UTF-8.
    expect(Buffer.from(store.rows[0]?.message ?? '', 'latin1').toString('utf8')).toBe(`${text}\r\n`);
    expect(store.rows[0]?.reversePath).toBe('');
  });

  it.each([
    ['no token', 'relaytest@canary.example.net'],
    ['a postmaster', 'postmaster'],
    ['a forged token', to.replace(/.@/, '@')],
    [
      'a token made with another key',
      `relaytest+${tokensFor({ key: Buffer.alloc(32), run: 'x', attempt: 'x' }).forward}@canary.example.net`,
    ],
    ['a token in the domain', `relaytest@${sample.tokens.forward.slice(0, 20)}.example.net`],
  ])('refuses %s for good', async (_, recipient) => {
    const { port } = await start(memoryStore(1_000_000));
    const outcome = await transact({ port }, { from, to: [recipient], message });
    expect(outcome.rcpt[0]?.code).toBe(550);
    expect(outcome.data).toBeNull();
  });

  const forward = sample.tokens.forward;
  it.each([
    ['a reverse-path without a domain', 'auditor', to],
    ['a reverse-path with nothing behind its @', 'auditor@', to],
    ['a reverse-path with two @', 'auditor@corp.test@canary.example.net', to],
    ['a quoted @ in the reverse-path', '"auditor@canary.example.net"@corp.test', to],
    ['a quoted space in the reverse-path', '"an auditor"@corp.test', to],
    ['two @', from, `relaytest+${forward}@corp.test@canary.example.net`],
    ['a quoted @', from, `"relaytest+${forward}@canary.example.net"@corp.test`],
    ['a quoted >', from, `"relaytest+${forward}@canary.example.net> ORCPT=rfc822;y"@corp.test`],
    ['a bang path', from, `canary.example.net!relaytest+${forward}`],
    ['nothing behind the @', from, `relaytest+${forward}@`],
    ['a source route to an odd path', from, `@corp.test:relaytest+${forward}@corp.test@canary.example.net`],
  ])('takes a token in an envelope that a server passed on as it was: %s', async (_, reversePath, forwardPath) => {
    const store = memoryStore(1_000_000);
    const { port } = await start(store);
    const outcome = await transact({ port }, { from: reversePath, to: [forwardPath], message });
    expect(outcome.message?.code).toBe(250);
    expect(store.rows[0]).toMatchObject({
      kind: 'message',
      reversePath,
      recipients: [forwardPath.replace(/^@corp\.test:/, '')],
    });
  });

  it.each([
    ['MAIL FROM:<auditor> SIZE=x', 501],
    ['MAIL FROM:<auditor> SIZE=99999999', 552],
    ['MAIL FROM:<"a\u0001b"@corp.test>', 501],
    ['MAIL FROM:<auditor', 501],
    ['MAIL FROM:<a b@corp.test>x', 501],
    ['MAIL', 501],
  ])('still refuses %j', async (line, code) => {
    const { port } = await start(memoryStore(1_000_000));
    const client = await connect({ port });
    await client.send('EHLO client.example');
    expect((await client.send(line)).code).toBe(code);
  });

  it('refuses an odd path without a token as any other', async () => {
    const { port } = await start(memoryStore(1_000_000));
    const outcome = await transact({ port }, { from, to: ['victim@corp.test@example.net', '<>'], message });
    expect(outcome.rcpt.map(({ code }) => code)).toEqual([550, 501]);
  });

  it('takes a token of any run, in any case, and the reverse one', async () => {
    const { port } = await start(memoryStore(1_000_000));
    const other = sampleOf({}, 'another run');
    const outcome = await transact(
      { port },
      { from: '', to: [other.to.toUpperCase(), from], message: 'Subject: x\n\ny' },
    );
    expect(outcome.rcpt.map(({ code }) => code)).toEqual([250, 250]);
    expect(outcome.message?.code).toBe(250);
  });

  it('offers STARTTLS with a certificate of its own, and says what was used', async () => {
    const store = memoryStore(1_000_000);
    const { port, certificate } = await start(store);
    const client = await connect({ port });
    await client.send('EHLO client.example');
    expect(
      (await client.startTls({ ca: certificate, rejectUnauthorized: true, servername: 'canary-sink.invalid' })).code,
    ).toBe(220);
    const hello = await client.send('EHLO client.example');
    expect(hello.text).not.toMatch(/AUTH|STARTTLS/);
    await client.send(`MAIL FROM:<${from}>`);
    await client.send(`RCPT TO:<${to}>`);
    await client.send('DATA');
    expect((await client.message(message)).code).toBe(250);
    client.close();
    expect(store.rows[0]?.tls).toMatch(/^TLSv1\.[23] \S+$/);
  });

  it.each([
    'VRFY root',
    'EXPN all',
    'AUTH PLAIN AGEAYg==',
    'XCLIENT ADDR=127.0.0.1',
    'WIZ',
    'SHELL',
    'ETRN x',
    'BDAT 3 LAST',
  ])('has nothing to say to %s', async (command) => {
    const { port } = await start(memoryStore(1_000_000));
    const client = await connect({ port });
    await client.send('EHLO client.example');
    const { code } = await client.send(command);
    client.close();
    expect(command.startsWith('VRFY') ? [252] : [500, 502, 503]).toContain(code);
  });

  it('survives whoever breaks off', async () => {
    const { port } = await start(memoryStore(1_000_000));
    for (const text of [
      'EHLO x\r\n',
      `EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<${to}>\r\nDATA\r\nhalf a`,
      '\u0000\u00ff\r\n',
      'GET / HTTP/1.1\r\n\r\n',
    ]) {
      const client = await connect({ port });
      client.write(text);
      await client.reply();
      client.close();
    }
    expect((await transact({ port }, { from, to: [to], message })).message?.code).toBe(250);
  });

  it('takes the client address from a PROXY header, where asked', async () => {
    const store = memoryStore(1_000_000);
    const { port } = await start(store, { proxy: ['127.0.0.1'] });
    const preface = 'PROXY TCP4 192.0.2.44 192.0.2.25 4444 25\r\n';
    await transact({ port, preface }, { from, to: [to], message });
    await transact({ port, localAddress: '127.0.0.2' }, { from, to: [to], message });
    expect(store.rows.map(({ client }) => client)).toEqual(['192.0.2.44', '127.0.0.2']);
  });
});

describe("a mailbox of the canary's domain", () => {
  const DOMAINS = { domains: ['canary.example.net'] };

  it.each(['relaytest@canary.example.net', 'postmaster@Canary.Example.NET', 'relaytest@below.canary.example.net'])(
    '%s is there for a server that asks, and takes no message',
    async (recipient) => {
      const store = memoryStore(1_000_000);
      const { port } = await start(store, DOMAINS);
      const outcome = await transact({ port }, { from, to: [recipient], message });
      expect(outcome.rcpt[0]?.code).toBe(250);
      expect(outcome.message).toMatchObject({ code: 550, text: expect.stringContaining('canaries only') });
      expect(store.rows).toEqual([]);
    },
  );

  it.each(['relaytest@notcanary.example.net', 'relaytest@canary.example.net.test'])('%s is none', async (recipient) => {
    const { port } = await start(memoryStore(1_000_000), DOMAINS);
    const outcome = await transact({ port }, { from, to: [recipient], message });
    expect(outcome.rcpt[0]?.code).toBe(550);
  });

  it('gets nothing of a message for a canary, whose recipient alone is kept', async () => {
    const store = memoryStore(1_000_000);
    const { port } = await start(store, DOMAINS);
    const outcome = await transact({ port }, { from, to: ['relaytest@canary.example.net', to], message });
    expect(outcome.message?.code).toBe(250);
    expect(store.rows.map(({ recipients }) => recipients)).toEqual([[to]]);
  });
});

describe('a callout', () => {
  it.each<[string, (send: (line: string) => Promise<unknown>) => Promise<unknown>]>([
    ['that quits', (send) => send('QUIT')],
    ['that resets and begins again', (send) => send('RSET').then(() => send('MAIL FROM:<>'))],
  ])('%s is an event', async (_, end) => {
    const sink = await start(memoryStore(1_000_000));
    const client = await connect({ port: sink.port });
    for (const line of ['EHLO mail.corp.test', 'MAIL FROM:<>', `RCPT TO:<${to}>`]) await client.send(line);
    await end((line) => client.send(line));
    expect(await sink.row()).toMatchObject({
      kind: 'callout',
      reversePath: '',
      recipients: [to],
      message: null,
      helo: 'mail.corp.test',
    });
    client.close();
  });

  it('is what a message that breaks off is', async () => {
    const sink = await start(memoryStore(1_000_000));
    const client = await connect({ port: sink.port });
    for (const line of ['EHLO mail.corp.test', 'MAIL FROM:<>', `RCPT TO:<${to}>`, 'DATA']) await client.send(line);
    client.write(message.slice(0, 300));
    client.close();
    expect(await sink.row()).toMatchObject({
      kind: 'callout',
      detail: 'the connection was closed without a whole message',
    });
  });

  it('that is repeated without end is kept a few times', async () => {
    const store = memoryStore(1_000_000);
    const sink = await start(store);
    for (let times = 0; times < 8; times += 1)
      await transact({ port: sink.port }, { from: '', to: [to], message: null });
    await transact({ port: sink.port }, { from, to: [to], message });
    expect(store.rows.filter(({ kind }) => kind === 'callout')).toHaveLength(5);
  });
});

describe('limits', () => {
  it('of size: a message that is too long is refused, and said to have come', async () => {
    const sink = await start(memoryStore(10_000_000), { limits: { message: 5_000 } });
    const outcome = await transact(
      { port: sink.port },
      { from, to: [to], message: `${message}${'x'.repeat(70)}\n`.padEnd(9_000, 'yyyy\n') },
    );
    expect(outcome.message?.code).toBe(552);
    expect(await sink.row()).toMatchObject({ kind: 'callout', detail: expect.stringContaining('5000 octets') });
  });

  it('of disk: canaries are deferred, which is said, and the file stays within it', async () => {
    const limit = 24_000;
    const sink = await start(await disk(limit));
    const codes: number[] = [];
    for (let times = 0; times < 20; times += 1) {
      const { rcpt, message: last } = await transact({ port: sink.port }, { from, to: [to], message });
      codes.push(last?.code ?? rcpt[0]?.code ?? 0);
    }
    expect(codes[0]).toBe(250);
    expect(codes.at(-1)).toBe(452);
    expect(sink.troubles.at(-1)).toContain('limit');
    expect((await stat(join(folder, FILE_NAME))).size).toBeLessThanOrEqual(limit);
    const rows = (await readFile(join(folder, FILE_NAME), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(rows.filter(({ kind }) => kind === 'message')).toHaveLength(codes.filter((code) => code === 250).length);
    expect(rows.at(-1)).toMatchObject({ kind: 'callout', detail: expect.stringContaining('disk limit') });
  });

  it('of connections from one address', async () => {
    const sink = await start(memoryStore(1_000_000), { limits: { connectionsPerClient: 2 } });
    const clients = [await connect({ port: sink.port }), await connect({ port: sink.port })];
    const third = await connect({ port: sink.port });
    const other = await connect({ port: sink.port, localAddress: '127.0.0.2' });
    expect([...clients, third, other].map(({ greeting }) => greeting.code)).toEqual([220, 220, 421, 220]);
    for (const client of [...clients, third, other]) client.close();
  });
});

describe('the state', () => {
  it('is there again after a restart, and goes on counting', async () => {
    const first = await openStore(folder, 1_000_000);
    const sink = await start(first);
    await transact({ port: sink.port }, { from, to: [to], message });
    await sink.close();
    await first.close();
    const second = await disk();
    expect(second.rows.map(({ seq, recipients }) => [seq, recipients])).toEqual([[1, [to]]]);
    expect((await second.add({ ...rowless(second.rows[0]), detail: '' })).seq).toBe(2);
  });

  it('loses a torn last line, and nothing else', async () => {
    const store = await openStore(folder, 1_000_000);
    const sink = await start(store);
    for (let times = 0; times < 2; times += 1) await transact({ port: sink.port }, { from, to: [to], message });
    await sink.close();
    await store.close();
    await appendFile(join(folder, FILE_NAME), '{"kind":"message","at":"2026-');
    const again = await disk();
    expect(again.rows.map(({ seq }) => seq)).toEqual([1, 2]);
    await again.add(rowless(again.rows[0]));
    const lines = (await readFile(join(folder, FILE_NAME), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Row).seq)).toEqual([1, 2, 3]);
  });

  it('passes over lines that something else has damaged', async () => {
    await appendFile(join(folder, FILE_NAME), 'garbage\n{"seq":"x"}\n{"seq":1}\nnull\n');
    expect((await disk()).rows).toEqual([]);
  });
});

const rowless = (row: Row | undefined) => {
  if (row === undefined) throw new Error('no row');
  const { seq: _, ...arrival } = row;
  return arrival;
};
