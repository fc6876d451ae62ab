// `relayproof import` and `--policy-from`: what users get from files as they have them, and what is never read.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './run.js';

let folder = '';
const at = (name: string): string => join(folder, 'etc', name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relayproof-import-'));
  await mkdir(join(folder, 'etc', 'maps'), { recursive: true });
  await writeFile(join(folder, 'outside'), '198.51.100.0/24\n');
  await symlink(join(folder, 'outside'), at('linked'));
  await writeFile(at('maps/clients'), '192.0.2.128/25\n');
  await writeFile(
    at('main.cf'),
    [
      'myhostname = mail.example.org',
      'mydestination = example.org, /etc/postfix/maps/domains',
      `mynetworks = 127.0.0.0/8, /etc/postfix/maps/clients, ${join(folder, 'outside')}, ../outside, /etc/postfix/linked`,
      'smtpd_sasl_auth_enable = yes',
      'smtpd_tls_auth_only = yes',
      'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination',
      'smtpd_authorized_xclient_hosts = 10.0.0.0/8',
    ].join('\n'),
  );
  await writeFile(
    at('master.cf'),
    'smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd\n  -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('relayproof import', () => {
  test('writes a fragment with where each line came from, and warns', async () => {
    const { status, stdout, stderr } = await run(['import', 'postfix', at('main.cf'), at('master.cf')]);
    expect(status).toBe(0);
    expect(stdout).toContain(`policy: list-or-auth # ${at('main.cf')}:6: the list and a login relay\n`);
    expect(stdout).toContain(`  - "127.0.0.0/8" # ${at('main.cf')}:3\n`);
    expect(stdout).toContain('  - "192.0.2.128/25" # /etc/postfix/maps/clients:1\n');
    expect(stdout).toContain(`  - "example.org" # ${at('main.cf')}:2\n`);
    expect(stdout).toContain('rules: [basic, cleartext-authentication]');
    expect(stdout).toContain('# The service submission (port 587)');
    expect(stderr).toContain(`relayproof: warning: ${at('main.cf')}:7: smtpd_authorized_xclient_hosts lets claim`);
  });

  test('reads nothing outside the folder, and says that it did not', async () => {
    const { stdout } = await run(['import', 'postfix', at('main.cf')]);
    expect(stdout).not.toContain('198.51.100');
    for (const path of [join(folder, 'outside'), '/etc/postfix/linked'])
      expect(stdout).toContain(`${path}: the file was not given`);
  });

  test('gives data for programs', async () => {
    const { stdout } = await run(['import', 'postfix', at('main.cf'), '-f', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ product: 'Postfix', services: [{ preset: 'list-or-auth' }] });
  });

  test.each([
    [['import', 'postfux', 'x'], /no product whose configuration can be read: got "postfux", want postfix, exim/],
    [['import', 'postfix', '/no/such/main.cf'], /cannot be read \(ENOENT\)/],
    [['import', 'postfix'], /file.*not given/],
  ])('%j', async (args, words) => {
    const { status, stderr } = await run(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(words);
  });
});

describe('--policy-from', () => {
  const plan = (...args: readonly string[]) =>
    run([
      'plan',
      ...args,
      '--canary',
      'relaytest@canary.example.net',
      '--policy-from',
      `postfix:${at('main.cf')},${at('master.cf')}`,
      '--show-config',
      '-f',
      'json',
    ]);
  const settingsOf = (stdout: string): Record<string, unknown> => {
    const { servers } = JSON.parse(stdout) as {
      servers: { settings: { key: string; value: unknown; origin: string }[] }[];
    };
    return Object.fromEntries(
      servers.flatMap(({ settings }) => settings.map(({ key, value, origin }) => [key, [value, origin]])),
    );
  };

  test('stands below what is given, with its lines as origins', async () => {
    const { stdout, stderr } = await plan('127.0.0.1:25', '--local-domain', 'example.net');
    const settings = settingsOf(stdout);
    expect(settings.policy, stderr).toEqual(['list-or-auth', `${at('main.cf')}:6`]);
    expect(settings.relayHosts).toEqual([['127.0.0.0/8', '192.0.2.128/25'], `${at('main.cf')}:3`]);
    expect(settings.localDomain).toEqual([['example.net'], 'command line']);
  });

  test('holds a target to the service of its port', async () => {
    const { stdout } = await plan('submission://127.0.0.1');
    expect(settingsOf(stdout).policy).toEqual(['submission', `${at('master.cf')}:2`]);
  });

  test('is refused without a product', async () => {
    const { status, stderr } = await run([
      'plan',
      '127.0.0.1',
      '--canary',
      'a@canary.example.net',
      '--policy-from',
      'main.cf',
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('--policy-from: no product and file');
  });
});

describe('relayproof rules --product', () => {
  test('explains a finding for one server', async () => {
    const { status, stdout } = await run(['rules', 'open-relay', '--product', 'postfix']);
    expect(status).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      "postconf -e 'mynetworks = 192.0.2.0/24 [2001:db8::]/48' && postfix reload",
    );
  });

  test('lists those that it has steps of its own for', async () => {
    const { stdout } = await run(['rules', '--product', 'qmail']);
    expect(stdout).toContain('open-relay');
    expect(stdout).not.toContain('static-challenge');
  });
});
