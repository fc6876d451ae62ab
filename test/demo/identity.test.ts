// Who a client is: SASL mechanisms against RFC vectors and odd back-ends, TLS and its certificates, XCLIENT, PROXY.
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { connect, type RawClient } from '../../fixtures/raw/client.js';
import { readProxyHeader } from '../../src/demo/proxy-header.js';
import type { Part } from '../../src/demo/tempers.js';
import { ACCOUNT, CANARY, inLab, type Lab, STRANGER } from './lab.js';

const greet = async (lab: Lab, name = 'client.example'): Promise<RawClient> => {
  const client = await connect({ port: lab.port, localAddress: STRANGER });
  await client.send(`EHLO ${name}`);
  return client;
};

/** Whether the session may relay now. */
const mayRelay = async (client: RawClient): Promise<boolean> => {
  await client.send('MAIL FROM:<alice@corp.test>');
  const { code } = await client.send(`RCPT TO:<${CANARY}>`);
  await client.send('RSET');
  return code === 250;
};

const withAuth = (part: NonNullable<Part['auth']> | object): Part => ({
  auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'], ...part },
});

describe.each(['CRAM-MD5', 'PLAIN', 'LOGIN'])('%s', (mechanism) => {
  it.each([
    ['the right password', {}, ACCOUNT.user, ACCOUNT.password, 235],
    ['a wrong password', {}, ACCOUNT.user, 'wrong', 535],
    ['an empty password', {}, ACCOUNT.user, '', 535],
    ['an unknown account', {}, 'nobody', ACCOUNT.password, 535],
    ['any password', { lenient: ['any-password'] }, ACCOUNT.user, 'wrong', 235],
    ['any password but no unknown account', { lenient: ['any-password'] }, 'nobody', 'x', 535],
    ['an empty password that passes', { lenient: ['empty-password'] }, ACCOUNT.user, '', 235],
    ['an empty password that passes, not a wrong one', { lenient: ['empty-password'] }, ACCOUNT.user, 'wrong', 535],
    ['an unknown account that passes', { lenient: ['unknown-account'] }, 'nobody', 'x', 235],
    ['a back-end that is down', { down: true }, ACCOUNT.user, ACCOUNT.password, 454],
    ['a broken mechanism', { broken: [mechanism] }, ACCOUNT.user, ACCOUNT.password, 535],
    ['a static challenge', { staticChallenge: '<1@mail.corp.test>' }, ACCOUNT.user, ACCOUNT.password, 235],
  ] as const)('%s', (_what, part, user, password, code) =>
    inLab([withAuth(part)], async (lab) => {
      const client = await greet(lab);
      expect((await client.auth(mechanism, user, password)).code).toBe(code);
      expect(await mayRelay(client)).toBe(code === 235);
    }),
  );

  it('works under TLS, where what was learnt before is forgotten', () =>
    inLab([], async (lab) => {
      const client = await greet(lab);
      await client.auth(mechanism, ACCOUNT.user, ACCOUNT.password);
      expect((await client.startTls()).code).toBe(220);
      expect((await client.send('MAIL FROM:<>')).code).toBe(503);
      await client.send('EHLO client.example');
      expect(await mayRelay(client)).toBe(false);
      expect((await client.auth(mechanism, ACCOUNT.user, ACCOUNT.password)).code).toBe(235);
      expect(await mayRelay(client)).toBe(true);
    }));
});

describe('AUTH', () => {
  it('computes CRAM-MD5 as RFC 2195 section 2 has it', () =>
    inLab(
      [
        withAuth({ staticChallenge: '<1896.697170952@postoffice.reston.mci.net>' }),
        { accounts: { tim: 'tanstaaftanstaaf' } },
      ],
      async (lab) => {
        const client = await greet(lab);
        expect((await client.send('AUTH CRAM-MD5')).text).toBe(
          'PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+',
        );
        const response = Buffer.from('tim b913a602c7eda7a495b4e6e7334d3890').toString('base64');
        expect((await client.send(response)).code).toBe(235);
      },
    ));

  it('makes a new challenge each time', () =>
    inLab([], async (lab) => {
      const client = await greet(lab);
      const first = (await client.send('AUTH CRAM-MD5')).text;
      expect((await client.send('*')).code).toBe(501);
      expect((await client.send('AUTH CRAM-MD5')).text).not.toBe(first);
    }));

  it.each([
    ['PLAIN asked for in two steps', ['AUTH PLAIN', 'AGFsaWNlAGNvcnJlY3QgaG9yc2U='], [334, 235]],
    ['LOGIN with an initial response', ['AUTH LOGIN YWxpY2U=', 'Y29ycmVjdCBob3JzZQ=='], [334, 235]],
    ['something that is not base64', ['AUTH PLAIN !!!'], [501]],
    ['a mechanism that is not offered', ['AUTH GSSAPI'], [504]],
    ['a name from the prototype', ['AUTH CONSTRUCTOR'], [504]],
    ['an account named as the prototype is', ['AUTH PLAIN AGNvbnN0cnVjdG9yAHg='], [535]],
    ['an authorization identity that differs', ['AUTH PLAIN Ym9iAGFsaWNlAGNvcnJlY3QgaG9yc2U='], [535]],
    [
      'a second login',
      ['AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=', 'AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U='],
      [235, 503],
    ],
  ] as const)('%s', (_what, lines, expected) =>
    inLab([], async (lab) => {
      const client = await greet(lab);
      for (const [at, line] of lines.entries()) expect((await client.send(line)).code).toBe(expected[at]);
    }),
  );

  it('uses prompts as they are configured', () =>
    inLab([withAuth({ prompts: ['VXNlciBOYW1lAA==', 'UGFzc3dvcmQA'] })], async (lab) => {
      const client = await greet(lab);
      expect((await client.send('AUTH LOGIN')).lines).toEqual(['334 VXNlciBOYW1lAA==']);
      expect((await client.send('YWxpY2U=')).lines).toEqual(['334 UGFzc3dvcmQA']);
    }));

  it('is announced and taken under TLS only, where so configured', () =>
    inLab([withAuth({ offer: 'tls', accept: 'tls' })], async (lab) => {
      const client = await connect({ port: lab.port });
      expect((await client.send('EHLO a')).text).not.toContain('AUTH');
      expect((await client.auth('PLAIN', ACCOUNT.user, ACCOUNT.password)).code).toBe(538);
      await client.startTls();
      expect((await client.send('EHLO a')).text).toContain('AUTH CRAM-MD5 PLAIN LOGIN');
      expect((await client.auth('PLAIN', ACCOUNT.user, ACCOUNT.password)).code).toBe(235);
    }));

  it('offers PLAIN and LOGIN under TLS only, and CRAM-MD5 always', () =>
    inLab([withAuth({ tlsOnly: ['PLAIN', 'LOGIN'] })], async (lab) => {
      const client = await connect({ port: lab.port });
      expect((await client.send('EHLO a')).text).toMatch(/AUTH CRAM-MD5$/);
      expect((await client.auth('PLAIN', ACCOUNT.user, ACCOUNT.password)).code).toBe(538);
      expect((await client.auth('CRAM-MD5', ACCOUNT.user, ACCOUNT.password)).code).toBe(235);
    }));
});

describe('TLS', () => {
  const certificateOf = async (part: Part): Promise<X509Certificate> => {
    let found: X509Certificate | undefined;
    await inLab([part], async ({ server }) => {
      found = new X509Certificate(server.certificate ?? '');
    });
    if (!found) throw new Error('no certificate');
    return found;
  };

  it('names the host, another host, or has expired', async () => {
    const good = await certificateOf({ security: { tls: 'starttls' } });
    expect([good.checkHost('mail.corp.test'), good.checkIP('127.0.0.1')]).toEqual(['mail.corp.test', '127.0.0.1']);
    const other = await certificateOf({ security: { tls: 'starttls', certificateName: 'other.example' } });
    expect([other.checkHost('mail.corp.test'), other.checkIP('127.0.0.1')]).toEqual([undefined, undefined]);
    const expired = await certificateOf({ security: { tls: 'starttls', certificateExpired: true } });
    expect(new Date(expired.validTo).getTime()).toBeLessThan(Date.now());
  });

  it('verifies for whoever trusts the certificate', () =>
    inLab([], async (lab) => {
      const client = await greet(lab);
      const trust = { ca: lab.server.certificate ?? '', rejectUnauthorized: true, servername: 'mail.corp.test' };
      expect((await client.startTls(trust)).code).toBe(220);
      expect((await client.send('EHLO a')).text).not.toContain('STARTTLS');
    }));

  it('can be implicit', () =>
    inLab([{ security: { tls: 'implicit' } }], async (lab) => {
      const client = await connect({ port: lab.port, tls: true });
      expect(client.greeting.code).toBe(220);
      expect((await client.send('EHLO a')).text).not.toContain('STARTTLS');
    }));

  it('can say 220 and fail the handshake', () =>
    inLab([{ security: { tls: 'starttls', failsHandshake: true } }], async (lab) => {
      const client = await greet(lab);
      const failed = await client.startTls();
      expect([failed.code, failed.text]).toEqual([0, expect.stringContaining('alert')]);
      const next = await greet(lab);
      expect((await next.send('NOOP')).code).toBe(250);
    }));

  it('is an unknown command where there is none', () =>
    inLab([{ security: { tls: 'none' } }], async (lab) => {
      const client = await greet(lab);
      expect((await client.send('STARTTLS')).code).toBe(500);
    }));
});

describe('XCLIENT', () => {
  const LIST: Part = { relay: [{ kind: 'network', in: ['127.0.0.10', '2001:db8::7'] }] };

  it.each([
    ['an address', 'XCLIENT ADDR=127.0.0.10', true],
    ['a v6 address', 'XCLIENT ADDR=IPV6:2001:db8::7', true],
    ['xtext', 'XCLIENT NAME=a+2Eb ADDR=127.0.0.10', true],
    ['a login', 'XCLIENT LOGIN=alice', true],
    ['no login', 'XCLIENT LOGIN=[UNAVAILABLE]', false],
    ['another address', 'XCLIENT ADDR=127.0.0.11', false],
  ] as const)('believes %s', (_what, line, relays) =>
    inLab([LIST, { xclient: { from: [STRANGER] } }], async (lab) => {
      const client = await greet(lab);
      expect((await client.send(line)).code).toBe(220);
      expect((await client.send('MAIL FROM:<>')).code).toBe(503);
      expect((await client.send('EHLO a')).text).toContain('XCLIENT');
      expect(await mayRelay(client)).toBe(relays);
    }),
  );

  it('is refused and not announced to others, and has no effect where it is not believed', async () => {
    await inLab([LIST, { xclient: { from: ['127.0.0.99'] } }], async (lab) => {
      const client = await connect({ port: lab.port });
      expect((await client.send('EHLO a')).text).not.toContain('XCLIENT');
      expect((await client.send('XCLIENT ADDR=127.0.0.10')).code).toBe(550);
    });
    await inLab([LIST, { xclient: { from: [STRANGER], believes: [] } }], async (lab) => {
      const client = await greet(lab);
      expect((await client.send('XCLIENT ADDR=127.0.0.10')).code).toBe(220);
      await client.send('EHLO a');
      expect(await mayRelay(client)).toBe(false);
    });
  });
});

describe('PROXY', () => {
  const v2 = (family: number, address: readonly number[]): Buffer =>
    Buffer.from([
      ...Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
      0x21,
      family,
      0,
      address.length * 2 + 4,
      ...address,
      ...address.map(() => 0),
      0x9c,
      0x40,
      0,
      25,
    ]);

  const LIST: Part = {
    relay: [{ kind: 'network', in: ['127.0.0.10', '2001:db8::7'] }],
    proxy: { from: ['127.0.0.1'], waitMs: 60 },
  };
  const V6 = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

  it.each([
    ['version 1', 'PROXY TCP4 127.0.0.10 127.0.0.1 40000 25\r\n', true],
    ['version 1, v6', 'PROXY TCP6 2001:db8::7 ::1 40000 25\r\n', true],
    ['version 1, another address', 'PROXY TCP4 127.0.0.11 127.0.0.1 40000 25\r\n', false],
    ['version 1, unknown', 'PROXY UNKNOWN\r\n', false],
    ['version 2', v2(0x11, [127, 0, 0, 10]), true],
    ['version 2, v6', v2(0x21, V6), true],
  ] as const)('%s', (_what, preface, relays) =>
    inLab([LIST], async (lab) => {
      const client = await connect({ port: lab.port, preface });
      expect(client.greeting.code).toBe(220);
      await client.send('EHLO a');
      expect(await mayRelay(client)).toBe(relays);
    }),
  );

  it('is refused to others, awaited in silence, and missed', () =>
    inLab([LIST], async (lab) => {
      expect((await connect({ port: lab.port, localAddress: STRANGER })).greeting.text).toContain('PROXY not allowed');
      expect((await connect({ port: lab.port })).greeting.text).toContain('No proxy header');
      expect((await connect({ port: lab.port, preface: 'EHLO a\r\n' })).greeting.code).toBe(421);
    }));

  it('is read however it is cut', () => {
    for (const header of ['PROXY TCP4 127.0.0.10 127.0.0.1 40000 25\r\n', v2(0x21, V6).toString('latin1')]) {
      for (let at = 1; at < header.length; at++) {
        expect(readProxyHeader(header.slice(0, at)).kind).toBe('incomplete');
      }
      expect(readProxyHeader(`${header}EHLO`)).toMatchObject({ kind: 'header', length: header.length, port: 40_000 });
    }
    expect(readProxyHeader('PROXY TCP4 nonsense\r\n').kind).toBe('none');
    expect(readProxyHeader('EHLO a\r\n').kind).toBe('none');
  });
});
