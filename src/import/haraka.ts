// Haraka: relay.ini, relay_acl_allow, host_list and the list of plugins (its documentation of relay and rcpt_to.in_host_list) ->
// a policy. Files are told apart by name. Plugins of an installation's own are programs, and are not understood.
import { takeDomain } from './domains.js';
import { takeHost } from './hosts.js';
import { type ConfigFile, distinct, distinctTexts, emptyNotes, type Imported, type Placed } from './imported.js';
import { plainLines } from './lines.js';

/** Plugins that come with Haraka and give no right to relay by themselves. */
const KNOWN =
  /^(relay|tls|auth\/.*|rcpt_to\..*|queue\/.*|data\..*|mail_from\..*|helo\..*|connect\..*|access|dnsbl|dns-list|headers|spf|dkim.*|early_talker|toobusy|process_title|max_unrecognized_commands|log\..*|limit|fcrdns|geoip|karma|rspamd|spamassassin|clamd|attachment|bounce|xclient|status|aliases|redis|syslog|watch|greylist|tarpit|record_envelope_addresses|reseed_rng|graph|delay_deny|block_me|messagesniffer|avg|p0f|uribl|elasticsearch|known-senders|mailauth|prevent_credential_leaks|daemonize|backscatterer|lookup_rdns\.strict|esets|nexthop|outbound|test_queue|asn|qmail-deliverable|milter|ldap|recipient-routes|always_ok)$/;

/** Read Haraka's files: any of its configuration folder. */
export function importHaraka(files: readonly ConfigFile[]): Imported {
  const notes = emptyNotes();
  const of = (name: string): ConfigFile | undefined =>
    files.find(({ path }) => (path.split('/').at(-1) ?? '') === name);
  const [first = { path: 'config', text: '' }] = files;
  const ini = iniOf(of('relay.ini'));
  const plugins = of('plugins') === undefined ? null : plainLines(of('plugins') ?? first);
  const isLoaded = (name: string): boolean => plugins === null || plugins.some(({ text }) => text === name);
  const isOn = (key: string): boolean => ini.get(`relay.${key}`)?.text === 'true';
  const list = of('relay_acl_allow');
  const entries = isLoaded('relay') && (ini.size === 0 || isOn('acl')) && list ? plainLines(list) : [];
  const hosts: Placed[] = [];
  for (const entry of entries) {
    const isNobody = /^(0\.0\.0\.0|::)\/0$/.test(entry.text);
    if (isNobody)
      notes.warnings.push({ ...entry, text: `${entry.text} is meant for everybody, and Haraka trusts nobody by it` });
    else {
      const taken = takeHost(entry, notes);
      if (taken) hosts.push(taken);
    }
  }
  if (isLoaded('relay') && isOn('all')) {
    const where = ini.get('relay.all')?.where ?? first.path;
    notes.warnings.push({ text: 'relay.ini: all = true: everybody may relay', where });
  }
  if (isLoaded('relay') && isOn('dest_domains'))
    notes.notUnderstood.push({
      text: 'relay_dest_domains.ini: domains that are relayed to',
      where: ini.get('relay.dest_domains')?.where ?? first.path,
    });
  for (const { text, where } of plugins ?? []) {
    if (!KNOWN.test(text))
      notes.notUnderstood.push({ text: `${text}: a plugin that may give the right to relay`, where });
    if (text === 'always_ok' || text === 'rcpt_to.always_ok')
      notes.warnings.push({ text: `${text} accepts every recipient`, where });
  }
  const auth = plugins?.find(({ text }) => /^auth\//.test(text));
  const offersLogin = auth !== undefined;
  return {
    product: 'Haraka',
    services: [
      {
        name: 'smtp',
        port: null,
        where: first.path,
        preset: offersLogin && hosts.length === 0 ? 'auth-only' : 'list-or-auth',
        because: {
          text: auth ? `${auth.text} gives the right to relay` : 'relay_acl_allow relays',
          where: auth?.where ?? list?.path ?? first.path,
        },
        relayHosts: distinctTexts(hosts),
        rules: [],
      },
    ],
    localDomains: distinctTexts(
      (of('host_list') ? plainLines(of('host_list') ?? first) : []).flatMap((entry) => takeDomain(entry) ?? []),
    ),
    notUnderstood: distinct(notes.notUnderstood),
    warnings: distinct(notes.warnings),
    wants: distinctTexts(
      ['plugins', 'relay.ini', 'relay_acl_allow', 'host_list']
        .filter((name) => !of(name))
        .map((text) => ({ text, where: first.path })),
    ),
  };
}

/** `section.key` -> value, as ini files have them; before the first section the section is `main`. */
function iniOf(file: ConfigFile | undefined): ReadonlyMap<string, Placed> {
  const values = new Map<string, Placed>();
  if (file === undefined) return values;
  let section = 'main';
  for (const { text, where } of plainLines(file)) {
    if (text.startsWith(';')) continue;
    const [, name] = /^\[(.+)\]$/.exec(text) ?? [];
    if (name !== undefined) section = name.trim();
    const [, key, value = ''] = /^([^=\s[]+)\s*=\s*(.*)$/.exec(text) ?? [];
    if (key !== undefined) values.set(`${section}.${key}`, { text: value.trim().toLowerCase(), where });
  }
  return values;
}
