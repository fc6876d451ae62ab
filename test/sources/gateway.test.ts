// Sockets through proxies: what is asked of them, what they refuse, and that nothing of what a server says is lost.
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../fixtures/hostile/certificate.js';
import { serve } from '../../fixtures/hostile/server.js';
import { startHttpProxy } from '../../fixtures/proxies/http-connect.js';
import { startSocks5 } from '../../fixtures/proxies/socks5.js';
import type { ProxyOptions, RunningProxy } from '../../fixtures/proxies/tunnel.js';
import { startServer } from '../../src/demo/server.js';
import { audit } from '../../src/fleet/audit.js';
import type { Source } from '../../src/model/source.js';
import type { TargetAddress } from '../../src/model/target.js';
import { Channel } from '../../src/smtp/channel.js';
import { openFrom } from '../../src/sources/index.js';
import { parseSource } from '../../src/sources/spec.js';
import { OPTIONS, zone } from '../fleet/lab.js';

const ROUTES = [
  ['socks5', startSocks5],
  ['http', startHttpProxy],
] as const;
const PASSWORD = 'b1g: secret/"+';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that greets at once, and says which address it saw. */
async function greeter(): Promise<number> {
  const server = await serve(({ socket }) => socket.write(`220 saw ${socket.remoteAddress}\r\n`));
  closing.push(server.close);
  return server.port;
}

async function proxy(
  start: (options: ProxyOptions) => Promise<RunningProxy>,
  options: ProxyOptions = {},
): Promise<RunningProxy> {
  const started = await start(options);
  closing.push(started.close);
  return started;
}

const sourceOf = (spec: string): Source => {
  const read = parseSource(spec, 's1');
  if (read.kind !== 'one') throw new Error('one source was meant');
  return read.source;
};

/** Connect as an audit does and hear the greeting. */
async function hear(
  spec: string,
  port: number,
  change: Partial<TargetAddress> = {},
  proxyPassword: string | null = null,
  timeoutMs = 3_000,
) {
  const target: TargetAddress = { host: '127.0.0.1', address: '127.0.0.1', port, security: 'none', ...change };
  const channel = new Channel({
    open: openFrom(sourceOf(spec), target, { timeoutMs, proxyPassword }),
    host: target.host,
    implicitTls: target.security === 'tls',
    timeouts: { connectMs: 5_000, greetingMs: 3_000, replyMs: 3_000, tlsMs: 3_000 },
    signal: new AbortController().signal,
    tlsPin: null,
  });
  const fault = await channel.connect();
  const heard = fault === null ? await channel.greeting() : null;
  const protocol = channel.tls?.protocol ?? null;
  channel.destroy();
  return { fault: fault ?? heard?.fault ?? null, greeting: heard?.exchange.reply?.text ?? null, protocol };
}

describe.each(ROUTES)('%s', (scheme, start) => {
  it('audits a name that the proxy alone resolves', async () => {
    const demo = await startServer({
      hostname: 'mail.corp.test',
      localDomains: ['corp.test'],
      users: ['alice'],
      relay: [],
    });
    closing.push(demo.close);
    const through = await proxy(start, { zone: { 'mail.corp.test': '127.0.0.1' } });
    const target = { host: 'mail.corp.test', port: demo.port, security: 'none' } as const;
    const sources = [`${scheme}://127.0.0.1:${through.port},seen-as=127.0.0.1`];
    const techniques = ['plain-external', 'percent-ip'];
    const report = await audit({ ...OPTIONS, sources, techniques, targets: [target] }, { resolver: zone({}) });
    expect(report.servers[0]?.sources[0]).toMatchObject({ relays: 'no', unknownBecause: null });
    expect(JSON.stringify(report)).not.toContain('[mail.corp.test]');
    expect(new Set(through.asked)).toEqual(new Set([`mail.corp.test:${demo.port}`]));
  });

  it('comes from the address of the proxy', async () => {
    const through = await proxy(start, { from: '127.0.0.66' });
    const port = await greeter();
    expect(await hear(`${scheme}://127.0.0.1:${through.port}`, port)).toEqual({
      fault: null,
      greeting: 'saw 127.0.0.66',
      protocol: null,
    });
    expect(through.asked).toEqual([`127.0.0.1:${port}`]);
  });

  it('loses nothing of a greeting that comes with the answer of the proxy', async () => {
    const through = await proxy(start, { coalesces: true });
    const { greeting } = await hear(`${scheme}://127.0.0.1:${through.port}`, await greeter());
    expect(greeting).toBe('saw 127.0.0.1');
  });

  it('leaves the name of the target to the proxy', async () => {
    const through = await proxy(start, { zone: { 'mail.corp.test': '127.0.0.1' } });
    const port = await greeter();
    const { greeting } = await hear(`${scheme}://127.0.0.1:${through.port}`, port, { host: 'mail.corp.test' });
    expect(greeting).toBe('saw 127.0.0.1');
    expect(through.asked).toEqual([`mail.corp.test:${port}`]);
  });

  it('reaches IPv6', async () => {
    const server = await serve(({ socket }) => socket.write(`220 saw ${socket.remoteAddress}\r\n`), '::1');
    closing.push(server.close);
    const through = await proxy(start);
    const { greeting } = await hear(`${scheme}://127.0.0.1:${through.port}`, server.port, {
      host: '::1',
      address: '::1',
    });
    expect(greeting).toBe('saw ::1');
  });

  it('shows the account', async () => {
    const through = await proxy(start, { account: `alice:${PASSWORD}` });
    const { greeting } = await hear(`${scheme}://alice@127.0.0.1:${through.port}`, await greeter(), {}, PASSWORD);
    expect(greeting).toBe('saw 127.0.0.1');
    expect(through.shown).toEqual([`alice:${PASSWORD}`]);
  });

  it('tells of a wrong password without showing it', async () => {
    const through = await proxy(start, { account: 'alice:another' });
    const { fault } = await hear(`${scheme}://alice@127.0.0.1:${through.port}`, await greeter(), {}, PASSWORD);
    expect(fault).toMatchObject({ kind: 'unreachable', stage: 'proxy' });
    expect(fault?.detail).toMatch(/407 Proxy Authentication Required|user name or password refused/);
    expect(fault?.detail).not.toContain(PASSWORD);
    expect(fault?.detail).not.toContain(Buffer.from(`alice:${PASSWORD}`).toString('base64'));
  });

  it.each([
    ['that refuses the target', { refuses: true }, /403 Not for you|not allowed by its ruleset/],
    ['that wants an account', { account: 'alice:another' }, /407|another kind of authentication/],
    ['that cannot resolve the name', {}, /502 Bad Gateway|host unreachable/],
  ] as const)('tells of a proxy %s', async (_, options, words) => {
    const through = await proxy(start, options);
    const { fault } = await hear(`${scheme}://127.0.0.1:${through.port}`, await greeter(), { host: 'unknown.test' });
    expect(fault).toMatchObject({ kind: 'unreachable', stage: 'proxy', detail: expect.stringMatching(words) });
    expect(fault?.detail).toContain(`127.0.0.1:${through.port}: `);
  });

  it('tells of a proxy that is not there, one that says nothing, and one that speaks another language', async () => {
    const gone = await serve(() => {});
    await gone.close();
    const mute = await serve(() => {});
    const odd = await serve(({ socket }) => socket.write('220 a mail server\r\n'));
    const rude = await serve(({ socket }) => socket.end());
    closing.push(mute.close, odd.close, rude.close);
    const port = await greeter();
    const through = (at: { port: number }) => hear(`${scheme}://127.0.0.1:${at.port}`, port, {}, null, 300);
    expect((await through(gone)).fault).toMatchObject({
      kind: 'unreachable',
      detail: expect.stringMatching(/refused/),
    });
    expect((await through(mute)).fault).toMatchObject({ kind: 'timeout', stage: 'proxy' });
    expect((await through(odd)).fault).toMatchObject({ kind: 'unreachable', stage: 'proxy' });
    expect((await through(rude)).fault).toMatchObject({ kind: 'unreachable', stage: 'proxy' });
    await mute.emptied();
  });

  it('carries implicit TLS', async () => {
    const { createServer } = await import('node:tls');
    const server = createServer(await makeCertificate(['127.0.0.1']), (socket) => socket.write('220 under TLS\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.address() as { port: number };
    const through = await proxy(start);
    expect(await hear(`${scheme}://127.0.0.1:${through.port}`, port, { security: 'tls' })).toMatchObject({
      greeting: 'under TLS',
      protocol: 'TLSv1.3',
    });
  });
});
