import { createHash, X509Certificate } from 'node:crypto';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, makeCertificate } from '../../fixtures/hostile/certificate.js';
import { type Client, play, serve } from '../../fixtures/hostile/server.js';
import { line } from '../../src/smtp/line.js';
import { isTrusted } from '../../src/smtp/tls.js';
import { channelAt, withDialogue } from './channel-at.js';

const EHLO = { stage: 'helo', line: line('EHLO client.example') } as const;
const UPGRADE = '<-  220 hi\n -> STARTTLS\n<-  220 go\n=== tls\n';

let good: Certificate;
let other: Certificate;
let old: Certificate;

beforeAll(async () => {
  good = await makeCertificate(['mx.example', '127.0.0.1']);
  other = await makeCertificate(['elsewhere.example']);
  old = await makeCertificate(['mx.example', '127.0.0.1'], {
    notBefore: new Date('2020-01-01T00:00:00Z'),
    validDays: 1,
  });
});

const fingerprint = (certificate: Certificate): string =>
  `sha256:${createHash('sha256').update(new X509Certificate(certificate.cert).raw).digest('hex')}`;

describe('STARTTLS (RFC 3207)', () => {
  test('goes on under TLS', async () => {
    await withDialogue(
      `<-  220 hi\n -> EHLO\n<-  250-a\n<-  250 STARTTLS\n -> STARTTLS\n<-  220 go\n=== tls\n -> EHLO\n<-  250-a\n<-  250 AUTH PLAIN`,
      async (channel, server) => {
        await channel.send([EHLO]);
        expect(channel.tls).toBeNull();
        const { heard, fault, injectedReplies } = await channel.startTls();
        expect([heard.exchange.stage, heard.exchange.sent, heard.exchange.reply?.code, fault, injectedReplies]).toEqual(
          ['starttls', 'STARTTLS', 220, null, []],
        );
        expect((await channel.send([EHLO]))[0]?.exchange.reply?.text).toBe('a\nAUTH PLAIN');
        expect(server.seen).toEqual(['EHLO client.example', 'STARTTLS', 'EHLO client.example']);
        expect(channel.tls).toMatchObject({ protocol: 'TLSv1.3', cipher: expect.stringMatching(/^TLS_/) });
      },
      { playing: { certificate: good } },
    );
  });

  test('a refusal leaves the session in the clear', async () => {
    await withDialogue('<-  220 hi\n -> STARTTLS\n<-  454 4.7.0 not now\n -> EHLO\n<-  250 a', async (channel) => {
      expect(await channel.startTls()).toMatchObject({
        heard: { exchange: { reply: { code: 454 } }, fault: null },
        fault: null,
      });
      expect((await channel.send([EHLO]))[0]?.exchange.reply?.code).toBe(250);
      expect([channel.tls, channel.isTlsTrusted]).toEqual([null, false]);
    });
  });

  test.each([
    ['a whole line in the same segment', '<-  220 go\n<-  250 injected'],
    ['half a line in the same segment', '<-  220 go\n<~  250-inj'],
    ['rubbish in the same segment', '<-  220 go\n<~  \\u0000'],
    ['bytes of TLS, too early', '<-  220 go\n<~  \\u0016\\u0003\\u0001'],
  ])('bytes before the handshake are a fault: %s', async (_, said) => {
    await withDialogue(`<-  220 hi\n -> STARTTLS\n${said}`, async (channel, server) => {
      const { heard, fault } = await channel.startTls();
      expect(heard.exchange.reply?.code).toBe(220);
      expect(fault).toMatchObject({
        kind: 'protocol-error',
        detail: expect.stringMatching(/between its reply to STARTTLS and the TLS handshake/),
      });
      expect(channel.tls).toBeNull();
      await server.emptied();
    });
  });

  test('half a line from before never becomes part of a reply inside TLS', async () => {
    await withDialogue('<-  220 hi\n<~  250-smuggled', async (channel, server) => {
      const { heard, fault } = await channel.startTls();
      expect(heard).toMatchObject({ exchange: { reply: null }, fault: { kind: 'protocol-error' } });
      expect(fault?.kind).toBe('protocol-error');
      expect(server.seen).toEqual([]);
    });
  });

  test.each([
    ['closes', '=== close', /handshake/],
    ['resets', '=== reset', /handshake/],
    ['answers in the clear', ' -> x\n<-  500 what is that', /handshake.*\(ERR_SSL/],
  ])('a server that says 220 and %s', async (_, then, detail) => {
    await withDialogue(`<-  220 hi\n -> STARTTLS\n<-  220 go\n${then}`, async (channel, server) => {
      const { heard, fault } = await channel.startTls();
      expect(heard.exchange.reply?.code).toBe(220);
      expect(fault).toMatchObject({ kind: 'tls-failed', stage: 'tls', detail: expect.stringMatching(detail) });
      await server.emptied();
    });
  });

  test('an alert instead of a handshake, told without the source lines of OpenSSL', async () => {
    const server = await serve(({ socket }) => {
      socket.write('220 hi\r\n');
      socket.once('data', () => {
        socket.write('220 go\r\n');
        // Alert, TLS 1.2, two octets: fatal, internal error.
        socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80])));
      });
    });
    const channel = channelAt(server.port);
    await channel.connect();
    await channel.greeting();
    expect((await channel.startTls()).fault).toEqual({
      kind: 'tls-failed',
      stage: 'tls',
      detail: 'TLS handshake: tlsv1 alert internal error (ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR)',
    });
    await server.close();
  });

  test('a server that says 220 and nothing more', async () => {
    await withDialogue(
      '<-  220 hi\n -> STARTTLS\n<-  220 go',
      async (channel) => {
        expect((await channel.startTls()).fault).toMatchObject({ kind: 'timeout', stage: 'tls' });
      },
      { timeouts: { tlsMs: 40 } },
    );
  });

  test('a client certificate that cannot be read is a fault, not an exception', async () => {
    await withDialogue('<-  220 hi\n -> STARTTLS\n<-  220 go', async (channel) => {
      const { fault } = await channel.startTls({ clientCertificate: { key: 'x', cert: 'y' } });
      expect(fault).toMatchObject({ kind: 'tls-failed', stage: 'tls' });
    });
  });

  test('a client certificate is shown to a server that asks', async () => {
    let shown = '';
    const server = await serve(({ socket }) => {
      socket.write('220 hi\r\n');
      socket.once('data', () => {
        socket.write('220 go\r\n');
        const secured = new TLSSocket(socket, {
          isServer: true,
          ...good,
          requestCert: true,
          rejectUnauthorized: false,
        });
        secured.on('error', () => {});
        secured.on('data', () => {
          shown = secured.getPeerX509Certificate()?.subject ?? '';
          secured.write('250 a\r\n');
        });
      });
    });
    const channel = channelAt(server.port);
    await channel.connect();
    await channel.greeting();
    await channel.startTls({ clientCertificate: other });
    await channel.send([EHLO]);
    expect(shown).toBe('CN=elsewhere.example');
    channel.destroy();
    await server.close();
  });
});

describe('commands in the same segment as STARTTLS (CVE-2011-0411)', () => {
  const injected = Buffer.from('RSET\r\nMAIL FROM:<a@b.example>\r\n');

  /** A server that upgrades and then answers `before` lines at once, and each line it hears with 250. */
  const upgrading = (before: number) => {
    return ({ socket }: Client): void => {
      socket.write('220 hi\r\n');
      socket.once('data', () => {
        socket.write('220 go\r\n');
        const secured = new TLSSocket(socket, { isServer: true, ...good });
        secured.on('error', () => {});
        secured.on('data', (chunk: Buffer) => {
          const answers = Array.from({ length: before }, (_, at) => `25${at} injected\r\n`);
          secured.write(`${chunk.includes('NOOP') ? answers.join('') : ''}250 heard\r\n`);
        });
      });
    };
  };

  test.each([
    ['discards them', 0, []],
    ['executes one of them', 1, [250]],
    ['executes both', 2, [250, 251]],
  ])('a server that %s', async (_, before, expected) => {
    const server = await serve(upgrading(before));
    const channel = channelAt(server.port, { timeouts: { replyMs: 1_000 } });
    await channel.connect();
    await channel.greeting();
    const { fault, injectedReplies } = await channel.startTls({ injected });
    expect(fault).toBeNull();
    expect(injectedReplies.map((reply) => reply.code)).toEqual(expected);
    // The session goes on, its replies in their places.
    expect((await channel.send([EHLO]))[0]?.exchange.reply?.text).toBe('heard');
    channel.destroy();
    await server.emptied();
    await server.close();
  });

  test('a server that answers them in the clear has broken the handshake', async () => {
    await withDialogue('<-  220 hi\n -> STARTTLS\n<-  220 go\n<-  250 a\n<-  250 b', async (channel) => {
      expect((await channel.startTls({ injected })).fault).toMatchObject({ kind: 'protocol-error' });
    });
  });

  test('a server that refuses STARTTLS answers them in the clear, which is no fault', async () => {
    await withDialogue(
      '<-  220 hi\n -> STARTTLS\n<-  502 no\n -> RSET\n<-  250 a\n -> MAIL\n<-  250 b\n -> EHLO\n<-  250 c',
      async (channel) => {
        expect(await channel.startTls({ injected })).toMatchObject({
          heard: { exchange: { reply: { code: 502 } } },
          fault: null,
          injectedReplies: [],
        });
        expect((await channel.send([EHLO]))[0]?.exchange.reply?.text).toBe('c');
      },
    );
  });
});

describe('implicit TLS (RFC 8314)', () => {
  test('greets inside TLS', async () => {
    await withDialogue(
      '=== tls\n<-  220 hi\n -> EHLO\n<-  250 a',
      async (channel) => {
        expect((await channel.greeting()).exchange.reply?.code).toBe(220);
        expect((await channel.send([EHLO]))[0]?.exchange.reply?.code).toBe(250);
        expect(channel.tls?.certificate?.subject).toBe('CN=mx.example');
        expect(channel.localAddress).toBe('127.0.0.1');
      },
      { implicitTls: true, playing: { certificate: good } },
    );
  });

  test.each([
    ['speaks in the clear', '<-  220 hi', 5_000, 'tls-failed'],
    ['hangs up', '=== close', 5_000, 'tls-failed'],
    ['says nothing', '', 40, 'timeout'],
  ])('a server that %s', async (_, dialogue, tlsMs, kind) => {
    const server = await serve(play(dialogue));
    const channel = channelAt(server.port, { implicitTls: true, timeouts: { tlsMs } });
    expect(await channel.connect()).toMatchObject({ kind, stage: 'tls' });
    expect((await channel.greeting()).fault).toMatchObject({ kind });
    await server.emptied();
    await server.close();
  });
});

describe('the certificate', () => {
  const CASES: readonly [
    string,
    () => Certificate,
    { host?: string; ca?: () => string; pin?: () => string },
    RegExp | null,
    boolean,
  ][] = [
    ['verifies for the address', () => good, { ca: () => good.cert }, null, true],
    ['verifies for the name', () => good, { host: 'mx.example', ca: () => good.cert }, null, true],
    [
      'verifies for the name with a last dot, in capitals',
      () => good,
      { host: 'MX.example.', ca: () => good.cert },
      null,
      true,
    ],
    ['is not known', () => good, {}, /^self-signed$/, false],
    ['is not known, but pinned', () => good, { pin: () => fingerprint(good) }, /^self-signed$/, true],
    ['is pinned in capitals', () => good, { pin: () => fingerprint(good).toUpperCase() }, /^self-signed$/, true],
    ['is not the pinned one', () => good, { pin: () => fingerprint(other) }, /^self-signed$/, false],
    ['is made out to another name', () => other, { host: 'mx.example', ca: () => other.cert }, /another name/, false],
    ['has expired', () => old, { ca: () => old.cert }, /expired/, false],
    ['has expired and is self-signed', () => old, {}, /expired/, false],
  ];

  test.each(CASES)('%s', async (_, certificate, { host, ca, pin }, problem, isTrustedNow) => {
    const made = certificate();
    await withDialogue(
      UPGRADE,
      async (channel) => {
        await channel.startTls();
        const facts = channel.tls?.certificate;
        expect(facts?.fingerprint).toBe(fingerprint(made));
        if (problem === null) expect(facts?.problem).toBeNull();
        else expect(facts?.problem).toMatch(problem);
        expect(channel.isTlsTrusted).toBe(isTrustedNow);
      },
      {
        playing: { certificate: made },
        ...(host === undefined ? {} : { host }),
        ...(ca === undefined ? {} : { ca: ca() }),
        ...(pin === undefined ? {} : { tlsPin: pin() }),
      },
    );
  });

  test('is told in full', async () => {
    await withDialogue(
      UPGRADE,
      async (channel) => {
        await channel.startTls();
        expect(channel.tls?.certificate).toEqual({
          subject: 'CN=mx.example',
          issuer: 'CN=mx.example',
          altNames: ['mx.example', '127.0.0.1'],
          validFrom: '2020-01-01T00:00:00.000Z',
          validTo: '2020-01-02T00:00:00.000Z',
          fingerprint: fingerprint(old),
          problem: 'expired',
        });
      },
      { playing: { certificate: old }, ca: old.cert },
    );
  });

  test('nothing is trusted in the clear, whatever is pinned', () => {
    expect(isTrusted(null, 'sha256:00')).toBe(false);
    expect(isTrusted({ protocol: 'TLSv1.3', cipher: 'x', certificate: null }, 'sha256:')).toBe(false);
  });

  test.each([
    ['mx.example', 'mx.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['127.0.0.1', false],
  ])('SNI for %s', async (host, expected) => {
    const names: unknown[] = [];
    const server = createTlsServer(
      { ...good, SNICallback: (name, done) => done(null, names.push(name) ? undefined : undefined) },
      (socket) => {
        socket.on('error', () => {});
        names.push(socket.servername);
        socket.write('220 hi\r\n');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const channel = channelAt(typeof address === 'object' ? (address?.port ?? 0) : 0, { host, implicitTls: true });
    expect(await channel.connect()).toBeNull();
    await channel.greeting();
    expect(names.at(-1)).toBe(expected);
    channel.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('a server of TLS 1.0 is seen, not lost', async () => {
    const server = await serve(({ socket }) => {
      const secured = new TLSSocket(socket, {
        isServer: true,
        ...good,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1',
        ciphers: 'DEFAULT:@SECLEVEL=0',
      } as object);
      secured.on('error', () => {});
      secured.write('220 hi\r\n');
    });
    const channel = channelAt(server.port, { implicitTls: true });
    expect(await channel.connect()).toBeNull();
    expect(channel.tls?.protocol).toBe('TLSv1');
    channel.destroy();
    await server.close();
  });
});
