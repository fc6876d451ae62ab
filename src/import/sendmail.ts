// Sendmail: the .mc file's features, the access map, relay-domains and local-host-names (cf/README) -> a policy. Files are told
// apart by name and by what they hold; a .cf is m4's work and is not read.
import { isIP } from '../model/addresses.js';
import { takeDomain } from './domains.js';
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
import { type Line, plainLines } from './lines.js';

const NAMES = ['access', 'relay-domains', 'local-host-names'] as const;

/** What features of the .mc file open, as a warning says it. */
const DANGERS: Readonly<Record<string, string>> = {
  promiscuous_relay: 'everybody may relay',
  relay_local_from: 'a reverse-path of a local domain relays, and can be forged',
  relay_mail_from: 'a reverse-path that the access map names relays, and can be forged',
  relay_entire_domain:
    'every host whose name is in the own domain relays: whoever answers for its address in the DNS decides',
  relay_based_on_MX: 'whoever names this server in an MX record is relayed for',
  loose_relay_check: 'the percent hack to a domain that may be relayed to is believed',
};

/** Read Sendmail's files: the .mc file first. */
export function importSendmail(files: readonly ConfigFile[]): Imported {
  const notes = emptyNotes();
  const mc = files.find(({ path, text }) => path.endsWith('.mc') || /^\s*(FEATURE|MAILER|OSTYPE)\(/m.test(text));
  const of = (name: (typeof NAMES)[number]): ConfigFile | undefined =>
    files.find(({ path }) => baseOf(path) === name) ?? fileOf(files, `/etc/mail/${name}`);
  const calls = mc === undefined ? [] : callsIn(mc);
  const path = mc?.path ?? files[0]?.path ?? 'sendmail.mc';
  if (mc === undefined)
    notes.notUnderstood.push({ text: 'no .mc file was given: features and mechanisms are not known', where: path });
  for (const file of files) {
    if (file.path.endsWith('.cf'))
      notes.notUnderstood.push({ text: 'a .cf is what m4 made: give the .mc file', where: file.path });
  }
  warnOfFeatures(calls, notes);
  const access = accessOf(calls, of('access'), notes, path);
  const relays = domainsOf(of('relay-domains'));
  const entries = [
    ...access.hosts,
    ...relays.filter(({ text }) => isHost(text)),
    ...definedIn(calls, 'RELAY_DOMAIN').filter(({ text }) => isHost(text)),
  ];
  const hosts = entries.flatMap((entry) => takeHost({ ...entry, text: byPrefix(entry.text) }, notes) ?? []);
  const names = [...relays, ...definedIn(calls, 'RELAY_DOMAIN')].filter(({ text }) => !isHost(text));
  const trusted = calls.find(({ name }) => name === 'TRUST_AUTH_MECH');
  const offered = calls.find(({ name, args }) => name === 'define' && args[0] === 'confAUTH_MECHANISMS');
  const shut = calls.find(
    ({ name, args }) =>
      name === 'DAEMON_OPTIONS' && /\bM=\w*a/.test(args[0] ?? '') && !/Port=(587|submission|465)/.test(args[0] ?? ''),
  );
  const login = gives(trusted?.args[0], offered?.args[1]);
  const preset = shut
    ? 'send-only'
    : offered && !login
      ? 'list-only'
      : login && hosts.length === 0
        ? 'auth-only'
        : 'list-or-auth';
  const options = calls.find(({ name, args }) => name === 'define' && args[0] === 'confAUTH_OPTIONS');
  return {
    product: 'Sendmail',
    services: [
      {
        name: 'smtp',
        port: null,
        where: path,
        preset,
        because: {
          text: login ? 'TRUST_AUTH_MECH gives the right to relay' : 'the access map relays',
          where: trusted?.where ?? access.where ?? path,
        },
        relayHosts: shut ? [] : distinctTexts(hosts),
        rules:
          options && /\bp\b/.test(options.args[1] ?? '')
            ? [{ text: 'cleartext-authentication', where: options.where }]
            : [],
      },
    ],
    localDomains: distinctTexts(
      [...domainsOf(of('local-host-names')), ...definedIn(calls, 'LOCAL_DOMAIN'), ...access.domains, ...names].flatMap(
        (entry) => takeDomain(entry) ?? [],
      ),
    ),
    notUnderstood: distinct(notes.notUnderstood),
    warnings: distinct(notes.warnings),
    wants: distinctTexts([
      ...(calls.some(({ args }) => args[0] === 'access_db') && !of('access')
        ? [{ text: '/etc/mail/access', where: path }]
        : []),
      ...notes.wants,
      ...(of('relay-domains') ? [] : [{ text: '/etc/mail/relay-domains', where: path }]),
      ...(of('local-host-names') ? [] : [{ text: '/etc/mail/local-host-names', where: path }]),
    ]),
  };
}

const baseOf = (path: string): string => path.split('/').at(-1) ?? path;

interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly where: string;
}

/** Calls of m4 macros, without what stands after dnl. */
function callsIn({ path, text }: ConfigFile): readonly Call[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, index) => {
    if (/^\s*(dnl\b|#)/.test(line)) return [];
    return [...line.matchAll(/\b([A-Za-z_]\w*)\(((?:`[^`']*'|[^()`'])*)\)/g)].map(([, name = '', inside = '']) => ({
      name,
      args: argumentsOf(inside),
      where: `${path}:${index + 1}`,
    }));
  });
}

const argumentsOf = (inside: string): readonly string[] =>
  [...inside.matchAll(/\s*(?:`([^`']*)'|([^,`']+))\s*(?:,|$)/g)].map(([, quoted, bare = '']) => quoted ?? bare.trim());

const definedIn = (calls: readonly Call[], macro: string): readonly Placed[] =>
  calls
    .filter(({ name }) => name === macro)
    .flatMap(({ args, where }) => (args[0] ?? '').split(/\s+/).map((text) => ({ text, where })))
    .filter(({ text }) => text !== '');

const domainsOf = (file: ConfigFile | undefined): readonly Line[] => (file === undefined ? [] : plainLines(file));

function warnOfFeatures(calls: readonly Call[], notes: Notes): void {
  for (const { name, args, where } of calls) {
    const [feature = ''] = args;
    const danger = name === 'FEATURE' ? DANGERS[feature] : undefined;
    if (danger !== undefined) notes.warnings.push({ text: `FEATURE(${feature}): ${danger}`, where });
    if (name === 'LOCAL_RULESETS') notes.notUnderstood.push({ text: 'rules of its own (LOCAL_RULESETS)', where });
    if (['RELAY_DOMAIN_FILE', 'LOCAL_DOMAIN_FILE'].includes(name)) notes.wants.push({ text: feature, where });
  }
}

/** Mechanisms give rights where the class of trusted ones names one that is offered. */
function gives(trusted: string | undefined, offered: string | undefined): boolean {
  if (trusted === undefined) return false;
  if (offered === undefined) return true;
  const names = new Set(offered.toUpperCase().split(/\s+/));
  return trusted
    .toUpperCase()
    .split(/\s+/)
    .some((name) => names.has(name));
}

interface Access {
  readonly hosts: readonly Placed[];
  readonly domains: readonly Placed[];
  readonly where: string | null;
}

/** The access map's entries that say RELAY or OK, by their tag. */
function accessOf(calls: readonly Call[], file: ConfigFile | undefined, notes: Notes, path: string): Access {
  const hosts: Placed[] = [];
  const domains: Placed[] = [];
  const isUsed = calls.length === 0 || calls.some(({ name, args }) => name === 'FEATURE' && args[0] === 'access_db');
  if (file === undefined) {
    if (isUsed && calls.length > 0)
      notes.notUnderstood.push({ text: '/etc/mail/access: the file was not given', where: path });
    return { hosts, domains, where: null };
  }
  if (!isUsed) return { hosts, domains, where: null };
  const mailFrom = calls.some(({ args }) => args[0] === 'relay_mail_from');
  for (const { text, where } of plainLines(file)) {
    const [, tag = '', key = '', value = ''] =
      /^(?:(Connect|To|From|Spam|Hello|GreetPause|ClientRate|ClientConn|Srv_Features|TLS_\w+|\w+):)?(\S+)\s+(.*)$/is.exec(
        text,
      ) ?? [];
    if (!/^RELAY\b/i.test(value)) continue;
    const kind = tag.toLowerCase();
    if (kind === 'to') domains.push({ text: key, where });
    else if (kind === 'from') {
      if (mailFrom) notes.warnings.push({ text: `${text}: a reverse-path relays, and can be forged`, where });
    } else if (kind === 'connect' || kind === '') {
      const bare = key.replace(/^IPv6:/i, '');
      if (isHost(bare)) hosts.push({ text: bare, where });
      else {
        if (kind === '') domains.push({ text: key, where });
        notes.warnings.push({
          text: `${key} is trusted by its name: whoever answers for its address in the DNS decides`,
          where,
        });
        notes.notUnderstood.push({ text: `${key}: every host whose name ends so`, where });
      }
    }
  }
  return { hosts, domains, where: file.path };
}

const isHost = (text: string): boolean =>
  /^\d+(\.\d+){0,3}$/.test(text) || /^[0-9a-f]*:[0-9a-f:.]*$/i.test(text.replace(/^IPv6:/i, '')) || isIP(text) !== 0;

/** Fewer than four numbers are what addresses begin with. */
function byPrefix(text: string): string {
  const bare = text.replace(/^IPv6:/i, '');
  if (/^\d+(\.\d+){0,2}$/.test(bare)) return `${bare}${'.*'.repeat(4 - bare.split('.').length)}`;
  if (bare.includes(':') && isIP(bare) === 0)
    return `${bare.replace(/:$/, '')}::/${bare.replace(/:$/, '').split(':').length * 16}`;
  return bare;
}
