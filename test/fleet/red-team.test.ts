// Whole audits of servers that share nothing with the embedded one: a few lines of node:net each, as data, with what is true of
// them by their own code. Each row is a server that was once judged wrongly.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { audit } from '../../src/fleet/audit.js';
import { type AuditOptions, DEFAULTS } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';

const APPROVED = '127.0.0.10';
const STRANGER = '127.0.0.66';

interface Session {
  readonly peer: string;
  from: string | null;
  /** MAIL commands so far. */
  mails: number;
  user: string | null;
}

interface Server {
  readonly name: string;
  readonly mechanisms?: string;
  readonly hello?: (name: string) => string;
  /** Null: says nothing at all. */
  readonly mail?: () => string | null;
  readonly knowsUsers?: boolean;
  readonly relays?: (session: Session) => boolean;
  readonly denial?: (path: string) => string;
  readonly takesPassword?: (mechanism: string, password: string) => boolean;
  readonly options?: Partial<AuditOptions>;
  readonly relay: ServerReport['verdict']['relay'];
  readonly findings: readonly string[];
}

const PASSWORD = 'Tr0ub4dor&3 staple';

const SERVERS: readonly Server[] = [
  { name: 'closed', relay: 'closed', findings: [] },
  {
    name: 'relays from the third transaction of a session on',
    relays: ({ mails }) => mails >= 3,
    relay: 'open',
    findings: ['inconsistent-answers', 'open-relay'],
  },
  {
    name: 'takes all local users, and calls what has no domain an unknown one',
    knowsUsers: false,
    options: { techniques: ['plain-external', 'percent-bare', 'quoted-at', 'bang-bare'] },
    relay: 'closed',
    findings: [],
  },
  {
    name: 'says the same wrong address to every client',
    hello: (name) => `mx.corp.test Hello ${name} [10.0.0.1], pleased to meet you`,
    relay: 'closed',
    findings: ['source-not-as-claimed'],
  },
  {
    name: 'denies in words of the domain',
    denial: () => '550 5.1.2 not accepting email for domain',
    relay: 'closed',
    findings: [],
  },
  {
    name: 'takes an empty password that it is sent, as a directory does',
    mechanisms: 'CRAM-MD5 PLAIN',
    takesPassword: (mechanism, password) => mechanism === 'PLAIN' && ['', PASSWORD].includes(password),
    options: { account: { user: 'alice', password: PASSWORD }, techniques: ['plain-external'] },
    relay: 'open',
    findings: ['empty-password-accepted', 'mechanism-broken'],
  },
];

const running = new Set<() => void>();
afterEach(() => {
  for (const stop of running) stop();
  running.clear();
});

test.each(SERVERS)('$name', async (server) => {
  const { verdict, findings } = await audited(server);
  expect({ relay: verdict.relay, findings: findings.map(({ rule }) => rule).sort() }).toEqual({
    relay: server.relay,
    findings: [...server.findings].sort(),
  });
});

test('a server that never answers MAIL is not asked the whole catalogue', async () => {
  const silent = { name: 'silent', mail: () => null, relay: 'inconclusive', findings: [] } as const;
  const { verdict, attempts } = await audited({ ...silent, options: { timeoutMs: 200 } });
  expect(verdict.relay).toBe('inconclusive');
  expect(attempts.length).toBeLessThan(15);
});

async function audited(server: Server): Promise<ServerReport> {
  const port = await listen(server);
  const report = await audit({
    ...DEFAULTS,
    targets: [{ host: '127.0.0.1', port, security: 'none' }],
    sources: [APPROVED, STRANGER],
    policy: 'list-or-auth',
    relayHosts: [APPROVED],
    localDomains: ['corp.test'],
    localRecipient: 'alice@corp.test',
    canary: 'relaytest@canary.example.net',
    helo: 'auditor.example.net',
    timeoutMs: 5_000,
    seed: 'test',
    ...server.options,
  });
  const [only] = report.servers;
  if (!only) throw new Error('no server in the report');
  return only;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    void serve(server, socket);
  });
  running.add(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function serve(server: Server, socket: Socket): Promise<void> {
  const session: Session = { peer: socket.remoteAddress ?? '', from: null, mails: 0, user: null };
  const write = (text: string) => socket.write(`${text}\r\n`);
  write('220 mx.corp.test ESMTP');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const [verb = '', ...rest] = next.value.split(' ');
    const argument = rest.join(' ');
    if (verb === 'AUTH') {
      const [mechanism = '', response = ''] = rest;
      if (mechanism !== 'PLAIN') {
        write(`334 ${Buffer.from(`<${Date.now()}.${Math.random()}@mx>`).toString('base64')}`);
        await lines.next();
      }
      const [, user = '', password = ''] = Buffer.from(response, 'base64').toString().split('\0');
      const isTaken = user === 'alice' && (server.takesPassword?.(mechanism, password) ?? false);
      if (isTaken) session.user = user;
      write(isTaken ? '235 2.7.0 ok' : '535 5.7.8 no');
      continue;
    }
    const reply = answer(server, session, verb.toUpperCase(), argument);
    if (reply !== null) write(reply);
    if (verb === 'QUIT') socket.end();
  }
}

function answer(server: Server, session: Session, verb: string, argument: string): string | null {
  const path = /<(.*)>/.exec(argument)?.[1] ?? '';
  switch (verb) {
    case 'EHLO': {
      session.from = null;
      const auth = server.mechanisms === undefined ? [] : [`AUTH ${server.mechanisms}`];
      const hello = server.hello?.(argument) ?? `mx.corp.test greets ${argument}`;
      const lines = [hello, 'PIPELINING', ...auth, 'ENHANCEDSTATUSCODES'];
      return lines.map((line, at) => `250${at === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
    }
    case 'MAIL':
      if (session.from !== null) return '503 5.5.1 nested MAIL';
      session.from = path;
      session.mails += 1;
      return server.mail === undefined ? '250 2.1.0 ok' : server.mail();
    case 'RCPT':
      return session.from === null ? '503 5.5.1 MAIL first' : recipient(server, session, path);
    case 'RSET':
    case 'HELO':
    case 'NOOP':
      session.from = null;
      return '250 2.0.0 ok';
    case 'QUIT':
      return '221 2.0.0 bye';
    default:
      return '502 5.5.1 not implemented';
  }
}

function recipient(server: Server, session: Session, path: string): string {
  const at = path.lastIndexOf('@');
  const local = path.slice(0, Math.max(at, 0));
  const isLocal = path.endsWith('@corp.test');
  if (at < 0 || path.endsWith('"') || (isLocal && server.knowsUsers !== false && local !== 'alice'))
    return `550 5.1.1 <${path}>: User unknown`;
  if (isLocal) return '250 2.1.5 ok';
  const mayRelay = session.peer === APPROVED || session.user !== null || server.relays?.(session) === true;
  return mayRelay ? '250 2.1.5 ok' : (server.denial?.(path) ?? `550 5.7.1 <${path}>: Relaying not allowed`);
}
