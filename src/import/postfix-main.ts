// main.cf and master.cf of Postfix as data (postconf(5), master(5)): parameters with their lines, services with their overrides,
// `$name` put in. Nothing is known here of what a parameter means.
import type { ConfigFile, Placed } from './imported.js';
import { indentedLines } from './lines.js';

export type Parameters = ReadonlyMap<string, Placed>;

export interface Service {
  /** First column, as `smtp`, `submission`, `127.0.0.1:10025`. */
  readonly name: string;
  readonly command: string;
  readonly where: string;
  readonly overrides: Parameters;
}

/** Read main.cf, or what `postconf -n` prints; of a name that comes twice the last one counts. */
export function readMain(file: ConfigFile): { readonly parameters: Parameters; readonly odd: readonly Placed[] } {
  const parameters = new Map<string, Placed>();
  const odd: Placed[] = [];
  for (const { text, where } of indentedLines(file)) {
    const [, name, value = ''] = /^([A-Za-z0-9_]+)\s*=\s*(.*)$/s.exec(text) ?? [];
    if (name === undefined) odd.push({ text, where });
    else parameters.set(name, { text: value.trim(), where });
  }
  return { parameters, odd };
}

/** Whether text is a master.cf: its lines have the eight columns of a service. */
export const isMaster = ({ path, text }: ConfigFile): boolean =>
  /(^|\/)master\.cf$/.test(path) ||
  /^\S+\s+(inet|unix|unix-dgram|fifo|pass)\s+[yn-]\s+[yn-]\s+[yn-]\s+\S+\s+\S+\s+\S+/m.test(text);

/** Read the services of master.cf with their `-o name=value` and `-o { name = value }`. */
export function readMaster(file: ConfigFile): readonly Service[] {
  return indentedLines(file).flatMap(({ text, where }) => {
    const [, name = '', kind, command = '', rest = ''] = /^(\S+)\s+(\S+)(?:\s+\S+){5}\s+(\S+)(.*)$/s.exec(text) ?? [];
    if (kind !== 'inet' && kind !== 'pass') return [];
    const overrides = new Map<string, Placed>();
    for (const match of rest.matchAll(/-o\s*(?:\{\s*([^={}\s]+)\s*=\s*((?:[^{}]|\{[^{}]*\})*)\}|([^={}\s]+)=(\S*))/g)) {
      const [, braced, long = '', bare, short = ''] = match;
      overrides.set(braced ?? bare ?? '', { text: braced === undefined ? short : long.trim(), where });
    }
    return [{ name, command, where, overrides }];
  });
}

const DEPTH = 10;

/** Values that a configuration may leave out, as they are in Postfix 3.6 and later. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  mydestination: '$myhostname, localhost.$mydomain, localhost',
  relay_domains: '',
  mynetworks_style: 'host',
  smtpd_relay_restrictions: 'permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination',
  smtpd_recipient_restrictions: '',
  virtual_mailbox_domains: '$virtual_mailbox_maps',
  virtual_alias_domains: '$virtual_alias_maps',
  smtpd_sasl_auth_enable: 'no',
  parent_domain_matches_subdomains: '',
};

/** Put values in for `$name`, `${name}`, `${name?{yes}:{no}}`; a name that nobody knows stays, so that it can be told. */
export function expand(text: string, value: (name: string) => string | undefined, depth = 0): string {
  if (depth >= DEPTH) return text;
  const inner = (part: string): string => expand(part, value, depth + 1);
  return text
    .replace(/\$\{(\w+)\?\{([^{}]*)\}(?::\{([^{}]*)\})?\}/g, (_, name, yes, no = '') =>
      inner((value(name) ?? '') === '' ? no : yes),
    )
    .replace(/\$(?:\{(\w+)\}|\((\w+)\)|(\w+))/g, (whole, braced, round, bare) => {
      const found = value(braced ?? round ?? bare);
      return found === undefined ? whole : inner(found);
    });
}

/** Split a list at commas and white space, but not within braces. */
export function words(text: string): readonly string[] {
  const found: string[] = [];
  let [word, depth] = ['', 0];
  for (const char of text) {
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (depth <= 0 && /[\s,]/.test(char)) {
      if (word !== '') found.push(word);
      word = '';
    } else word += char;
  }
  if (word !== '') found.push(word);
  return found;
}
