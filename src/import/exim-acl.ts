// The RCPT ACL of Exim, as far as it is plain (specification, "Access control lists"): statements in order, until foreign
// recipients of strangers are refused. What a condition works out at run time is not understood, and said so.
import type { Notes } from './imported.js';
import type { Line } from './lines.js';

export interface Condition {
  readonly name: string;
  readonly isNegated: boolean;
  readonly value: string;
}

export interface Statement {
  readonly verb: string;
  readonly where: string;
  readonly conditions: readonly Condition[];
}

const VERBS = /^(accept|deny|require|warn|drop|defer|discard)\b\s*(.*)$/s;

/** The statements of the named ACL; null where there is none of that name. */
export function statementsOf(lines: readonly Line[], name: string): readonly Statement[] | null {
  const start = lines.findIndex(({ text }) => text.trim() === `${name}:`);
  if (start < 0) return null;
  const statements: Statement[] = [];
  for (const { text, where } of lines.slice(start + 1)) {
    if (/^\w[\w-]*:\s*$/.test(text.trim())) break;
    const [, verb, rest = ''] = VERBS.exec(text.trim()) ?? [];
    const words = verb === undefined ? text.trim() : rest.trim();
    const condition = conditionOf(words);
    if (verb !== undefined) statements.push({ verb, where, conditions: condition ? [condition] : [] });
    else {
      const last = statements.pop();
      if (last) statements.push(condition ? { ...last, conditions: [...last.conditions, condition] } : last);
    }
  }
  return statements;
}

function conditionOf(text: string): Condition | null {
  if (text === 'endpass') return { name: 'endpass', isNegated: false, value: '' };
  const [, not, name, value = ''] = /^(!?)\s*([a-z_0-9/]+)\s*=\s*(.*)$/s.exec(text) ?? [];
  return name === undefined ? null : { name, isNegated: not === '!', value: value.trim() };
}

/** What is said or done beside deciding. */
const MODIFIERS =
  /^(message|log_message|logwrite|log_reject_target|control|set|delay|add_header|remove_header|continue|queue|udpsend|endpass|ratelimit)$/;

export interface Passage {
  readonly isGated: boolean;
  readonly isOpen: boolean;
  readonly list: { readonly value: string; readonly where: string } | null;
  readonly login: string | null;
  /** Where foreign recipients are refused. */
  readonly where: string | null;
}

const LOCAL_ONLY = /^(\s*(\+(local_domains|relay_to_domains)|@|@\[\])\s*:?)+$/;
const FOREIGN = /^\s*!\s*\+(local_domains|relay_to_domains)/;

/** Walk the statements. */
export function walkAcl(statements: readonly Statement[], notes: Notes): Passage {
  let [list, login]: [Passage['list'], string | null] = [null, null];
  for (const { verb, where, conditions } of statements) {
    const deciding = conditions.filter(({ name }) => !MODIFIERS.test(name));
    const of = (name: string): Condition | undefined => deciding.find((condition) => condition.name === name);
    const domains = of('domains');
    if (verb === 'require' && domains && !domains.isNegated)
      return { isGated: true, isOpen: false, list, login, where };
    if (['deny', 'drop', 'discard', 'defer'].includes(verb)) {
      if (isGate(deciding)) {
        const hosts = of('hosts');
        if (hosts && isLeftOut(hosts)) list ??= { value: bare(hosts), where };
        const authenticated = of('authenticated');
        if (authenticated?.isNegated) login ??= where;
        return { isGated: true, isOpen: false, list, login, where };
      }
      continue;
    }
    if (verb !== 'accept') continue;
    if (domains && !isForeign(domains)) {
      if (conditions.some(({ name }) => name === 'endpass')) continue;
      if (!LOCAL_ONLY.test(domains.value) && /\$\{|;/.test(domains.value)) understand(notes, where, domains);
      continue;
    }
    const [first, ...others] = deciding;
    if (first === undefined) return { isGated: false, isOpen: true, list, login, where };
    const hosts = of('hosts');
    const isStdin = hosts !== undefined && !hosts.isNegated && /^:?$/.test(hosts.value);
    if (isStdin) continue;
    if (hosts && !hosts.isNegated) {
      if (hosts.value === '*' && others.length === 0) return { isGated: false, isOpen: true, list, login, where };
      list =
        list === null ? { value: hosts.value, where } : { value: `${list.value} : ${hosts.value}`, where: list.where };
      continue;
    }
    if (hosts?.isNegated && isForeign(domains)) return { isGated: false, isOpen: true, list, login, where };
    const authenticated = of('authenticated');
    if (authenticated && !authenticated.isNegated) login ??= where;
    else trusts(first, where, notes);
  }
  // What no statement accepts is denied.
  return { isGated: true, isOpen: false, list, login, where: null };
}

/** Whether what is refused is foreign mail of strangers: by its domain, or without any condition. */
function isGate(deciding: readonly Condition[]): boolean {
  const allowed = new Set(['domains', 'hosts', 'authenticated', 'senders']);
  if (!deciding.every(({ name }) => allowed.has(name))) return false;
  const domains = deciding.find(({ name }) => name === 'domains');
  const hosts = deciding.find(({ name }) => name === 'hosts');
  const senders = deciding.find(({ name }) => name === 'senders');
  if (senders && !senders.isNegated) return false;
  if (hosts && !isLeftOut(hosts)) return false;
  return domains === undefined ? deciding.length === 0 : isForeign(domains);
}

const isForeign = (domains: Condition | undefined): boolean =>
  domains !== undefined && (domains.isNegated || FOREIGN.test(domains.value));

const isLeftOut = ({ isNegated, value }: Condition): boolean => isNegated || /^\s*!/.test(value);
const bare = ({ value }: Condition): string => value.replace(/^\s*!\s*/, '');

const TRUSTS: Readonly<Record<string, string>> = {
  sender_domains: 'a reverse-path of these domains relays, and can be forged',
  senders: 'a reverse-path relays, and can be forged',
  encrypted: 'whoever encrypts relays',
  verify: 'what is verified relays',
  local_parts: 'a local part relays, whatever the domain',
  dnslists: 'a list in the DNS decides who relays',
};

function trusts(condition: Condition, where: string, notes: Notes): void {
  const reason = TRUSTS[condition.name];
  if (reason === undefined) understand(notes, where, condition);
  else notes.warnings.push({ text: `accept ${condition.name} = ${condition.value}: ${reason}`, where });
}

const understand = (notes: Notes, where: string, { name, value }: Condition): number =>
  notes.notUnderstood.push({ text: `${name} = ${value.slice(0, 120)}: worked out at run time`, where });
