// The receiver of canaries: an SMTP server (RFC 5321) that takes mail for valid tokens and for nothing else, and answers 250
// only when the message is safe. Mailboxes of the canary's domain exist for whoever asks (a callout), and take no message without
// a token. It relays nothing, looks up nothing and writes to nobody. smtp-server does the talking.
import type { TLSSocket } from 'node:tls';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { makeCertificate } from './certificate.js';
import type { Arrival } from './events.js';
import { readOddPaths } from './odd-paths.js';
import type { Row, Store } from './store.js';
import { readToken } from './token.js';

export interface SinkOptions {
  readonly listen: { readonly host: string | null; readonly port: number };
  /** The key that the tokens were made with. */
  readonly key: Buffer;
  readonly store: Store;
  /** Domains of canaries, in lower case: a server may ask for a mailbox there before it takes one; absent: none. */
  readonly domains?: readonly string[];
  readonly limits?: Partial<SinkLimits>;
  /** PEM; a certificate is made where none is given. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Addresses that speak PROXY protocol version 1 first, or all; none where it is left out. */
  readonly proxy?: boolean | readonly string[];
  /** Name in the greeting. */
  readonly name?: string;
  readonly clock?: () => Date;
  /** Called with each row, when it is safe. */
  readonly onRow?: (row: Row) => void;
  /** Called with what went wrong on our side: the disk, the limit. */
  readonly onTrouble?: (text: string) => void;
}

export interface SinkLimits {
  /** Octets of one message. */
  readonly message: number;
  /** Connections at once, in all and from one address. */
  readonly connections: number;
  readonly connectionsPerClient: number;
  readonly recipients: number;
  readonly idleMs: number;
}

const SINK_LIMITS: SinkLimits = {
  message: 1_048_576,
  connections: 200,
  connectionsPerClient: 50,
  recipients: 100,
  idleMs: 60_000,
};

export interface Sink {
  readonly host: string;
  readonly port: number;
  /** PEM of the certificate. */
  readonly certificate: string;
  /** Ends listening and sessions; the store stays open. */
  close(): Promise<void>;
}

/** Start a sink; rejects with the system's error where it cannot listen. */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const { SMTPServer } = await import('smtp-server');
  const { listen, proxy = false } = options;
  const limits = { ...SINK_LIMITS, ...options.limits };
  const name = options.name ?? 'canary-sink.invalid';
  const tls = options.tls ?? (await makeCertificate(name));
  const desk = receptionOf(options, limits);
  const server = new SMTPServer({
    ...tls,
    name,
    banner: 'relayproof canary sink',
    logger: false,
    // No account, no look-up, and none of the jokes.
    disabledCommands: ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', 'HELP'],
    disableReverseLookup: true,
    lenientAddressParsing: true,
    hideREQUIRETLS: true,
    hideDSN: true,
    size: limits.message,
    rejectOversized: true,
    maxClients: limits.connections,
    maxRecipients: limits.recipients,
    socketTimeout: limits.idleMs,
    closeTimeout: CLOSE_MS,
    useProxy: typeof proxy === 'boolean' ? proxy : [...proxy],
    onConnect: (session, done) => {
      for (const connection of server.connections) if (connection.id === session.id) readOddPaths(connection);
      done(desk.connect(session));
    },
    onSecure: (socket, session, done) => {
      desk.secure(session, socket as TLSSocket);
      done();
    },
    onMailFrom: (_, session, done) => {
      desk.begin(session);
      done();
    },
    onRcptTo: ({ address }, session, done) => done(desk.recipient(session, address)),
    onData: (stream, session, done) => {
      desk.message(stream, session).then(
        (text) => done(null, text),
        (error: Error) => done(error),
      );
    },
    onClose: (session) => desk.close(session),
  });
  // SAFETY: without a listener, one broken connection ends the process.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(listen.port, listen.host ?? undefined, () => {
      server.server.off('error', reject);
      resolve();
    });
  });
  const bound = server.server.address();
  const { port, address } = typeof bound === 'object' && bound !== null ? bound : { port: listen.port, address: '' };
  return {
    host: address,
    port,
    certificate: tls.cert,
    close: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await desk.settled();
    },
  };
}

const CLOSE_MS = 250;

/** What the sink remembers of a session beside what smtp-server does. */
interface Visit {
  readonly client: string;
  tls: string | null;
  /** Of the transaction that the recipients belong to; smtp-server has forgotten it when the transaction is over. */
  reversePath: string | null;
  /** Recipients taken, for whom no message has come yet. */
  open: string[];
}

interface Reception {
  connect(session: SMTPServerSession): Error | null;
  secure(session: SMTPServerSession, socket: TLSSocket): void;
  begin(session: SMTPServerSession): void;
  recipient(session: SMTPServerSession, address: string): Error | null;
  message(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string>;
  close(session: SMTPServerSession): void;
  /** Resolves when what is being written is written. */
  settled(): Promise<void>;
}

function receptionOf(options: SinkOptions, limits: SinkLimits): Reception {
  const { key, store, domains = [], clock = () => new Date(), onRow, onTrouble } = options;
  const visits = new Map<string, Visit>();
  const callouts = new Map<string, number>();
  const writing = new Set<Promise<unknown>>();
  const visitOf = (session: SMTPServerSession): Visit => {
    const known = visits.get(session.id);
    if (known !== undefined) return known;
    const visit: Visit = { client: session.remoteAddress, tls: null, reversePath: null, open: [] };
    visits.set(session.id, visit);
    return visit;
  };

  const keep = async (arrival: Arrival): Promise<void> => {
    const added = store.add(arrival);
    writing.add(added);
    try {
      const row = await added;
      onRow?.(row);
    } catch (error) {
      onTrouble?.(`the state cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
      throw error;
    } finally {
      writing.delete(added);
    }
  };

  const arrivalOf = (
    session: SMTPServerSession,
    recipients: readonly string[],
  ): Omit<Arrival, 'kind' | 'message' | 'detail'> => {
    const visit = visitOf(session);
    return {
      at: clock().toISOString(),
      by: 'sink',
      reversePath: visit.reversePath,
      recipients,
      client: visit.client,
      helo: session.hostNameAppearsAs || null,
      tls: visit.tls,
    };
  };

  /** SAFETY: a token that was seen once can be asked for without end; a few rows tell as much. */
  const callout = (session: SMTPServerSession, recipients: readonly string[], detail: string): void => {
    const fresh = recipients.filter((recipient) => {
      const token = readToken(recipient, key)?.text ?? '';
      const times = (callouts.get(token) ?? 0) + 1;
      callouts.set(token, times);
      return times <= MOST_CALLOUTS;
    });
    if (fresh.length === 0) return;
    void keep({ kind: 'callout', ...arrivalOf(session, fresh), message: null, detail }).catch(() => undefined);
  };

  const endTransaction = (session: SMTPServerSession, detail: string): void => {
    const visit = visits.get(session.id);
    if (visit === undefined || visit.open.length === 0) return;
    const { open } = visit;
    visit.open = [];
    callout(session, open, detail);
  };

  return {
    connect: (session) => {
      const before = [...visits.values()].filter(({ client }) => client === session.remoteAddress).length;
      if (before >= limits.connectionsPerClient) return refusal(421, 'too many connections from your address');
      visitOf(session);
      return null;
    },
    secure: (session, socket) => {
      visitOf(session).tls = `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().name}`;
    },
    begin: (session) => endTransaction(session, 'no message followed'),
    recipient: (session, address) => {
      const visit = visitOf(session);
      const { mailFrom } = session.envelope;
      visit.reversePath = mailFrom === false ? null : mailFrom.address;
      if (readToken(address, key) === null) return isAt(address, domains) ? null : refusal(550, CANARIES_ONLY);
      if (store.isFull()) {
        onTrouble?.('the limit of the state is reached: canaries are deferred');
        callout(session, [address], DEFERRED);
        return refusal(452, 'Insufficient system storage');
      }
      visit.open.push(address);
      return null;
    },
    message: async (stream, session) => {
      const recipients = session.envelope.rcptTo
        .map(({ address }) => address)
        .filter((address) => readToken(address, key) !== null);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) {
        // SAFETY: what is too long, or for nobody here, is refused at its end; no need to hold it.
        if (recipients.length > 0 && stream.byteLength <= limits.message) chunks.push(chunk as Buffer);
      }
      if (recipients.length === 0) throw refusal(550, CANARIES_ONLY);
      const common = arrivalOf(session, recipients);
      visitOf(session).open = [];
      if (stream.sizeExceeded) {
        callout(session, recipients, `a message of more than ${limits.message} octets was refused by the sink`);
        throw refusal(552, 'Message too long');
      }
      const text = Buffer.concat(chunks).toString('latin1');
      await keep({ kind: 'message', ...common, message: text, detail: '' }).catch(() => {
        callout(session, recipients, DEFERRED);
        throw refusal(452, 'Insufficient system storage');
      });
      return 'canary received';
    },
    close: (session) => {
      endTransaction(session, 'the connection was closed without a whole message');
      visits.delete(session.id);
    },
    settled: async () => {
      await Promise.allSettled([...writing]);
    },
  };
}

const MOST_CALLOUTS = 5;

const CANARIES_ONLY = 'Relaying denied: canaries only, this is no mail server';

/** Whether a mailbox is at one of the domains, or at a name below it. */
function isAt(address: string, domains: readonly string[]): boolean {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return address.includes('@') && domains.some((one) => domain === one || domain.endsWith(`.${one}`));
}

const DEFERRED = 'deferred by the sink itself: its disk limit is reached';

const refusal = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });
