// SASL over SMTP (RFC 4954): PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login), CRAM-MD5 (RFC 2195). What to answer is a
// pure dialogue; `converse` carries it over a channel. Every server is met as it is: prompts of any wording, challenges that
// are no base64, success before the end, prompts without end. Nothing secret is ever in what evidence may show.
import { createHash, createHmac } from 'node:crypto';
import type { Mechanism } from '../model/access.js';
import type { Fault, Reply } from '../model/reply.js';
import type { Channel, Heard } from './channel.js';
import { fault } from './faults.js';
import { type Line, line } from './line.js';

export interface Credential {
  readonly user: string;
  readonly password: string;
  /** Identity to act as (RFC 4616 section 2); absent or empty: the user's own. */
  readonly authzid?: string;
}

/** What goes out next: bytes for base64, or `*` and the reason to give up (null where that was the intention). */
export type Answer =
  /** `secret`: a part of the bytes that is a secret by itself, for the redactor. */
  { readonly bytes: Buffer; readonly what: string; readonly secret?: string } | { readonly cancel: string | null };

export interface Dialogue {
  /** As in the AUTH command. */
  readonly mechanism: string;
  /** Initial response; null: the server is to ask. */
  readonly initial: Buffer | null;
  /** Answer the last of the challenges so far; pure. `isInitialSent` says whether the initial response fitted. */
  readonly respond: (challenges: readonly [Challenge, ...Challenge[]], isInitialSent: boolean) => Answer;
}

export interface Challenge {
  /** As sent, masked. */
  readonly text: string;
  /** Decoded; null where it is not base64. */
  readonly bytes: Buffer | null;
}

export interface Authentication {
  readonly heards: readonly Heard[];
  /** The last reply, which decides; null where a fault came instead. */
  readonly reply: Reply | null;
  /** Trouble of the session, or `protocol-error` where the exchange had to be cancelled though the session goes on. */
  readonly fault: Fault | null;
  /** SHA-256 (hex) of the decoded CRAM-MD5 challenge; null elsewhere. */
  readonly challenge: string | null;
  /** The responses sent, as base64, and the digest of CRAM-MD5, for the redactor. SAFETY: to be kept in memory only. */
  readonly secrets: readonly string[];
}

export interface AuthenticateOptions extends Credential {
  readonly mechanism: Mechanism;
  /** Whether to send an initial response; default: where it fits for PLAIN, not for LOGIN. CRAM-MD5 has none. */
  readonly initialResponse?: boolean;
}

/** RFC 4954 section 4: with an initial response AUTH is still a command, of 512 octets with its line end. */
const MAX_COMMAND = 510;
const MAX_ROUNDS = 4;

/**
 * Authenticate with one mechanism; every exchange is evidence, whatever the server answers. Never rejects for what the
 * server does; a response longer than a line may be throws LineError.
 */
export async function authenticate(
  channel: Channel,
  options: AuthenticateOptions,
  onSecrets?: (secrets: readonly string[]) => void,
): Promise<Authentication> {
  const result = await converse(channel, dialogueOf(options), onSecrets);
  if (options.mechanism !== 'PLAIN' || options.initialResponse !== undefined || !isInitialRefused(result))
    return result;
  const again = await converse(channel, dialogueOf({ ...options, initialResponse: false }), onSecrets);
  return {
    ...again,
    heards: [...result.heards, ...again.heards],
    secrets: [...result.secrets, ...again.secrets],
  };
}

/** A server older than initial responses takes one for a syntax error: no password was looked at, and it is to ask for it. */
const isInitialRefused = ({ heards, reply, fault }: Authentication): boolean =>
  heards.length === 1 && fault === null && (reply?.code === 500 || reply?.code === 501);

/** Choose what to say for a mechanism. */
function dialogueOf(options: AuthenticateOptions): Dialogue {
  const { mechanism, initialResponse } = options;
  if (mechanism === 'PLAIN') return plain(options, initialResponse ?? true);
  if (mechanism === 'LOGIN') return login(options, initialResponse ?? false);
  return cramMd5(options);
}

/**
 * Carry a dialogue: AUTH, up to four challenges, `*` when there is nothing more to say (RFC 4954 section 4).
 * `onSecrets` is told of each response before it is written: a server may repeat it in another session at once.
 */
export async function converse(
  channel: Channel,
  dialogue: Dialogue,
  onSecrets: (secrets: readonly string[]) => void = () => {},
): Promise<Authentication> {
  const heards: Heard[] = [];
  const secrets: string[] = [];
  const hide = (...more: readonly string[]): void => {
    secrets.push(...more);
    onSecrets(more);
  };
  let challenge: string | null = null;
  let trouble: Fault | null = null;

  const say = async (one: Line): Promise<Heard> => {
    const [heard] = await channel.send([{ stage: 'auth', line: one, secret: true }]);
    if (heard === undefined) throw new Error('sasl: the channel answered nothing');
    heards.push(heard);
    return heard;
  };

  const { first, secret } = firstLine(dialogue);
  if (secret !== null) hide(secret);
  let heard = await say(first);
  for (let asked: [Challenge, ...Challenge[]] | null = null; isChallenge(heard.exchange.reply); ) {
    const last = readChallenge(heard.exchange.reply);
    asked = asked === null ? [last] : [...asked, last];
    if (dialogue.mechanism === 'CRAM-MD5' && last.bytes !== null) challenge ??= sha256(last.bytes);
    const answer: Answer = asked.length > MAX_ROUNDS ? { cancel: ENDLESS } : dialogue.respond(asked, secret !== null);
    if ('cancel' in answer) {
      trouble = answer.cancel === null ? null : fault('protocol-error', 'auth', answer.cancel);
      heard = await say(line('*'));
      break;
    }
    const encoded = answer.bytes.toString('base64');
    hide(encoded, answer.secret ?? '');
    heard = await say(line(encoded, `[${answer.what} withheld]`));
  }
  // A server that asks on after `*` has lost the thread: what it says next cannot be told apart.
  if (isChallenge(heard.exchange.reply)) trouble ??= fault('protocol-error', 'auth', ENDLESS);
  return {
    heards,
    reply: heard.exchange.reply,
    fault: heard.fault ?? trouble,
    challenge,
    secrets: secrets.filter((one) => one !== ''),
  };
}

/** PLAIN, RFC 4616 section 2; a server that overlooks the initial response is given it once more. */
function plain({ user, password, authzid = '' }: Credential, isInitial: boolean): Dialogue {
  const message = Buffer.from(`${authzid}\0${user}\0${password}`, 'utf8');
  return {
    mechanism: 'PLAIN',
    initial: isInitial ? message : null,
    respond: (challenges) => (challenges.length > 1 ? { cancel: ENDLESS } : { bytes: message, what: 'response' }),
  };
}

/** LOGIN: user name, then password, whatever the prompts say; a first prompt that says clearly what it wants is believed. */
function login({ user, password }: Credential, isInitial: boolean): Dialogue {
  const name: Answer = { bytes: Buffer.from(user, 'utf8'), what: 'user name' };
  const word: Answer = { bytes: Buffer.from(password, 'utf8'), what: 'password' };
  /** The first prompt may ask for the password first, or overlook the user name that came along. */
  const orderOf = (first: Challenge, isNameSent: boolean): readonly Answer[] => {
    const hint = hintOf(first);
    if (isNameSent) return hint === 'user' ? [name, word] : [word];
    return hint === 'password' ? [word, name] : [name, word];
  };
  return {
    mechanism: 'LOGIN',
    initial: isInitial ? name.bytes : null,
    respond: (challenges, isInitialSent) =>
      orderOf(challenges[0], isInitialSent)[challenges.length - 1] ?? { cancel: ENDLESS },
  };
}

/** CRAM-MD5, RFC 2195 section 2: user name, space, HMAC-MD5 of the challenge in hex; keyed with the password as UTF-8. */
export function cramMd5({ user, password }: Credential): Dialogue {
  return {
    mechanism: 'CRAM-MD5',
    initial: null,
    respond: ([{ bytes, text }, ...more]) => {
      if (bytes === null) return { cancel: `the server challenge is not base64: ${text.slice(0, 80)}` };
      if (more.length > 0) return { cancel: ENDLESS };
      const digest = createHmac('md5', Buffer.from(password, 'utf8')).update(bytes).digest('hex');
      return { bytes: Buffer.from(`${user} ${digest}`, 'utf8'), what: 'response', secret: digest };
    },
  };
}

const ENDLESS = 'the server asks on though there is nothing more to answer';

/** AUTH with its initial response: `=` for an empty one, none at all where the command would be too long. */
function firstLine({ mechanism, initial }: Dialogue): { first: Line; secret: string | null } {
  const bare = `AUTH ${mechanism}`;
  if (initial === null) return { first: line(bare), secret: null };
  const encoded = initial.toString('base64');
  const whole = `${bare} ${encoded === '' ? '=' : encoded}`;
  if (Buffer.byteLength(whole) > MAX_COMMAND) return { first: line(bare), secret: null };
  return { first: line(whole, `${bare} [withheld]`), secret: encoded };
}

/** 334, or another 3yz, which can only be one more question. */
const isChallenge = (reply: Reply | null): reply is Reply => reply !== null && reply.code >= 300 && reply.code < 400;

function readChallenge(reply: Reply): Challenge {
  const text = reply.text.trim();
  const encoded = text.replaceAll('\n', '');
  const isBase64 = encoded.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(encoded);
  return { text, bytes: isBase64 ? Buffer.from(encoded, 'base64') : null };
}

/** What a LOGIN prompt asks for, in base64 or in the clear; null where it says neither or both. */
function hintOf({ text, bytes }: Challenge): 'user' | 'password' | null {
  const said = `${text}\n${bytes?.toString('utf8') ?? ''}`.toLowerCase();
  const isUser = /user|login|name|account/.test(said);
  const isPassword = /pass|pwd|secret/.test(said);
  if (isUser === isPassword) return null;
  return isUser ? 'user' : 'password';
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
