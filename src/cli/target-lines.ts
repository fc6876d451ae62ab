// A list of targets as plain lines: one target on each, blank lines and comments left out. Which files are YAML instead.
import { UsageError } from '../model/errors.js';
import { parseTarget } from '../model/target.js';

/** What a line of text holds beside a target: a comment, from a `#` that begins the line or follows white space. */
const COMMENT = /(^|\s)#.*$/;

const contentOf = (line: string): string => line.replace(COMMENT, '').trim();

/** Say whether a list is YAML: by its name, else by how it begins, as no target does. */
export function isYaml(text: string, path: string): boolean {
  if (/\.(ya?ml|json)$/i.test(path)) return true;
  const first =
    text
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .map(contentOf)
      .find((line) => line !== '') ?? '';
  // A dash and a space, a mapping, or a list that is not an IPv6 address in brackets.
  return (
    /^(-(\s|$)|---|\{|[\w$"']+:(\s|$))/.test(first) || (first.startsWith('[') && !/^\[[0-9a-f:.%\w]*\]/i.test(first))
  );
}

/** Read the targets of a list of lines. @throws UsageError with the line of one that cannot be read, or for a list of none */
export function linesOf(text: string, path: string): readonly string[] {
  const words = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      const word = contentOf(line);
      if (word === '') return [];
      check(word, `${path}:${index + 1}`);
      return [word];
    });
  if (words.length === 0) throw new UsageError(`${path}: no target in it: want one on each line`);
  return words;
}

function check(word: string, where: string): void {
  try {
    parseTarget(word);
  } catch (error) {
    if (error instanceof Error) error.message = `${where}: ${error.message}`;
    throw error;
  }
}
