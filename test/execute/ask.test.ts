// Every technique is asked as its data says: the lines that a server heard are those that `relayproof techniques <id>` shows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../fixtures/hostile/server.js';
import type { ServerConfig } from '../../src/demo/config.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import { ask } from '../../src/execute/ask.js';
import { systemRandom } from '../../src/execute/ports.js';
import { openSession, type Session } from '../../src/execute/session.js';
import type { Attempt } from '../../src/model/attempt.js';
import type { Brief } from '../../src/model/brief.js';
import type { Evidence } from '../../src/model/evidence.js';
import { parseNetworks } from '../../src/model/networks.js';
import type { Source } from '../../src/model/source.js';
import type { Technique } from '../../src/model/technique.js';
import { makeProbes } from '../../src/plan/attempt.js';
import { filledFor } from '../../src/plan/values.js';
import { know } from '../../src/replies/known.js';
import { read } from '../../src/replies/read.js';
import { reversePathsOf } from '../../src/techniques/fill.js';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { linesOf } from '../../src/techniques/lines.js';

const ACCOUNT = { user: 'alice', password: 'Tr0ub4dor&3 staple' } as const;
const MESSAGE = Buffer.from('From: <a@b.example>\r\nTo: <c@d.example>\r\nSubject: canary\r\n\r\n.text\r\n');

/** Takes whatever it knows from anybody, and passes nothing on. */
const TAKES_ALL: ServerConfig = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice'],
  unknownLocal: 'accept',
  unqualified: 'append',
  accounts: { [ACCOUNT.user]: ACCOUNT.password },
  relay: [{ kind: 'anyone' }],
  delivery: { foreign: 'discard' },
  security: { tls: 'starttls', afterStarttls: 'plaintext' },
  extensions: {
    offer: ['PIPELINING', 'SIZE', 'ETRN', 'DSN', '8BITMIME', 'SMTPUTF8', 'CHUNKING', 'VRFY', 'XFORWARD'],
    legacyVerbs: true,
    needsGreeting: false,
  },
  auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN', 'ANONYMOUS', 'EXTERNAL', 'NTLM'], authzid: 'accept' },
  xclient: { from: ['127.0.0.0/8'] },
};

const SOURCE: Source = {
  id: 's1',
  spec: '127.0.0.66',
  route: 'bind',
  address: '127.0.0.66',
  seenAs: null,
  planned: false,
  unavailable: null,
  isServerItself: false,
};

const briefAt = (port: number): Brief => ({
  target: { host: '127.0.0.1', address: '127.0.0.1', port, security: 'none' },
  policy: {
    preset: 'list-or-auth',
    rules: [],
    relayHosts: parseNetworks('127.0.0.10', '--relay-hosts'),
    localDomains: ['corp.test'],
  },
  sources: [SOURCE],
  techniques: TECHNIQUES,
  identity: {
    helo: 'auditor.example.net',
    sender: 'auditor@canary.example.net',
    authSender: 'alice@corp.test',
    canary: 'relaytest@canary.example.net',
    canaryAddress: '203.0.113.9',
    secondCanaryDomain: 'second.example.com',
    localRecipient: { mailbox: 'alice@corp.test', strong: true },
    localDomain: 'corp.test',
    serverName: 'mail.corp.test',
    id: 'k7f3',
  },
  user: ACCOUNT.user,
  mayAuthenticateInClear: true,
  tlsPin: null,
  mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'],
  negativeAuthentication: 'safe',
  confirm: 'delivery',
  maxMessages: 20,
  confirmAll: false,
  sharedSessions: false,
  findExtent: false,
});

const techniqueOf = (id: string): Technique => {
  const technique = TECHNIQUES.find((one) => one.id === id);
  if (!technique) throw new Error(`no technique ${id}`);
  return technique;
};

/** The planned attempts of a technique, by PLAIN where it logs in. */
function attemptsOf(technique: Technique, brief: Brief): readonly Attempt[] {
  const { credentials, security = 'none' } = technique;
  const mechanism = credentials && !technique.extras?.mailboxLogin ? 'PLAIN' : null;
  return makeProbes(brief, { source: SOURCE, security }, technique, filledFor(brief, SOURCE, know([])), mechanism);
}

async function askAt(port: number, attempt: Attempt, timeoutMs = 5_000) {
  const brief = briefAt(port);
  const limits = { timeoutMs, signal: new AbortController().signal, tlsPin: null };
  const session = await openSession('one', brief.target, SOURCE, attempt, limits);
  const asked = await ask(session, attempt, ACCOUNT, systemRandom, { message: () => MESSAGE });
  await session.channel.quit();
  return { session, asked, reading: read(evidenceOf(session, attempt, asked), null) };
}

const evidenceOf = (
  session: Session,
  attempt: Attempt,
  { challenge, injected, skipped }: Awaited<ReturnType<typeof ask>>,
): Evidence => ({
  attempt,
  tries: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 0,
  session: session.facts,
  shared: false,
  exchanges: session.exchanges,
  fault: session.fault,
  skipped,
  canary: [],
  isInconsistent: false,
  injected,
  challenge,
});

/** As the server's log has it: what follows a mechanism, and every SASL response, is not written down. */
const masked = (line: string): string => line.replace(/^(AUTH \S+) .*/, '$1 ****').replace(/^<.*>$/, '****');

/** The lines up to the message, which has tests of its own; notes and the PROXY header are no lines of the session. */
function upToMessage(lines: readonly string[]): string[] {
  const own = lines.map(masked).filter((line) => !/^(===|PROXY |NOOP$|QUIT$|\(message|\(chunk)/.test(line));
  const data = own.indexOf('DATA');
  return (data >= 0 ? own.slice(0, data + 1) : own).map((line) => line.replace(/^BDAT .*/, 'BDAT'));
}

/** Not heard as shown by a server of this kind: nobody is home for them. */
const ELSEWHERE = ['lmtp-exposed', 'pop-before-smtp'];

/** A listener that takes headers, for those that send one. */
const HEARS_HEADERS: ServerConfig = { ...TAKES_ALL, proxy: { from: ['127.0.0.0/8'] } };

describe('what a server hears', () => {
  let server: RunningServer;
  let behindProxy: RunningServer;
  beforeAll(async () => {
    [server, behindProxy] = await Promise.all([startServer(TAKES_ALL), startServer(HEARS_HEADERS)]);
  });
  afterAll(() => Promise.all([server.close(), behindProxy.close()]));

  const rows = TECHNIQUES.filter(({ askedBy, id }) => askedBy === undefined && !ELSEWHERE.includes(id)).map(
    (technique) => [technique.id, technique] as const,
  );

  it.each(rows)('%s', async (id, technique) => {
    const { port, log } = technique.extras?.proxy ? behindProxy : server;
    const brief = briefAt(port);
    const paths = reversePathsOf(technique);
    const attempts = attemptsOf(technique, brief);
    if (id === 'sender-mail-from-map') {
      expect(attempts).toEqual([]);
      return;
    }
    expect(attempts).toHaveLength(paths.length);
    for (const [variant, attempt] of attempts.entries()) {
      const before = log.length;
      const { asked } = await askAt(port, attempt);
      const heard = (log[before]?.lines ?? []).filter(({ from }) => from === 'client').map(({ text }) => text);
      const { values } = filledFor(brief, SOURCE, know([]));
      const one: Technique = { ...technique, reversePath: paths[variant] ?? '', alsoFrom: [] };
      expect(asked.skipped).toBeNull();
      expect(upToMessage(heard)).toEqual(upToMessage(linesOf(one, values)));
      if (attempt.extras.proxy) expect(log[before]?.client).toBe(attempt.extras.proxy.address);
    }
  });

  it('a message is dot-stuffed, with the fields of the technique before its own', async () => {
    const [attempt] = attemptsOf(techniqueOf('rcpt-header-relay'), briefAt(server.port));
    if (!attempt) throw new Error('no attempt');
    await askAt(server.port, attempt);
    await server.settled();
    const [header, text] = server.mailboxes.at(-1)?.data.split('\r\n\r\n') ?? [];
    const fields = header?.split('\r\n').filter((field) => /^(To|Cc|From|Subject):/.test(field));
    expect(fields).toEqual([
      'To: relaytest@canary.example.net',
      'Cc: relaytest@canary.example.net',
      'From: <a@b.example>',
      'Subject: canary',
    ]);
    expect(text).toBe('.text\r\n');
  });

  it.each(['pipelined-batch', 'bdat-path'])('%s sends no message where none is to be sent', async (id) => {
    const [attempt] = attemptsOf(techniqueOf(id), briefAt(server.port));
    if (!attempt) throw new Error('no attempt');
    const before = server.log.length;
    const { reading } = await askAt(server.port, attempt);
    await server.settled();
    expect(server.log[before]?.counts.messages).toBe(0);
    expect(reading).toMatchObject({ stage: 'data', answer: 'accepted' });
  });

  it('a whole message goes by BDAT, and none of it is stuffed', async () => {
    const [attempt] = attemptsOf(techniqueOf('bdat-path'), briefAt(server.port));
    if (!attempt) throw new Error('no attempt');
    const before = server.log.length;
    const { reading } = await askAt(server.port, { ...attempt, depth: 'message', forwardPath: 'alice@corp.test' });
    await server.settled();
    expect(server.log[before]?.lines).toContainEqual({ from: 'client', text: `BDAT ${MESSAGE.length} LAST` });
    expect(server.mailboxes.at(-1)?.data.endsWith('\r\n\r\n.text\r\n')).toBe(true);
    expect(reading).toMatchObject({ stage: 'message', answer: 'queued' });
  });

  it('starttls-injection counts what was obeyed', async () => {
    const [attempt] = attemptsOf(techniqueOf('starttls-injection'), briefAt(server.port));
    if (!attempt) throw new Error('no attempt');
    const { asked, reading } = await askAt(server.port, attempt);
    expect(asked.injected).toBe(1);
    expect(reading).toMatchObject({ stage: 'tls', answer: 'accepted' });
  });
});

const withParts = async <T>(config: Partial<ServerConfig>, run: (server: RunningServer) => Promise<T>): Promise<T> => {
  const server = await startServer({ ...TAKES_ALL, relay: [], ...config });
  try {
    return await run(server);
  } finally {
    await server.close();
  }
};

const first = (id: string, port: number): Attempt => {
  const [attempt] = attemptsOf(techniqueOf(id), briefAt(port));
  if (!attempt) throw new Error(`no attempt of ${id}`);
  return attempt;
};

describe('what is refused', () => {
  it('starttls-injection is no yes where the server dropped it', () =>
    withParts({ security: { tls: 'starttls' } }, async ({ port }) => {
      const { asked, reading } = await askAt(port, first('starttls-injection', port));
      expect(asked.injected).toBe(0);
      expect(reading).toMatchObject({ stage: 'tls', answer: 'permanent', reason: 'not-implemented' });
    }));

  it.each([
    ['the claim', { xclient: { from: ['192.0.2.1'] } }, 'xclient', 'claim-refused'],
    ['the recipient, behind a claim that is taken', {}, 'rcpt', 'relay-denied'],
  ] as const)('XCLIENT: %s', (_, config, stage, reason) =>
    withParts(config, async ({ port }) => {
      const { reading } = await askAt(port, first('xclient-addr', port));
      expect(reading).toMatchObject({ stage, reason });
    }),
  );

  it.each([
    ['a header that is not allowed', { proxy: { from: ['192.0.2.1'] } }],
    // Nobody waits for a header here: it is read as commands once the greeting is out.
    ['a header in front of a late greeting', { delays: [{ at: 'greeting', ms: 100 }] }],
  ] as const)('PROXY, versions 1 and 2: %s', (_, config) =>
    withParts(config, async ({ port }) => {
      for (const id of ['proxy-v1', 'proxy-v2']) {
        const { reading, session } = await askAt(port, first(id, port));
        expect({ id, ...reading }).toMatchObject({ id, stage: 'proxy', reason: 'claim-refused' });
        expect(session.exchanges.some(({ stage }) => stage === 'rcpt')).toBe(false);
      }
    }),
  );

  it('a login with the account ends where the account is refused', () =>
    withParts({ accounts: { alice: 'another' } }, async ({ port }) => {
      const { reading, session } = await askAt(port, first('auth-sender-mismatch', port));
      expect(reading).toMatchObject({ stage: 'auth', reason: 'authentication-failed' });
      expect(session.exchanges.at(-1)?.stage).toBe('auth');
    }));

  it.each(['auth-anonymous', 'auth-then-rset', 'auth-abort-then-relay', 'auth-default-creds'])(
    '%s: the question after a failed login is whether the server relays all the same',
    (id) =>
      withParts({ auth: { mechanisms: ['PLAIN', 'LOGIN'] } }, async ({ port }) => {
        const { reading } = await askAt(port, first(id, port));
        expect(reading).toMatchObject({ stage: 'rcpt', reason: 'relay-denied', login: { answer: 'refused' } });
      }),
  );

  it('VRFY and EXPN answered with 252 are no yes', async () => {
    const server = await serve(({ socket }) => {
      socket.write('220 x\r\n');
      socket.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\r\n').filter(Boolean))
          socket.write(line.startsWith('EHLO') ? '250 x\r\n' : line === 'QUIT' ? '221 x\r\n' : '252 2.5.2 x\r\n');
      });
    });
    try {
      const { reading } = await askAt(server.port, first('vrfy-expn-expansion', server.port));
      expect(reading).toMatchObject({ answer: 'permanent', reason: 'not-implemented' });
    } finally {
      await server.close();
    }
  });
});
