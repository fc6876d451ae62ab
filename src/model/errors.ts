// The operator erred: one line, exit status 2, nothing was sent. Here are the error and the one way to word it.
// SAFETY: what is quoted becomes one line of printable text, whatever was typed or read.

/** An error of the command line, the configuration or a file; `message` is `subject: what happened: got X, want Y; hint`. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Complaint {
  /** Option, argument or file with its position. */
  readonly subject: string;
  readonly problem: string;
  /** As it was given, or null where it must not be shown; quoted here. */
  readonly got: string | null;
  readonly want: string;
  readonly hint?: string | undefined;
}

/** Word a UsageError as `subject: problem: got "x", want y; hint`. */
export function complain({ subject, problem, got, want, hint }: Complaint): UsageError {
  const wanted = got === null ? `want ${want}` : `got ${quoted(got)}, want ${want}`;
  return new UsageError(`${subject}: ${problem}: ${wanted}${hint === undefined ? '' : `; ${hint}`}`);
}

const LONGEST = 80;

/** Quote text for one line: control, bidirectional and separator characters as `\u{…}`, cut after 80 characters. */
export function quoted(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const visible = short.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029"\\]/gu,
    (character) => ESCAPES[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${visible}"`;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
