// Postfix: main.cf (or what `postconf -n` prints) with master.cf's overrides and the tables they name -> a policy per service.
// Parameters are those of postconf(5); restrictions are walked in postfix-restrictions.ts.
import { parseNotation } from '../model/notations.js';
import type { Preset } from '../model/policy.js';
import { takeDomain } from './domains.js';
import { dangerOf, takeHost } from './hosts.js';
import {
  type ConfigFile,
  distinct,
  distinctTexts,
  emptyNotes,
  fileOf,
  type Imported,
  type Notes,
  type Placed,
  type ServicePolicy,
} from './imported.js';
import { plainLines } from './lines.js';
import {
  DEFAULTS,
  expand,
  isMaster,
  type Parameters,
  readMain,
  readMaster,
  type Service,
  words,
} from './postfix-main.js';
import { isTable, rowsOf } from './postfix-maps.js';
import { walk } from './postfix-restrictions.js';

/** What is asked of a parameter: its value with names put in, and where it stands. */
type Ask = (name: string) => Placed;

const PORTS: Readonly<Record<string, number>> = { smtp: 25, submission: 587, submissions: 465, smtps: 465 };

/** Read Postfix's files: main.cf first. */
export function importPostfix(files: readonly ConfigFile[]): Imported {
  const notes = emptyNotes();
  const masters = files.filter(isMaster);
  const main = files.find((file) => !masters.includes(file)) ?? { path: 'main.cf', text: '' };
  const { parameters, odd } = readMain(main);
  for (const line of odd) notes.notUnderstood.push({ ...line, text: `${line.text.slice(0, 60)}: no parameter` });
  const services = masters.flatMap(readMaster);
  const listeners = services.filter(({ command }) => command === 'smtpd' || command === 'postscreen');
  // Behind postscreen, smtpd's own line holds what counts for the mail.
  const behind = services.find(({ name, command }) => name === 'smtpd' && command === 'smtpd');
  const asked: readonly [Service, ...Service[]] = firstOf(
    listeners.filter((service) => service !== behind),
    { name: 'smtp', command: 'smtpd', where: main.path, overrides: new Map() },
  );
  const policies = asked.map((service, index) => {
    const own = service.command === 'postscreen' && behind ? { ...service, overrides: behind.overrides } : service;
    return policyOf(own, askIn(main, parameters, own), index === 0, files, notes);
  });
  const [first, ...others] = policies;
  const ask = askIn(main, parameters, asked[0]);
  const unique = others.filter((policy) => isOther(policy, first));
  return {
    product: 'Postfix',
    services: [first ?? policyOf(asked[0], ask, true, files, notes), ...unique],
    localDomains: localDomains(ask, files, notes),
    notUnderstood: distinct(notes.notUnderstood),
    warnings: distinct(notes.warnings),
    wants: distinctTexts(notes.wants),
  };
}

/** The service on port 25 first, where there is one. */
function firstOf(services: readonly Service[], fallback: Service): readonly [Service, ...Service[]] {
  const main = services.find(({ name }) => portOf(name) === 25) ?? services[0];
  return main ? [main, ...services.filter((service) => service !== main)] : [fallback];
}

const portOf = (name: string): number | null => {
  const last = name.split(':').at(-1) ?? name;
  return PORTS[last] ?? (/^\d{1,5}$/.test(last) ? Number(last) : null);
};

const isOther = (policy: ServicePolicy, first: ServicePolicy | undefined): boolean =>
  JSON.stringify([policy.preset, policy.port, policy.relayHosts]) !==
  JSON.stringify([first?.preset, first?.port, first?.relayHosts]);

function askIn(main: ConfigFile, parameters: Parameters, { overrides }: Service): Ask {
  const raw = (name: string): Placed | undefined => overrides.get(name) ?? parameters.get(name);
  const value = (name: string): string | undefined => raw(name)?.text ?? DEFAULTS[name] ?? derived(name, raw);
  return (name) => {
    const found = raw(name);
    return {
      text: expand(found?.text ?? DEFAULTS[name] ?? '', value),
      where: found?.where ?? `${main.path} (default)`,
    };
  };
}

/** `$mydomain` is the rest of `$myhostname`, and `$myorigin` is `$myhostname`. */
function derived(name: string, raw: (name: string) => Placed | undefined): string | undefined {
  const host = raw('myhostname')?.text;
  if (name === 'myorigin') return host;
  if (name !== 'mydomain' || host === undefined) return undefined;
  return host.split('.').slice(1).join('.');
}

const isYes = ({ text }: Placed): boolean => text.trim().toLowerCase() === 'yes';

function policyOf(
  service: Service,
  ask: Ask,
  isMain: boolean,
  files: readonly ConfigFile[],
  notes: Notes,
): ServicePolicy {
  const relay = ask('smtpd_relay_restrictions');
  const recipient = ask('smtpd_recipient_restrictions');
  const passages = [relay, recipient].filter(({ text }) => text !== '').map((list) => walk(list, files, notes));
  const client = walk(ask('smtpd_client_restrictions'), files, { ...emptyNotes() });
  const gates = passages.filter(({ isGated, isOpen }) => isGated && !isOpen);
  const login = isYes(ask('smtpd_sasl_auth_enable'));
  const networks = relayHosts(ask, files, notes);
  warnOfParameters(service, ask, notes);
  const where = relay.where.endsWith('(default)') && recipient.text !== '' ? recipient.where : relay.where;
  if (gates.length === 0)
    notes.warnings.push({ text: 'no restriction refuses foreign recipients: everybody may relay', where });
  const permits = (key: 'list' | 'login'): boolean => gates.every((passage) => passage[key]);
  const isShut = [...gates, client].some((passage) => passage.isShut);
  const { preset, text } = presetOf({
    isSubmission:
      [587, 465].includes(portOf(service.name) ?? 0) || /submission|smtps/.test(service.name) || (!isMain && isShut),
    isShut,
    list: gates.length > 0 && permits('list') && (!client.isShut || client.list),
    login: login && gates.length > 0 && permits('login'),
    offersLogin: login,
  });
  return {
    name: service.name,
    port: portOf(service.name),
    where: service.where,
    preset,
    because: { text, where: client.isShut ? ask('smtpd_client_restrictions').where : where },
    relayHosts: preset === 'auth-only' || preset === 'send-only' ? [] : networks,
    rules: isYes(ask('smtpd_tls_auth_only'))
      ? [{ text: 'cleartext-authentication', where: ask('smtpd_tls_auth_only').where }]
      : [],
  };
}

interface Rights {
  readonly isSubmission: boolean;
  readonly isShut: boolean;
  readonly list: boolean;
  readonly login: boolean;
  readonly offersLogin: boolean;
}

function presetOf({ isSubmission, isShut, list, login, offersLogin }: Rights): { preset: Preset; text: string } {
  if (isSubmission) return { preset: 'submission', text: 'a submission service' };
  if (isShut && login)
    return { preset: list ? 'submission' : 'send-only', text: 'nobody is listened to before a login' };
  if (list && offersLogin && !login)
    return { preset: 'list-only', text: 'the list relays, and a login gives no right' };
  if (!list && login) return { preset: 'auth-only', text: 'a login relays, and no list does' };
  return { preset: 'list-or-auth', text: login ? 'the list and a login relay' : 'the list relays' };
}

function relayHosts(ask: Ask, files: readonly ConfigFile[], notes: Notes): readonly Placed[] {
  const list = ask('mynetworks');
  if (list.where.endsWith('(default)')) return byStyle(ask('mynetworks_style'), notes);
  return distinctTexts(entriesOf(list, files, notes).flatMap((entry) => takeHost(entry, notes) ?? []));
}

/** mynetworks is not given: the machine's own addresses, its subnets or its classes are trusted. */
function byStyle(style: Placed, notes: Notes): readonly Placed[] {
  const { text, where } = style;
  notes.notUnderstood.push({
    text: `mynetworks is worked out from the machine's own addresses (mynetworks_style = ${text})`,
    where,
  });
  if (text === 'class')
    notes.warnings.push({ text: "mynetworks_style = class trusts the whole class of the machine's network", where });
  if (text === 'subnet')
    notes.warnings.push({ text: 'mynetworks_style = subnet trusts everybody in the same subnets', where });
  return [{ text: '127.0.0.1', where }];
}

/** The entries of a list of networks, those of files and tables among them. */
function entriesOf(list: Placed, files: readonly ConfigFile[], notes: Notes): readonly Placed[] {
  return words(list.text).flatMap((word): readonly Placed[] => {
    const entry = { text: word, where: list.where };
    if (word.startsWith('!')) {
      notes.notUnderstood.push({ ...entry, text: `${word}: a list of approved hosts has no exceptions` });
      return [];
    }
    if (word.startsWith('/')) {
      const file = fileOf(files, word);
      if (file) return plainLines(file).flatMap((line) => entriesOf(line, files, notes));
      notes.wants.push(entry);
      notes.notUnderstood.push({ ...entry, text: `${word}: the file was not given` });
      return [];
    }
    if (isTable(word))
      return (rowsOf(entry, files, notes) ?? []).map(({ key, where }) => ({ text: byPrefix(key), where }));
    return [entry];
  });
}

/** A table of networks is asked for an address and for what it begins with. */
const byPrefix = (key: string): string =>
  /^\d+(\.\d+){0,2}$/.test(key) ? `${key}.${'*.'.repeat(3 - key.split('.').length)}*` : key === '*' ? '0.0.0.0/0' : key;

function localDomains(ask: Ask, files: readonly ConfigFile[], notes: Notes): readonly Placed[] {
  const named = ['mydestination', 'virtual_mailbox_domains', 'virtual_alias_domains', 'relay_domains'].flatMap(
    (name) => {
      const list = ask(name);
      return words(list.text).map((text) => ({ text, where: list.where }));
    },
  );
  const domains = named.flatMap((entry): readonly Placed[] => {
    if (/\$/.test(entry.text)) {
      if (!entry.where.endsWith('(default)'))
        notes.notUnderstood.push({ ...entry, text: `${entry.text}: the machine's own name` });
      return [];
    }
    if (entry.text.startsWith('/')) {
      const file = fileOf(files, entry.text);
      if (file) return plainLines(file);
      notes.wants.push(entry);
      notes.notUnderstood.push({ ...entry, text: `${entry.text}: the file was not given` });
      return [];
    }
    if (!isTable(entry.text)) return [entry];
    return (rowsOf(entry, files, notes) ?? []).flatMap(({ key, where }) =>
      key.includes('@') ? [] : [{ text: key, where }],
    );
  });
  return distinctTexts(domains.flatMap((entry) => takeDomain(entry) ?? []));
}

function warnOfParameters(service: Service, ask: Ask, notes: Notes): void {
  const warn = (name: string, text: string): number =>
    notes.warnings.push({ text: `${name} ${text}`, where: ask(name).where });
  if (isYes(ask('allow_untrusted_routing')))
    warn('allow_untrusted_routing', 'believes routing in recipient addresses of strangers');
  if (ask('smtpd_upstream_proxy_protocol').text !== '' || ask('postscreen_upstream_proxy_protocol').text !== '') {
    const name =
      ask('smtpd_upstream_proxy_protocol').text === ''
        ? 'postscreen_upstream_proxy_protocol'
        : 'smtpd_upstream_proxy_protocol';
    warn(name, `believes the PROXY header of whoever reaches ${service.name}: the load balancer alone may`);
  }
  for (const name of ['smtpd_authorized_xclient_hosts', 'smtpd_authorized_xforward_hosts']) {
    const list = ask(name);
    for (const text of words(list.text)) {
      const danger = text === 'static:all' ? 'is everybody' : wide(text);
      if (danger !== null) warn(name, `lets claim another address who should not: ${text} ${danger}`);
    }
  }
}

/** Who may claim addresses should be single hosts. */
function wide(text: string): string | null {
  try {
    const [range] = parseNotation(text, () => {
      throw new RangeError(text);
    }).ranges;
    if (range === undefined) return null;
    const size = range.last - range.first + 1n;
    return dangerOf(range) ?? (size > 256n ? 'is a whole network' : null);
  } catch {
    return null;
  }
}
