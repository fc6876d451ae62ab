// The sink must not be what it looks for: relayproof itself finds it closed, be it quick to greet or not.
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startSink } from '../../src/canary/sink.js';
import { memoryStore } from '../../src/canary/store.js';
import { audit } from '../../src/fleet/audit.js';
import { DEFAULTS } from '../../src/model/options.js';
import { KEY } from './made.js';

/** Hold back the sink's greetings, as a busy machine does; what it says to those who talk before them comes at once. */
const heldBack = async (port: number, ms: number): Promise<number> => {
  const front = createServer((client) => {
    const sink = connect(port, '127.0.0.1');
    client.pipe(sink);
    sink.once('data', (greeting) => {
      const pass = () => {
        client.write(greeting);
        sink.pipe(client);
      };
      if (greeting.toString().startsWith('421')) return pass();
      sink.pause();
      setTimeout(pass, ms);
    });
    sink.on('error', () => client.destroy());
    client.on('error', () => sink.destroy());
  });
  await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
  onTestFinished(() => void front.close());
  return (front.address() as AddressInfo).port;
};

it.each([
  ['at once', 0],
  ['late, as a listener does that wants a PROXY header first', 600],
])(
  'the sink, which greets %s, is no open relay',
  async (_, ms) => {
    const store = memoryStore(1_000_000);
    const sink = await startSink({ listen: { host: '127.0.0.1', port: 0 }, key: KEY, store });
    onTestFinished(() => sink.close());
    const report = await audit({
      ...DEFAULTS,
      targets: [{ host: '127.0.0.1', port: ms === 0 ? sink.port : await heldBack(sink.port, ms), security: 'none' }],
      sources: ['127.0.0.66'],
      canary: 'relaytest@canary.example.net',
      localDomains: ['corp.test'],
      relayHosts: ['192.0.2.1'],
    });
    expect(report.servers[0]?.verdict).toMatchObject({ relay: 'closed' });
    expect(report.servers[0]?.attempts.length).toBeGreaterThan(50);
    expect(store.rows).toEqual([]);
  },
  120_000,
);
