// Both sides of what only a message or a mailbox shows: the planned attempt is asked in a session of its own, and the sink
// tells what came of it.
import { describe, expect, it } from 'vitest';
import { serve } from '../../fixtures/hostile/server.js';
import { HOLES } from '../../src/demo/holes.js';
import type { Part } from '../../src/demo/tempers.js';
import { type AskPorts, ask } from '../../src/execute/ask.js';
import { systemRandom } from '../../src/execute/ports.js';
import { systemResolver } from '../../src/execute/resolver.js';
import { openSession } from '../../src/execute/session.js';
import { briefsFor } from '../../src/fleet/briefs.js';
import { makeProbes } from '../../src/plan/attempt.js';
import { filledFor } from '../../src/plan/values.js';
import { know } from '../../src/replies/known.js';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { ACCOUNT, CANARY, OPTIONS, SERVER, withServer } from './lab.js';
import { SMUGGLING } from './shown-by-message.js';

const MESSAGE = Buffer.from('From: <a@b.example>\r\nSubject: canary\r\n\r\ntext\r\n');
const PORTS: AskPorts = { message: () => MESSAGE };

/** Ask a technique of a server of parts; what was asked, and whether anything was addressed to the canary at the sink. */
const asked = (id: string, parts: readonly Part[], ports: AskPorts = PORTS) =>
  withServer(parts, async ({ port, sink, settled }) => {
    const target = { host: SERVER, port, security: 'none' } as const;
    const options = { ...OPTIONS, account: ACCOUNT, targets: [target], techniques: [id], confirm: 'delivery' } as const;
    const { briefs } = await briefsFor(target, options, systemResolver, systemRandom);
    const [brief] = briefs;
    const [source] = brief?.sources ?? [];
    const technique = TECHNIQUES.find((one) => one.id === id);
    if (!brief || !source || !technique) throw new Error(`no brief for ${id}`);
    const [attempt] = makeProbes(brief, { source, security: 'none' }, technique, filledFor(brief, source, know([])));
    if (!attempt) throw new Error(`no attempt of ${id}`);
    const limits = { timeoutMs: 5_000, signal: new AbortController().signal, tlsPin: null };
    const session = await openSession('one', brief.target, source, attempt, limits);
    const result = await ask(session, attempt, ACCOUNT, systemRandom, ports);
    await session.channel.quit();
    await settled();
    return { ...result, fault: session.fault, arrived: sink.messages.filter(({ to }) => to.includes(CANARY)) };
  });

describe.each(SMUGGLING)('%s', (id) => {
  const smuggle = TECHNIQUES.find((one) => one.id === id)?.extras?.smuggle ?? '';
  const TRUSTS: Part = HOLES['local-sender'];

  it('arrives from a server that ends a message there', async () => {
    const { arrived, exchanges } = await asked(id, [TRUSTS, { endsOfData: [smuggle] }]);
    expect(arrived.map(({ from }) => from)).toEqual(['admin@corp.test']);
    expect(exchanges.filter(({ stage }) => stage === 'message').map(({ reply }) => reply?.code)).toEqual([
      ...[250, 250, 250, 354, 250],
    ]);
  });

  it('stays in the message of a server that does not', async () => {
    const { arrived, exchanges, fault } = await asked(id, [TRUSTS]);
    expect(arrived).toEqual([]);
    expect(exchanges.at(-1)?.reply?.code).toBe(250);
    expect(exchanges.filter(({ stage }) => stage === 'message')).toHaveLength(1);
    expect(fault).toBeNull();
  });
});

describe('backscatter-unknown-user', () => {
  it('comes back from a server that accepts unknown users and bounces', async () => {
    const { arrived } = await asked('backscatter-unknown-user', [{ unknownLocal: 'bounce' }]);
    expect(arrived.map(({ from }) => from)).toEqual(['']);
  });

  it('does not from one that refuses them', async () => {
    const { arrived, exchanges } = await asked('backscatter-unknown-user', []);
    expect(arrived).toEqual([]);
    expect(exchanges.at(-1)?.reply?.code).toBe(550);
  });

  it('is skipped where there is no message', async () => {
    const { skipped, exchanges } = await asked('backscatter-unknown-user', [], {});
    expect({ skipped, exchanges }).toEqual({ skipped: 'there is no message to send', exchanges: [] });
  });
});

describe('pop-before-smtp', () => {
  const LOGIN = `a1 LOGIN "${ACCOUNT.user}" "${ACCOUNT.password}"`;

  /** An IMAP service in the clear that tells a table of trusted addresses of every login, and a server that reads the table. */
  const behindMailbox = async (isTold: boolean, password: string = ACCOUNT.password) => {
    const trusted: string[] = [];
    const heard: string[] = [];
    const imap = await serve(({ socket }) => {
      socket.write('* OK ready\r\n');
      socket.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString('utf8').split('\r\n').filter(Boolean)) {
          heard.push(line);
          const tag = line.split(' ', 1)[0];
          const isLogin = line.includes(' LOGIN ');
          if (isLogin && line.includes(password) && isTold) trusted.push(socket.remoteAddress ?? '');
          socket.write(`${tag} ${isLogin && line.includes(password) ? 'OK' : 'NO'} done\r\n`);
        }
      });
    }, SERVER);
    try {
      const ports = { imap: { tls: imap.port, clear: imap.port }, pop3: { tls: imap.port, clear: imap.port } };
      const relay = { relay: [{ kind: 'network', in: trusted }] } as const;
      return { ...(await asked('pop-before-smtp', [relay], { ...PORTS, mailbox: ports })), heard };
    } finally {
      await imap.close();
    }
  };

  it('opens a server that trusts whoever has read a mailbox', async () => {
    const { exchanges, skipped, heard } = await behindMailbox(true);
    expect(skipped).toBeNull();
    expect(exchanges.map(({ reply }) => reply?.code)).toEqual([250, 250]);
    expect(heard).toContain(LOGIN.replace('a1', 'a2'));
  });

  it('opens no other', async () => {
    const { exchanges } = await behindMailbox(false);
    expect(exchanges.map(({ reply }) => reply?.code)).toEqual([250, 550]);
  });

  it('is skipped, and the account never shown, where the service refuses it', async () => {
    const { skipped, exchanges } = await behindMailbox(true, 'another');
    expect(skipped).toMatch(/^no IMAP login: port \d+: .*; port \d+: the login was refused$/);
    expect(skipped).not.toContain(ACCOUNT.password);
    expect(exchanges).toEqual([]);
  });
});
