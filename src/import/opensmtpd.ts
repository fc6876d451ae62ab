// OpenSMTPD 6.4 and later: the match rules of smtpd.conf(5), the first that fits counts -> a policy. Rules of the older grammar
// (accept from ... relay) are not understood.
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
import { continuedLines, plainLines } from './lines.js';

type Tables = ReadonlyMap<string, readonly Placed[]>;

interface Found {
  readonly hosts: Placed[];
  readonly domains: Placed[];
  login: Placed | null;
  isOpen: boolean;
  isDone: boolean;
}

/** Read OpenSMTPD's files: smtpd.conf first. */
export function importOpensmtpd(files: readonly ConfigFile[]): Imported {
  const notes = emptyNotes();
  const [first = { path: 'smtpd.conf', text: '' }] = files;
  const lines = withMacros(first, files, notes);
  const tables = tablesOf(lines, files, notes);
  const found: Found = { hosts: [], domains: [], login: null, isOpen: false, isDone: false };
  for (const line of lines) {
    if (/^match\b/.test(line.text)) takeRule(line, tables, found, notes);
    else if (/^(accept|reject)\b/.test(line.text))
      notes.notUnderstood.push({ ...line, text: `${line.text.slice(0, 80)}: a rule of before version 6.4` });
  }
  const offersLogin = lines.some(({ text }) => /^listen\b.*\bauth(-optional)?\b/.test(text));
  const login = found.login !== null && offersLogin;
  const hosts = distinctTexts(found.hosts.flatMap((entry) => takeHost(entry, notes) ?? []));
  return {
    product: 'OpenSMTPD',
    services: [
      {
        name: 'smtp',
        port: null,
        where: first.path,
        preset:
          login && hosts.length === 0 && !found.isOpen
            ? 'auth-only'
            : offersLogin && !login
              ? 'list-only'
              : 'list-or-auth',
        because: {
          text: login ? 'a rule matches auth' : 'rules match addresses',
          where: found.login?.where ?? found.hosts[0]?.where ?? first.path,
        },
        relayHosts: hosts,
        rules: [],
      },
    ],
    localDomains: distinctTexts(found.domains.flatMap((entry) => takeDomain(entry) ?? [])),
    notUnderstood: distinct(notes.notUnderstood),
    warnings: distinct(notes.warnings),
    wants: distinctTexts(notes.wants),
  };
}

/** Lines without comments, with `$name` of macros put in and includes in their place. */
function withMacros(file: ConfigFile, files: readonly ConfigFile[], notes: Notes, depth = 0): readonly Placed[] {
  const macros = new Map<string, string>();
  const lines: Placed[] = [];
  for (const { text, where } of continuedLines(file)) {
    const bare = text.replace(/(^|\s)#(?=([^"]*"[^"]*")*[^"]*$).*$/, '').trim();
    if (bare === '') continue;
    const [, name, value = ''] = /^([A-Za-z0-9_]+)\s*=\s*(.*)$/s.exec(bare) ?? [];
    if (name !== undefined) {
      macros.set(name, value.replace(/^"(.*)"$/s, '$1'));
      continue;
    }
    const line = bare.replace(/\$([A-Za-z0-9_]+)/g, (whole, macro: string) => macros.get(macro) ?? whole);
    const [, path] = /^include\s+"?([^"]+)"?$/.exec(line) ?? [];
    if (path === undefined) {
      lines.push({ text: line, where });
      continue;
    }
    const included = fileOf(files, path);
    if (included && depth < 5) lines.push(...withMacros(included, files, notes, depth + 1));
    else if (!included) {
      notes.wants.push({ text: path, where });
      notes.notUnderstood.push({ text: `${path}: the file was not given`, where });
    }
  }
  return lines;
}

function tablesOf(lines: readonly Placed[], files: readonly ConfigFile[], notes: Notes): Tables {
  const tables = new Map<string, readonly Placed[]>();
  for (const { text, where } of lines) {
    const [, name = '', inline, place] = /^table\s+"?([\w-]+)"?\s+(?:\{(.*)\}|"?([^"\s]+)"?)$/s.exec(text) ?? [];
    if (inline !== undefined) tables.set(name, inlineItems(inline, where));
    if (place === undefined) continue;
    const path = place.replace(/^(file|static|db):/, '').replace(/\.db$/, '');
    const file = fileOf(files, path);
    if (file)
      tables.set(
        name,
        plainLines(file).map((line) => ({ ...line, text: line.text.split(/\s+/)[0] ?? '' })),
      );
    else if (lines.some((line) => /^match\b/.test(line.text) && line.text.includes(`<${name}>`))) {
      notes.wants.push({ text: path, where });
      notes.notUnderstood.push({ text: `${place}: the file was not given`, where });
    }
  }
  return tables;
}

const inlineItems = (text: string, where: string): readonly Placed[] =>
  text
    .split(/[,\s]+/)
    .map((item) => item.replace(/^"(.*)"$/, '$1'))
    .filter((item) => item !== '')
    .map((item) => ({ text: item, where }));

/** A value after a keyword: a word, `<table>`, or `{ a, b }`, perhaps negated. */
const VALUE = '(!\\s*)?(<[^>]+>|\\{[^}]*\\}|"[^"]*"|[^\\s]+)';
const after = (text: string, keyword: string): { isNegated: boolean; value: string } | null => {
  const [, not, value] = new RegExp(`\\b${keyword}\\s+${VALUE}`).exec(text) ?? [];
  return value === undefined ? null : { isNegated: not !== undefined, value };
};

function items(value: string, where: string, tables: Tables): readonly Placed[] | null {
  if (value.startsWith('<')) return tables.get(value.slice(1, -1).trim()) ?? null;
  return inlineItems(value.replace(/^\{(.*)\}$/s, '$1'), where);
}

/** Words of a rule that are no address: what is claimed, or what the transport is. */
const TRUSTS: readonly (readonly [RegExp, string])[] = [
  [/\bmail-from\b/, 'a reverse-path relays, and can be forged'],
  [/\bhelo\b/, 'a greeting name relays, and can say anything'],
  [/\brdns\b/, 'a reverse DNS name relays: whoever answers for the address decides'],
  [/\btls\b/, 'whoever encrypts relays'],
];

function takeRule({ text, where }: Placed, tables: Tables, found: Found, notes: Notes): void {
  const isReject = /\breject\s*$/.test(text);
  const isForAny = /\bfor\s+any\b/.test(text);
  const domain = after(text, 'for\\s+domain');
  if (domain && !domain.isNegated && !isReject) found.domains.push(...(items(domain.value, where, tables) ?? []));
  if (!isForAny && !domain?.isNegated) return;
  if (found.isDone || found.isOpen) return;
  const source = after(text, 'from\\s+src') ?? after(text, 'from');
  const isAuth = /(^|\s)auth\b/.test(text) || source?.value === 'auth';
  const isNotAuth = /!\s*auth\b/.test(text);
  if (isReject) {
    if (source?.value === 'any' && !isAuth) found.isDone = true;
    return;
  }
  if (isAuth && !isNotAuth) {
    found.login ??= { text, where };
    return;
  }
  if (source === null || source.value === 'local') {
    found.hosts.push({ text: '127.0.0.1', where }, { text: '::1', where });
    return;
  }
  if (source.value === 'socket') return;
  const trust = TRUSTS.find(([word]) => word.test(text.replace(/\bfrom\s+src\b/, '')));
  if (trust && source.value !== 'src') {
    notes.warnings.push({ text: `${text.slice(0, 100)}: ${trust[1]}`, where });
    return;
  }
  if (source.value === 'any') {
    found.isOpen = true;
    notes.warnings.push({ text: `${text.slice(0, 100)}: everybody may relay`, where });
    return;
  }
  const hosts = source.isNegated ? null : items(source.value, where, tables);
  if (hosts === null)
    notes.notUnderstood.push({ text: `${text.slice(0, 100)}: a table that is not here, or an exception`, where });
  else found.hosts.push(...hosts);
}
