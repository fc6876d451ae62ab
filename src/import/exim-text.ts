// An Exim configuration as data (specification, "The runtime configuration file"): macros and conditionals worked out, includes
// put in where they were given, sections told apart, options and named lists with their lines. Nothing is expanded or run.
import { type ConfigFile, fileOf, type Notes, type Placed } from './imported.js';
import { continuedLines, type Line } from './lines.js';

export interface EximText {
  /** Main options and named lists by name, as `acl_smtp_rcpt` or `hostlist relay_from_hosts`; the last one counts. */
  readonly options: ReadonlyMap<string, Placed>;
  readonly acls: readonly Line[];
  readonly authenticators: readonly Line[];
  readonly routers: readonly Line[];
}

const DEPTH = 8;

/** Read the files; the first one is the configuration, the others are what it includes. */
export function readExim(files: readonly ConfigFile[], notes: Notes): EximText {
  const [first] = files;
  const macros = debianMacros(files);
  const lines = first === undefined ? [] : worked(first, files, macros, notes, 0);
  const options = new Map<string, Placed>();
  const sections: Record<string, Line[]> = {};
  let section = '';
  for (const line of lines) {
    const begin = /^begin\s+(\w+)/.exec(line.text.trim())?.[1];
    if (begin !== undefined) {
      section = begin;
      continue;
    }
    if (section !== '') {
      sections[section] ??= [];
      sections[section]?.push(line);
      continue;
    }
    const [, kind, name, value = ''] =
      /^\s*(?:hide\s+)?(?:(domainlist|hostlist|addresslist|localpartlist)(?:_cache)?\s+)?([a-z]\w*)\s*=\s*(.*)$/s.exec(
        line.text,
      ) ?? [];
    const [, no, switched] = /^\s*(no_|not_)?([a-z]\w*)\s*$/.exec(line.text) ?? [];
    if (name !== undefined)
      options.set(kind === undefined ? name : `${kind} ${name}`, { text: unquoted(value), where: line.where });
    else if (switched !== undefined)
      options.set(switched, { text: no === undefined ? 'yes' : 'no', where: line.where });
  }
  return {
    options,
    acls: sections.acl ?? [],
    authenticators: sections.authenticators ?? [],
    routers: sections.routers ?? [],
  };
}

const unquoted = (value: string): string => value.trim().replace(/^"((?:[^"\\]|\\.)*)"$/s, '$1');

/** Answers to Debian's questions (update-exim4.conf.conf), as update-exim4.conf makes macros of them for its template. */
function debianMacros(files: readonly ConfigFile[]): Map<string, string> {
  const macros = new Map<string, string>();
  for (const { text } of files) {
    for (const [, name = '', value = ''] of text.matchAll(/^dc_(\w+)=["']?([^"'\n]*)["']?\s*$/gm)) {
      macros.set(`DEBCONF${name}DEBCONF`, value);
      const macro = ANSWERS[name];
      if (macro !== undefined) macros.set(macro, asList(value, name));
      if (name === 'eximconfig_configtype') macros.set(`DCconfig_${value}`, '1');
    }
  }
  return macros;
}

const ANSWERS: Readonly<Record<string, string>> = {
  other_hostnames: 'MAIN_LOCAL_DOMAINS',
  relay_domains: 'MAIN_RELAY_TO_DOMAINS',
  relay_nets: 'MAIN_RELAY_NETS',
};
/** What the script adds: the machine itself. */
const ITSELF: Readonly<Record<string, string>> = { other_hostnames: '@;localhost;', relay_nets: '127.0.0.1;::1;' };

/** Answers are separated by semicolons, or by colons in older ones. */
const asList = (value: string, name: string): string =>
  `<; ${ITSELF[name] ?? ''}${/^\s*<|;/.test(value) || /[0-9a-f]::?[0-9a-f]/i.test(value) ? value : value.split(':').join(';')}`;

/** Lines with macros put in, conditionals decided and includes in their place. */
function worked(
  file: ConfigFile,
  files: readonly ConfigFile[],
  macros: Map<string, string>,
  notes: Notes,
  depth: number,
): readonly Line[] {
  const lines: Line[] = [];
  const conditions: boolean[] = [];
  for (const line of continuedLines(file)) {
    const text = line.text.trim();
    const [, directive, rest = ''] = /^\.(\w+)\s*(.*)$/s.exec(text) ?? [];
    if (directive !== undefined && /^(ifdef|ifndef|elifdef|elifndef|else|endif)$/.test(directive)) {
      decide(conditions, directive, rest.trim(), macros);
      continue;
    }
    if (conditions.includes(false)) continue;
    if (directive === 'include' || directive === 'include_if_exists') {
      lines.push(...included(rest.trim(), line, files, macros, notes, depth));
      continue;
    }
    const [, name, value = ''] = /^([A-Z]\w*)\s*==?\s*(.*)$/s.exec(text) ?? [];
    if (name !== undefined) {
      if (macros.size < 2_000) macros.set(name, substituted(value, macros));
    } else lines.push({ ...line, text: substituted(line.text, macros) });
  }
  return lines;
}

function decide(conditions: boolean[], directive: string, name: string, macros: ReadonlyMap<string, string>): void {
  const isDefined = [...macros.keys()].some((macro) => name.includes(macro));
  if (directive === 'ifdef') conditions.push(isDefined);
  else if (directive === 'ifndef') conditions.push(!isDefined);
  else if (directive === 'endif') conditions.pop();
  else if (conditions.length > 0) {
    const last = conditions.pop() ?? false;
    // What was decided before keeps the other branches out; nothing nested depends on more than that.
    if (directive === 'else') conditions.push(!last);
    else conditions.push(!last && (directive === 'elifdef' ? isDefined : !isDefined));
  }
}

function included(
  path: string,
  line: Line,
  files: readonly ConfigFile[],
  macros: Map<string, string>,
  notes: Notes,
  depth: number,
): readonly Line[] {
  const place = substituted(path, macros);
  const file = fileOf(files, place);
  if (file === undefined) {
    notes.wants.push({ text: place, where: line.where });
    notes.notUnderstood.push({ text: `${place}: the file was not given`, where: line.where });
    return [];
  }
  if (depth >= DEPTH) return [];
  return worked(file, files, macros, notes, depth + 1);
}

const LONGEST = 20_000;

/** Put macros in, longer names first, so that one that begins like another is not cut. */
function substituted(text: string, macros: ReadonlyMap<string, string>): string {
  if (!/[A-Z]/.test(text)) return text;
  const names = [...macros.keys()].filter((name) => text.includes(name)).sort((a, b) => b.length - a.length);
  return names.reduce((done, name) => {
    const pieces = done.split(name);
    const value = macros.get(name) ?? '';
    return done.length + (pieces.length - 1) * value.length > LONGEST ? done : pieces.join(value);
  }, text);
}

/** Split a list of Exim: `:` between items, or what `<` names; a doubled separator stands for one. */
export function itemsOf(text: string): readonly string[] {
  const [, separator = ':', rest = text] = /^\s*<(\S)(.*)$/s.exec(text) ?? [];
  const guard = '\u0000';
  const body = separator === ':' ? rest : rest.trim();
  return body
    .split(`${separator}${separator}`)
    .join(guard)
    .split(separator)
    .map((item) => item.split(guard).join(separator).trim())
    .filter((item) => item !== '');
}
