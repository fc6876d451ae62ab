// Configurations as packages and documentation have them: the policy that they mean, and no warning.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIM_FOUND } from '../../fixtures/import/exim.js';
import { POSTFIX_FOUND } from '../../fixtures/import/postfix.js';
import { cacheFolder } from '../../fixtures/real/machine.js';
import { IMPORTS } from '../../src/import/index.js';

describe.each([
  ['postfix', POSTFIX_FOUND],
  ['exim', EXIM_FOUND],
] as const)('%s', (product, all) => {
  test.each(all.map((found) => [found.name, found] as const))('%s', (_, found) => {
    const imported = IMPORTS[product].read(found.files);
    expect(imported.warnings).toEqual([]);
    expect(imported.services[0].preset).toBe(found.preset);
    expect(imported.services[0].relayHosts.map(({ text }) => text)).toEqual([...new Set(found.relayHosts)]);
    expect(imported.localDomains.map(({ text }) => text)).toEqual(found.localDomains);
  });
});

test("Debian's submission service is one of its own, and every line is placed", () => {
  const imported = IMPORTS.postfix.read(POSTFIX_FOUND[0]?.files ?? []);
  expect(imported.services.map(({ name, port, preset, where }) => [name, port, preset, where])).toEqual([
    ['smtp', 25, 'list-or-auth', 'master.cf:2'],
    ['submission', 587, 'submission', 'master.cf:4'],
  ]);
  expect(imported.services[0].relayHosts[0]?.where).toBe('main.cf:17');
  expect(imported.services[1]?.rules).toEqual([{ text: 'cleartext-authentication', where: 'master.cf:4' }]);
});

/** A file of an installed server, from the archives that real-server tests have made; null where there is none. */
function installed(recipe: string, path: string): string | null {
  try {
    const archive = readdirSync(cacheFolder()).find((name) => name.startsWith(`${recipe}-`) && name.endsWith('.tar'));
    return archive === undefined
      ? null
      : execFileSync('tar', ['--extract', '--to-stdout', '--file', join(cacheFolder(), archive), path], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
  } catch {
    return null;
  }
}

const TEMPLATE = installed('exim', './etc/exim4/exim4.conf.template');
const ANSWERS = installed('exim', './etc/exim4/update-exim4.conf.conf');
test.skipIf(TEMPLATE === null || ANSWERS === null)("Debian's exim4.conf.template as it is installed", () => {
  const imported = IMPORTS.exim.read([
    { path: 'exim4.conf.template', text: TEMPLATE ?? '' },
    { path: 'update-exim4.conf.conf', text: ANSWERS ?? '' },
  ]);
  expect(imported.warnings).toEqual([]);
  expect(imported.services[0].preset).toBe('list-or-auth');
  expect(imported.services[0].relayHosts.map(({ text }) => text)).toEqual(['127.0.0.1', '::1']);
});

const MAIN = installed('postfix', './usr/share/postfix/main.cf.debian');
const MASTER = installed('postfix', './usr/share/postfix/master.cf.dist');
test.skipIf(MAIN === null || MASTER === null)("Debian's main.cf and master.cf as they are installed", () => {
  const imported = IMPORTS.postfix.read([
    { path: 'main.cf', text: MAIN ?? '' },
    { path: 'master.cf', text: MASTER ?? '' },
  ]);
  expect(imported.warnings).toEqual([]);
  expect(imported.services[0].port).toBe(25);
});

const MC = installed('sendmail', './etc/mail/sendmail.mc');
const ACCESS = installed('sendmail', './etc/mail/access');
test.skipIf(MC === null || ACCESS === null)("Debian's sendmail.mc and access map as they are installed", () => {
  const imported = IMPORTS.sendmail.read([
    { path: 'sendmail.mc', text: MC ?? '' },
    { path: 'access', text: ACCESS ?? '' },
  ]);
  expect(imported.services[0].preset).toBe('list-or-auth');
  expect(imported.services[0].relayHosts.map(({ text }) => text)).toEqual(['127.0.0.0/8', '::1']);
  expect(imported.warnings).toEqual([]);
});
