// One connection as bytes: opened, put under TLS, written to, and gone. The only importer of smtp-client, of which the socket's
// life cycle and the TLS upgrade are used (docs/decisions tells why).
// Must know nothing of lines and replies, and must not let trouble of the network or the server out as an exception: its owner
// is told, in the turn in which it happens, and decides whether that is the end.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { SMTPClient } from 'smtp-client';
import { canonicalAddress } from '../model/addresses.js';
import type { TlsFacts } from '../model/evidence.js';
import type { Fault, FaultKind, Stage } from '../model/reply.js';
import { describeError, FaultError } from './faults.js';
import { lineChannelOf, type SocketConfig } from './line-channel.js';
import { type ClientCertificate, handshakeOptions, tlsFacts } from './tls.js';

export interface WireOptions {
  /** Gives a connected raw socket that the wire then owns; throws FaultError. Its signal aborts when nobody waits any more. */
  readonly open: (signal: AbortSignal) => Promise<Duplex>;
  /** Name or address for SNI and verification. */
  readonly host: string;
  readonly implicitTls: boolean;
  readonly connectMs: number;
  readonly tlsMs: number;
  /** PEM of the only roots to trust; absent: the machine's own. */
  readonly ca: string | undefined;
}

export interface WireOwner {
  /** The server may speak from now on. */
  readonly onConnect: () => void;
  readonly onBytes: (chunk: Buffer) => void;
  /** Something broke; no stage where it was neither connecting nor a handshake. */
  readonly onTrouble: (kind: FaultKind, detail: string, stage?: Stage) => void;
}

const LineChannel = lineChannelOf(SMTPClient);

export class Wire extends LineChannel {
  readonly #options: WireOptions;
  readonly #owner: WireOwner;
  /** Aborts when the wire is closed, for whatever opens the socket. */
  readonly #life = new AbortController();
  readonly #closed: Promise<void>;
  #announceClose: () => void = () => {};
  #isClosed = false;
  #raw: Duplex | null = null;
  #connected: (code: string) => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #isHandshaking = false;
  #tls: TlsFacts | null = null;
  #localAddress: string | null = null;

  constructor(options: WireOptions, owner: WireOwner) {
    // No idle time-out of the base: it would send a QUIT of its own.
    super({ host: options.host, timeout: 0, secure: options.implicitTls });
    this.#options = options;
    this.#owner = owner;
    this.#closed = new Promise((resolve) => {
      this.#announceClose = resolve;
    });
  }

  /** Connect, and with implicit TLS (RFC 8314) shake hands; resolves then, or when the wire is closed. Never rejects. */
  async connect(): Promise<void> {
    const { connectMs, tlsMs, implicitTls } = this.#options;
    this.#limit('connect', connectMs, 'no connection');
    const raw = await this.#open();
    if (raw === null || this.#isClosed) {
      raw?.destroy();
      return;
    }
    this.#raw = raw;
    const { localAddress } = raw instanceof Socket ? raw : {};
    this.#localAddress = localAddress === undefined ? null : canonicalAddress(localAddress);
    if (implicitTls) this.#limit('tls', tlsMs, 'no TLS handshake');
    this.#isHandshaking = implicitTls;
    await this.#orClosed(this._connectAsPromised({ handler: null }));
  }

  /** Shake hands over the open connection (RFC 3207); resolves then, or when the wire is closed. Never rejects. */
  async upgrade(client: ClientCertificate | undefined): Promise<void> {
    if (this._socket === null) return;
    this.#limit('tls', this.#options.tlsMs, 'no TLS handshake');
    this.#isHandshaking = true;
    await this.#orClosed(this.negotiateTLS(client ? { client } : {}));
    clearTimeout(this.#timer);
  }

  write(bytes: Buffer): void {
    this._socket?.write(bytes);
  }

  /** Close at once, and tell no more; `reason` is for whatever is still opening the socket. */
  close(reason: Fault): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this._socket?.destroy();
    this.#raw?.destroy();
    this.#announceClose();
    // A reason of its own: the default one is an error, whose stack takes as long as all of the above.
    this.#life.abort(reason);
  }

  get isHandshaking(): boolean {
    return this.#isHandshaking;
  }

  /** Facts of the TLS session; null in the clear. */
  get tls(): TlsFacts | null {
    return this.#tls;
  }

  /** Local address of the socket; null before a connection, and where the socket is no network socket. */
  get localAddress(): string | null {
    return this.#localAddress;
  }

  // What the base calls.

  override _createSocket(config: SocketConfig, onConnect: () => void): Duplex {
    const raw = config.socket ?? this.#raw;
    if (raw === null) throw new Error('wire: no socket');
    if (config.secure !== true) {
      // The base keeps the socket first, and wants the event afterwards.
      queueMicrotask(onConnect);
      return this.#prepare(raw);
    }
    // The base has taken the listeners away, and an error without one ends the process.
    raw.on('error', (error) => this._onError(error));
    const options = handshakeOptions(this.#options.host, this.#options.ca, config.client);
    const secured = connectTls({ ...options, socket: raw }, () => {
      this.#isHandshaking = false;
      this.#tls = tlsFacts(secured);
      onConnect();
    });
    return this.#prepare(secured);
  }

  override _resolveCommand({ resolve }: { resolve: (code: string) => void }): void {
    this.#connected = resolve;
  }

  override _onConnect(): void {
    clearTimeout(this.#timer);
    this.#owner.onConnect();
    this.#connected('');
  }

  override _onReceive(chunk: Buffer): void {
    if (!this.#isClosed) this.#owner.onBytes(chunk);
  }

  override _onTimeout(): void {
    this.#tell('timeout', 'the connection was idle for too long');
  }

  override _onEnd(): void {
    this.#lost('the server closed the connection');
  }

  override _onClose(): void {
    this.#lost('the connection was closed');
  }

  override _onError(error: Error): void {
    // A stream that stands for a connection tells by this why there is none.
    if (error instanceof FaultError) {
      this.#tell(error.fault.kind, error.fault.detail, error.fault.stage);
      return;
    }
    const { code } = error as Error & { code?: unknown };
    const isOfTls = typeof code === 'string' && /^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code);
    if (isOfTls && !this.#isHandshaking) this.#tell('tls-failed', `TLS: ${describeError(error)}`);
    else this.#lost(describeError(error));
  }

  async #open(): Promise<Duplex | null> {
    const opening = (async () => await this.#options.open(this.#life.signal))();
    // SAFETY: a socket that comes too late is closed, and a late failure is nobody's.
    void opening.then(
      (late) => (this.#isClosed ? late.on('error', () => {}).destroy() : late.on('error', () => {})),
      () => {},
    );
    try {
      return await Promise.race([opening, this.#closed.then(() => null)]);
    } catch (error) {
      if (error instanceof FaultError) this.#tell(error.fault.kind, error.fault.detail, error.fault.stage);
      else this.#tell('unreachable', describeError(error), 'connect');
      return null;
    }
  }

  #prepare(socket: Duplex): Duplex {
    socket.on('error', (error) => this._onError(error));
    socket.on('close', () => this._onClose());
    // Replies are bytes to us; the base would have them decoded, and expects of any stream what a socket can.
    return Object.assign(socket, {
      setEncoding: () => socket,
      setTimeout: 'setTimeout' in socket ? socket.setTimeout : () => socket,
    });
  }

  /** Wait for the base or for the end, whichever comes first; a rejection of the base is a failed handshake. */
  async #orClosed(step: Promise<unknown>): Promise<void> {
    await Promise.race([step.catch((error: unknown) => this.#lost(describeError(error))), this.#closed]);
  }

  #limit(stage: Stage, ms: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell('timeout', `${what} within ${ms} ms`, stage), ms);
  }

  #lost(detail: string): void {
    if (this.#isHandshaking) this.#tell('tls-failed', `TLS handshake: ${detail}`, 'tls');
    else this.#tell('disconnected', detail);
  }

  #tell(kind: FaultKind, detail: string, stage?: Stage): void {
    if (!this.#isClosed) this.#owner.onTrouble(kind, detail, stage);
  }
}
