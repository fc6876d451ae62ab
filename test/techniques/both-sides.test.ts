// Both sides of every technique, through whole audits: a server whose mechanism explains it falls for it, and exactly the
// techniques that the mechanism explains succeed; a server without the mechanism falls for none. What a server does is in
// mechanisms.ts; what only a message shows is asked in by-message.test.ts.
import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/demo/tempers.js';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { ACCOUNT, auditParts, auditPort, outcomesOf, SERVER, succeeded } from './lab.js';
import { MECHANISMS } from './mechanisms.js';
import { listenScripted, SCRIPTED } from './scripted.js';
import { SHOWN_BY_MESSAGE } from './shown-by-message.js';

/** Accepted, it may be the server's own: no finding names it. */
const BELOW = 'rcpt-subdomain-of-relay-domain';

describe('a server that', () => {
  it.each(MECHANISMS)('$does', async ({ parts, falls, also = [], found = 'open-relay', usesAccount }) => {
    const server = await auditParts(parts, {
      techniques: ['standard', ...also],
      account: usesAccount ? ACCOUNT : null,
    });
    expect(succeeded(server)).toEqual([...new Set(falls)].sort());
    if (found === '') return;
    const finding = server.findings.find(({ rule }) => rule === found);
    const named = server.attempts.filter(({ id }) => finding?.attempts.includes(id)).map(({ technique }) => technique);
    expect([...new Set(named)]).toEqual(expect.arrayContaining(falls.filter((id) => id !== BELOW)));
    if (found === 'open-relay') expect(server.verdict.relay).toBe('open');
  });
});

describe('a service that is no mail server of the usual kind', () => {
  it.each(SCRIPTED)('$does', async ({ technique, replies, found, isOpen }) => {
    const server = await listenScripted(replies, SERVER, ({ port }) => auditPort(port, { techniques: [technique] }));
    expect(succeeded(server)).toEqual([technique]);
    expect(server.findings.map(({ rule }) => rule)).toContain(found);
    expect(server.verdict.relay === 'open').toBe(isOpen);
  });

  it.each(SCRIPTED)('$technique, not there', async ({ technique, otherwise }) => {
    const server = await listenScripted(otherwise, SERVER, ({ port }) => auditPort(port, { techniques: [technique] }));
    expect(outcomesOf(server).get(technique)).toEqual(['refused']);
    expect(server.verdict.relay).toBe('closed');
  });
});

interface Closed {
  readonly does: string;
  readonly parts: readonly Part[];
  readonly ids: readonly string[];
}

const EVERYONE = ['0.0.0.0/0', '::/0'];
const OFFER = ['PIPELINING', 'SIZE', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN', 'SMTPUTF8', 'CHUNKING', 'ETRN'] as const;

/** Asked of a server of their own, or not asked where nothing announces them. */
const HEADERS = ['proxy-v1', 'proxy-v2', 'proxy-v1-approved', 'proxy-v2-approved'];
const APART = [...HEADERS, 'auth-unadvertised', 'xforward-exposed'];
const APART_OR_SCRIPTED = new Set<string>([...APART, ...SCRIPTED.map(({ technique }) => technique)]);

const SHOWN = [...new Set(MECHANISMS.flatMap(({ falls }) => falls))];

const CLOSED_SERVERS: readonly Closed[] = [
  {
    does: 'announces everything and trusts nobody',
    parts: [
      {
        security: { tls: 'starttls' },
        extensions: { offer: OFFER },
        xclient: { from: EVERYONE, believes: [] },
        refuse: [
          {
            at: 'mail',
            when: {
              kind: 'all',
              of: [{ kind: 'authenticated' }, { kind: 'not', of: { kind: 'reverse-path', is: ['owned'] } }],
            },
            reply: 'sender-not-owned',
          },
        ],
      },
    ],
    ids: SHOWN.filter((id) => !APART_OR_SCRIPTED.has(id)),
  },
  {
    does: 'hears PROXY headers and trusts no address',
    parts: [{ proxy: { from: EVERYONE, required: false, waitMs: 200 } }],
    ids: HEADERS,
  },
  { does: 'takes what it offers alone', parts: [{ auth: { mechanisms: ['PLAIN'] } }], ids: ['auth-unadvertised'] },
];

describe('a closed server that', () => {
  it.each(CLOSED_SERVERS)('$does', async ({ parts, ids }) => {
    const server = await auditParts(parts, { techniques: ids, account: ACCOUNT });
    const outcomes = outcomesOf(server);
    expect(succeeded(server)).toEqual([]);
    expect([...outcomes.keys()].sort()).toEqual([...new Set([...ids, 'plain-external'])].sort());
    // A queue that is not run for strangers is said by 459 (RFC 1985 section 5).
    const isNo = (id: string, outcome: string): boolean => outcome === (id === 'etrn' ? 'deferred' : 'refused');
    expect([...outcomes].filter(([id, all]) => !all.every((outcome) => isNo(id, outcome)))).toEqual([]);
    expect(server.verdict.relay).toBe('closed');
  });

  it('greets at once is not sent a PROXY header', async () => {
    const server = await auditParts([], { techniques: HEADERS });
    expect([...outcomesOf(server).keys()]).toEqual(['plain-external']);
    expect(server.verdict.relay).toBe('closed');
  });
});

/** What no server on loopback shows here, and why. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  'sender-mail-from-map': 'no option names a partner yet',
  'rcpt-foreign-ip-literal': 'the address of the canary domain has to be known',
  'rcpt-foreign-numeric': 'the address of the canary domain has to be known',
  'ptr-trust': 'the embedded server trusts no names of addresses',
  'bdat-path': 'at RCPT the hole and the deferred check of a closed server look alike',
  burl: 'its recipient is accepted, so that the plain attempt relays already',
  'rcpt-header-relay': 'the embedded server has no list program',
  'backscatter-content': 'the embedded server has no content filter',
  'dsn-notify-success': 'the embedded server reports failures alone',
  autoreply: 'the embedded server has no automatic replies',
  vacation: 'the embedded server has no automatic replies',
  'forward-loop': 'the embedded server counts no hops',
};

describe('the catalogue', () => {
  const shown = new Set([...SHOWN, ...SCRIPTED.map(({ technique }) => technique), ...SHOWN_BY_MESSAGE]);

  it('is shown from both sides, or it is said why not', () => {
    const asked = TECHNIQUES.filter(({ askedBy }) => askedBy === undefined).map(({ id }) => id);
    const missing = asked.filter((id) => !shown.has(id) && !Object.hasOwn(NOT_SHOWN, id));
    const twice = asked.filter((id) => shown.has(id) && Object.hasOwn(NOT_SHOWN, id));
    expect({ missing, twice }).toEqual({ missing: [], twice: [] });
  });

  it('has no row for what it does not hold', () => {
    const ids = new Set(TECHNIQUES.map(({ id }) => id));
    expect([...shown, ...Object.keys(NOT_SHOWN)].filter((id) => !ids.has(id))).toEqual([]);
  });
});
