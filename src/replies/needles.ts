// The words that a pattern cannot do without, read from its source: a table of hundreds of patterns is tried on every new
// refusal, and most can be passed over by looking for a word, without the pattern ever being compiled. Never decides that a
// pattern matches; a pattern that this file cannot read is always tried.

/** One of these must be in a text that matches; null where that cannot be told. Lower case where the pattern takes either. */
export type Needles = readonly string[] | null;

/** Say whether a pattern is worth trying; `lower` is the text in lower case, for patterns that take either case. */
export function mayMatch(pattern: RegExp, text: string, lower: string): boolean {
  const needles = neededBy(pattern);
  const where = pattern.ignoreCase ? lower : text;
  return needles === null || needles.some((needle) => where.includes(needle));
}

const KEPT = new WeakMap<RegExp, { readonly needles: Needles }>();

function neededBy(pattern: RegExp): Needles {
  const kept = KEPT.get(pattern);
  if (kept !== undefined) return kept.needles;
  const needles = needlesOf(pattern);
  KEPT.set(pattern, { needles });
  return needles;
}

/** Read the words that any match of a pattern holds one of. */
export function needlesOf({ source, flags }: RegExp): Needles {
  // A pattern that goes on where it was is tried in any case, as is one whose either case is more than ASCII's.
  if (/[gyv]|i.*u/.test(flags) || /[\ud800-\udfff]/.test(source)) return null;
  const reader: Reader = { source, at: 0 };
  const needles = readAlternatives(reader);
  if (needles === null || reader.at !== source.length) return null;
  return flags.includes('i') ? lowerCased(needles) : needles;
}

/** To either case other letters than those of ASCII have more than two forms. */
const lowerCased = (needles: readonly string[]): Needles =>
  needles.every((needle) => /^[\n -~]*$/.test(needle)) ? needles.map((needle) => needle.toLowerCase()) : null;

interface Reader {
  readonly source: string;
  at: number;
}

/** Shorter ones are in most texts, but for those of scripts that say a word in two characters. */
const SHORTEST = 3;
/** More of them are looked for in vain for longer than the pattern takes. */
const MOST = 200;

/** `a|b|c`: a word of each. Ends at the closing bracket, or at the end. */
function readAlternatives(reader: Reader): Needles {
  let all: string[] | null = [];
  for (;;) {
    const one = readSequence(reader);
    all = one === null || all === null ? null : [...all, ...one];
    if (reader.source[reader.at] !== '|') break;
    reader.at += 1;
  }
  return all === null || all.length > MOST ? null : all;
}

/** `abc`: the most telling of what stands there in any case. */
function readSequence(reader: Reader): Needles {
  const { source } = reader;
  let best: Needles = null;
  let run = '';
  const offer = (needles: Needles): void => {
    if (weightOf(needles) > weightOf(best)) best = needles;
  };
  while (reader.at < source.length && source[reader.at] !== '|' && source[reader.at] !== ')') {
    const atom = readAtom(reader);
    const times = readQuantifier(reader);
    if (atom.kind === 'nothing') continue;
    if (atom.kind === 'text' && times !== 'maybe') run += atom.text;
    if (atom.kind === 'text' && times === 'once') continue;
    offer([run]);
    run = '';
    if (atom.kind === 'group' && times !== 'maybe') offer(atom.needles);
  }
  offer([run]);
  return best;
}

/** A set is worth what its least telling word is. */
const weightOf = (needles: Needles): number =>
  needles === null
    ? 0
    : needles.reduce((least, needle) => Math.min(least, tellingOf(needle)), Number.POSITIVE_INFINITY);

const tellingOf = (needle: string): number => {
  const length = /[^\n -~]/.test(needle) ? needle.length + 1 : needle.length;
  return length < SHORTEST ? 0 : length;
};

type Atom =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly needles: Needles }
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
  const needles = readAlternatives(reader);
  reader.at += 1;
  return /^\?<?[=!]/.test(opening) ? NOTHING : { kind: 'group', needles };
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
