// SMTP over one open socket: write lines, hear one reply per line, pipelined or one by one (RFC 5321 section 4.2, RFC 2920),
// start TLS (RFC 3207). The only importer of smtp-client, of which the socket's life cycle and the TLS upgrade are used; the
// queue of pending replies, limits, time-outs and the reading of replies are ours (docs/decisions tells why).
// Must not know what a reply means, and must not let trouble of the network or the server out as an exception.
import { setMaxListeners } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { SMTPClient } from 'smtp-client';
import { canonicalAddress } from '../model/addresses.js';
import type { TlsFacts } from '../model/evidence.js';
import type { Fault, FaultKind, Reply, Stage } from '../model/reply.js';
import { describeError, FaultError, fault } from './faults.js';
import { type Line, line, toWire } from './line.js';
import { lineChannelOf, type SocketConfig } from './line-channel.js';
import { mask } from './mask.js';
import { createReplyParser } from './reply-parser.js';
import { createReplyQueue, type Heard, type ReplyQueue, unheard, type Wait } from './reply-queue.js';
import { type ClientCertificate, handshakeOptions, isTrusted, tlsFacts } from './tls.js';

export type { Heard } from './reply-queue.js';

export interface ChannelOptions {
  /** Gives a connected raw socket that the channel then owns; throws FaultError. Its signal aborts when nobody waits any more. */
  readonly open: (signal: AbortSignal) => Promise<Duplex>;
  /** Name or address for SNI and verification. */
  readonly host: string;
  readonly implicitTls: boolean;
  readonly timeouts: {
    readonly connectMs: number;
    readonly greetingMs: number;
    readonly replyMs: number;
    readonly tlsMs: number;
  };
  readonly signal: AbortSignal;
  /** `sha256:` and 64 hex digits; null: none. */
  readonly tlsPin: string | null;
  /** PEM of the only roots to trust; absent: the machine's own. */
  readonly ca?: string;
}

export interface Item {
  readonly stage: Stage;
  readonly line: Line;
  /** Part of an AUTH dialogue; the dialogue's own stage and the exchange after it are secret in any case. */
  readonly secret?: boolean;
}

export interface StartTls {
  /** The exchange of STARTTLS itself. */
  readonly heard: Heard;
  /** Why there is no TLS though the server said yes, or the connection is lost; null after a refusal or under TLS. */
  readonly fault: Fault | null;
  /** Replies inside TLS to what was sent in the same segment as STARTTLS (CVE-2011-0411). */
  readonly injectedReplies: readonly Reply[];
}

const LineChannel = lineChannelOf(SMTPClient);

const QUIT = line('QUIT');
const QUIT_MS = 1_000;
/** How long the replies to injected commands may take after the first one inside TLS. */
const INJECTED_MS = 500;

export class Channel extends LineChannel {
  readonly #options: ChannelOptions;
  readonly #parser = createReplyParser();
  readonly #queue: ReplyQueue = createReplyQueue((wait) => this.#limitWait(wait));
  /** Aborts when the channel ends, for whatever opens the socket. */
  readonly #life = new AbortController();
  readonly #ended: Promise<void>;
  #announceEnd: () => void = () => {};
  readonly #onAbort = (): void => this.#fail(...cancelled(this.#options.signal));
  #raw: Duplex | null = null;
  #connected: (code: string) => void = () => {};
  #greeting: Promise<Heard> | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Why nothing can be heard any more; null while the channel lives. */
  #end: Fault | null = null;
  #isOurEnd = false;
  /** The answer to a QUIT that went out with other lines. */
  #farewell: Promise<Heard> | null = null;
  /** Whether a caller has been told of the end. */
  #isEndTold = false;
  #stage: Stage = 'connect';
  #isHandshaking = false;
  /** Between the reply to STARTTLS and the handshake, when the server has nothing to say. */
  #mustBeSilent = false;
  /** Takes replies inside TLS to what was sent along with STARTTLS. */
  #injected: ((reply: Reply) => void) | null = null;
  #tls: TlsFacts | null = null;
  #localAddress: string | null = null;
  #remoteAddress: string | null = null;
  #bytesIn = 0;
  #bytesOut = 0;
  #roundTrips = 0;

  constructor(options: ChannelOptions) {
    // No idle time-out of the base: it would send a QUIT of its own.
    super({ host: options.host, timeout: 0, secure: options.implicitTls });
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#announceEnd = resolve;
    });
    // Many sessions share one signal; that is no leak, since each takes its listener away.
    setMaxListeners(0, options.signal);
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Connect, and with implicit TLS (RFC 8314) shake hands; null when the server's greeting can be awaited. Never rejects. */
  async connect(): Promise<Fault | null> {
    const { signal, timeouts, implicitTls } = this.#options;
    if (signal.aborted) this.#onAbort();
    if (this.#end) return this.#tell();
    this.#limit('connect', timeouts.connectMs, 'no connection');
    const raw = await this.#open();
    if (raw === null || this.#end) {
      raw?.destroy();
      return this.#tell();
    }
    this.#raw = raw;
    this.#roundTrips += 1;
    const { localAddress, remoteAddress } = raw instanceof Socket ? raw : {};
    this.#localAddress = localAddress === undefined ? null : canonicalAddress(localAddress);
    this.#remoteAddress = remoteAddress === undefined ? null : canonicalAddress(remoteAddress);
    if (implicitTls) this.#limit('tls', timeouts.tlsMs, 'no TLS handshake');
    this.#isHandshaking = implicitTls;
    await this.#orEnd(this._connectAsPromised({ handler: null }));
    return this.#tell();
  }

  /** Hear the greeting, in one part or more; the time limit runs from the connection. Never rejects. */
  async greeting(): Promise<Heard> {
    const heard = await (this.#greeting ?? this.#await('greeting', null, this.#options.timeouts.greetingMs));
    if (heard.fault) this.#tell();
    return heard;
  }

  /**
   * Write lines in one segment and hear one reply for each, in order (RFC 2920); `replyMs` limits the wait for each.
   * Never rejects: where the server stops answering, every later Heard carries the fault.
   */
  send(items: readonly Item[], replyMs: number = this.#options.timeouts.replyMs): Promise<Heard[]> {
    const waits = items.map(({ stage, line: one, secret }) => ({ stage, sent: one.shown, secret: secret ?? false }));
    return this.#converse(Buffer.concat(items.map((item) => toWire(item.line))), waits, replyMs);
  }

  /**
   * Write lines in one segment as `send` does, and give each reply by itself as it comes, so that a caller can turn away
   * from a server that slows down. With `isLast` QUIT goes out as the last line of the segment (RFC 2920 section 3.1), and
   * nothing more can be said. Never rejects.
   */
  pipeline(
    items: readonly Item[],
    replyMs: number = this.#options.timeouts.replyMs,
    isLast = false,
  ): readonly Promise<Heard>[] {
    const isOpen = this.#mayWrite();
    const heards = items.map(({ stage, line: one, secret }) => {
      const wait = { stage, sent: one.shown, secret: secret ?? false };
      return isOpen
        ? this.#queue.add({ ...wait, limitMs: replyMs })
        : Promise.resolve(this.#unheard(stage, one.shown, wait.secret));
    });
    if (isOpen) {
      const lines = isLast ? [...items.map((item) => item.line), QUIT] : items.map((item) => item.line);
      if (isLast) this.#farewell = this.#queue.add(this.#quitWait());
      this.#write(Buffer.concat(lines.map(toWire)));
    }
    return heards.map(async (pending) => {
      const heard = await pending;
      if (heard.fault) this.#tell();
      return heard;
    });
  }

  /** Send a message after 354, already dot-stuffed and ended (RFC 5321 section 4.5.2). Never rejects. */
  async sendMessage(bytes: Buffer): Promise<Heard> {
    const sent = `[message of ${bytes.length} octets]`;
    const [heard] = await this.#converse(bytes, [{ stage: 'message', sent, secret: false }]);
    return heard ?? this.#unheard('message', sent, false);
  }

  /**
   * Send bytes that no Line can hold (several commands in a segment, BDAT) and hear `replies` replies. Never rejects.
   * `shown` stands for them in evidence: a line for each reply where the numbers agree, else all with the first.
   * SAFETY: the caller answers for the bytes; none may come from the peer.
   */
  sendRaw(stage: Stage, bytes: Buffer, shown: string, replies: number): Promise<Heard[]> {
    const parts = shown.split('\n');
    const sent = (at: number): string | null =>
      parts.length === replies ? (parts[at] ?? null) : at === 0 ? shown : null;
    const waits = Array.from({ length: replies }, (_, at) => {
      const one = sent(at);
      return { stage, sent: one === null ? null : mask(one), secret: false };
    });
    return this.#converse(bytes, waits);
  }

  /**
   * Ask for STARTTLS and shake hands (RFC 3207); everything heard before is forgotten. Never rejects.
   * `injected` goes out in the same segment as STARTTLS; replies to it that arrive inside TLS are given back.
   * Bytes of the server between its reply and the handshake are a protocol error, and never reach the encrypted session.
   */
  async startTls(options: { clientCertificate?: ClientCertificate; injected?: Buffer } = {}): Promise<StartTls> {
    const { clientCertificate, injected = Buffer.alloc(0) } = options;
    const starttls = line('STARTTLS');
    const commands = injected.toString('latin1').split('\n').length - 1;
    const refused: Promise<Heard>[] = [];
    let isGoing = false;
    const onReply = (reply: Reply): void => {
      isGoing = reply.code < 300;
      this.#mustBeSilent = isGoing;
      // A server that says no goes on in the clear, and answers what came along.
      if (!isGoing) for (let at = 0; at < commands; at += 1) refused.push(this.#await('starttls', null));
    };
    if (!this.#mayWrite())
      return { heard: this.#unheard('starttls', starttls.shown, false), fault: this.#tell(), injectedReplies: [] };
    const waiting = this.#await('starttls', starttls.shown, undefined, onReply);
    this.#write(Buffer.concat([toWire(starttls), injected]));
    const heard = await waiting;
    await Promise.all(refused);
    if (!isGoing || this.#end) return { heard, fault: this.#tell(), injectedReplies: [] };
    // Two turns of the event loop, so that bytes that are here already are read and known for what they are.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (!this.#end) await this.#upgrade(clientCertificate);
    this.#mustBeSilent = false;
    const injectedReplies = this.#end || commands === 0 ? [] : await this.#repliesToInjected(commands);
    return { heard, fault: this.#tell(), injectedReplies };
  }

  /** Say QUIT, unless it was said, wait at most a second for the answer, and close. Never rejects. */
  async quit(): Promise<void> {
    const isIdle = this.#queue.head() === null && this.#greeting !== null;
    if (this.#isLeaving()) {
      this.#isOurEnd = true;
      await this.#farewell;
    } else if (!this.#end && isIdle && !this.#parser.isMidReply()) {
      this.#isOurEnd = true;
      await this.#converse(toWire(QUIT), [this.#quitWait()], this.#quitWait().limitMs);
    }
    this.destroy();
  }

  /** Close at once; whoever still waits is told that the connection was closed. */
  destroy(): void {
    if (this.#end) return;
    this.#isOurEnd = true;
    this.#fail('disconnected', 'closed by the client');
  }

  /** Facts of the TLS session; null in the clear. */
  get tls(): TlsFacts | null {
    return this.#tls;
  }

  /** Whether the session is under TLS that verifies for the host or shows the pinned certificate. */
  get isTlsTrusted(): boolean {
    return isTrusted(this.#tls, this.#options.tlsPin);
  }

  /** Local address of the socket; null before a connection, and where the socket is no network socket. */
  get localAddress(): string | null {
    return this.#localAddress;
  }

  get remoteAddress(): string | null {
    return this.#remoteAddress;
  }

  /** What ended the session; null while it lives, and where we ended it ourselves. */
  get fault(): Fault | null {
    return this.#isOurEnd ? null : this.#end;
  }

  get bytesIn(): number {
    return this.#bytesIn;
  }

  get bytesOut(): number {
    return this.#bytesOut;
  }

  /** Waits for the other side: connecting, each handshake flight, the greeting, each write that was answered before the next. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  // What the base calls.

  override _createSocket(config: SocketConfig, onConnect: () => void): Duplex {
    const raw = config.socket ?? this.#raw;
    if (raw === null) throw new Error('channel: no socket');
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
      this.#roundTrips += this.#tls.protocol === 'TLSv1.3' ? 1 : 2;
      onConnect();
    });
    return this.#prepare(secured);
  }

  override _resolveCommand({ resolve }: { resolve: (code: string) => void }): void {
    this.#connected = resolve;
  }

  override _onConnect(): void {
    clearTimeout(this.#timer);
    this.#roundTrips += 1;
    this.#greeting = this.#await('greeting', null, this.#options.timeouts.greetingMs);
    this.#connected('');
  }

  override _onReceive(chunk: Buffer): void {
    this.#bytesIn += chunk.length;
    if (this.#end) return;
    // SAFETY: what comes in the clear after STARTTLS could pass for an answer inside TLS.
    if (this.#mustBeSilent) this.#fail('protocol-error', INJECTING);
    else this.#read(chunk);
  }

  override _onTimeout(): void {
    this.#fail('timeout', 'the connection was idle for too long');
  }

  override _onEnd(): void {
    this.#lost(`the server closed the connection${this.#parser.isMidReply() ? ' in the middle of a reply' : ''}`);
  }

  override _onClose(): void {
    this.#lost('the connection was closed');
  }

  override _onError(error: Error): void {
    // A stream that stands for a connection tells by this why there is none.
    if (error instanceof FaultError) {
      this.#fail(error.fault.kind, error.fault.detail, error.fault.stage);
      return;
    }
    const { code } = error as Error & { code?: unknown };
    const isOfTls = typeof code === 'string' && /^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code);
    if (isOfTls && !this.#isHandshaking) this.#fail('tls-failed', `TLS: ${describeError(error)}`);
    else this.#lost(describeError(error));
  }

  // The queue of pending replies.

  #converse(
    bytes: Buffer,
    waits: readonly { stage: Stage; sent: string | null; secret: boolean }[],
    limitMs: number = this.#options.timeouts.replyMs,
  ): Promise<Heard[]> {
    const isOpen = this.#mayWrite();
    const heards = waits.map(({ stage, sent, secret }) =>
      isOpen ? this.#queue.add({ stage, sent, secret, limitMs }) : this.#unheard(stage, sent, secret),
    );
    if (isOpen) this.#write(bytes);
    else this.#tell(waits[0]?.stage);
    return Promise.all(heards).then((all) => {
      if (all.some((heard) => heard.fault)) this.#tell();
      return all;
    });
  }

  #await(stage: Stage, sent: string | null, limitMs?: number, onReply?: (reply: Reply) => void): Promise<Heard> {
    if (this.#end) return Promise.resolve(this.#unheard(stage, sent, false));
    const wait = { stage, sent, secret: false, limitMs: limitMs ?? this.#options.timeouts.replyMs };
    return this.#queue.add(onReply ? { ...wait, onReply } : wait);
  }

  #limitWait(wait: Wait | null): void {
    if (wait === null) clearTimeout(this.#timer);
    else this.#limit(wait.stage, wait.limitMs, wait.stage === 'greeting' ? 'no greeting' : 'no reply');
  }

  #read(chunk: Buffer): void {
    const { replies, problem } = this.#parser.push(chunk);
    for (const reply of replies) {
      if (this.#end) return;
      this.#deliver(reply);
    }
    const isSilenceBroken = this.#mustBeSilent && (problem !== null || this.#parser.isMidReply());
    if (isSilenceBroken) this.#fail('protocol-error', INJECTING);
    else if (problem !== null) this.#fail('protocol-error', `the server sent ${problem}`);
  }

  #deliver(reply: Reply): void {
    const wait = this.#queue.deliver(reply);
    if (wait === null) {
      this.#onUnexpected(reply);
      return;
    }
    this.#stage = wait.stage;
  }

  #onUnexpected(reply: Reply): void {
    const first = reply.lines[0] ?? '';
    if (this.#mustBeSilent) this.#fail('protocol-error', INJECTING);
    else if (this.#injected) this.#injected(reply);
    // RFC 5321 section 3.8: a server may say 421 at any time, and then closes.
    else if (reply.code === 421) this.#fail('disconnected', `the server closed the session: ${first}`);
    else this.#fail('protocol-error', `the server sent a reply that nothing asked for: ${first}`);
  }

  #quitWait(): Wait {
    const limitMs = Math.min(QUIT_MS, this.#options.timeouts.replyMs);
    return { stage: 'connect', sent: QUIT.shown, secret: false, limitMs };
  }

  /** Whether every line but QUIT has its answer, and QUIT was said with them: then the server may close. */
  #isLeaving(): boolean {
    if (this.#farewell === null) return false;
    const head = this.#queue.head();
    return head === null || head.sent === QUIT.shown;
  }

  #mayWrite(): boolean {
    if (this.#end || this.#farewell !== null) return false;
    // Half a reply that nothing asked for would become the start of the next one.
    if (this.#queue.head() !== null || !this.#parser.isMidReply()) return true;
    this.#fail('protocol-error', 'the server sent bytes that nothing asked for');
    return false;
  }

  #write(bytes: Buffer): void {
    this.#bytesOut += bytes.length;
    this.#roundTrips += 1;
    this._socket?.write(bytes);
  }

  // TLS.

  async #upgrade(client: ClientCertificate | undefined): Promise<void> {
    const inClear = this._socket;
    if (inClear === null) return;
    this.#limit('tls', this.#options.timeouts.tlsMs, 'no TLS handshake');
    this.#isHandshaking = true;
    this.#mustBeSilent = false;
    await this.#orEnd(this.negotiateTLS(client ? { client } : {}));
    clearTimeout(this.#timer);
    this.#stage = this.#end ? this.#stage : 'tls';
  }

  /**
   * A NOOP inside TLS marks the place: servers answer in order, so that all but the last reply are to what was injected.
   * A server that discarded it answers once.
   */
  async #repliesToInjected(commands: number): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    const limitMs = this.#options.timeouts.replyMs;
    let quiet: NodeJS.Timeout | undefined;
    const allHeard = new Promise<void>((resolve) => {
      this.#injected = (reply) => {
        replies.push(reply);
        clearTimeout(this.#timer);
        clearTimeout(quiet);
        if (replies.length > commands) resolve();
        else quiet = setTimeout(resolve, Math.min(INJECTED_MS, limitMs));
      };
    });
    this.#limit('tls', limitMs, 'no reply');
    this.#write(toWire(line('NOOP')));
    await Promise.race([allHeard, this.#ended]);
    clearTimeout(quiet);
    this.#injected = null;
    return replies.slice(0, -1);
  }

  // Beginnings and ends.

  async #open(): Promise<Duplex | null> {
    const opening = (async () => await this.#options.open(this.#life.signal))();
    // SAFETY: a socket that comes too late is closed, and a late failure is nobody's.
    void opening.then(
      (late) => (this.#end ? late.on('error', () => {}).destroy() : late.on('error', () => {})),
      () => {},
    );
    try {
      return await Promise.race([opening, this.#ended.then(() => null)]);
    } catch (error) {
      const known = error instanceof FaultError ? error.fault : fault('unreachable', 'connect', describeError(error));
      this.#fail(known.kind, known.detail, known.stage);
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
  async #orEnd(step: Promise<unknown>): Promise<void> {
    await Promise.race([step.catch((error: unknown) => this.#lost(describeError(error))), this.#ended]);
  }

  #limit(stage: Stage, ms: number, what: string): void {
    clearTimeout(this.#timer);
    // SAFETY: after a time-out the connection goes, since a late reply would answer the next command.
    this.#timer = setTimeout(() => this.#fail('timeout', `${what} within ${ms} ms`, stage), ms);
  }

  #lost(detail: string): void {
    if (this.#isLeaving()) this.#isOurEnd = true;
    // To say 220 to STARTTLS and go is a handshake that failed, too.
    if (this.#isHandshaking || this.#mustBeSilent) this.#fail('tls-failed', `TLS handshake: ${detail}`, 'tls');
    else this.#fail('disconnected', detail);
  }

  #fail(kind: FaultKind, detail: string, stage?: Stage): void {
    if (this.#end) return;
    const head = this.#queue.head();
    this.#isEndTold = head !== null;
    this.#end = fault(kind, stage ?? (this.#isHandshaking ? 'tls' : head?.stage) ?? this.#stage, detail);
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this._socket?.destroy();
    this.#raw?.destroy();
    this.#queue.fail(this.#end);
    this.#announceEnd();
    // A reason of its own: the default one is an error, whose stack takes as long as all of the above.
    this.#life.abort(this.#end);
  }

  /** Give the end, if there is one; an end that came while nothing was asked belongs to the first stage that meets it. */
  #tell(stage?: Stage): Fault | null {
    if (this.#end && !this.#isEndTold && stage !== undefined) this.#end = { ...this.#end, stage };
    if (this.#end) this.#isEndTold = true;
    return this.#end;
  }

  #unheard(stage: Stage, sent: string | null, secret: boolean): Heard {
    return unheard(stage, sent, secret, this.#tell(stage));
  }
}

const INJECTING = 'the server sent bytes between its reply to STARTTLS and the TLS handshake';

/** A deadline is a signal too: `AbortSignal.timeout` tells by its reason. */
const cancelled = (signal: AbortSignal): [FaultKind, string] =>
  signal.reason instanceof Error && signal.reason.name === 'TimeoutError'
    ? ['timeout', 'cancelled: its time was over']
    : ['disconnected', 'cancelled'];
