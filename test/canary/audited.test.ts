// The sink must not be what it looks for: relayproof itself finds it closed.
import { expect, it, onTestFinished } from 'vitest';
import { startSink } from '../../src/canary/sink.js';
import { memoryStore } from '../../src/canary/store.js';
import { audit } from '../../src/fleet/audit.js';
import { DEFAULTS } from '../../src/model/options.js';
import { KEY } from './made.js';

it('the sink is no open relay', async () => {
  const store = memoryStore(1_000_000);
  const sink = await startSink({ listen: { host: '127.0.0.1', port: 0 }, key: KEY, store });
  onTestFinished(() => sink.close());
  const report = await audit({
    ...DEFAULTS,
    targets: [{ host: '127.0.0.1', port: sink.port, security: 'none' }],
    sources: ['127.0.0.66'],
    canary: 'relaytest@canary.example.net',
    localDomains: ['corp.test'],
    relayHosts: ['192.0.2.1'],
  });
  expect(report.servers[0]?.verdict).toMatchObject({ relay: 'closed' });
  expect(report.servers[0]?.attempts.length).toBeGreaterThan(50);
  expect(store.rows).toEqual([]);
}, 120_000);
