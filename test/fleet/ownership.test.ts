// Proof of ownership for long lists: which runs want it, what proves what, and what is said of those without. No name is looked up
// but in a zone of the test, and nothing is contacted.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run as runOwnership } from '../../src/cli/ownership.js';
import type { Resolver } from '../../src/execute/resolver.js';
import { audit } from '../../src/fleet/audit.js';
import { checkOwnership, hasRecord, ownershipRecord } from '../../src/fleet/ownership.js';
import { UsageError } from '../../src/model/errors.js';
import type { AuditOptions } from '../../src/model/options.js';
import { parseTarget } from '../../src/model/target.js';
import { OPTIONS, zone } from './lab.js';

const KEY = Buffer.from('a key of thirty-two octets, or so');
const OTHER = Buffer.from('the key of somebody else, as long');

interface Zone {
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly txt?: Readonly<Record<string, readonly string[]>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
}

const resolverOf = ({ addresses = {}, txt = {}, names = {} }: Zone): Resolver => ({
  ...zone(addresses),
  txt: async (name) => txt[name] ?? [],
  names: async (address) => names[address] ?? [],
});

const optionsFor = (words: readonly string[], change: Partial<AuditOptions> = {}): AuditOptions => ({
  ...OPTIONS,
  targets: words.map(parseTarget),
  ...change,
});

/** So many hosts of a domain, each with a public address. */
const hostsOf = (count: number, domain = 'corp.example'): string[] =>
  Array.from({ length: count }, (_, index) => `mail${index}.${domain}`);
const publicly = (hosts: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(hosts.map((host, index) => [host, [`9.9.${index >> 8}.${index & 255}`]]));
const recordsOf = (domains: readonly string[], key = KEY): Record<string, readonly string[]> =>
  Object.fromEntries(
    domains.map((domain) => [`_relayproof.${domain}`, ['v=other', ownershipRecord(domain, key).text]]),
  );

const check = (words: readonly string[], at: Zone, key: Buffer | null = KEY, change: Partial<AuditOptions> = {}) =>
  checkOwnership([optionsFor(words, change)], key, resolverOf(at));

describe('a record', () => {
  it('is of one domain and one key, and shows neither', () => {
    const { name, text } = ownershipRecord('Corp.Example.', KEY);
    expect(name).toBe('_relayproof.corp.example');
    expect(text).toMatch(/^relayproof-ownership=[\w-]{43}$/);
    const others = [ownershipRecord('corp.example', OTHER), ownershipRecord('corp2.example', KEY)];
    expect(others.map((other) => other.text)).not.toContain(text);
    expect(ownershipRecord('corp.example', KEY).text).toBe(text);
  });

  it('is found among others', async () => {
    const txt = {
      '_relayproof.corp.example': [
        ownershipRecord('corp.example', OTHER).text,
        ownershipRecord('corp.example', KEY).text,
      ],
    };
    expect(await hasRecord('corp.example', KEY, resolverOf({ txt }))).toMatchObject({ isThere: true });
    expect((await hasRecord('corp.example', KEY, resolverOf({ txt }))).others).toHaveLength(1);
    expect(await hasRecord('other.example', KEY, resolverOf({ txt }))).toEqual({ isThere: false, others: [] });
  });
});

describe('a run', () => {
  const many = hostsOf(17);

  it.each<[string, readonly string[], Zone, Partial<AuditOptions>?]>([
    ['of 16 public servers', hostsOf(16), { addresses: publicly(hostsOf(16)) }],
    ['of 100 private ones', Array.from({ length: 100 }, (_, index) => `10.0.0.${index}`), {}],
    [
      'of 100 on loopback and of documentation',
      Array.from({ length: 100 }, (_, index) => (index % 2 ? '127.0.0.1' : `192.0.2.${index}`)),
      {},
    ],
    ['of 100 names without an address', hostsOf(100), {}],
    [
      'of 16 public ones and 100 private ones',
      [...hostsOf(16), ...Array.from({ length: 100 }, (_, index) => `10.0.0.${index}`)],
      { addresses: publicly(hostsOf(16)) },
    ],
    ['whose domain has the record', many, { addresses: publicly(many), txt: recordsOf(['corp.example']) }],
    ['whose hosts have records of their own', many, { addresses: publicly(many), txt: recordsOf(many) }],
    [
      'of addresses whose names are proved',
      Array.from({ length: 17 }, (_, index) => `9.9.9.${index}`),
      {
        names: Object.fromEntries(
          Array.from({ length: 17 }, (_, index) => [`9.9.9.${index}`, ['elsewhere.example', `h${index}.corp.example`]]),
        ),
        txt: recordsOf(['corp.example']),
      },
    ],
  ])('%s goes on', async (_, words, at, change) => {
    await expect(check(words, at, KEY, change)).resolves.toBeUndefined();
  });

  it.each<[string, readonly string[], Zone, RegExp, (Buffer | null)?, Partial<AuditOptions>?]>([
    [
      'of 17 public servers without',
      many,
      { addresses: publicly(many) },
      /of which 17 are not proved to be yours: got "mail0\.corp\.example, mail1\.corp\.example, mail2\.corp\.example and 14 more"/,
    ],
    [
      'of which one lacks it',
      [...many, 'mail.other.example'],
      { addresses: publicly([...many, 'mail.other.example']), txt: recordsOf(['corp.example']) },
      /of which 1 are not proved to be yours: got "mail\.other\.example"/,
    ],
    [
      'with the record of another key',
      many,
      { addresses: publicly(many), txt: recordsOf(['corp.example'], OTHER) },
      /of which 17 are not/,
    ],
    [
      'with a record that was copied from another domain',
      many,
      { addresses: publicly(many), txt: { '_relayproof.corp.example': [ownershipRecord('other.example', KEY).text] } },
      /of which 17 are not/,
    ],
    [
      'with a record of the top-level domain',
      many,
      { addresses: publicly(many), txt: recordsOf(['example']) },
      /of which 17 are not/,
    ],
    [
      'without a key',
      many,
      { addresses: publicly(many), txt: recordsOf(['corp.example']) },
      /its key is given with --ownership-key-file$/,
      null,
    ],
    [
      'of addresses without names',
      Array.from({ length: 17 }, (_, index) => `9.9.9.${index}`),
      { txt: recordsOf(['corp.example']) },
      /of which 17 are not/,
    ],
    [
      'of one host at 17 ports',
      Array.from({ length: 17 }, (_, index) => `mail0.corp.example:${2500 + index}`),
      { addresses: publicly(many) },
      /of which 1 are not/,
    ],
    [
      'of names that only a proxy resolves',
      many,
      {},
      /of which 17 are not/,
      KEY,
      { sources: ['socks5://127.0.0.1:1080'] },
    ],
    [
      'of public IPv6 addresses',
      Array.from({ length: 17 }, (_, index) => `2a00:1450::${index + 1}`),
      {},
      /of which 17 are not/,
    ],
  ])('%s is refused', async (_, words, at, line, key = KEY, change = {}) => {
    const refused = check(words, at, key, change);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
    await expect(refused).rejects.toThrow(line);
  });

  it('counts the targets of all its parts, and sends nothing where it is refused', async () => {
    const kinds: string[] = [];
    const parts = [optionsFor(many.slice(0, 9)), optionsFor(many.slice(9), { policy: 'auth-only' })];
    const refused = audit(parts, {
      resolver: resolverOf({ addresses: publicly(many) }),
      onEvent: ({ kind }) => kinds.push(kind),
    });
    await expect(refused).rejects.toThrow(/^targets: more than 16 public servers/);
    expect(kinds).toEqual([]);
  });
});

describe('relayproof ownership', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relayproof-ownership-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('makes the key, prints the record, and says whether it is there', async () => {
    const path = join(folder, 'key');
    const written: string[] = [];
    const keep = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
    const out = vi.spyOn(process.stdout, 'write').mockImplementation(keep);
    const err = vi.spyOn(process.stderr, 'write').mockImplementation(keep);
    const call = { words: ['corp.example'], values: { ownershipKeyFile: path }, commands: {} };
    const missing = await runOwnership(call, resolverOf({}));
    const key = Buffer.from((await readFile(path, 'utf8')).trim());
    const found = await runOwnership(call, resolverOf({ txt: recordsOf(['corp.example'], key) }));
    out.mockRestore();
    err.mockRestore();
    expect([missing, found]).toEqual([1, 0]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const line = `_relayproof.corp.example. IN TXT "${ownershipRecord('corp.example', key).text}"\n`;
    expect(written.filter((text) => text === line)).toHaveLength(2);
    expect(written.join('')).not.toContain(key.toString());
    await expect(runOwnership({ ...call, words: ['not a domain'] }, resolverOf({}))).rejects.toBeInstanceOf(UsageError);
  });
});
