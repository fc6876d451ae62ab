// Starting and stopping the demo server: sockets, and what all its sessions share. One server is one ServerConfig; any number of
// them and of their sessions run side by side.
import { createServer, type Server, type Socket } from 'node:net';
import { makeIdentity } from './certificate.js';
import type { ServerConfig } from './config.js';
import { COUNTERS, type Counter, type Fault } from './config.js';
import type { KeptMessage } from './delivery.js';
import { withoutMapping } from './network.js';
import { serve } from './session.js';
import { freshState, type Session, type SessionRecord } from './state.js';
import type { Shop } from './talk.js';
import { type Chopping, openWire, type Wire } from './wire.js';

export interface RunningServer {
  readonly port: number;
  /** The first address listened on. */
  readonly address: string;
  /** Every session so far, by order of connecting. */
  readonly log: readonly SessionRecord[];
  /** Mail that was kept: for local users, or by `keep` and `redirectTo`. */
  readonly mailboxes: readonly KeptMessage[];
  /** PEM; null without TLS. */
  readonly certificate: string | null;
  /** Resolve once nothing accepted so far is still to be delivered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Start a server; rejects where an address cannot be listened on. */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const addresses = config.listen ?? ['127.0.0.1'];
  const identity = await makeIdentity(config);
  const log: SessionRecord[] = [];
  const mailboxes: KeptMessage[] = [];
  const state = freshState();
  const stop = new AbortController();
  const deliveries = new Set<Promise<void>>();
  const wires = new Set<Wire>();
  let servers: Server[] = [];
  let port = config.port ?? 0;

  const listenOnce = async (): Promise<void> => {
    for (const address of addresses) {
      const server = createServer({ noDelay: true, allowHalfOpen: true }, welcome);
      port = await bind(server, address, port);
      servers.push(server);
    }
  };
  const listen = async (tries: number): Promise<void> => {
    const wanted = port;
    try {
      await listenOnce();
    } catch (error) {
      await unlisten();
      // A port that is free on the first address may be taken on the next.
      if (wanted !== 0 || tries <= 1) throw error;
      port = 0;
      await listen(tries - 1);
    }
  };
  const unlisten = async (): Promise<void> => {
    const closing = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    servers = [];
    for (const wire of wires) wire.destroy();
    await Promise.all(closing);
  };

  const welcome = (socket: Socket): void => {
    const id = log.length + 1;
    const node = { ...config, ...config.nodes?.[(id - 1) % config.nodes.length] };
    const session = openSession(id, socket);
    log.push(session.record);
    const wire = openWire(socket, choppingOf(node.faults ?? [], id));
    wires.add(wire);
    socket.once('close', () => wires.delete(wire));
    const shop: Shop = {
      state,
      post: { hostname: node.hostname, delivery: node.delivery ?? {}, state, mailboxes },
      secureContext: identity?.context ?? null,
      signal: stop.signal,
      track: (delivery) => {
        deliveries.add(delivery);
        void delivery.finally(() => deliveries.delete(delivery));
      },
      die: (forMs) => {
        void unlisten();
        if (forMs !== null)
          setTimeout(() => stop.signal.aborted || void listen(5).catch(() => undefined), forMs).unref();
      },
    };
    void serve({ config: node, session, shop, wire });
  };

  await listen(5);
  return {
    get port() {
      return port;
    },
    address: addresses[0] ?? '127.0.0.1',
    log,
    mailboxes,
    certificate: identity?.certificate ?? null,
    settled: async () => {
      while (deliveries.size > 0) await Promise.all(deliveries);
    },
    close: async () => {
      stop.abort();
      await unlisten();
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      // A connection that breaks while it is accepted is the client's affair.
      server.on('error', () => undefined);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound ? bound.port : port);
    });
  });
}

function openSession(id: number, socket: Socket): Session {
  const peer = withoutMapping(socket.remoteAddress ?? '');
  const counts = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;
  return {
    record: { id, peer, client: peer, greeting: null, isSecured: false, user: null, lines: [], counts, endedBy: null },
    local: withoutMapping(socket.localAddress ?? ''),
    mechanism: null,
    pendingUser: null,
    clientCertificate: false,
    transaction: null,
    isEarlyTalker: false,
    isPipelined: false,
  };
}

function choppingOf(faults: readonly Fault[], id: number): Chopping {
  const active = faults.filter(({ connections }) => id <= (connections ?? Number.MAX_SAFE_INTEGER));
  return {
    every: active.find((fault) => fault.kind === 'split')?.bytes ?? null,
    once: active.find((fault) => fault.kind === 'cut')?.byte ?? null,
  };
}
