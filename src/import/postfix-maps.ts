// Tables that Postfix's lists name (DATABASE_README): those that are text are read, from the configuration itself or from a file
// that was given; of all others it is said that they were not. Nothing is looked up.
import { type ConfigFile, fileOf, type Notes, type Placed } from './imported.js';
import { plainLines } from './lines.js';
import { words } from './postfix-main.js';

export interface Row {
  readonly key: string;
  readonly value: string;
  readonly where: string;
}

/** Types whose source is a file of `key value` lines. */
const TEXT = /^(hash|texthash|btree|lmdb|cdb|dbm|sdbm|cidr)$/;

/** Whether a word of a list names a table. */
export const isTable = (word: string): boolean => /^[a-z]+:/.test(word) && !/^[a-z]+:[0-9a-f:]*$/i.test(word);

/** Give the rows of a table; null where they are not to be had, which is noted. */
export function rowsOf(table: Placed, files: readonly ConfigFile[], notes: Notes): readonly Row[] | null {
  const [, type = '', place = ''] = /^([a-z]+):(.*)$/s.exec(table.text) ?? [];
  if (type === 'proxy') return rowsOf({ ...table, text: place }, files, notes);
  if (type === 'inline') return inlineRows(place, table.where);
  if (type === 'static') return [{ key: '*', value: place.replace(/^\{(.*)\}$/s, '$1').trim(), where: table.where }];
  if (!TEXT.test(type)) {
    notes.notUnderstood.push({ ...table, text: `${table.text}: a table that is no text` });
    return null;
  }
  const file = fileOf(files, place);
  if (file === undefined) {
    notes.wants.push({ ...table, text: place });
    notes.notUnderstood.push({ ...table, text: `${table.text}: the file was not given` });
    return null;
  }
  return plainLines(file).map(({ text, where }) => {
    const [, key = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
    return { key, value, where };
  });
}

/** `{ key = value, { key = a value of words } }` */
function inlineRows(text: string, where: string): readonly Row[] {
  const inside = text.trim().replace(/^\{(.*)\}$/s, '$1');
  return words(inside).join(' ') === ''
    ? []
    : pieces(inside).map((piece) => {
        const bare = piece.replace(/^\{(.*)\}$/s, '$1');
        const at = bare.indexOf('=');
        const value = bare.slice(at + 1).trim();
        return { key: bare.slice(0, Math.max(at, 0)).trim(), value: value.replace(/^\{(.*)\}$/s, '$1').trim(), where };
      });
}

/** `a = b` may be written with blanks around the sign. */
const pieces = (text: string): readonly string[] => words(text.replace(/\s*=\s*/g, '='));
