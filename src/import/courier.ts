// Courier: smtpaccess (couriertcpd(8), makesmtpaccess(8)), the esmtpd file, esmtpacceptmailfor and locals -> a policy. Files are told
// apart by name and by what they hold.
import { takeDomain } from './domains.js';
import { takeHost } from './hosts.js';
import { type ConfigFile, distinct, distinctTexts, emptyNotes, type Imported, type Placed } from './imported.js';
import { plainLines } from './lines.js';

const DOMAINS = /(^|\/)(esmtpacceptmailfor|locals|hosteddomains)(\.dir\/[^/]+)?$/;

/** Read Courier's files: those of smtpaccess first. */
export function importCourier(files: readonly ConfigFile[]): Imported {
  const notes = emptyNotes();
  const [first = { path: 'smtpaccess', text: '' }] = files;
  const variables = files
    .filter(({ path, text }) => /(^|\/)esmtpd(-msa)?$/.test(path) || /^ESMTPAUTH=/m.test(text))
    .map(variablesOf);
  const access = files.filter(({ path, text }) => /smtpaccess/.test(path) || /^\S+\t(allow|deny)\b/m.test(text));
  const value = (name: string): Placed | undefined =>
    variables.map((all) => all.get(name)).find((found) => found !== undefined);
  const hosts = access.flatMap(plainLines).flatMap(({ text, where }): readonly Placed[] => {
    const [, who = '', what = ''] = /^(\S+)\s+(.*)$/.exec(text) ?? [];
    if (!/\ballow\b/.test(what) || !/\bRELAYCLIENT\b(?!=""(?:,|$))/.test(what)) return [];
    if (who === '*') {
      notes.warnings.push({ text: '* is everybody', where });
      return [];
    }
    const taken = takeHost({ text: byPrefix(who), where }, notes);
    return taken === null ? [] : [taken];
  });
  const all = value('RELAYCLIENT');
  if (all && all.text !== '')
    notes.warnings.push({
      text: 'RELAYCLIENT is set for the listener as a whole: everybody may relay',
      where: all.where,
    });
  for (const { path } of files) {
    if (/esmtppercentrelay/.test(path))
      notes.warnings.push({
        text: 'esmtppercentrelay: the percent hack leads to the domains that it names',
        where: path,
      });
  }
  const required = value('AUTH_REQUIRED');
  const mechanisms = value('ESMTPAUTH')?.text || value('ESMTPAUTH_TLS')?.text || '';
  const isShut = required !== undefined && !/^(0|)$/.test(required.text);
  const isUnderTls = value('ESMTPAUTH')?.text === '' && mechanisms !== '';
  const tls = value('ESMTPAUTH_TLS');
  return {
    product: 'Courier',
    services: [
      {
        name: 'smtp',
        port: null,
        where: first.path,
        preset: isShut ? 'send-only' : mechanisms !== '' && hosts.length === 0 ? 'auth-only' : 'list-or-auth',
        because: isShut
          ? { text: 'AUTH_REQUIRED: nobody is listened to before a login', where: required.where }
          : { text: 'smtpaccess relays, and a login where one is offered', where: access[0]?.path ?? first.path },
        relayHosts: isShut ? [] : distinctTexts(hosts),
        rules: isUnderTls && tls ? [{ text: 'cleartext-authentication', where: tls.where }] : [],
      },
    ],
    localDomains: distinctTexts(
      files
        .filter(({ path }) => DOMAINS.test(path))
        .flatMap(plainLines)
        .flatMap((entry) => takeDomain(entry) ?? []),
    ),
    notUnderstood: distinct(notes.notUnderstood),
    warnings: distinct(notes.warnings),
    wants: distinctTexts(
      ['esmtpd', 'esmtpacceptmailfor', 'locals']
        .filter((name) => !files.some(({ path }) => path.split('/').at(-1) === name))
        .map((name) => ({ text: `/etc/courier/${name}`, where: first.path })),
    ),
  };
}

/** Shell variables; of a name that comes twice the last one counts. */
function variablesOf({ path, text }: ConfigFile): ReadonlyMap<string, Placed> {
  const values = new Map<string, Placed>();
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const [, name, value = ''] = /^([A-Z_]+)=["']?([^"']*)["']?\s*$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, { text: value.trim(), where: `${path}:${index + 1}` });
  }
  return values;
}

/** Fewer than four numbers are what addresses begin with; v6 addresses begin with a colon, and end so where they are prefixes. */
function byPrefix(who: string): string {
  if (/^\d+(\.\d+){0,2}\.?$/.test(who)) {
    const bare = who.replace(/\.$/, '');
    return `${bare}${'.*'.repeat(4 - bare.split('.').length)}`;
  }
  const v6 = /^:([0-9a-f:]+)$/i.exec(who)?.[1];
  if (v6 === undefined) return who;
  const groups = v6.replace(/:$/, '').split(':');
  return groups.length === 8 ? v6 : `${groups.join(':')}::/${groups.length * 16}`;
}
