// No password leaves (ARCHITECTURE.md, "What is secret"; RFC 4954 section 9): a server repeats the password and every SASL response in all of its
// replies, in every way that a text can be written; nothing of it is in any output, at any verbosity. What is searched here is
// searched by decoding, independently of how the filter works; without the filter it is found.
import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { serve } from '../fixtures/hostile/server.js';
import { MECHANISMS, type Mechanism } from '../src/model/access.js';
import type { Report } from '../src/model/report.js';
import { FORMATS } from '../src/report/index.js';
import { TECHNIQUES } from '../src/techniques/index.js';
import { type Ended, run } from './cli/run.js';
import { hurriedClock, OPTIONS, STRANGER, zone } from './fleet/lab.js';

const USER = 'alice';
const PASSWORD = 'c0rrect "horse" & <b>/?ä\\x';
const CHALLENGE = '<1896.697170952@mail.corp.test>';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const DIGEST = createHmac('md5', PASSWORD).update(CHALLENGE).digest('hex');
/** The password, and the responses that give it away, decoded. */
const SECRETS = [PASSWORD, `\0${USER}\0${PASSWORD}`, DIGEST, `${USER} ${DIGEST}`] as const;

/** Every way in which the server writes a secret. */
const FORMS: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll('\0', ' '),
  base64,
  (text) => base64(`a${text}`),
  (text) => base64(`ab${text}c`),
  (text) => Buffer.from(text).toString('base64url'),
  encodeURIComponent,
  (text) => encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => JSON.stringify(JSON.stringify(text)).slice(1, -1),
  html,
  (text) => html(JSON.stringify(text)),
];

const echoesOf = (secrets: readonly string[]): readonly string[] =>
  secrets.flatMap((secret) => FORMS.map((form) => form(secret)));

/** A closed server that lets the account in, and repeats in each reply the password and all that it was ever sent. */
function startEcho() {
  const known = new Set<string>([PASSWORD]);
  return serve(({ socket }) => {
    let isIn = false;
    let mechanism: Mechanism | null = null;
    const said: string[] = [];
    let rest = '';
    const say = (code: number, first: string, ...more: readonly string[]): void => {
      const lines = [first, ...more, ...echoesOf([...known])];
      socket.write(lines.map((line, at) => `${code}${at < lines.length - 1 ? '-' : ' '}${line}\r\n`).join(''));
    };
    const verify = (isRight: boolean): void => {
      mechanism = null;
      isIn = isRight;
      if (isRight) say(235, 'Welcome');
      else say(535, 'Authentication failed');
    };
    const ask = (challenge: string): void => void socket.write(`334 ${base64(challenge)}\r\n`);
    const respond = (line: string): void => {
      const text = Buffer.from(line, 'base64').toString('utf8');
      said.push(text);
      if (SECRETS.some((secret) => secret === text)) known.add(text);
      if (text === SECRETS[3]) known.add(DIGEST);
      if (mechanism === 'PLAIN') verify(said[0] === SECRETS[1]);
      else if (mechanism === 'CRAM-MD5') verify(said[0] === SECRETS[3]);
      else if (said.length === 1) ask('Password:');
      else verify(said[0] === USER && said[1] === PASSWORD);
    };
    const take = (line: string): void => {
      const [verb = '', name = '', initial] = line.split(' ');
      if (mechanism !== null) respond(line);
      else if (verb === 'AUTH') {
        mechanism = MECHANISMS.find((one) => one === name) ?? null;
        said.length = 0;
        if (initial !== undefined) respond(initial);
        else ask(mechanism === 'CRAM-MD5' ? CHALLENGE : 'Username:');
      } else if (verb === 'EHLO') say(250, 'mail.corp.test', 'AUTH CRAM-MD5 PLAIN LOGIN');
      else if (verb === 'RCPT' && !isIn && !line.includes('alice@corp.test')) say(550, '5.7.1 Relaying denied');
      else if (verb === 'QUIT') say(221, 'Bye');
      else say(250, 'Ok');
    };
    say(220, 'mail.corp.test ESMTP');
    socket.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString('latin1')}`.split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
  });
}

const unescapes: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) =>
    text.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, hex, one) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : one,
    ),
  (text) =>
    text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_, hex, decimal, name) =>
      hex || decimal
        ? String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal))
        : ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[String(name).toLowerCase()] ?? ''),
    ),
  (text) => text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8')),
];

/** All that a patient reader can make of an output: unescaped up to three times, each base64-looking run at every alignment. */
function readings(output: string): readonly string[] {
  const texts = new Set([output]);
  for (let round = 0; round < 3; round += 1)
    for (const text of [...texts]) for (const decode of unescapes) texts.add(decode(text));
  return [...texts].flatMap((text) => [text, ...decodings(text)]);
}

const decodings = (text: string): readonly string[] =>
  (text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('utf8')),
  );

/** The secrets that an output gives away. */
function found(output: string): readonly string[] {
  const all = readings(output);
  return [PASSWORD, DIGEST].filter((secret) => all.some((text) => text.includes(secret)));
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-secrets-'));
  await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the search', () => {
  it.each(echoesOf(SECRETS))('finds %j', (echo) => {
    expect(found(`550 5.7.1 no: ${echo} (at rcpt)`).length).toBeGreaterThan(0);
    expect(found(JSON.stringify({ text: echo })).length).toBeGreaterThan(0);
  });

  it('finds nothing in a text without secrets', () => {
    expect(found('550 5.7.1 Relaying denied [withheld] YWxpY2U= dGVzdA==')).toEqual([]);
  });
});

describe('an audit of a server that repeats what it was told', () => {
  it('gives nothing away, in any format, at any verbosity', { timeout: 60_000 }, async () => {
    const names = Object.keys(FORMATS);
    const verbose = await auditOf(['-v', ...names.flatMap((name) => ['-o', `${name}=${join(folder, name)}`])]);
    const streamed = await auditOf(['-f', 'ndjson']);
    for (const ended of [verbose, streamed]) {
      // The challenge never changes, which is a finding of its own.
      expect(ended.status).toBe(1);
      expect({ stdout: found(ended.stdout), stderr: found(ended.stderr) }).toEqual({ stdout: [], stderr: [] });
    }
    expect(verbose.stdout).toContain('[withheld');
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8');
      expect(text).not.toBe('');
      expect([name, found(text)]).toEqual([name, []]);
    }
    const report = JSON.parse(await readFile(join(folder, 'json'), 'utf8')) as Report;
    const relaying = report.servers.flatMap(({ attempts }) =>
      attempts.filter(({ credentials, outcome }) => credentials === 'valid' && outcome === 'accepted'),
    );
    // All three mechanisms were used: their responses were there to be repeated.
    expect(new Set(relaying.map(({ mechanism }) => mechanism)).size).toBe(3);
  });

  /** Audit a server of its own by the command line. */
  async function auditOf(more: readonly string[]): Promise<Ended> {
    const server = await startEcho();
    const account = ['--user', USER, '--password-file', join(folder, 'password')];
    try {
      return await run([
        ...['audit', `127.0.0.1:${server.port}`, '-s', STRANGER, '--relay-hosts', '127.0.0.10'],
        ...['--local-recipient', 'alice@corp.test', '--canary', 'relaytest@canary.example.net'],
        ...['--techniques', 'plain-external,null-sender', ...account, ...more],
      ]);
    } finally {
      await server.close();
    }
  }
});

describe('the filter', () => {
  afterEach(() => {
    vi.doUnmock('../src/smtp/redact.js');
    vi.resetModules();
  });

  /** Audit in this process, with the modules as they are now, and give the report as text. */
  async function reportOf(port: number): Promise<string> {
    const { audit } = await import('../src/fleet/audit.js');
    const report = await audit(
      {
        ...OPTIONS,
        targets: [{ host: '127.0.0.1', port, security: 'none' }],
        sources: [STRANGER],
        account: { user: USER, password: PASSWORD },
      },
      { clock: hurriedClock(), resolver: zone({}) },
    );
    return JSON.stringify(report);
  }

  it('is what keeps the secrets in: switched off, they are found', async () => {
    const server = await startEcho();
    try {
      expect(found(await reportOf(server.port))).toEqual([]);
      vi.resetModules();
      vi.doMock('../src/smtp/redact.js', async (original) => ({
        ...(await original<typeof import('../src/smtp/redact.js')>()),
        makeRedactor: () => (text: string) => text,
      }));
      expect(found(await reportOf(server.port))).toEqual([PASSWORD, DIGEST]);
    } finally {
      await server.close();
    }
  });
});

describe('goldens and transcripts', () => {
  /** Responses of PLAIN (RFC 4616) and CRAM-MD5 (RFC 2195), whatever the password is. */
  const RESPONSE = /^[^\0]*\0[\x20-\x7e]{2,}\0[\x20-\x7e]{3,}$|^[\x21-\x7e]{1,64} [0-9a-f]{32}$/;

  /** Words that are published with products are no secret: the catalogue shows them. */
  const PUBLISHED = TECHNIQUES.flatMap(({ login }) => (login ? [`\0${login.user}\0${login.password}`] : []));

  const responsesIn = (text: string): readonly string[] =>
    decodings(text).filter((one) => RESPONSE.test(one) && !PUBLISHED.includes(one));

  it.each([`AUTH PLAIN ${base64('\0alice\0secret')}`, base64(`alice ${'0'.repeat(32)}`)])(
    '%s would be seen',
    (text) => {
      expect(responsesIn(text).length).toBeGreaterThan(0);
    },
  );

  it('hold no response', async () => {
    const files = (
      await Promise.all(
        ['test', 'fixtures/reports', 'docs'].map(async (where) =>
          (await readdir(where, { recursive: true })).map((name) => join(where, name)),
        ),
      )
    )
      .flat()
      .filter((path) => /\.(golden\.\w+|json|md|txt)$/.test(path));
    expect(files.length).toBeGreaterThan(20);
    for (const path of files) {
      const text = await readFile(path, 'utf8');
      expect([path, responsesIn(text)]).toEqual([path, []]);
    }
  });
});
