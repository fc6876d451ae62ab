import { describe, expect, test } from 'vitest';
import { serve } from '../../fixtures/hostile/server.js';
import { FaultError } from '../../src/smtp/faults.js';
import { openTcp } from '../../src/smtp/tcp.js';

const faultOf = async (opening: Promise<unknown>): Promise<unknown> => {
  try {
    await opening;
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  return null;
};

describe('openTcp', () => {
  test('comes from the address it was bound to', async () => {
    const server = await serve(() => {});
    const socket = await openTcp({
      address: '127.0.0.1',
      port: server.port,
      localAddress: '127.0.0.9',
      timeoutMs: 1_000,
    });
    expect(socket.localAddress).toBe('127.0.0.9');
    socket.destroy();
    await server.close();
  });

  test.each([
    ['0.0.0.0', /comes from 127\.0\.0\.1/],
    ['127.255.255.255', /comes from|EADDRNOTAVAIL/],
    ['224.0.0.1', /comes from|EADDRNOTAVAIL|EINVAL/],
    ['192.0.2.77', /EADDRNOTAVAIL/],
    ['::1', /EINVAL|EAFNOSUPPORT|EADDRNOTAVAIL|family/],
    ['not-an-address', /./],
  ])('never comes from elsewhere: bound to %s', async (localAddress, detail) => {
    const server = await serve(() => {});
    const found = await faultOf(openTcp({ address: '127.0.0.1', port: server.port, localAddress, timeoutMs: 1_000 }));
    expect(found).toMatchObject({ kind: 'unreachable', stage: 'connect', detail: expect.stringMatching(detail) });
    await server.emptied();
    await server.close();
  });

  test('a closed port is unreachable, in words', async () => {
    const server = await serve(() => {});
    await server.close();
    expect(await faultOf(openTcp({ address: '127.0.0.1', port: server.port, timeoutMs: 1_000 }))).toEqual({
      kind: 'unreachable',
      stage: 'connect',
      detail: 'connection refused (ECONNREFUSED)',
    });
  });

  test.each(['localhost', 'mail.example.org', ''])('never resolves a name: %j', async (address) => {
    expect(await faultOf(openTcp({ address, port: 25, timeoutMs: 1_000 }))).toMatchObject({ kind: 'unreachable' });
  });

  test('a port that is none is a fault, not an exception', async () => {
    expect(await faultOf(openTcp({ address: '127.0.0.1', port: 70_000, timeoutMs: 1_000 }))).toMatchObject({
      kind: 'unreachable',
    });
  });

  test('cancelled before and meanwhile', async () => {
    expect(
      await faultOf(openTcp({ address: '127.0.0.1', port: 25, timeoutMs: 1_000 }, AbortSignal.abort())),
    ).toMatchObject({ kind: 'disconnected' });
    const control = new AbortController();
    const server = await serve(() => {});
    const opening = faultOf(openTcp({ address: '127.0.0.1', port: server.port, timeoutMs: 1_000 }, control.signal));
    control.abort();
    expect(await opening).toMatchObject({ kind: 'disconnected', detail: 'cancelled while connecting' });
    await server.close();
  });
});
