// The words that a pattern cannot do without, read from its source: a table of hundreds of patterns is tried on every new
// refusal, and most can be passed over by looking for a word, without ever being compiled; of the alternatives of a pattern, too,
// only those are compiled whose words are there. What matches is not changed by it; a pattern that this file cannot read is
// tried as it is.
import { once } from '../model/once.js';

/** What a text that matches must hold: a word, all of several, or any of several. */
export type Need = string | { readonly all: readonly Need[] } | { readonly any: readonly Need[] };

/** Say whether a pattern is worth trying; `lower` is the text in lower case, for patterns that take either case. */
export function mayMatch(pattern: RegExp, text: string, lower: string): boolean {
  const held = pattern.ignoreCase ? lower : text;
  return partsOf(pattern).some(({ need }) => need === null || isMet(need, held));
}

/** Say whether a pattern without `g` and `y` matches a text that is in lower case. */
export const matches = (pattern: RegExp, text: string): boolean =>
  partsOf(pattern).some(({ need, compiled }) => (need === null || isMet(need, text)) && compiled().test(text));

function isMet(need: Need, text: string): boolean {
  if (typeof need === 'string') return text.includes(need);
  return 'all' in need ? need.all.every((one) => isMet(one, text)) : need.any.some((one) => isMet(one, text));
}

/** One of the alternatives that a pattern consists of. */
interface Part {
  readonly need: Need | null;
  readonly compiled: () => RegExp;
}

const partsOf = once((pattern: RegExp): readonly Part[] => {
  const alternatives = alternativesOf(pattern);
  if (alternatives.length === 1) return alternatives.map(({ need }) => ({ need, compiled: () => pattern }));
  return alternatives.map(({ need, source }) => {
    let made: RegExp | undefined;
    return {
      need,
      compiled: () => {
        made ??= new RegExp(source, pattern.flags);
        return made;
      },
    };
  });
});

/** Read what any text that a pattern matches must hold, in lower case where it takes either; null where that cannot be told. */
export function needOf(pattern: RegExp): Need | null {
  return anyOf(alternativesOf(pattern).map(({ need }) => need));
}

interface Alternative {
  readonly need: Need | null;
  readonly source: string;
}

/** Take a pattern apart where it may be: one alternative, which is all of it, where it cannot be read. */
function alternativesOf({ source, flags }: RegExp): readonly Alternative[] {
  const whole = [{ need: null, source }];
  // A pattern that goes on where it was is tried in any case, as is one whose either case is more than ASCII's.
  if (/[gyv]|i.*u/.test(flags) || /[\ud800-\udfff]/.test(source)) return whole;
  if (flags.includes('i') && /[^\n -~]/.test(source)) return whole;
  const reader: Reader = { tokens: (flags.includes('i') ? lowerCased(source) : source).match(TOKEN) ?? [], at: 0 };
  const alternatives: Alternative[] = [];
  let from = 0;
  for (let first = 0; ; first = reader.at) {
    const need = readSequence(reader);
    const length = reader.tokens.slice(first, reader.at).join('').length;
    alternatives.push({ need, source: source.slice(from, from + length) });
    if (reader.tokens[reader.at] !== '|') break;
    reader.at += 1;
    from += length + 1;
  }
  if (reader.at !== reader.tokens.length) return whole;
  // What refers to a group may refer to one in another alternative.
  const isOne = /\\[1-9]|\\k</.test(source);
  return isOne ? [{ need: anyOf(alternatives.map(({ need }) => need)), source }] : alternatives;
}

/** What holds where any of several must; null where one of them needs nothing. */
function anyOf(needs: readonly (Need | null)[]): Need | null {
  const any = needs.filter((need) => need !== null);
  if (any.length < needs.length) return null;
  const [first = null, ...others] = any;
  return others.length === 0 ? first : { any };
}

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
  return anyOf(needs);
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
