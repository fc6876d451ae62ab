// Receivers together: waiting for tokens, another machine's sink over HTTP, the direct canary.
import { get } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import { transact } from '../../fixtures/raw/client.js';
import { makeCertificate } from '../../src/canary/certificate.js';
import { directTarget } from '../../src/canary/direct.js';
import { serveEvents } from '../../src/canary/events-server.js';
import { type ReceiverSpec, receive } from '../../src/canary/index.js';
import { startSink } from '../../src/canary/sink.js';
import { memoryStore } from '../../src/canary/store.js';
import { watchSink } from '../../src/canary/watch-sink.js';
import { reportOf } from './bounces.js';
import { forwardTokens, KEY, RUN, sampleOf } from './made.js';

const HERE: ReceiverSpec = { kind: 'sink', listen: { host: '127.0.0.1', port: 0 }, state: null, stateLimit: 1_000_000 };
const NEVER = new AbortController().signal;
const LONG_MS = 15_000;

async function receiverOf(specs: readonly ReceiverSpec[]) {
  const receiver = await receive({ specs, key: KEY, run: RUN });
  onTestFinished(() => receiver.close());
  return receiver;
}

const one = sampleOf({ key: 'one' });
const two = sampleOf({ key: 'two' });

describe('waiting', () => {
  it('ends as soon as the last token is in', async () => {
    const receiver = await receiverOf([HERE]);
    const port = receiver.listening?.port ?? 0;
    receiver.expect(one.expected);
    receiver.expect(two.expected);
    let isOver = false;
    const over = receiver.wait(new Set([one.tokens.forward, two.tokens.forward]), LONG_MS, NEVER).then(() => {
      isOver = true;
    });
    await transact({ port }, { from: one.from, to: [one.to], message: one.message });
    expect(isOver).toBe(false);
    await transact({ port }, { from: '', to: [two.from], message: reportOf(two) });
    await over;
    expect(
      forwardTokens(receiver).map((token) => [token, receiver.events.get(token)?.map(({ kind }) => kind)]),
    ).toEqual([
      [one.tokens.forward, ['delivered']],
      [two.tokens.forward, ['bounced']],
    ]);
  });

  it('goes on through callouts and delays, to the end of its time', async () => {
    const receiver = await receiverOf([HERE]);
    const port = receiver.listening?.port ?? 0;
    receiver.expect(one.expected);
    await transact({ port }, { from: '', to: [one.to], message: null });
    await transact(
      { port },
      { from: '', to: [one.from], message: reportOf(one, { action: 'delayed', status: '4.4.1' }) },
    );
    const from = performance.now();
    await receiver.wait(new Set([one.tokens.forward]), 300, NEVER);
    expect(performance.now() - from).toBeGreaterThan(290);
    expect(receiver.events.get(one.tokens.forward)?.map(({ kind }) => kind)).toEqual(['callout', 'bounced']);
  });

  it('ends when it is told to', async () => {
    const receiver = await receiverOf([HERE]);
    await receiver.wait(new Set([one.tokens.forward]), LONG_MS, AbortSignal.abort());
    await receiver.wait(new Set(), LONG_MS, NEVER);
    expect(receiver.events.size).toBe(0);
  });

  it('counts what came before the canary was named', async () => {
    const receiver = await receiverOf([HERE]);
    await transact({ port: receiver.listening?.port ?? 0 }, { from: one.from, to: [one.to], message: one.message });
    receiver.expect(one.expected);
    await receiver.wait(new Set([one.tokens.forward]), LONG_MS, NEVER);
    expect(receiver.events.get(one.tokens.forward)).toHaveLength(1);
  });

  it('does not count a canary of another run', async () => {
    const receiver = await receiverOf([HERE]);
    const replayed = sampleOf({ key: 'one' }, 'run-0');
    receiver.expect(one.expected);
    await transact(
      { port: receiver.listening?.port ?? 0 },
      { from: one.from, to: [replayed.to], message: replayed.message },
    );
    expect(receiver.events.size).toBe(0);
  });
});

describe('a sink elsewhere', () => {
  const TOKEN = 'a bearer token of some length'.replaceAll(' ', '-');

  async function elsewhere() {
    const store = memoryStore(1_000_000);
    const sink = await startSink({ listen: { host: '127.0.0.1', port: 0 }, key: KEY, store });
    const events = await serveEvents({ listen: { host: '127.0.0.1', port: 0 }, store, token: TOKEN, tls: null });
    onTestFinished(async () => {
      await events.close();
      await sink.close();
    });
    return { port: sink.port, url: events.url };
  }

  it('tells what comes from now on, at once', async () => {
    const { port, url } = await elsewhere();
    await transact({ port }, { from: two.from, to: [two.to], message: two.message });
    const receiver = await receiverOf([{ kind: 'remote', url, token: TOKEN }]);
    receiver.expect(one.expected);
    receiver.expect(two.expected);
    await transact({ port }, { from: one.from, to: [one.to], message: one.message });
    await receiver.wait(new Set([one.tokens.forward]), LONG_MS, NEVER);
    expect(forwardTokens(receiver)).toEqual([one.tokens.forward]);
  });

  it.each([
    ['no token', {}, 401],
    ['a wrong token', { Authorization: 'Bearer nothing' }, 401],
    ['the token as a password', { Authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}` }, 401],
    ['the right token', { Authorization: `Bearer ${TOKEN}` }, 200],
  ])('answers %s', async (_, headers, status) => {
    const { url } = await elsewhere();
    expect((await fetch(url, { headers })).status).toBe(status);
  });

  it('is served under TLS elsewhere, to whoever trusts the certificate', async () => {
    const certificate = await makeCertificate('sink.example.net');
    const store = memoryStore(1_000_000);
    const events = await serveEvents({ listen: { host: '0.0.0.0', port: 0 }, store, token: TOKEN, tls: certificate });
    onTestFinished(() => events.close());
    const { port } = new URL(events.url);
    const options = { host: '127.0.0.1', port, path: '/events', servername: 'sink.example.net', ca: certificate.cert };
    const status = await new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${TOKEN}` };
      get({ ...options, headers }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    expect(status).toBe(200);
    // Nobody vouches for it here.
    await expect(watchSink({ url: `https://127.0.0.1:${port}`, token: TOKEN, onRow: () => undefined })).rejects.toThrow(
      /no answer/,
    );
  });

  it('can only be read', async () => {
    const { url } = await elsewhere();
    const headers = { Authorization: `Bearer ${TOKEN}` };
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(405);
    expect((await fetch(new URL('/', url), { headers })).status).toBe(404);
  });

  it('is served on loopback alone, unless with a certificate', async () => {
    const store = memoryStore(1_000);
    for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
      await expect(serveEvents({ listen: { host, port: 0 }, store, token: TOKEN, tls: null })).rejects.toThrow(
        /without TLS/,
      );
    }
    await expect(
      serveEvents({ listen: { host: '127.0.0.1', port: 0 }, store, token: 'short', tls: null }),
    ).rejects.toThrow(/too short/);
  });

  it.each([
    ['http://192.0.2.1:80', /in the clear/],
    ['http://sink.example.net', /in the clear/],
    ['ftp://127.0.0.1', /not the address of a sink/],
    ['https://user:word@127.0.0.1', /not the address of a sink/],
  ])('is not asked at %s', async (url, problem) => {
    await expect(watchSink({ url, token: TOKEN, onRow: () => undefined })).rejects.toThrow(problem);
  });

  it('that does not know the token is known at once', async () => {
    const { url } = await elsewhere();
    await expect(watchSink({ url, token: 'another', onRow: () => undefined })).rejects.toThrow(/token is not accepted/);
  });
});

it.each([
  ['::', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['192.0.2.1', '192.0.2.1'],
])('a sink at %s is reached at %s', (host, want) => {
  expect(directTarget(host, 2525)).toEqual({ host: want, port: 2525, security: 'none' });
});
