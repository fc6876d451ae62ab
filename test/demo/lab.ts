// A demo server and a raw canary sink for one test, and what a raw client proves about them.
import type { RawClientOptions, RawTransaction } from '../../fixtures/raw/client.js';
import { transact } from '../../fixtures/raw/client.js';
import { type RawSink, startSink } from '../../fixtures/raw/sink.js';
import type { ServerConfig } from '../../src/demo/config.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import { combine, type Part } from '../../src/demo/tempers.js';

export const CANARY = 'relaytest@canary.example.net';
export const STRANGER = '127.0.0.66';

export const ACCOUNT = { user: 'alice', password: 'correct horse' } as const;

/** A server that relays for nobody but the authenticated, with everything switched on that a hole may need. */
const CLOSED: ServerConfig = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice', 'bob'],
  accounts: { [ACCOUNT.user]: ACCOUNT.password },
  security: { tls: 'starttls' },
  auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'] },
  relay: [{ kind: 'authenticated' }],
  extensions: {
    offer: ['PIPELINING', 'SIZE', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN', 'SMTPUTF8', 'CHUNKING', 'VRFY'],
  },
};

export interface Lab {
  readonly server: RunningServer;
  readonly sink: RawSink;
  readonly port: number;
  /** Whether a message for this recipient lies in the sink once everything accepted has been delivered. */
  hasArrived(recipient?: string): Promise<boolean>;
}

/** Start both, run a test, stop both. */
export async function inLab(parts: readonly Part[], run: (lab: Lab) => Promise<void>): Promise<void> {
  const sink = await startSink();
  const server = await startServer(
    combine(CLOSED, { delivery: { route: { '*': { host: '127.0.0.1', port: sink.port } } } }, ...parts),
  );
  const hasArrived = async (recipient: string = CANARY): Promise<boolean> => {
    await server.settled();
    return sink.messages.some(({ to, from }) => from !== '' && to.includes(recipient));
  };
  try {
    await run({ server, sink, port: server.port, hasArrived });
  } finally {
    await server.close();
    await sink.close();
  }
}

/** A stranger's whole transaction. */
export const send = (lab: Lab, mail: Partial<RawTransaction> = {}, options: Partial<RawClientOptions> = {}) =>
  transact(
    { port: lab.port, localAddress: STRANGER, ...options },
    { from: 'probe@canary.example.net', to: [CANARY], ...mail },
  );
