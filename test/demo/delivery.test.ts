// What becomes of accepted mail, seen from the sink and from the mailboxes.
import { describe, expect, it } from 'vitest';
import { connect } from '../../fixtures/raw/client.js';
import { startSink } from '../../fixtures/raw/sink.js';
import { HOLES } from '../../src/demo/holes.js';
import { acceptsAnd, refusesMessage } from '../../src/demo/tempers.js';
import { CANARY, inLab, type Lab, send } from './lab.js';

const PROBE = 'probe@canary.example.net';
const body = 'Subject: x\n\n.dotted\n..twice\n\n.\u0000'.replace('\u0000', 'x');

const sunk = async (lab: Lab) => {
  await lab.server.settled();
  return lab.sink.messages.map(({ from, to }) => [from, ...to]);
};

describe('delivery', () => {
  it('relays with the envelope as it is, a trace line and the message untouched', () =>
    inLab([HOLES.anyone], async (lab) => {
      expect((await send(lab, { message: body })).message?.code).toBe(250);
      expect(await sunk(lab)).toEqual([[PROBE, CANARY]]);
      const [message] = lab.sink.messages;
      expect(message?.data).toMatch(
        /^Received: from client\.example \(\[127\.0\.0\.66\]\)\r\n\tby mail\.corp\.test with ESMTP id /,
      );
      expect(message?.data.slice(message.data.indexOf('Subject'))).toBe(
        'Subject: x\r\n\r\n.dotted\r\n..twice\r\n\r\n.x\r\n',
      );
      expect(message?.helo).toBe('mail.corp.test');
    }));

  it.each([
    ['keeps', { delivery: { foreign: 'keep' } }, [], [CANARY]],
    ['discards', { delivery: { foreign: 'discard' } }, [], []],
    ['redirects', { delivery: { redirectTo: 'bob@corp.test' } }, [], ['bob@corp.test']],
    ['returns', { delivery: { foreign: 'bounce' } }, [['', PROBE]], []],
    [
      'cannot route and returns',
      { delivery: { route: { 'canary.example.net': { host: '127.0.0.1', port: 9 } } } },
      [],
      [],
    ],
    ['refuses at DATA', refusesMessage('data'), [], []],
    ['refuses behind the dot', refusesMessage('message'), [], []],
    ['refuses in words only', refusesMessage('message', true), [[PROBE, CANARY]], []],
  ] as const)('%s', (_what, part, arrives, kept) =>
    inLab([HOLES.anyone, part], async (lab) => {
      await send(lab);
      expect(await sunk(lab)).toEqual(arrives);
      expect(lab.server.mailboxes.map(({ mailbox }) => mailbox)).toEqual(kept);
    }),
  );

  it.each([
    ['bounce', [['', PROBE]], []],
    ['discard', [], []],
    ['keep', [], [CANARY]],
  ] as const)('accepts from strangers and then: %s', (denied, arrives, kept) =>
    inLab([acceptsAnd(denied)], async (lab) => {
      expect((await send(lab)).message?.code).toBe(250);
      expect(await sunk(lab)).toEqual(arrives);
      expect(lab.server.mailboxes.map(({ mailbox }) => mailbox)).toEqual(kept);
    }),
  );

  it('relays only the first message', () =>
    inLab([HOLES.anyone, { delivery: { relaysFirst: 1 } }], async (lab) => {
      await send(lab);
      await send(lab, { to: ['second@canary.example.net'] });
      expect(await sunk(lab)).toEqual([[PROBE, CANARY]]);
    }));

  it('waits before it delivers', () =>
    inLab([HOLES.anyone, { delivery: { delayMs: 60 } }], async (lab) => {
      await send(lab);
      expect(lab.sink.messages).toEqual([]);
      expect(await sunk(lab)).toEqual([[PROBE, CANARY]]);
    }));

  it('accepts everything at RCPT and refuses at DATA', () =>
    inLab([{ relayCheckAt: 'data' }], async (lab) => {
      const { rcpt, data } = await send(lab);
      expect([rcpt[0]?.code, data?.code]).toEqual([250, 550]);
      const mixed = await send(lab, { to: [CANARY, 'alice@corp.test'] });
      expect(mixed.message?.code).toBe(250);
      expect(await sunk(lab)).toEqual([]);
      expect(lab.server.mailboxes.map(({ mailbox }) => mailbox)).toEqual(['alice@corp.test']);
    }));

  it.each([
    ['refuse', 550, [], []],
    ['accept', 250, [], ['no-such@corp.test']],
    ['bounce', 250, [['', PROBE]], []],
  ] as const)('unknown local users: %s', (unknownLocal, code, arrives, kept) =>
    inLab([{ unknownLocal }], async (lab) => {
      expect((await send(lab, { to: ['no-such@corp.test'] })).rcpt[0]?.code).toBe(code);
      expect(await sunk(lab)).toEqual(arrives);
      expect(lab.server.mailboxes.map(({ mailbox }) => mailbox)).toEqual(kept);
    }),
  );

  it('asks the next hop before it accepts, and leaves no message there', async () => {
    await inLab([HOLES.anyone, { verifiesRecipients: true }], async (lab) => {
      expect((await send(lab, { message: null })).rcpt[0]?.code).toBe(250);
      expect(lab.sink.recipients).toEqual([CANARY]);
      expect(await sunk(lab)).toEqual([]);
    });
    const picky = await startSink({ refuses: (recipient) => recipient === CANARY });
    const route = { '*': { host: '127.0.0.1', port: picky.port } };
    await inLab([HOLES.anyone, { verifiesRecipients: true, delivery: { route } }], async (lab) =>
      expect((await send(lab)).rcpt[0]?.code).toBe(450),
    );
    await picky.close();
  });
});

describe('notifications', () => {
  it('are reports (RFC 3464) that name who failed, what and why', async () => {
    const picky = await startSink({ refuses: (recipient) => recipient === CANARY });
    const route = { '*': { host: '127.0.0.1', port: picky.port } };
    await inLab([HOLES.anyone, { delivery: { route, notification: { returns: 'full' } } }], async (lab) => {
      await send(lab, { message: 'Subject: x\nX-Token: t1\n\nthe body' });
      await lab.server.settled();
      const [notice] = picky.messages;
      expect(notice).toMatchObject({ from: '', to: [PROBE] });
      for (const text of [
        'report-type=delivery-status',
        'Reporting-MTA: dns; mail.corp.test',
        `Final-Recipient: rfc822; ${CANARY}`,
        'Action: failed',
        'Status: 5.0.0',
        'Remote-MTA: dns; 127.0.0.1',
        'Diagnostic-Code: smtp; 550 5.1.1 no such mailbox',
        'X-Token: t1',
        'the body',
      ]) {
        expect(notice?.data).toContain(text);
      }
    });
    await picky.close();
  });

  it('return headers only by default, and can be about a delay', () =>
    inLab(
      [
        acceptsAnd('bounce'),
        { delivery: { notification: { action: 'delayed', status: '4.4.1', remoteMta: 'mx.example' } } },
      ],
      async (lab) => {
        await send(lab, { message: 'Subject: x\nX-Token: t1\n\nthe body' });
        await lab.server.settled();
        const data = lab.sink.messages[0]?.data ?? '';
        for (const text of ['X-Token: t1', 'Action: delayed', 'Status: 4.4.1', 'Remote-MTA: dns; mx.example']) {
          expect(data).toContain(text);
        }
        expect(data).not.toContain('the body');
      },
    ));

  it('never answer the null reverse-path', () =>
    inLab([acceptsAnd('bounce')], async (lab) => {
      expect((await send(lab, { from: '' })).message?.code).toBe(250);
      expect(await sunk(lab)).toEqual([]);
    }));
});

describe('a session', () => {
  it('may send many messages, and nothing leaks from one transaction into the next', () =>
    inLab([HOLES.anyone], async (lab) => {
      const client = await connect({ port: lab.port });
      await client.send('EHLO a');
      for (const name of ['one', 'two']) {
        await client.send('MAIL FROM:<>');
        await client.send(`RCPT TO:<${name}@canary.example.net>`);
        await client.send('DATA');
        expect((await client.message('Subject: x\n\nx')).code).toBe(250);
      }
      expect((await client.send('DATA')).code).toBe(503);
      await client.quit();
      expect((await sunk(lab)).sort()).toEqual([
        ['', 'one@canary.example.net'],
        ['', 'two@canary.example.net'],
      ]);
    }));
});
