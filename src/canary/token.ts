// The tokens of a canary: which attempt of which run a recipient belongs to, and that nobody else made it up (HMAC-SHA-256,
// RFC 2104). Safe in a local part (RFC 5321 section 4.1.2) and in either case, since servers rewrite it. Pure but for node:crypto.
// A token is 21 characters: role, run (20 bits), attempt (35 bits), and a code over these (45 bits). A receiver with the key
// alone can tell a token from invented text; the auditor, who can make its own again, compares all of it (100 bits).
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Tokens {
  /** In the recipient: what arrives there was passed on. */
  readonly forward: string;
  /** In the reverse-path: what arrives there came back. */
  readonly reverse: string;
}

export type TokenRole = keyof Tokens;

export interface Token {
  /** In lower case, as it was made. */
  readonly text: string;
  readonly role: TokenRole;
}

export interface Made {
  /** Secret, 16 octets or more; see key.ts. */
  readonly key: Buffer;
  /** Unique to a run. */
  readonly run: string;
  /** Key of the attempt. */
  readonly attempt: string;
}

/** Make the two tokens of one attempt of one run: equal input, equal tokens. */
export const tokensFor = (made: Made): Tokens => ({
  forward: make(made, 'forward'),
  reverse: make(made, 'reverse'),
});

const LENGTH = { run: 4, attempt: 7, code: 9 } as const;

/** Digits and letters without those that look like others (i, l, o, u); 5 bits each. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const LETTER = { forward: 'f', reverse: 'r' } as const satisfies Record<TokenRole, string>;

function make({ key, run, attempt }: Made, role: TokenRole): string {
  const head = LETTER[role] + runTag(key, run) + code(key, ['attempt', role, run, attempt], LENGTH.attempt);
  return head + code(key, ['token', head], LENGTH.code);
}

const runTag = (key: Buffer, run: string): string => code(key, ['run', run], LENGTH.run);

/** The first characters of a code over parts; each part with its length, so that none can be moved into the next. */
function code(key: Buffer, parts: readonly string[], length: number): string {
  const hmac = createHmac('sha256', key);
  for (const part of ['relayproof canary', ...parts]) hmac.update(`${Buffer.byteLength(part)}:${part},`);
  return [...hmac.digest().subarray(0, length)].map((octet) => ALPHABET[octet & 31]).join('');
}

/** A token as a word of its own: one that goes on, or is cut short, is none. */
const WORD = new RegExp(
  `(?<![0-9a-z])[fr][${ALPHABET}]{${LENGTH.run + LENGTH.attempt + LENGTH.code}}(?![0-9a-z])`,
  'g',
);

/**
 * Find the first valid token in a text, in either case; null where there is none. With `run`, one of that run alone.
 * Only the characters themselves count: a token that is encoded, cut or made with another key is none.
 */
export function readToken(text: string, key: Buffer, run?: string): Token | null {
  // SAFETY: to lower case by ASCII alone; other letters that fold into it are not ours.
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (const [word] of folded.matchAll(WORD)) {
    if (isValid(word, key, run)) return { text: word, role: word.startsWith(LETTER.forward) ? 'forward' : 'reverse' };
  }
  return null;
}

function isValid(word: string, key: Buffer, run: string | undefined): boolean {
  const head = word.slice(0, -LENGTH.code);
  if (!isSame(word.slice(-LENGTH.code), code(key, ['token', head], LENGTH.code))) return false;
  return run === undefined || isSame(word.slice(1, 1 + LENGTH.run), runTag(key, run));
}

const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));
