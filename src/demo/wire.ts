// The server's end of one connection as lines and bytes: input is queued in order, so pipelined commands are answered in order
// (RFC 2920); output is held until the input has run dry, as real servers do. TLS is laid over the same socket. Knows no SMTP.
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

/** A line longer than this ends the connection: a server protects itself as well. */
const MAX_LINE = 65_536;

export interface Wire {
  /** The next line without its end (CR LF or LF); null once the client has gone. */
  readLine(): Promise<string | null>;
  /** So many bytes, Latin-1; null once the client has gone. */
  readBytes(count: number): Promise<string | null>;
  /** What stands before the first of the end marks, Latin-1, and the mark is dropped; null once the client has gone. */
  readUntil(marks: readonly string[], before: string): Promise<string | null>;
  /** Wait until more input has come, or the time is over. */
  awaitMore(ms: number): Promise<void>;
  /** Input that has come and not been read, Latin-1. */
  waiting(): string;
  dropInput(): void;
  write(text: string): void;
  flush(): Promise<void>;
  /** Lay TLS over the connection; whether the handshake succeeded. */
  upgrade(context: SecureContext, keepsInput: boolean): Promise<TLSSocket | null>;
  /** Flush, then close. */
  end(): Promise<void>;
  destroy(): void;
  /** Break the connection off (TCP reset). */
  reset(): void;
  isOpen(): boolean;
}

/** How output is chopped: so many bytes at a time, or once behind a byte of the session. */
export interface Chopping {
  readonly every: number | null;
  readonly once: number | null;
}

/** Take a socket over. */
export function openWire(socket: Socket, chopping: Chopping): Wire {
  let stream: Socket | TLSSocket = socket;
  let input = '';
  let output = '';
  let sent = 0;
  let isOpen = true;
  let wake = (): void => undefined;
  let sending: Promise<void> = Promise.resolve();

  const listen = (source: Socket | TLSSocket): void => {
    source.on('data', (chunk: Buffer) => {
      input += chunk.toString('latin1');
      wake();
    });
    source.on('error', () => source.destroy());
    for (const event of ['close', 'end'] as const) {
      source.on(event, () => {
        isOpen = false;
        wake();
      });
    }
  };
  socket.setNoDelay(true);
  listen(socket);

  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  const put = (bytes: Buffer): void => {
    if (stream.writable) stream.write(bytes);
    sent += bytes.length;
  };

  const send = async (bytes: Buffer): Promise<void> => {
    const cut = chopping.once === null ? 0 : chopping.once - sent;
    const sizes = chopping.every ?? (cut > 0 && cut < bytes.length ? cut : bytes.length);
    for (let at = 0; at < bytes.length; ) {
      const size = chopping.every === null && at > 0 ? bytes.length : sizes;
      put(bytes.subarray(at, at + size));
      at += size;
      // A turn of the event loop between writes, so that each leaves as a segment of its own.
      if (at < bytes.length) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  const flush = (): Promise<void> => {
    const bytes = Buffer.from(output, 'utf8');
    output = '';
    if (bytes.length === 0) return sending;
    if (chopping.every === null && chopping.once === null) put(bytes);
    else sending = sending.then(() => send(bytes));
    return sending;
  };

  /** Wait for input that `take` can use; output goes out first, since the client may be waiting for it. */
  const read = async (take: () => string | null): Promise<string | null> => {
    for (;;) {
      const taken = take();
      if (taken !== null) return taken;
      await flush();
      if (!isOpen) return null;
      await changed();
    }
  };

  const destroy = (): void => {
    isOpen = false;
    stream.destroy();
    socket.destroy();
    wake();
  };

  return {
    readLine: () =>
      read(() => {
        const end = input.indexOf('\n');
        if (end === -1) {
          if (input.length > MAX_LINE) destroy();
          return null;
        }
        const line = input.slice(0, end).replace(/\r$/, '');
        input = input.slice(end + 1);
        return line;
      }),
    readBytes: (count) =>
      read(() => {
        if (input.length < count) return null;
        const bytes = input.slice(0, count);
        input = input.slice(count);
        return bytes;
      }),
    readUntil: (marks, before) => {
      let seen = 0;
      const longest = Math.max(...marks.map((mark) => mark.length));
      return read(() => {
        // The line end in front of the first line is not part of the input, and may begin a mark.
        const text = before + input;
        const hits = marks.map((mark) => ({ mark, at: text.indexOf(mark, Math.max(0, seen - longest)) }));
        const [first] = hits.filter(({ at }) => at !== -1).sort((a, b) => a.at - b.at || b.mark.length - a.mark.length);
        seen = text.length;
        if (!first) return null;
        input = text.slice(first.at + first.mark.length);
        return text.slice(before.length, Math.max(before.length, first.at));
      });
    },
    awaitMore: async (ms) => {
      if (!isOpen) return;
      const timer = setTimeout(() => wake(), ms);
      await changed();
      clearTimeout(timer);
    },
    waiting: () => input,
    dropInput: () => {
      input = '';
    },
    write: (text) => {
      output += text;
    },
    flush,
    upgrade: async (secureContext, keepsInput) => {
      await flush();
      if (!keepsInput) input = '';
      socket.removeAllListeners('data');
      socket.removeAllListeners('end');
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext,
        requestCert: true,
        rejectUnauthorized: false,
      });
      listen(secure);
      stream = secure;
      return new Promise((resolve) => {
        secure.once('secure', () => resolve(secure));
        // A client that goes in the middle of the handshake ends its side alone; nothing more would come of it.
        for (const event of ['end', 'close'] as const) secure.once(event, () => resolve(null));
      });
    },
    end: async () => {
      await flush();
      isOpen = false;
      if (!stream.writable) return;
      stream.end();
      // SAFETY: a client that never closes its side must not hold the server.
      const timer = setTimeout(() => destroy(), 2_000);
      timer.unref();
      stream.once('close', () => clearTimeout(timer));
    },
    destroy,
    reset: () => {
      isOpen = false;
      socket.resetAndDestroy();
      wake();
    },
    isOpen: () => isOpen,
  };
}
