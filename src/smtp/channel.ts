// SMTP over one connection: write lines, hear one reply per line, pipelined or one by one (RFC 5321 section 4.2, RFC 2920),
// start TLS (RFC 3207). Which reply answers which line, limits and time-outs are decided here; wire.ts has the bytes.
// Must not know what a reply means, and must not let trouble of the network or the server out as an exception.
import { setMaxListeners } from 'node:events';
import type { TlsFacts } from '../model/evidence.js';
import type { Fault, FaultKind, Reply, Stage } from '../model/reply.js';
import { fault } from './faults.js';
import { type Line, line, toWire } from './line.js';
import { mask } from './mask.js';
import { createReplyParser } from './reply-parser.js';
import { createReplyQueue, type Heard, type ReplyQueue, unheard, type Wait } from './reply-queue.js';
import { type ClientCertificate, isTrusted } from './tls.js';
import { Wire, type WireOptions } from './wire.js';

export type { Heard } from './reply-queue.js';

export interface ChannelOptions extends Pick<WireOptions, 'open' | 'host' | 'implicitTls'> {
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

const QUIT = line('QUIT');
const QUIT_MS = 1_000;
/** How long the replies to injected commands may take after the first one inside TLS. */
const INJECTED_MS = 500;

export class Channel {
  readonly #options: ChannelOptions;
  readonly #wire: Wire;
  readonly #parser = createReplyParser();
  readonly #queue: ReplyQueue = createReplyQueue((wait) => this.#limit(wait));
  readonly #onAbort = (): void => this.#fail(...cancelled(this.#options.signal));
  #greeting: Promise<Heard> | null = null;
  /** Limits the oldest wait to so many milliseconds; undefined where nothing is awaited. */
  #timer: NodeJS.Timeout | undefined;
  #limitMs = 0;
  /** Why nothing can be heard any more; null while the channel lives. */
  #end: Fault | null = null;
  #isOurEnd = false;
  /** Whether a caller has been told of the end. */
  #isEndTold = false;
  /** The answer to a QUIT that went out with other lines. */
  #farewell: Promise<Heard> | null = null;
  #stage: Stage = 'connect';
  /** Between the reply to STARTTLS and the handshake, when the server has nothing to say. */
  #mustBeSilent = false;
  /** Takes replies inside TLS to what was sent along with STARTTLS; null where none are awaited. */
  #injected: ((reply: Reply | null) => void) | null = null;

  constructor(options: ChannelOptions) {
    const { open, host, implicitTls, ca, timeouts, signal } = options;
    this.#options = options;
    this.#wire = new Wire(
      { open, host, implicitTls, ca, connectMs: timeouts.connectMs, tlsMs: timeouts.tlsMs },
      {
        onConnect: () => {
          this.#greeting = this.#await('greeting', null, timeouts.greetingMs);
        },
        onBytes: (chunk) => this.#read(chunk),
        onTrouble: (kind, detail, stage) => this.#onTrouble(kind, detail, stage),
      },
    );
    // Many sessions share one signal; that is no leak, since each takes its listener away.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Connect, and with implicit TLS (RFC 8314) shake hands; null when the server's greeting can be awaited. Never rejects. */
  async connect(): Promise<Fault | null> {
    if (this.#options.signal.aborted) this.#onAbort();
    if (!this.#end) await this.#wire.connect();
    return this.#tell();
  }

  /** Hear the greeting, in one part or more; the time limit runs from the connection. Never rejects. */
  greeting(): Promise<Heard> {
    return this.#greeting ?? this.#await('greeting', null, this.#options.timeouts.greetingMs);
  }

  /**
   * Write lines in one segment and hear one reply for each, in order (RFC 2920); `replyMs` limits the wait for each.
   * Never rejects: where the server stops answering, every later Heard carries the fault.
   */
  send(items: readonly Item[], replyMs: number = this.#options.timeouts.replyMs): Promise<Heard[]> {
    return Promise.all(this.pipeline(items, replyMs));
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
    const waits = items.map(({ stage, line: one, secret = false }): Wait => {
      return { stage, sent: one.shown, secret, limitMs: replyMs };
    });
    const bytes = items.map((item) => toWire(item.line));
    if (!isLast || !this.#mayWrite()) return this.#say(Buffer.concat(bytes), waits);
    const heards = this.#say(Buffer.concat([...bytes, toWire(QUIT)]), [...waits, this.#quitWait()]);
    this.#farewell = heards.at(-1) ?? null;
    return heards.slice(0, -1);
  }

  /** Send a message after 354, already dot-stuffed and ended (RFC 5321 section 4.5.2). Never rejects. */
  async sendMessage(bytes: Buffer): Promise<Heard> {
    const sent = `[message of ${bytes.length} octets]`;
    const limitMs = this.#options.timeouts.replyMs;
    const [heard] = await Promise.all(this.#say(bytes, [{ stage: 'message', sent, secret: false, limitMs }]));
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
    const waits = Array.from({ length: replies }, (_, at): Wait => {
      const one = sent(at);
      const limitMs = this.#options.timeouts.replyMs;
      return { stage, sent: one === null ? null : mask(one), secret: false, limitMs };
    });
    return Promise.all(this.#say(bytes, waits));
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
    this.#wire.write(Buffer.concat([toWire(starttls), injected]));
    const heard = await waiting;
    await Promise.all(refused);
    if (!isGoing || this.#end) return { heard, fault: this.#tell(), injectedReplies: [] };
    // Two turns of the event loop, so that bytes that are here already are read and known for what they are.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    this.#mustBeSilent = false;
    if (!this.#end) await this.#wire.upgrade(clientCertificate);
    if (!this.#end) this.#stage = 'tls';
    const injectedReplies = this.#end || commands === 0 ? [] : await this.#repliesToInjected(commands);
    return { heard, fault: this.#tell(), injectedReplies };
  }

  /** Say QUIT, unless it was said, wait at most a second for the answer, and close; null where none came. Never rejects. */
  async quit(): Promise<Reply | null> {
    let farewell: Heard | null | undefined = null;
    const isIdle = this.#queue.head() === null && this.#greeting !== null;
    if (this.#isLeaving()) {
      this.#isOurEnd = true;
      farewell = await this.#farewell;
    } else if (!this.#end && isIdle && !this.#parser.isMidReply()) {
      this.#isOurEnd = true;
      [farewell] = await Promise.all(this.#say(toWire(QUIT), [this.#quitWait()]));
    }
    this.destroy();
    return farewell?.exchange.reply ?? null;
  }

  /** Close at once; whoever still waits is told that the connection was closed. */
  destroy(): void {
    if (this.#end) return;
    this.#isOurEnd = true;
    this.#fail('disconnected', 'closed by the client');
  }

  /** Facts of the TLS session; null in the clear. */
  get tls(): TlsFacts | null {
    return this.#wire.tls;
  }

  /** Whether the session is under TLS that verifies for the host or shows the pinned certificate. */
  get isTlsTrusted(): boolean {
    return isTrusted(this.#wire.tls, this.#options.tlsPin);
  }

  /** Local address of the socket; null before a connection, and where the socket is no network socket. */
  get localAddress(): string | null {
    return this.#wire.localAddress;
  }

  /** What ended the session; null while it lives, and where we ended it ourselves. */
  get fault(): Fault | null {
    return this.#isOurEnd ? null : this.#end;
  }

  // The queue of pending replies.

  /** Write once, and await one reply for each wait; where nothing can be written, each is told why. */
  #say(bytes: Buffer, waits: readonly Wait[]): Promise<Heard>[] {
    if (!this.#mayWrite())
      return waits.map(({ stage, sent, secret }) => Promise.resolve(this.#unheard(stage, sent, secret)));
    const heards = waits.map((wait) => this.#queue.add(wait));
    this.#wire.write(bytes);
    return heards;
  }

  #await(stage: Stage, sent: string | null, limitMs?: number, onReply?: (reply: Reply) => void): Promise<Heard> {
    if (this.#end) return Promise.resolve(this.#unheard(stage, sent, false));
    const wait = { stage, sent, secret: false, limitMs: limitMs ?? this.#options.timeouts.replyMs };
    return this.#queue.add(onReply ? { ...wait, onReply } : wait);
  }

  /** Limit the oldest wait; what is limited alike goes on with the same timer. */
  #limit(wait: Wait | null): void {
    if (wait !== null && this.#timer !== undefined && wait.limitMs === this.#limitMs) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (wait === null) return;
    this.#limitMs = wait.limitMs;
    // SAFETY: after a time-out the connection goes, since a late reply would answer the next command.
    this.#timer = setTimeout(() => {
      const isGreeting = this.#queue.head()?.stage === 'greeting';
      this.#fail('timeout', `${isGreeting ? 'no greeting' : 'no reply'} within ${this.#limitMs} ms`);
    }, wait.limitMs);
  }

  #read(chunk: Buffer): void {
    // SAFETY: what comes in the clear after STARTTLS could pass for an answer inside TLS.
    if (this.#mustBeSilent) {
      this.#fail('protocol-error', INJECTING);
      return;
    }
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

  /**
   * A NOOP inside TLS marks the place: servers answer in order, so that all but the last reply are to what was injected.
   * A server that discarded it answers once.
   */
  async #repliesToInjected(commands: number): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    const limitMs = this.#options.timeouts.replyMs;
    let quiet: NodeJS.Timeout | undefined;
    const limit = setTimeout(() => this.#fail('timeout', `no reply within ${limitMs} ms`, 'tls'), limitMs);
    await new Promise<void>((resolve) => {
      this.#injected = (reply) => {
        clearTimeout(limit);
        clearTimeout(quiet);
        if (reply !== null) replies.push(reply);
        if (reply === null || replies.length > commands) resolve();
        else quiet = setTimeout(resolve, Math.min(INJECTED_MS, limitMs));
      };
      this.#wire.write(toWire(line('NOOP')));
    });
    this.#injected = null;
    return replies.slice(0, -1);
  }

  // Beginnings and ends.

  #onTrouble(kind: FaultKind, detail: string, stage?: Stage): void {
    if (kind !== 'disconnected') {
      this.#fail(kind, detail, stage);
      return;
    }
    if (this.#isLeaving()) this.#isOurEnd = true;
    // To say 220 to STARTTLS and go is a handshake that failed, too.
    if (this.#mustBeSilent) this.#fail('tls-failed', `TLS handshake: ${detail}`, 'tls');
    else this.#fail(kind, this.#parser.isMidReply() ? `${detail} in the middle of a reply` : detail, stage);
  }

  #fail(kind: FaultKind, detail: string, stage?: Stage): void {
    if (this.#end) return;
    const head = this.#queue.head();
    this.#isEndTold = head !== null;
    this.#end = fault(kind, stage ?? (this.#wire.isHandshaking ? 'tls' : head?.stage) ?? this.#stage, detail);
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#queue.fail(this.#end);
    this.#injected?.(null);
    this.#wire.close(this.#end);
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
