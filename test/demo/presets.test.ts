// The truth of every preset, by raw SMTP and the raw sink: all the tricks that the presets are about are tried from every source
// of the preset, and only what lies in the sink counts.
import { describe, expect, it } from 'vitest';
import { connect, envelope, type RawClient } from '../../fixtures/raw/client.js';
import { type RawSink, startSink } from '../../fixtures/raw/sink.js';
import { inventAccount } from '../../src/demo/account.js';
import { DEMO, type DemoPreset, PRESETS } from '../../src/demo/presets.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';

interface Trick {
  readonly from?: string;
  readonly to?: (canary: string) => string;
  readonly before?: (client: RawClient) => Promise<void>;
  readonly name?: string;
}

const ehlo = (client: RawClient, name = 'client.example') => client.send(`EHLO ${name}`);

const TRICKS: readonly Trick[] = [
  {},
  { from: '' },
  { from: 'no-such@corp.test' },
  { to: (canary) => `${canary.replace('@', '%')}@corp.test` },
  { name: 'mail.corp.test' },
  { name: 'localhost' },
  {
    before: async (client) => {
      await client.startTls();
      await ehlo(client);
    },
  },
  {
    before: async (client) => {
      await client.send('XCLIENT ADDR=127.0.0.1');
      await ehlo(client);
    },
  },
  { before: async (client) => void (await client.auth('PLAIN', 'alice', 'certainly wrong')) },
  { before: async (client) => void (await client.auth('CRAM-MD5', 'alice', '')) },
  { before: async (client) => void (await client.auth('LOGIN', 'nobody', 'x')) },
];

const cases = Object.entries<DemoPreset>(PRESETS);

describe.each(cases)('preset %s', (_name, preset) => {
  const withServer = async (
    run: (server: RunningServer, sink: RawSink, account: { user: string; password: string }) => Promise<void>,
    viaProxy = false,
  ): Promise<void> => {
    const sink = await startSink();
    const account = inventAccount();
    const server = await startServer(
      preset.config({ account, sink: { host: '127.0.0.1', port: sink.port }, viaProxy }),
    );
    try {
      await run(server, sink, account);
    } finally {
      await server.close();
      await sink.close();
    }
  };

  /** Try every trick from an address; whether any message came. */
  const relaysFor = async (
    source: string,
    server: RunningServer,
    sink: RawSink,
    viaProxy: boolean,
  ): Promise<boolean> => {
    const open = () =>
      connect({
        port: server.port,
        ...(viaProxy ? { preface: `PROXY TCP4 ${source} 127.0.0.1 40000 25\r\n` } : { localAddress: source }),
      });
    for (const [at, { from, to, before, name }] of TRICKS.entries()) {
      const canary = `relaytest+${source.replaceAll('.', '-')}-${at}@canary.example.net`;
      const client = await open();
      await ehlo(client, name);
      await before?.(client);
      await envelope(client, { from: from ?? 'probe@canary.example.net', to: [to?.(canary) ?? canary] });
      client.close();
    }
    await server.settled();
    const mark = `relaytest+${source.replaceAll('.', '-')}-`;
    return sink.messages.some(({ to }) => to.some((recipient) => recipient.startsWith(mark)));
  };

  const sources = Object.entries(preset.truth.sources);

  it('relays for whom its truth names, and for nobody else', () =>
    withServer(async (server, sink) => {
      for (const [source, relays] of sources) {
        expect([source, await relaysFor(source, server, sink, false)]).toEqual([source, relays === 'yes']);
      }
    }));

  it('is the same behind a PROXY header', () =>
    withServer(async (server, sink) => {
      for (const [source, relays] of sources) {
        expect([source, await relaysFor(source, server, sink, true)]).toEqual([source, relays === 'yes']);
      }
    }, true));

  // A preset that is open has a policy that it does not keep.
  const isKept = preset.truth.relay === 'closed';
  if (isKept)
    it('relays for the account exactly where its policy says so', () =>
      withServer(async (server, sink, { user, password }) => {
        const expected = preset.audit.policy !== 'list-only';
        for (const mechanism of ['CRAM-MD5', 'PLAIN', 'LOGIN']) {
          const client = await connect({ port: server.port, localAddress: DEMO.stranger });
          await ehlo(client);
          if ((await client.startTls()).code === 220) await ehlo(client);
          await client.auth(mechanism, user, password);
          const canary = `${mechanism}@canary.example.net`;
          await envelope(client, { from: DEMO.localRecipient, to: [canary] });
          client.close();
          await server.settled();
          // Mail that is accepted and returned arrives as a notification, from the null reverse-path.
          const hasCome = sink.messages.some(({ to, from }) => from !== '' && to.includes(canary));
          expect([mechanism, hasCome]).toEqual([mechanism, expected]);
        }
      }));

  it('takes inbound mail from strangers unless it is there for sending only', () =>
    withServer(async (server) => {
      const client = await connect({ port: server.port, localAddress: DEMO.stranger });
      await ehlo(client);
      await envelope(client, { from: 'probe@canary.example.net', to: [DEMO.localRecipient] });
      client.close();
      await server.settled();
      const isTaken =
        !['send-only', 'submission'].includes(preset.audit.policy) && preset.truth.relay !== 'inconclusive';
      expect(server.mailboxes.map(({ mailbox }) => mailbox)).toEqual(isTaken ? [DEMO.localRecipient] : []);
    }));
});
