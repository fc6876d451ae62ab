// Exim: its configuration, or what `exim -bP config` prints, with Debian's update-exim4.conf.conf where that is given -> a policy.
import type { Preset } from '../model/policy.js';
import { takeDomain } from './domains.js';
import { statementsOf, walkAcl } from './exim-acl.js';
import { type EximText, itemsOf, readExim } from './exim-text.js';
import { takeHost } from './hosts.js';
import {
  type ConfigFile,
  distinct,
  distinctTexts,
  emptyNotes,
  fileOf,
  type Imported,
  type Notes,
  type Placed,
} from './imported.js';
import { plainLines } from './lines.js';

/** Read Exim's files: the configuration first. */
export function importExim(files: readonly ConfigFile[]): Imported {
  const notes = emptyNotes();
  const configuration = [...files].sort((a, b) => Number(isAnswers(a)) - Number(isAnswers(b)));
  const text = readExim(configuration, notes);
  const path = configuration[0]?.path ?? 'exim.conf';
  const name = text.options.get('acl_smtp_rcpt');
  const statements = name === undefined ? null : statementsOf(text.acls, name.text);
  if (name !== undefined && statements === null)
    notes.notUnderstood.push({ text: `acl_smtp_rcpt = ${name.text}: no list of that name`, where: name.where });
  const passage = statements === null ? null : walkAcl(statements, notes);
  if (passage?.isOpen)
    notes.warnings.push({
      text: 'accepts foreign recipients of everybody before any is refused',
      where: passage.where ?? path,
    });
  const where = passage?.where ?? name?.where ?? path;
  const list = passage?.list;
  const entries = list ? hostsOf({ text: list.value, where: list.where }, text, files, notes, 0) : [];
  const offersLogin = hasServer(text);
  const login = offersLogin && passage?.login != null;
  warnOfPasswords(text, notes);
  warnOfRouters(text, notes);
  const preset: Preset =
    login && entries.length === 0 && !notes.warnings.some(({ text: warning }) => warning.includes('everybody'))
      ? 'auth-only'
      : offersLogin && !login
        ? 'list-only'
        : 'list-or-auth';
  return {
    product: 'Exim',
    services: [
      {
        name: 'smtp',
        port: null,
        where: path,
        preset,
        because: { text: because(preset), where },
        relayHosts: distinctTexts(entries),
        rules: underTls(text),
      },
    ],
    localDomains: distinctTexts(
      ['domainlist local_domains', 'domainlist relay_to_domains'].flatMap((each) =>
        domainsOf(text, each, files, notes),
      ),
    ),
    notUnderstood: distinct(notes.notUnderstood),
    warnings: distinct(notes.warnings),
    wants: distinctTexts(notes.wants),
  };
}

const isAnswers = ({ text }: ConfigFile): boolean => /^dc_eximconfig_configtype=/m.test(text);

const because = (preset: Preset): string =>
  ({
    'auth-only': 'a login relays, and no list does',
    'list-only': 'the list relays, and a login gives no right',
  })[preset as string] ?? 'the list relays, and a login where one is offered';

const DEPTH = 6;

/** The hosts of a list, named lists put in. */
function hostsOf(
  list: Placed,
  text: EximText,
  files: readonly ConfigFile[],
  notes: Notes,
  depth: number,
): readonly Placed[] {
  return itemsOf(list.text).flatMap((item): readonly Placed[] => {
    const entry = { text: item, where: list.where };
    if (item.startsWith('+')) {
      const named = text.options.get(`hostlist ${item.slice(1)}`);
      if (/^\+(include|ignore)_(unknown|defer)/.test(item)) return [];
      if (named && depth < DEPTH) return hostsOf(named, text, files, notes, depth + 1);
      return not(notes, entry, 'a list that is not here');
    }
    if (item.startsWith('!')) return not(notes, entry, 'a list of approved hosts has no exceptions');
    if (item === '*') {
      notes.warnings.push({ ...entry, text: '* is everybody' });
      return [];
    }
    if (item === '@' || item === '@[]') return [{ ...entry, text: '127.0.0.1' }];
    if (item.startsWith('/')) {
      const file = fileOf(files, item);
      if (file)
        return plainLines(file).flatMap((line) =>
          hostsOf({ ...line, text: `<\n ${line.text}` }, text, files, notes, depth + 1),
        );
      notes.wants.push(entry);
      return not(notes, entry, 'the file was not given');
    }
    if (/\$|;/.test(item)) return not(notes, entry, 'worked out at run time');
    if (/^[*^]/.test(item)) {
      notes.warnings.push({
        ...entry,
        text: `${item} is trusted by its name: whoever answers for its address in the DNS decides`,
      });
      return not(notes, entry, 'a pattern of names');
    }
    const taken = takeHost(entry, notes);
    return taken === null ? [] : [taken];
  });
}

function domainsOf(text: EximText, name: string, files: readonly ConfigFile[], notes: Notes): readonly Placed[] {
  const list = text.options.get(name);
  if (list === undefined) return [];
  return itemsOf(list.text).flatMap((item): readonly Placed[] => {
    const entry = { text: item, where: list.where };
    if (/^(@|@\[\]|!.*)$/.test(item)) return [];
    if (item === '@mx_any' || item === '@mx_primary' || item === '@mx_secondary') {
      notes.warnings.push({ ...entry, text: `${item}: whoever names this server in an MX record is relayed for` });
      return [];
    }
    if (item.startsWith('/')) {
      const file = fileOf(files, item);
      if (file) return plainLines(file).flatMap((line) => takeDomain(line) ?? []);
      notes.wants.push(entry);
      return not(notes, entry, 'the file was not given');
    }
    if (/[$;+*^]/.test(item)) {
      if (item === '*')
        notes.warnings.push({ ...entry, text: `${name.split(' ')[1]} = *: every domain is taken for one's own` });
      return not(notes, entry, 'no plain domain');
    }
    const taken = takeDomain(entry);
    return taken === null ? [] : [taken];
  });
}

function not(notes: Notes, entry: Placed, why: string): readonly Placed[] {
  notes.notUnderstood.push({ ...entry, text: `${entry.text.slice(0, 120)}: ${why}` });
  return [];
}

const hasServer = ({ authenticators }: EximText): boolean =>
  authenticators.some(({ text }) => /^\s*(server_\w+|driver\s*=\s*(dovecot|cyrus_sasl|gsasl|spa))/.test(text));

/** A condition that is always true takes any password. */
function warnOfPasswords({ authenticators }: EximText, notes: Notes): void {
  for (const { text, where } of authenticators) {
    if (/^\s*server_condition\s*=\s*"?(yes|true|1)"?\s*$/i.test(text))
      notes.warnings.push({ text: `${text.trim()}: any password logs in`, where });
    else if (/^\s*server_condition\s*=.*eq\{\$auth\d\}\{\}/.test(text))
      notes.notUnderstood.push({ text: `${text.trim().slice(0, 120)}: an empty password plays a part`, where });
  }
}

/** A router for local parts with routing characters reads them as another address. */
function warnOfRouters({ routers }: EximText, notes: Notes): void {
  for (const { text, where } of routers) {
    if (/^\s*local_parts\s*=\s*\^.*[%!@]/.test(text))
      notes.warnings.push({ text: `${text.trim()}: a router for local parts that are addresses of their own`, where });
  }
}

/** AUTH is announced under TLS alone where the announcement asks for a cipher. */
function underTls({ options }: EximText): readonly Placed[] {
  const hosts = options.get('auth_advertise_hosts');
  return hosts && /\$\{?tls_(in_)?cipher/.test(hosts.text)
    ? [{ text: 'cleartext-authentication', where: hosts.where }]
    : [];
}
