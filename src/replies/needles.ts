// The words that a pattern cannot do without, read from its source: a table of hundreds of patterns is tried on every new
// refusal, and most can be passed over by looking for a word, without the pattern ever being compiled. Never decides that a
// pattern matches; a pattern that this file cannot read is always tried.
import { once } from '../model/once.js';

/** What a text that matches must hold: a word, all of several, or any of several. */
export type Need = string | { readonly all: readonly Need[] } | { readonly any: readonly Need[] };

/** Say whether a pattern is worth trying; `lower` is the text in lower case, for patterns that take either case. */
export function mayMatch(pattern: RegExp, text: string, lower: string): boolean {
  const need = kept(pattern);
  return need === null || isMet(need, pattern.ignoreCase ? lower : text);
}

function isMet(need: Need, text: string): boolean {
  if (typeof need === 'string') return text.includes(need);
  return 'all' in need ? need.all.every((one) => isMet(one, text)) : need.any.some((one) => isMet(one, text));
}

/** Read what any text that a pattern matches must hold, in lower case where it takes either; null where that cannot be told. */
export function needOf({ source, flags }: RegExp): Need | null {
  // A pattern that goes on where it was is tried in any case, as is one whose either case is more than ASCII's.
  if (/[gyv]|i.*u/.test(flags) || /[\ud800-\udfff]/.test(source)) return null;
  if (flags.includes('i') && /[^\n -~]/.test(source)) return null;
  const reader: Reader = { source: flags.includes('i') ? lowerCased(source) : source, at: 0 };
  const need = readAlternatives(reader);
  return reader.at === source.length ? need : null;
}

const kept = once(needOf);

/** A pattern in lower case, but for what follows a backslash, where case makes the difference. */
const lowerCased = (source: string): string =>
  source.replace(/\\.|[A-Z]+/g, (one) => (one.startsWith('\\') ? one : one.toLowerCase()));

interface Reader {
  readonly source: string;
  at: number;
}

/** A character alone is in every text. */
const SHORTEST = 2;

/** `a|b|c`: any of them. Ends at the closing bracket, or at the end. */
function readAlternatives(reader: Reader): Need | null {
  const needs: (Need | null)[] = [];
  for (;;) {
    needs.push(readSequence(reader));
    if (reader.source[reader.at] !== '|') break;
    reader.at += 1;
  }
  const [first = null, ...others] = needs;
  if (others.length === 0) return first;
  const any = needs.filter((need) => need !== null);
  return any.length === needs.length ? { any } : null;
}

/** `abc`: all that stands there in any case. */
function readSequence(reader: Reader): Need | null {
  const { source } = reader;
  const all: Need[] = [];
  let run = '';
  const endRun = (): void => {
    if (run.length >= SHORTEST) all.push(run);
    run = '';
  };
  while (reader.at < source.length && source[reader.at] !== '|' && source[reader.at] !== ')') {
    const atom = readAtom(reader);
    const times = readQuantifier(reader);
    if (atom.kind === 'nothing') continue;
    if (atom.kind === 'text' && times !== 'maybe') run += atom.text;
    if (atom.kind === 'text' && times === 'once') continue;
    endRun();
    if (atom.kind === 'group' && times !== 'maybe' && atom.need !== null) all.push(atom.need);
  }
  endRun();
  const [first = null, ...others] = all;
  return others.length === 0 ? first : { all };
}

type Atom =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly need: Need | null }
  /** Some character, of which nothing is known. */
  | { readonly kind: 'any' }
  /** An assertion: it takes no room, and does not part what stands around it. */
  | { readonly kind: 'nothing' };

const NOTHING: Atom = { kind: 'nothing' };
const ANY: Atom = { kind: 'any' };

/** Characters that stand for themselves, but for the last where a quantifier follows. */
const TEXT = /[^\\^$.*+?()[\]{}|]+(?![*+?{])/y;
const CLASS = /(?:[^\\\]]|\\.)*\]/y;
const OPENING = /(?:\?(?::|<?[=!]|<[^>]*>))?/y;
const CODE = /(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|k<[^>]*>|c[A-Za-z]|\d+|.)/y;
const COUNT = /\{(\d+)(?:,\d*)?\}/y;

/** Take what a sticky pattern matches here; empty where it does not. */
function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const taken = pattern.exec(reader.source)?.[0] ?? '';
  reader.at += taken.length;
  return taken;
}

function readAtom(reader: Reader): Atom {
  const text = take(reader, TEXT);
  if (text !== '') return { kind: 'text', text };
  const character = reader.source[reader.at] ?? '';
  reader.at += 1;
  switch (character) {
    case '^':
    case '$':
      return NOTHING;
    case '.':
      return ANY;
    case '[':
      take(reader, CLASS);
      return ANY;
    case '(':
      return readGroup(reader);
    case '\\':
      return readEscape(reader);
    default:
      return { kind: 'text', text: character };
  }
}

function readGroup(reader: Reader): Atom {
  const opening = take(reader, OPENING);
  // A kind of group that is not known here: the pattern is not read to its end.
  if (opening === '' && reader.source[reader.at] === '?') reader.at = Number.POSITIVE_INFINITY;
  const need = readAlternatives(reader);
  reader.at += 1;
  return /^\?<?[=!]/.test(opening) ? NOTHING : { kind: 'group', need };
}

function readEscape(reader: Reader): Atom {
  const code = take(reader, CODE);
  if (code === 'b' || code === 'B') return NOTHING;
  if (code === 'n') return { kind: 'text', text: '\n' };
  return /^[^A-Za-z0-9]$/.test(code) ? { kind: 'text', text: code } : ANY;
}

/** How often what was read stands there. */
function readQuantifier(reader: Reader): 'once' | 'some' | 'maybe' {
  const sign = reader.source[reader.at] ?? '';
  if (sign !== '*' && sign !== '+' && sign !== '?' && sign !== '{') return 'once';
  if (sign === '{') {
    const counted = take(reader, COUNT);
    // A brace that counts nothing stands for itself.
    if (counted === '') return 'once';
    skipLazy(reader);
    return Number(counted.slice(1).split(/[,}]/)[0]) > 0 ? 'some' : 'maybe';
  }
  reader.at += 1;
  skipLazy(reader);
  return sign === '+' ? 'some' : 'maybe';
}

function skipLazy(reader: Reader): void {
  if (reader.source[reader.at] === '?') reader.at += 1;
}
