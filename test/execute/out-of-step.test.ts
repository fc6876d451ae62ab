// A server that is a reply behind itself in one session: what it takes there was never taken.
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { serve } from '../../fixtures/hostile/server.js';
import { auditServerAt, OPTIONS } from './lab.js';

const DENIED = '550 5.7.1 relaying denied';
const replyTo = (line: string): string => {
  if (line === `RCPT TO:<${OPTIONS.localRecipient}>`) return '250 2.1.5 Ok';
  return line.startsWith('RCPT') ? DENIED : line.startsWith('QUIT') ? '221 2.0.0 Bye' : '250 2.0.0 Ok';
};

/** Serve; `isBehind` says of each session that asks for the canary whether MAIL is answered there once more. */
const serveBehind = (isBehind: (nth: number) => boolean, farewell = (owed: string) => `${owed}\r\n221 2.0.0 Bye`) => {
  let asked = 0;
  return serve(({ socket }) => {
    let owed: string | null = null;
    const say = (text: string) => socket.write(`${text}\r\n`);
    say('220 mail.corp.test ESMTP');
    createInterface({ input: socket }).on('line', (line) => {
      if (line === `RCPT TO:<${OPTIONS.canary}>` && isBehind(asked++)) {
        owed = replyTo(line);
        say('250 2.1.0 Ok');
      } else if (owed !== null && line === 'QUIT') say(farewell(owed));
      else say(replyTo(line));
    });
  });
};

const change = { techniques: ['plain-external'], sharedSessions: false, sessions: 1 } as const;

it('is asked again, and closed by what is said in step', async () => {
  const server = await serveBehind((nth) => nth === 0);
  const report = await auditServerAt(server.port, change);
  await server.close();
  expect(report.verdict.relay).toBe('closed');
  expect(report.attempts.find(({ technique }) => technique === 'plain-external')).toMatchObject({ tries: 2 });
});

it('is asked again where the answer comes before QUIT is said', async () => {
  let asked = 0;
  const server = await serve(({ socket }) => {
    socket.write('220 mail.corp.test ESMTP\r\n');
    createInterface({ input: socket }).on('line', (line) => {
      const isBehind = line === `RCPT TO:<${OPTIONS.canary}>` && asked++ === 0;
      socket.write(`${isBehind ? '250 2.1.0 Ok\r\n' : ''}${replyTo(line)}\r\n`);
    });
  });
  const report = await auditServerAt(server.port, change);
  await server.close();
  expect(report.verdict.relay).toBe('closed');
  expect(report.attempts.find(({ technique }) => technique === 'plain-external')).toMatchObject({ tries: 2 });
});

it('is open where it takes the canary every time, whatever it says to QUIT', async () => {
  const server = await serveBehind(
    () => true,
    () => '502 5.5.1 not implemented',
  );
  const report = await auditServerAt(server.port, change);
  await server.close();
  expect(report.verdict.relay).toBe('open');
});
