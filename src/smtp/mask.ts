// Text of the peer made safe to show: no control characters, escape sequences, bidirectional overrides or invisible
// characters are left, each is written as an escape that can be seen. Done once, in the reply parser; the formats escape
// for themselves. Masking is not redaction: secrets are removed by redact.ts. Pure.

/** Control, format (bidirectional, zero-width, tags), line and paragraph separators, lone surrogates, default-ignorable. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Replace whatever could move the cursor, reorder or hide text by a visible escape: `\x1b`, `\u202e`, `\u{e0041}`.
 * A tab becomes a space. Idempotent; text without such characters comes back as it is.
 */
export function mask(text: string): string {
  return text.replace(UNSAFE, visible);
}

function visible(character: string): string {
  if (character === '\t') return ' ';
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
