// What any client may say to the demo server: parameters, chunks, dots, long lines of AUTH, commands without what they need, and
// a client that goes while something is under way (RFC 5321, 1870, 3030, 3461, 4954, 6152, 6531).
import { describe, expect, it } from 'vitest';
import { connect, type RawClient } from '../../fixtures/raw/client.js';
import { ACCOUNT, inLab, type Lab } from './lab.js';

const greet = async (lab: Lab): Promise<RawClient> => {
  const client = await connect({ port: lab.port });
  await client.send('EHLO client.example');
  return client;
};

/** Codes of the answers to lines, one by one. */
const codesOf = async (client: RawClient, lines: readonly string[]): Promise<number[]> => {
  const codes: number[] = [];
  for (const line of lines) codes.push((await client.send(line)).code);
  return codes;
};

/** Open a transaction for a local mailbox. */
const begin = async (lab: Lab): Promise<RawClient> => {
  const client = await greet(lab);
  await codesOf(client, ['MAIL FROM:<>', 'RCPT TO:<bob@corp.test>']);
  return client;
};

describe('parameters', () => {
  it.each([
    ['SIZE=100', 250],
    ['size=100', 250],
    ['SIZE=99999999999', 552],
    ['SIZE=abc', 501],
    ['SIZE', 501],
    ['BODY=8BITMIME', 250],
    ['BODY=7bit', 250],
    ['BODY=BINARYMIME', 501],
    ['BODY', 501],
    ['SMTPUTF8', 250],
    ['SMTPUTF8=1', 501],
    ['RET=HDRS ENVID=QQ314159', 250],
    ['RET=some', 501],
    ['ENVID', 501],
    ['AUTH=<>', 250],
    ['AUTH', 501],
    ['FOO=1', 555],
  ])('of MAIL: %s is %i', (parameters, code) =>
    inLab([], async (lab) => {
      expect((await (await greet(lab)).send(`MAIL FROM:<a@b.example> ${parameters}`)).code).toBe(code);
    }),
  );

  it.each([
    ['NOTIFY=NEVER', 250],
    ['NOTIFY=SUCCESS,failure,DELAY ORCPT=rfc822;bob@corp.test', 250],
    ['NOTIFY=NEVER,DELAY', 501],
    ['NOTIFY=always', 501],
    ['ORCPT=bob', 501],
    ['SIZE=1', 555],
  ])('of RCPT: %s is %i', (parameters, code) =>
    inLab([], async (lab) => {
      const client = await greet(lab);
      await client.send('MAIL FROM:<>');
      expect((await client.send(`RCPT TO:<bob@corp.test> ${parameters}`)).code).toBe(code);
    }),
  );
});

describe('a message', () => {
  const body = ({ server }: Lab): string =>
    server.mailboxes[0]?.data.replace(/^Received:.*\r\n(?:\t.*\r\n)*/, '') ?? '';

  it.each([
    ['a dot that was stuffed', '..a\r\n..\r\n', '.a\r\n.\r\n'],
    ['a dot behind a bare line feed', 'a\n.b\r\n', 'a\n.b\r\n'],
    ['a dot that was stuffed behind a bare line feed', 'a\n..b\r\n', 'a\n.b\r\n'],
    ['a dot behind a bare carriage return', 'a\r.b\r\n', 'a\r.b\r\n'],
    ['a dot on a line of its own by bare line feeds', 'a\n.\nb\r\n', 'a\n.\nb\r\n'],
  ])('keeps %s', (_, sent, kept) =>
    inLab([], async (lab) => {
      const client = await begin(lab);
      await client.send('DATA');
      client.write(sent);
      expect((await client.send('.')).code).toBe(250);
      await lab.server.settled();
      expect(body(lab)).toBe(kept);
    }),
  );

  it('in chunks is not ended by DATA (RFC 3030 section 3), and is whole with LAST', () =>
    inLab([], async (lab) => {
      const client = await begin(lab);
      client.write('BDAT 4\r\nab\r\n');
      expect((await client.reply()).code).toBe(250);
      expect((await client.send('DATA')).code).toBe(503);
      client.write('BDAT 4 LAST\r\ncd\r\n');
      expect((await client.reply()).code).toBe(250);
      await lab.server.settled();
      expect(body(lab)).toBe('ab\r\ncd\r\n');
    }));
});

describe('AUTH', () => {
  const long = (length: number): string => Buffer.from(`\0${ACCOUNT.user}\0${'x'.repeat(length)}`).toString('base64');

  it('is read up to 12,288 octets (RFC 4954 section 4)', () =>
    inLab([], async (lab) => {
      const client = await greet(lab);
      expect(await codesOf(client, [`AUTH PLAIN ${long(9_100)}`, `AUTH PLAIN ${long(9_300)}`])).toEqual([535, 500]);
      expect(await codesOf(client, [`NOOP ${'x'.repeat(5_000)}`, 'NOOP'])).toEqual([500, 250]);
    }));

  it.each([
    ['an initial response where the server speaks first', 'AUTH CRAM-MD5 YWxpY2U='],
    ['two initial responses', 'AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U= x'],
  ])('refuses %s', (_, line) =>
    inLab([], async (lab) => {
      expect(await codesOf(await greet(lab), [line, 'NOOP'])).toEqual([501, 250]);
    }),
  );
});

it.each(['VRFY', 'ETRN'])('%s wants an argument', (verb) =>
  inLab([{ extensions: { offer: ['VRFY', 'ETRN'] } }], async (lab) => {
    expect(await codesOf(await greet(lab), [verb, `${verb} corp.test`])).toEqual([501, verb === 'VRFY' ? 252 : 250]);
  }),
);

describe('a client that goes', () => {
  const ended = async ({ server }: Lab): Promise<unknown> => {
    await expect.poll(() => server.log[0]?.endedBy).not.toBeNull();
    return server.log[0]?.endedBy;
  };

  it.each([
    ['after STARTTLS, before the handshake', ['STARTTLS']],
    ['after DATA', ['MAIL FROM:<>', 'RCPT TO:<bob@corp.test>', 'DATA']],
    ['in an AUTH dialogue', ['AUTH LOGIN']],
    ['between commands', ['NOOP']],
  ])('%s has ended the session, which is over', (_, lines) =>
    inLab([], async (lab) => {
      const client = await greet(lab);
      await codesOf(client, lines);
      client.close();
      expect(await ended(lab)).toBe('client');
      expect(lab.server.mailboxes).toEqual([]);
    }),
  );
});
