// Lines of configuration files with their numbers: comments gone, continued ones joined. Pure.
import type { ConfigFile } from './imported.js';

export interface Line {
  readonly text: string;
  /** `file:line` of its beginning. */
  readonly where: string;
}

const split = (text: string): readonly string[] => text.split(/\r\n|\n|\r/);

/** The lines of a list of one entry a line, without comments; blank ones are left out. */
export const plainLines = ({ path, text }: ConfigFile): readonly Line[] =>
  split(text).flatMap((line, index) => {
    const bare = line.replace(/(^|\s)#.*$/, '').trim();
    return bare === '' ? [] : [{ text: bare, where: `${path}:${index + 1}` }];
  });

/** Join lines that begin with white space to the one before (Postfix: postconf(5)); comments between them are passed over. */
export function indentedLines({ path, text }: ConfigFile): readonly Line[] {
  const lines: Line[] = [];
  for (const [index, line] of split(text).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const last = lines.at(-1);
    if (/^\s/.test(line) && last) lines[lines.length - 1] = { ...last, text: `${last.text} ${line.trim()}` };
    else lines.push({ text: line.trim(), where: `${path}:${index + 1}` });
  }
  return lines;
}

/** Join lines that end in a backslash to the next; whole-line comments within are passed over. */
export function continuedLines({ path, text }: ConfigFile): readonly Line[] {
  const lines: Line[] = [];
  let isOpen = false;
  for (const [index, raw] of split(text).entries()) {
    if (/^\s*#/.test(raw)) continue;
    const piece = raw.replace(/\\\s*$/, '');
    const last = lines.at(-1);
    if (isOpen && last) lines[lines.length - 1] = { ...last, text: last.text + piece.trimStart() };
    else lines.push({ text: piece, where: `${path}:${index + 1}` });
    isOpen = /\\\s*$/.test(raw);
  }
  return lines.filter((line) => line.text.trim() !== '');
}
