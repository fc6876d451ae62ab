// Services by their replies alone, for what the embedded server does not speak: LMTP, VRFY and EXPN, ATRN, TURN. A table of
// replies by verb; everything else is answered as a closed mail server would.
import { type Hostile, serve } from '../../fixtures/hostile/server.js';

export interface Scripted {
  readonly does: string;
  readonly technique: string;
  /** Replies by the first words of a line, the longest that fits. */
  readonly replies: Readonly<Record<string, string>>;
  /** The same service without the fault. */
  readonly otherwise: Readonly<Record<string, string>>;
  readonly found: string;
  readonly isOpen: boolean;
}

const LMTP = { EHLO: '500 5.5.1 Use LHLO', HELO: '500 5.5.1 Use LHLO', 'MAIL FROM:': '503 5.5.1 LHLO first' };

export const SCRIPTED: readonly Scripted[] = [
  {
    does: 'shows on EXPN where mail is forwarded to',
    technique: 'vrfy-expn-expansion',
    replies: { VRFY: '250 2.1.5 <alice@corp.test>', EXPN: '250 2.1.5 <alice@elsewhere.example>' },
    otherwise: { VRFY: '252 2.1.5 Cannot verify', EXPN: '252 2.1.5 Cannot expand' },
    found: 'addresses-shown',
    isOpen: false,
  },
  {
    does: 'hands mail out on ATRN',
    technique: 'atrn',
    replies: { ATRN: '250 2.0.0 OK now reversing the connection' },
    otherwise: { ATRN: '530 5.7.0 Authentication required' },
    found: 'queue-run-for-strangers',
    isOpen: false,
  },
  {
    does: 'hands mail out on TURN',
    technique: 'turn',
    replies: { TURN: '250 2.0.0 OK' },
    otherwise: { TURN: '502 5.5.1 Not implemented' },
    found: 'queue-run-for-strangers',
    isOpen: false,
  },
  {
    does: 'is a delivery service for everyone',
    technique: 'lmtp-exposed',
    replies: { ...LMTP, LHLO: '250 mail.corp.test', 'after LHLO': '250 2.1.5 OK' },
    otherwise: {},
    found: 'open-relay',
    isOpen: true,
  },
];

const CLOSED: Readonly<Record<string, string>> = {
  EHLO: '250 mail.corp.test',
  HELO: '250 mail.corp.test',
  'MAIL FROM:': '250 2.1.0 OK',
  'RCPT TO:<alice@corp.test>': '250 2.1.5 OK',
  'RCPT TO:': '550 5.7.1 Relaying denied',
  RSET: '250 2.0.0 OK',
  NOOP: '250 2.0.0 OK',
  QUIT: '221 2.0.0 Bye',
};

/** Listen with a table of replies; `after LHLO` answers MAIL and RCPT once LHLO was taken. */
export async function listenScripted<T>(
  replies: Readonly<Record<string, string>>,
  host: string,
  run: (server: Hostile) => Promise<T>,
): Promise<T> {
  const table = { ...CLOSED, ...replies };
  const server = await serve(({ socket }) => {
    let text = '';
    let isDelivery = false;
    socket.write('220 mail.corp.test ready\r\n');
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n')) {
        const line = text.slice(0, at);
        text = text.slice(at + 2);
        const first = Object.keys(table)
          .filter((words) => line.toUpperCase().startsWith(words.toUpperCase()))
          .sort((a, b) => b.length - a.length)[0];
        isDelivery ||= first === 'LHLO';
        const isMail = line.startsWith('MAIL') || line.startsWith('RCPT');
        const reply = isDelivery && isMail ? table['after LHLO'] : table[first ?? ''];
        socket.write(`${reply ?? '500 5.5.1 Command not recognized'}\r\n`);
        if (line === 'QUIT') socket.end();
      }
    });
  }, host);
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}
