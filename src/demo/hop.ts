// The server as a client: one message, or one question, to the next hop (RFC 5321 section 3.3). No retries and no queue: what a
// hop answers is told, and the connection is closed.
import { connect, type Socket } from 'node:net';
import type { Hop } from './config.js';

const TIMEOUT_MS = 10_000;

export interface Letter {
  readonly hostname: string;
  readonly reversePath: string;
  readonly forwardPath: string;
  /** Null asks only whether the recipient would be taken. */
  readonly data: string | null;
}

export type HopResult =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly code: number; readonly text: string }
  | { readonly kind: 'unreachable'; readonly text: string };

/** Send a message to a hop, or ask for its recipient; never rejects. */
export async function sendToHop(hop: Hop, letter: Letter): Promise<HopResult> {
  const socket = connect({ host: hop.host, port: hop.port });
  socket.on('error', () => undefined);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('time-out')));
  const replies = readReplies(socket);
  try {
    for (const { bytes, wants } of stepsOf(letter)) {
      if (bytes) socket.write(bytes);
      const { value } = await replies.next();
      if (value === undefined) return { kind: 'unreachable', text: 'the next hop hung up' };
      const code = Number.parseInt(value, 10);
      if (Math.floor(code / 100) !== wants) return { kind: 'refused', code, text: value };
    }
    return { kind: 'taken' };
  } catch (error) {
    return { kind: 'unreachable', text: error instanceof Error ? error.message : String(error) };
  } finally {
    if (socket.writable) socket.write('QUIT\r\n');
    socket.destroySoon();
  }
}

interface Step {
  readonly bytes: Buffer | null;
  /** First digit of the reply code that lets the next step follow. */
  readonly wants: number;
}

function stepsOf({ hostname, reversePath, forwardPath, data }: Letter): Step[] {
  const line = (text: string): Buffer => Buffer.from(`${text}\r\n`, 'utf8');
  const utf8 = [...`${reversePath}${forwardPath}`].some((char) => char > '\x7f') ? ' SMTPUTF8' : '';
  const envelope: Step[] = [
    { bytes: null, wants: 2 },
    { bytes: line(`EHLO ${hostname}`), wants: 2 },
    { bytes: line(`MAIL FROM:<${reversePath}>${utf8}`), wants: 2 },
    { bytes: line(`RCPT TO:<${forwardPath}>`), wants: 2 },
  ];
  if (data === null) return envelope;
  const stuffed = `${stuff(data.replace(/\r\n$/, ''))}\r\n.\r\n`;
  return [...envelope, { bytes: line('DATA'), wants: 3 }, { bytes: Buffer.from(stuffed, 'latin1'), wants: 2 }];
}

/** Double the dot that a line begins with (RFC 5321 section 4.5.2), behind a bare line feed as well: the next hop may end a line there. */
const stuff = (text: string): string => text.replace(/(^|\n)\./g, '$1..');

async function* readReplies(socket: Socket): AsyncGenerator<string, undefined> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    const whole = /^(?:\d{3}-.*\r?\n)*\d{3}(?: .*)?\r?\n/.exec(text)?.[0];
    if (whole === undefined) continue;
    text = text.slice(whole.length);
    yield whole.trimEnd();
  }
  return undefined;
}
