// Text of strangers made fit to be shown: masked, cut, wrapped, measured in columns. Knows no format and no colour.
// SAFETY: a report may have been written elsewhere, so that what the parser masks is masked here again.

/**
 * Make text harmless for a terminal: controls, bidirectional and other invisible characters as escapes.
 * Line feeds stay. Without Unicode all else beyond ASCII is escaped too.
 */
export function printable(text: string, unicode = true): string {
  return text.replace(unicode ? UNSAFE : NOT_ASCII, escaped);
}

/** Make text one harmless line: white space as one space each, then as `printable`. */
export const oneLine = (text: string, unicode = true): string =>
  printable(text.replace(/[ \t]*\r?\n[ \t]*/g, ' ').trim(), unicode);

/** Make text one harmless line of so many characters at most before masking; what is cut off is counted. */
export function short(text: string, most: number, unicode = true): string {
  const rest = text.length > most ? ` [${text.length - most} more characters]` : '';
  return oneLine(text.slice(0, most), unicode) + rest;
}

/** Cut text to a width in columns, with an ellipsis where something is lost. */
export function cut(text: string, columns: number, unicode = true): string {
  // No character is narrower than nothing: long text is shortened before it is measured, but keeps its combining marks.
  const short = text.slice(0, columns * 8 + 8);
  if (short.length === text.length && width(text) <= columns) return text;
  const ellipsis = unicode ? '…' : '...';
  let [line, used] = ['', ellipsis.length];
  for (const char of short) {
    used += widthOf(char);
    if (used > columns) break;
    line += char;
  }
  return line + ellipsis.slice(0, Math.max(columns, 0));
}

/** Break text into lines of at most so many columns, between words where that can be; never empty. */
export function wrap(text: string, columns: number): string[] {
  const limit = Math.max(columns, 1);
  const lines: string[] = [];
  let [line, used] = ['', 0];
  const push = (): void => {
    lines.push(line);
    [line, used] = ['', 0];
  };
  for (const word of text.split(/ +/)) {
    const size = width(word);
    if (used > 0 && used + 1 + size > limit) push();
    if (used > 0) [line, used] = [`${line} `, used + 1];
    if (used + size <= limit) {
      [line, used] = [line + word, used + size];
      continue;
    }
    for (const char of word) {
      if (used + widthOf(char) > limit && used > 0) push();
      [line, used] = [line + char, used + widthOf(char)];
    }
  }
  lines.push(line);
  return lines;
}

/** Measure text in columns of a terminal: wide East Asian characters and emoji two, combining marks none. */
export function width(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const char of text) columns += widthOf(char);
  return columns;
}

/** Fill with spaces to a width in columns. */
export const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(columns - width(text), 0));

/** Count things in words: `1 technique`, `2 techniques`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** List words as `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** All but graphic characters and line feeds: controls, format characters, separators, surrogates, private, unassigned. */
const UNSAFE = /(?!\n)[\p{C}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800]/gu;
const NOT_ASCII = /[^\n\x20-\x7e]/gu;

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\t') return '\\t';
  if (char === '\r') return '\\r';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function widthOf(char: string): number {
  if (char >= ' ' && char <= '~') return 1;
  if (/\p{M}/u.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}
