// A login at the mailbox service of the audited host, as POP-before-SMTP wants it (RFC 2476 section 3.3): IMAP (RFC 3501) or
// POP3 (RFC 1939), no further than the answer to the login. SAFETY: the password goes over TLS that is trusted, or to
// loopback; the service is on the target's address alone; nothing that is said here is kept.
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { isLoopback } from '../model/addresses.js';
import type { Account } from '../model/options.js';
import { describeError, FaultError } from '../smtp/faults.js';
import { line, toWire } from '../smtp/line.js';
import { openTcp } from '../smtp/tcp.js';
import { handshakeOptions, isTrusted, tlsFacts } from '../smtp/tls.js';
import type { Session } from './session.js';

export type MailboxProtocol = 'imap' | 'pop3';
export type MailboxPorts = Readonly<Record<MailboxProtocol, { readonly tls: number; readonly clear: number }>>;

/** RFC 8314 section 3 and RFC 3501, 1939. */
const PORTS: MailboxPorts = { imap: { tls: 993, clear: 143 }, pop3: { tls: 995, clear: 110 } };

/** Log in and out again from the session's own source; null on success, else why not, as one line without secrets. */
export async function logInToMailbox(
  session: Session,
  protocol: MailboxProtocol,
  account: Account | null,
  ports: MailboxPorts = PORTS,
): Promise<string | null> {
  if (account === null) return 'no account was given';
  if (session.source.route !== 'bind') return 'a mailbox can be read from an address of this machine only';
  const problems: string[] = [];
  for (const way of ['tls', 'clear'] as const) {
    const problem = await tryAt(session, protocol, account, way, ports[protocol][way]);
    if (problem === null) return null;
    problems.push(`port ${ports[protocol][way]}: ${problem}`);
  }
  return `no ${protocol.toUpperCase()} login: ${problems.join('; ')}`;
}

async function tryAt(
  session: Session,
  protocol: MailboxProtocol,
  account: Account,
  way: 'tls' | 'clear',
  port: number,
): Promise<string | null> {
  const { timeoutMs, signal } = session.limits;
  let socket: Socket | null = null;
  try {
    const { source, target } = session;
    socket = await openTcp({ address: target.address, port, localAddress: source.address, timeoutMs }, signal);
    socket.setTimeout(timeoutMs);
    return await talk(session, SPEECH[protocol], account, way === 'tls' ? await secured(session, socket) : socket);
  } catch (error) {
    return error instanceof FaultError ? error.fault.detail : describeError(error);
  } finally {
    socket?.destroy();
  }
}

interface Speech {
  /** What asks for TLS, and whether the answer grants it. */
  readonly starttls: string;
  /** Commands of the login; the answer to the last one tells. */
  readonly login: (account: Account) => readonly string[];
  readonly end: string;
  /** Whether a line ends the answer to the command with this number, and whether it is a yes; null where more lines come. */
  readonly verdict: (answer: string, number: number) => boolean | null;
}

const SPEECH = {
  imap: {
    starttls: 'STARTTLS',
    login: ({ user, password }) => [`LOGIN ${quoted(user)} ${quoted(password)}`],
    end: 'LOGOUT',
    verdict: (answer, number) => {
      if (number === 0) return /^\* (OK|PREAUTH)\b/i.test(answer);
      return answer.startsWith(`a${number} `) ? /^\S+ OK\b/i.test(answer) : null;
    },
  },
  pop3: {
    starttls: 'STLS',
    login: ({ user, password }) => [`USER ${user}`, `PASS ${password}`],
    end: 'QUIT',
    verdict: (answer) => answer.startsWith('+OK'),
  },
} as const satisfies Record<MailboxProtocol, Speech>;

/** RFC 3501 section 4.3. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

async function talk(session: Session, speech: Speech, account: Account, socket: Socket): Promise<string | null> {
  let wire = openLines(socket);
  let number = 0;
  const isYes = async (): Promise<boolean> => {
    for (;;) {
      const verdict = speech.verdict(await wire.next(), number);
      if (verdict !== null) return verdict;
    }
  };
  const tagged = speech === SPEECH.imap;
  const asks = async (command: string): Promise<boolean> => {
    number += 1;
    // SAFETY: a line cannot hold a second command, whatever the account's name or password is.
    wire.write(toWire(line(tagged ? `a${number} ${command}` : command)));
    return isYes();
  };
  if (!(await isYes())) return 'the service is not there';
  let current = socket;
  if (!isTls(socket) && (await asks(speech.starttls))) {
    current = await secured(session, wire.release());
    wire = openLines(current);
  }
  if (!maySend(session, current)) return 'passwords are sent over trusted TLS only';
  for (const command of speech.login(account)) if (!(await asks(command))) return 'the login was refused';
  wire.write(toWire(line(tagged ? `a${number + 1} ${speech.end}` : speech.end)));
  return null;
}

const isTls = (socket: Socket): socket is TLSSocket => 'encrypted' in socket;

const maySend = ({ target, limits }: Session, socket: Socket): boolean =>
  isLoopback(target.address) || (isTls(socket) && isTrusted(tlsFacts(socket), limits.tlsPin));

function secured({ target }: Session, socket: Socket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const done = connectTls({ ...handshakeOptions(target.host, undefined), socket }, () => resolve(done));
    done.once('error', reject);
    socket.once('timeout', () => reject(new Error('no TLS handshake in time')));
    done.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** SAFETY: a service that never ends its line, or its answer, is left. */
const MAX_OCTETS = 65_536;

interface Lines {
  readonly next: () => Promise<string>;
  readonly write: (bytes: Buffer) => void;
  /** Give the socket back for a handshake; @throws Error where the service has said more than it was asked. */
  readonly release: () => Socket;
}

function openLines(socket: Socket): Lines {
  let text = '';
  let heard = 0;
  let ended: string | null = null;
  let wake = (): void => undefined;
  const end = (why: string) => (): void => {
    ended ??= why;
    wake();
  };
  const onData = (chunk: Buffer): void => {
    heard += chunk.length;
    text += chunk.toString('latin1');
    if (heard > MAX_OCTETS) end('the answer never ends')();
    wake();
  };
  socket.on('data', onData);
  socket.on('error', (error) => end(describeError(error))());
  socket.on('timeout', end('no answer in time'));
  socket.on('close', end('the connection was closed'));
  return {
    next: async () => {
      for (;;) {
        const at = text.indexOf('\n');
        if (at >= 0) {
          const first = text.slice(0, at).replace(/\r$/, '');
          text = text.slice(at + 1);
          return first;
        }
        if (ended !== null) throw new Error(ended);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    write: (bytes) => socket.write(bytes),
    release: () => {
      if (text !== '') throw new Error('the service spoke before the TLS handshake');
      socket.removeListener('data', onData);
      return socket;
    },
  };
}
