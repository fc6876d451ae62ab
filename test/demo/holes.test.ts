// Both sides of every hole by raw SMTP: a server that has it delivers the message to the sink, the same server without it does not.
import { describe, expect, it } from 'vitest';
import { connect, envelope, type RawTransaction } from '../../fixtures/raw/client.js';
import type { ServerConfig } from '../../src/demo/config.js';
import { HOLES, type HoleName } from '../../src/demo/holes.js';
import { ACCOUNT, CANARY, inLab, type Lab, STRANGER, send } from './lab.js';

/** Tries to get the canary through; what arrives, if not for the canary itself, is the result. */
type Try = (lab: Lab) => Promise<string | undefined>;

const mail =
  (transaction: Partial<RawTransaction>, arrives?: string): Try =>
  async (lab) => {
    await send(lab, transaction);
    return arrives;
  };
const from = (reversePath: string): Try => mail({ from: reversePath });
const to = (forwardPath: string, arrives?: string): Try => mail({ to: [forwardPath] }, arrives);
const session =
  (
    run: (client: Awaited<ReturnType<typeof connect>>) => Promise<void>,
    options: Partial<Parameters<typeof connect>[0]> = {},
  ): Try =>
  async (lab) => {
    const client = await connect({ port: lab.port, localAddress: STRANGER, ...options });
    await run(client);
    client.close();
    return undefined;
  };
const PLAIN = { from: 'probe@canary.example.net', to: [CANARY] } as const;
const auth = (mechanism: string, user: string, password: string, authzid = ''): Try =>
  session(async (client) => {
    await client.send('EHLO client.example');
    await client.auth(mechanism, user, password, authzid);
    await envelope(client, PLAIN);
  });
const lines = (...commands: readonly string[]): Try =>
  session(async (client) => {
    for (const command of commands) await client.send(command);
    await envelope(client, PLAIN);
  });

const TRIES: Record<HoleName, Try> = {
  anyone: from('probe@canary.example.net'),
  'ipv6-only': session(
    async (client) => {
      await client.send('EHLO client.example');
      await envelope(client, PLAIN);
    },
    { host: '::1', localAddress: '::1' },
  ),
  'null-reverse-path': async (lab) => {
    const { message } = await send(lab, { from: '' });
    return message?.code === 250 ? '' : undefined;
  },
  'local-sender': from('no-such@corp.test'),
  'local-user-sender': from('bob@corp.test'),
  'postmaster-sender': from('postmaster@corp.test'),
  'mailer-daemon-sender': from('MAILER-DAEMON@corp.test'),
  'host-name-sender': from('probe@mail.corp.test'),
  'localhost-sender': from('probe@localhost'),
  'subdomain-sender': from('probe@x.corp.test'),
  'literal-sender': from('probe@[192.0.2.7]'),
  'own-literal-sender': from('probe@[127.0.0.1]'),
  'loopback-literal-sender': from('probe@[127.0.0.9]'),
  'numeric-sender': from('probe@192.0.2.7'),
  'unqualified-sender': from('probe'),
  'empty-domain-sender': from('probe@'),
  'bang-sender': from('corp.test!probe'),
  'auth-parameter': session(async (client) => {
    await client.send('EHLO client.example');
    await client.send('MAIL FROM:<probe@canary.example.net> AUTH=alice@corp.test');
    await client.send(`RCPT TO:<${CANARY}>`);
    if ((await client.send('DATA')).code === 354) await client.message('Subject: x\n\nx');
  }),
  'same-address': from(CANARY),

  percent: to('relaytest%canary.example.net@corp.test'),
  bang: to('canary.example.net!relaytest@corp.test'),
  quoted: to(`"${CANARY}"@corp.test`),
  'source-route': to(`@corp.test:${CANARY}`),
  'double-at-last': to(`${CANARY}@corp.test`),
  'double-at-first': to('relaytest@corp.test@canary.example.net'),
  'trailing-at': to(`${CANARY}@`),
  srs: to('SRS0=AAAA=TT=canary.example.net=relaytest@corp.test'),
  'first-bracket': to('"relaytest@canary.example.net> ORCPT=rfc822;y"@corp.test'),
  'percent-and-bang': to('canary.example.net!relaytest%corp.test@mail.corp.test'),
  'literal-recipient': to('relaytest@[192.0.2.7]', 'relaytest@[192.0.2.7]'),
  'numeric-recipient': to('relaytest@192.0.2.7', 'relaytest@192.0.2.7'),
  'trailing-dot': to(`${CANARY}.`),
  unbracketed: session(async (client) => {
    await client.send('EHLO client.example');
    await client.send('MAIL FROM:<probe@canary.example.net>');
    await client.send(`RCPT TO:${CANARY}`);
    if ((await client.send('DATA')).code === 354) await client.message('Subject: x\n\nx');
  }),
  'role-recipient': to('abuse@canary.example.net', 'abuse@canary.example.net'),
  'local-domain-inside': to('relaytest+corp.test@canary.example.net', 'relaytest+corp.test@canary.example.net'),
  'subdomain-recipient': to('relaytest@x.corp.test', 'relaytest@x.corp.test'),
  'utf8-recipient': async (lab) => {
    await session(async (client) => {
      await client.send('EHLO client.example');
      await client.send('MAIL FROM:<probe@canary.example.net> SMTPUTF8');
      await client.send('RCPT TO:<rélaytest@canary.example.net>');
      if ((await client.send('DATA')).code === 354) await client.message('Subject: x\n\nx');
    })(lab);
    return 'rélaytest@canary.example.net';
  },
  'first-recipient': mail({ to: ['alice@corp.test', CANARY] }),

  'greeting-localhost': mail({ name: 'localhost' }),
  'greeting-long': mail({ name: 'a'.repeat(2_048) }),
  'helo-only': mail({ verb: 'HELO' }),
  'no-greeting': lines(),
  'under-tls': session(async (client) => {
    await client.send('EHLO client.example');
    await client.startTls();
    await client.send('EHLO client.example');
    await envelope(client, PLAIN);
  }),
  'client-certificate': async (lab) => {
    const { generate } = await import('selfsigned');
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'anyone' }], { keyType: 'ec' });
    return session(async (client) => {
      await client.send('EHLO client.example');
      await client.startTls({ key, cert });
      await client.send('EHLO client.example');
      await envelope(client, PLAIN);
    })(lab);
  },
  'starttls-injection': async (lab) => {
    const client = await connect({ port: lab.port, localAddress: STRANGER });
    await client.send('EHLO client.example');
    await client.startTls({}, 'NOOP\r\n');
    // Where the NOOP was run, its reply comes first.
    const first = await client.send('EHLO client.example');
    client.close();
    return first.lines.length === 1 ? '' : undefined;
  },
  'xclient-address': lines('EHLO client.example', 'XCLIENT ADDR=127.0.0.1', 'EHLO client.example'),
  'xclient-login': lines('EHLO client.example', 'XCLIENT LOGIN=alice', 'EHLO client.example'),
  proxy: session(
    async (client) => {
      await client.send('EHLO client.example');
      await envelope(client, PLAIN);
    },
    { preface: 'PROXY TCP4 127.0.0.1 127.0.0.1 40000 25\r\n' },
  ),

  'any-password': auth('CRAM-MD5', ACCOUNT.user, 'wrong'),
  'empty-password': auth('PLAIN', ACCOUNT.user, ''),
  'unknown-account': auth('LOGIN', 'nobody', 'x'),
  'cram-garbage': lines('EHLO client.example', 'AUTH CRAM-MD5', 'Z2FyYmFnZQ=='),
  anonymous: lines('EHLO client.example', 'AUTH ANONYMOUS eA=='),
  external: lines('EHLO client.example', 'AUTH EXTERNAL ='),
  ntlm: lines('EHLO client.example', 'AUTH NTLM', 'TlRMTVNTUAABAAAA', 'TlRMTVNTUAADAAAA'),
  authzid: auth('PLAIN', 'nobody', 'x', ACCOUNT.user),
  'auth-not-offered': auth('PLAIN', 'nobody', 'x'),
  'auth-after-abort': lines('EHLO client.example', 'AUTH LOGIN', 'YWxpY2U=', '*'),
  'auth-after-reset': lines('EHLO client.example', 'AUTH LOGIN', 'YWxpY2U=', 'eA==', 'RSET'),
  'auth-after-ehlo': lines('EHLO client.example', 'AUTH LOGIN', 'YWxpY2U=', 'eA==', 'EHLO client.example'),
  'auth-after-starttls': session(async (client) => {
    await client.send('EHLO client.example');
    await client.auth('LOGIN', ACCOUNT.user, 'wrong');
    await client.startTls();
    await client.send('EHLO client.example');
    await envelope(client, PLAIN);
  }),

  bdat: session(async (client) => {
    await client.send('EHLO client.example');
    await client.send('MAIL FROM:<probe@canary.example.net>');
    await client.send(`RCPT TO:<${CANARY}>`);
    client.write('BDAT 13\r\nSubject: x\r\n\r');
    await client.reply();
    client.write('BDAT 4 LAST\r\n\nx\r\n');
    await client.reply();
  }),
  'legacy-verbs': session(async (client) => {
    await client.send('EHLO client.example');
    await client.send('SAML FROM:<probe@canary.example.net>');
    await client.send(`RCPT TO:<${CANARY}>`);
    if ((await client.send('DATA')).code === 354) await client.message('Subject: x\n\nx');
  }),
  smuggling: session(async (client) => {
    await client.send('EHLO client.example');
    await client.send('MAIL FROM:<probe@canary.example.net>');
    await client.send('RCPT TO:<alice@corp.test>');
    await client.send('DATA');
    const second = `MAIL FROM:<admin@corp.test>\r\nRCPT TO:<${CANARY}>\r\nDATA\r\nSubject: y\r\n\r\ny`;
    client.write(`Subject: x\r\n\r\nx\n.\n${second}\r\n.\r\n`);
    await client.reply();
    await client.send('NOOP');
  }),
};

const LISTEN: Partial<ServerConfig> = { listen: ['127.0.0.1', '::1'] };

/** An attempt that proves itself by a reply returns an empty string; all others by what lies in the sink. */
async function falls(lab: Lab, attempt: Try): Promise<boolean> {
  const shown = await attempt(lab);
  return shown === '' || lab.hasArrived(shown);
}

describe.each(Object.entries(TRIES))('%s', (name, attempt) => {
  it('is a hole where it is configured', () =>
    inLab([LISTEN, HOLES[name as HoleName]], async (lab) => expect(await falls(lab, attempt)).toBe(true)));
  it('is none where it is not', () => inLab([LISTEN], async (lab) => expect(await falls(lab, attempt)).toBe(false)));
});

describe('a rewrite that is checked again', () => {
  it.each([
    ['percent', 'relaytest%canary.example.net@corp.test'],
    ['bang', 'canary.example.net!relaytest@corp.test'],
    ['source-route', `@corp.test:${CANARY}`],
    ['quoted', `"${CANARY}"@corp.test`],
  ] as const)('%s is no hole for strangers and a service for others', async (form, forwardPath) => {
    await inLab([{ rewrites: [{ form, rechecked: true }] }], async (lab) => {
      const { rcpt } = await send(lab, { to: [forwardPath] });
      expect(rcpt[0]?.text).toContain('relaying denied');
      expect(await lab.hasArrived()).toBe(false);
    });
    await inLab([{ rewrites: [{ form, rechecked: true }] }, HOLES.anyone], async (lab) => {
      await send(lab, { to: [forwardPath] });
      expect(await lab.hasArrived()).toBe(true);
    });
  });
});
