// What a list of smtpd restrictions lets through (SMTPD_ACCESS_README, postconf(5)): walked from its beginning, until a foreign
// recipient is refused. Pure.
import type { ConfigFile, Notes, Placed } from './imported.js';
import { words } from './postfix-main.js';
import { isTable, type Row, rowsOf } from './postfix-maps.js';

export interface Passage {
  /** Whether foreign recipients of strangers are refused at the end. */
  readonly isGated: boolean;
  /** Whether every recipient of strangers is, local ones too. */
  readonly isShut: boolean;
  /** Whether strangers pass by an unconditional permit. */
  readonly isOpen: boolean;
  readonly list: boolean;
  readonly login: boolean;
}

const GATES = new Set(['reject_unauth_destination', 'defer_unauth_destination', 'check_relay_domains']);
const ENDS = new Set(['reject', 'defer', 'defer_if_permit']);
const HARMLESS = new Set([
  'permit_auth_destination',
  'permit_inet_interfaces',
  'permit_naked_ip_address',
  'sleep',
  'warn_if_reject',
]);
const DOUBTFUL: Readonly<Record<string, string>> = {
  permit_mx_backup: 'relays for every domain that names this server in an MX record',
  permit_tls_all_clientcerts: 'relays for whoever shows any certificate',
};
/** By what a table is asked, as a warning says it. */
const BY: Readonly<Record<string, string>> = {
  check_client_access: 'the client by a table',
  check_helo_access: 'a greeting name',
  check_sender_access: 'a reverse-path',
  check_recipient_access: 'a recipient by a table',
  check_reverse_client_hostname_access: 'a reverse DNS name',
  check_sasl_access: 'a login name',
};

/** Walk one list. */
export function walk(list: Placed, files: readonly ConfigFile[], notes: Notes): Passage {
  const found = { isGated: false, isShut: false, isOpen: false, list: false, login: false };
  const all = words(list.text);
  const warn = (text: string): number => notes.warnings.push({ text, where: list.where });
  for (let at = 0; at < all.length; at += 1) {
    const word = (all[at] ?? '').toLowerCase();
    if (GATES.has(word)) return { ...found, isGated: true };
    if (ENDS.has(word) && word !== 'defer_if_permit') return { ...found, isGated: true, isShut: true };
    if (word === 'permit') return { ...found, isOpen: true };
    if (word === 'permit_mynetworks') found.list = true;
    else if (word === 'permit_sasl_authenticated') found.login = true;
    else if (DOUBTFUL[word] !== undefined) warn(`${word} ${DOUBTFUL[word]}`);
    else if (word === 'permit_tls_clientcerts') note(notes, list, `${word}: certificates are no part of a policy`);
    else if (word === 'check_policy_service') at += 1;
    else if (/^check_\w+_access$/.test(word)) {
      at += 1;
      const table = { text: all[at] ?? '', where: list.where };
      if (opensAll(word, table, files, notes)) found.isOpen = true;
    } else if (!/^(reject|defer|check)_/.test(word) && !HARMLESS.has(word)) {
      const isClass = isTable(all[at] ?? '') || /^[a-z_]+$/.test(word);
      if (isClass) note(notes, list, `${all[at] ?? ''} in a list of restrictions`);
    }
  }
  return found;
}

const note = (notes: Notes, { where }: Placed, text: string): number => notes.notUnderstood.push({ text, where });

/** Whether a table before the gate says OK to everybody; what it says OK to otherwise is warned of. */
function opensAll(word: string, table: Placed, files: readonly ConfigFile[], notes: Notes): boolean {
  if (/^[a-z]+:/.test(table.text) === false) return false;
  const rows = rowsOf(table, files, notes);
  const allowing = (rows ?? []).filter(isOk);
  if (word === 'check_recipient_access') {
    const foreign = allowing.filter(({ key }) => key === '*');
    return foreign.length > 0;
  }
  if (allowing.some(({ key }) => key === '*')) {
    notes.warnings.push({
      text: `${word} ${table.text} says OK to everybody, before foreign recipients are refused`,
      where: table.where,
    });
    return true;
  }
  for (const { key, where } of allowing) {
    notes.warnings.push({
      text: `${key || '<>'} relays: ${word} trusts ${BY[word] ?? 'a table'}, before foreign recipients are refused`,
      where,
    });
  }
  return false;
}

const isOk = ({ value }: Row): boolean => /^(ok|relay|permit\b|\d+$)/i.test(value);
