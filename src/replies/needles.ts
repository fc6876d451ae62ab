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
  const reader: Reader = { tokens: (flags.includes('i') ? lowerCased(source) : source).match(TOKEN) ?? [], at: 0 };
  const need = readAlternatives(reader);
  return reader.at === reader.tokens.length ? need : null;
}

const kept = once(needOf);

/** A pattern in lower case, but for what follows a backslash, where case makes the difference. */
const lowerCased = (source: string): string =>
  source.replace(/\\.|[A-Z]+/g, (one) => (one.startsWith('\\') ? one : one.toLowerCase()));

/**
 * The parts of a pattern: characters that stand for themselves, but for the last where a quantifier follows; an escape, a class,
 * an opening bracket with its kind, a quantifier; one character for all else. All of it is read by one search, since a start of
 * the program has hundreds of patterns to read.
 */
const TOKEN = new RegExp(
  [
    /[^\\^$.*+?()[\]{}|]+(?![*+?{])/,
    /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|k<[^>]*>|c[A-Za-z]|\d+|.)/,
    /\[(?:[^\\\]]|\\.)*\]/,
    /\((?:\?(?::|<?[=!]|<[^>]*>))?/,
    /\{\d+(?:,\d*)?\}\??|[*+?]\??/,
    /[\s\S]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

interface Reader {
  readonly tokens: readonly string[];
  at: number;
}

/** A character alone is in every text. */
const SHORTEST = 2;

/** `a|b|c`: any of them. Ends at the closing bracket, or at the end. */
function readAlternatives(reader: Reader): Need | null {
  const needs: (Need | null)[] = [];
  for (;;) {
    needs.push(readSequence(reader));
    if (reader.tokens[reader.at] !== '|') break;
    reader.at += 1;
  }
  const [first = null, ...others] = needs;
  if (others.length === 0) return first;
  const any = needs.filter((need) => need !== null);
  return any.length === needs.length ? { any } : null;
}

/** `abc`: all that stands there in any case. */
function readSequence(reader: Reader): Need | null {
  const all: Need[] = [];
  let run = '';
  const endRun = (): void => {
    if (run.length >= SHORTEST) all.push(run);
    run = '';
  };
  for (;;) {
    const token = reader.tokens[reader.at];
    if (token === undefined || token === '|' || token === ')') break;
    reader.at += 1;
    const atom = readAtom(token, reader);
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

function readAtom(token: string, reader: Reader): Atom {
  switch (token[0]) {
    case '^':
    case '$':
      return NOTHING;
    case '.':
    case '[':
      return ANY;
    case '(':
      return readGroup(token, reader);
    case '\\':
      return readEscape(token.slice(1));
    default:
      return { kind: 'text', text: token };
  }
}

function readGroup(opening: string, reader: Reader): Atom {
  // A kind of group that is not known here: the pattern is not read to its end.
  if (opening === '(' && reader.tokens[reader.at]?.startsWith('?')) reader.at = Number.POSITIVE_INFINITY;
  const need = readAlternatives(reader);
  reader.at += 1;
  return /^\(\?<?[=!]/.test(opening) ? NOTHING : { kind: 'group', need };
}

function readEscape(code: string): Atom {
  if (code === 'b' || code === 'B') return NOTHING;
  if (code === 'n') return { kind: 'text', text: '\n' };
  return /^[^A-Za-z0-9]$/.test(code) ? { kind: 'text', text: code } : ANY;
}

/** How often what was read stands there; a brace that counts nothing stands for itself. */
function readQuantifier(reader: Reader): 'once' | 'some' | 'maybe' {
  const sign = reader.tokens[reader.at];
  const times = sign === undefined ? 'once' : timesOf(sign);
  if (times !== 'once') reader.at += 1;
  return times;
}

function timesOf(sign: string): 'once' | 'some' | 'maybe' {
  switch (sign[0]) {
    case '+':
      return 'some';
    case '*':
    case '?':
      return 'maybe';
    case '{':
      if (sign.length === 1) return 'once';
      return Number(/\d+/.exec(sign)?.[0]) > 0 ? 'some' : 'maybe';
    default:
      return 'once';
  }
}
