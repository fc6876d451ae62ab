// The last filter before anything is written (RFC 4954 section 9: what AUTH carries is never to be shown): secrets are
// removed raw, escaped for JSON, HTML, XML, Markdown, URLs and quoted-printable in any mixture, and as base64 at its three
// alignments. The first defence stands elsewhere: evidence never holds a secret that we sent (line.ts). This is for the
// server that repeats it. Pure.
// Short secrets: what is shorter than four characters, or a word that every report is made of (`relay`, `accepted`), is not
// searched for in plain text. It would be found where it is no secret, the report would be destroyed, and the holes would
// tell everyone what the password is. Its base64 and its SASL responses, which are longer, are searched for all the same.
import { ACCESSES, CREDENTIALS } from '../model/access.js';
import { ROLES } from '../model/attempt.js';
import { PRESETS } from '../model/policy.js';
import { REASONS } from '../model/reason.js';
import { FAULTS, STAGES } from '../model/reply.js';
import { OUTCOMES, SEVERITIES } from '../model/report.js';
import { ROUTES } from '../model/source.js';
import { FAMILIES } from '../model/technique.js';
import { mask } from './mask.js';

/** What stands where a secret stood. */
export const WITHHELD = '[withheld]';

const MIN_SEARCHED = 4;
/** A secret of letters and digits alone, up to here, counts only as a word of its own: `test` is not in `latest`. */
const MIN_INSIDE_WORDS = 8;

type Search = { readonly pattern: RegExp; readonly isBase64: boolean };
type Range = { readonly start: number; readonly end: number };

/**
 * Make the filter for a run's secrets: passwords, and SASL responses as text (base64 as sent, or decoded); empty ones are
 * overlooked. The filter is idempotent and never throws.
 */
export function makeRedactor(secrets: readonly string[]): (text: string) => string {
  const searches = [...new Set(secrets)].filter((one) => one !== '').flatMap(searchesFor);
  return (text) =>
    cut(
      text,
      searches.flatMap((search) => find(text, search)),
    );
}

/** Redact every string of a JSON value, at any depth; keys, numbers and the value's shape stay. */
export function redactValue<T>(value: T, redact: (text: string) => string): T {
  const walk = (one: unknown): unknown => {
    if (typeof one === 'string') return redact(one);
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value) as T;
}

function searchesFor(secret: string): readonly Search[] {
  const plain = isSearched(secret) ? readings(secret).map((one) => plainSearch(one)) : [];
  return [...plain, ...encodings(secret)];
}

const isSearched = (secret: string): boolean =>
  [...secret].length >= MIN_SEARCHED && !VOCABULARY.has(secret.toLowerCase());

/** How the same bytes may be read: as they are, taken for Latin-1, composed or decomposed. */
function readings(secret: string): readonly string[] {
  const latin1 = Buffer.from(secret, 'utf8').toString('latin1');
  return [...new Set([secret, latin1, secret.normalize('NFC'), secret.normalize('NFD')])];
}

function plainSearch(secret: string): Search {
  const isWord = /^[\p{L}\p{N}]+$/u.test(secret) && [...secret].length < MIN_INSIDE_WORDS;
  const body = (secret.match(/\\+|[^\\]/gu) ?? []).map(anyForm).join('');
  return { pattern: new RegExp(isWord ? `(?<![\\p{L}\\p{N}])${body}(?![\\p{L}\\p{N}])` : body, 'gu'), isBase64: false };
}

/** One character in every way that a format may write it, so that no mixture of escapes gets through. */
function anyForm(character: string): string {
  // A run of backslashes is one unit, doubled or not: taken one by one it could be split in too many ways.
  if (character.startsWith('\\'))
    return `(?:\\\\{${character.length},${4 * character.length}}|(?:%5[cC]|&#(?:92|x5[cC]);){${character.length}})`;
  const code = character.codePointAt(0) ?? 0;
  const hexadecimal = anyCase(code.toString(16));
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => anyCase(byte.toString(16).padStart(2, '0')));
  const units = character.split('').map((unit) => anyCase(unit.charCodeAt(0).toString(16).padStart(4, '0')));
  const forms = [
    // As it is, masked, or behind backslashes (JSON, Markdown, shells; twice where one is inside another).
    `\\\\{0,4}${literal(character)}`,
    ...(mask(character) === character ? [] : [literal(mask(character))]),
    ...(JSON_NAMES[character] ?? []).map((name) => `\\\\{1,4}${name}`),
    ...(HTML_NAMES[character] ?? []).map((name) => `\\\\{0,4}&(?:amp;)?${name};`),
    `\\\\{0,4}&(?:amp;)?#(?:0*${code}|[xX]0*${hexadecimal});`,
    units.map((unit) => `\\\\{1,2}u${unit}`).join(''),
    `\\\\{1,2}(?:x${hexadecimal.length < 2 ? `0${hexadecimal}` : hexadecimal}|u\\{0*${hexadecimal}\\})`,
    // URLs, quoted-printable, xtext (RFC 3461 section 4).
    ...['%', '%25', '=', '\\+'].map((sign) => bytes.map((byte) => sign + byte).join('')),
    ...(character === ' ' ? ['\\+'] : []),
  ];
  return `(?:${[...new Set(forms)].join('|')})`;
}

const JSON_NAMES: Readonly<Record<string, readonly string[]>> = {
  '\b': ['b'],
  '\f': ['f'],
  '\n': ['n'],
  '\r': ['r'],
  '\t': ['t'],
};

const HTML_NAMES: Readonly<Record<string, readonly string[]>> = {
  '&': ['amp'],
  '<': ['lt'],
  '>': ['gt'],
  '"': ['quot'],
  "'": ['apos'],
  '\u00a0': ['nbsp'],
};

/** Base64 of the secret wherever it stands in what was encoded: of each alignment, the characters that it alone decides. */
function encodings(secret: string): readonly Search[] {
  const bytes = Buffer.from(secret, 'utf8');
  const whole = bytes.toString('base64');
  const cores = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  // SAFETY: too short a core is found in any text; the whole encoding as a run of its own is no accident.
  const alone = new RegExp(`(?<![A-Za-z0-9+/=_-])${base64Body(whole)}(?![A-Za-z0-9+/=_-])`, 'gu');
  const searched = cores
    .filter((core) => core.length >= MIN_SEARCHED)
    .map((core) => new RegExp(base64Body(core), 'gu'));
  return [alone, ...searched].map((pattern) => ({ pattern, isBase64: true }));
}

/** Either alphabet (RFC 4648 sections 4 and 5), escaped like any text. */
function base64Body(encoded: string): string {
  return [...encoded.replace(/=+$/, '')]
    .map((one) => (one === '+' ? `(?:${anyForm('+')}|-)` : one === '/' ? `(?:${anyForm('/')}|_)` : one))
    .join('')
    .concat(...(encoded.match(/=/g) ?? []).map(() => anyForm('=')));
}

function find(text: string, { pattern, isBase64 }: Search): readonly Range[] {
  return [...text.matchAll(pattern)]
    .filter((match) => match[0] !== '')
    .map((match) => {
      const range = { start: match.index, end: match.index + match[0].length };
      return isBase64 ? wholeRun(text, range) : range;
    });
}

/** The rest of a base64 run tells bits of the secret at its edges, and of what stood beside it. */
function wholeRun(text: string, { start, end }: Range): Range {
  const isPart = (at: number): boolean => /[A-Za-z0-9+/=_-]/.test(text.charAt(at));
  let [from, to] = [start, end];
  while (from > 0 && isPart(from - 1)) from -= 1;
  while (to < text.length && isPart(to)) to += 1;
  return { start: from, end: to };
}

function cut(text: string, ranges: readonly Range[]): string {
  let [result, at] = ['', 0];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (end <= at) continue;
    // Ranges that overlap are one hole.
    if (start >= at) result += `${text.slice(at, start)}${WITHHELD}`;
    at = end;
  }
  return result + text.slice(at);
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const anyCase = (hexadecimal: string): string =>
  hexadecimal.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

/** Words that reports are made of: values of the contract and the keys of its JSON. */
const VOCABULARY: ReadonlySet<string> = new Set(
  [
    ...[ACCESSES, CREDENTIALS, FAMILIES, FAULTS, OUTCOMES, PRESETS, REASONS, ROLES, ROUTES, SEVERITIES, STAGES].flat(),
    ...'yes no unknown relay relays refuse accept any none open closed inconclusive compliant confirmed probable'.split(
      ' ',
    ),
    ...'possible foreign local valid wrong empty starttls true false null source sources cell cells attempt'.split(' '),
    ...'attempts target targets server servers reply code enhanced text stage sent secret elapsedms exchanges'.split(
      ' ',
    ),
    ...'finding findings rule rules title message fix references verdict summary policy preset address host port'.split(
      ' ',
    ),
    ...'withheld denied access recipient sender user mail smtp esmtp ehlo helo auth login plain'.split(' '),
  ].flatMap((word) => [word.toLowerCase(), ...word.toLowerCase().split('-')]),
);
