// SASL on the server's side: PLAIN, LOGIN, CRAM-MD5, ANONYMOUS, EXTERNAL (RFC 4954, 4616, 2195, 4505, 4422), each as lenient as the
// tables say. Decides who somebody is, never what he may do.
import { createHmac, randomBytes } from 'node:crypto';
import type { AuthConfig, Leniency } from './config.js';
import type { Situation } from './replies.js';

export interface AuthResult {
  readonly situation: Situation;
  /** The user authenticated; null on failure. */
  readonly user: string | null;
  /** Who was named, on failure too. */
  readonly named: string | null;
}

/** Sends a challenge (base64) and awaits the response line; null where the client has gone. */
type Ask = (challenge: string) => Promise<string | null>;

export interface Dialogue {
  readonly auth: AuthConfig;
  readonly accounts: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly hasClientCertificate: boolean;
  readonly ask: Ask;
}

type Mechanism = (dialogue: Dialogue, initial: string | null) => Promise<AuthResult>;

/** Hold the dialogue of one mechanism; `initial` is the initial response as sent, null where there is none. */
export async function authenticate(name: string, initial: string | null, dialogue: Dialogue): Promise<AuthResult> {
  const mechanism = Object.hasOwn(MECHANISMS, name) ? MECHANISMS[name] : undefined;
  if (!mechanism) return fail('auth-mechanism');
  const result = await mechanism(dialogue, initial);
  if (result.situation !== 'auth-ok' && result.situation !== 'auth-failed') return result;
  if (dialogue.auth.down) return { ...result, situation: 'auth-unavailable', user: null };
  if (dialogue.auth.broken?.includes(name)) return { ...result, situation: 'auth-failed', user: null };
  return result;
}

/** Say whether a mechanism is one that this server can speak at all. */
export const isSpoken = (name: string): boolean => Object.hasOwn(MECHANISMS, name);

/** Say whether the server speaks first, so that an initial response is an error (RFC 4954 section 4). */
export const isServerFirst = (name: string): boolean => name === 'CRAM-MD5';

const MECHANISMS: Readonly<Record<string, Mechanism>> = {
  PLAIN: async (dialogue, initial) => {
    const response = initial ?? (await dialogue.ask(''));
    const decoded = decode(response);
    if (decoded === null) return fail(stoppedBy(response));
    const [authzid, user, password, ...rest] = decoded.split('\0');
    if (authzid === undefined || user === undefined || password === undefined || rest.length > 0) {
      return fail('auth-syntax');
    }
    const isOther = authzid !== '' && authzid !== user;
    if (isOther && dialogue.auth.authzid === 'trusted') return succeed(authzid);
    if (isOther && dialogue.auth.authzid !== 'accept') return fail('auth-failed', user);
    return verify(dialogue, user, password, (real) => real === password);
  },

  LOGIN: async (dialogue, initial) => {
    const [askUser, askPassword] = dialogue.auth.prompts ?? ['VXNlcm5hbWU6', 'UGFzc3dvcmQ6'];
    const first = initial ?? (await dialogue.ask(askUser));
    const user = decode(first);
    if (user === null) return fail(stoppedBy(first));
    const second = await dialogue.ask(askPassword);
    const password = decode(second);
    if (password === null) return fail(stoppedBy(second), user);
    return verify(dialogue, user, password, (real) => real === password);
  },

  'CRAM-MD5': async (dialogue) => {
    const challenge = dialogue.auth.staticChallenge ?? freshChallenge(dialogue.hostname);
    const response = await dialogue.ask(Buffer.from(challenge, 'utf8').toString('base64'));
    const decoded = decode(response);
    if (decoded === null && stoppedBy(response) === 'auth-aborted') return fail('auth-aborted');
    const [, user, digest] = /^(.*) ([0-9a-f]{32})$/is.exec(decoded ?? '') ?? [];
    if (user === undefined || digest === undefined) {
      return dialogue.auth.lenient?.includes('cram-garbage') ? succeed('unknown') : fail('auth-failed');
    }
    const proves = (password: string): boolean =>
      createHmac('md5', password).update(challenge, 'utf8').digest('hex') === digest.toLowerCase();
    return verify(dialogue, user, proves('') ? '' : null, proves);
  },

  ANONYMOUS: async (dialogue, initial) => {
    const response = initial ?? (await dialogue.ask(''));
    return response === null || response === '*' ? fail('auth-aborted') : succeed('anonymous');
  },

  EXTERNAL: async (dialogue, initial) => {
    const response = initial ?? (await dialogue.ask(''));
    const name = decode(response);
    if (name === null) return fail(stoppedBy(response));
    return succeed(name === '' ? 'external' : name);
  },

  NTLM: async (dialogue, initial) => {
    const first = initial ?? (await dialogue.ask(''));
    if (first === null || first === '*') return fail('auth-aborted');
    const last = await dialogue.ask(Buffer.from('NTLMSSP\0\x02\0\0\0', 'latin1').toString('base64'));
    return last === null || last === '*' ? fail('auth-aborted') : succeed('guest');
  },
};

/** Check a password; `given` is null where the mechanism does not show it. */
function verify(
  { auth, accounts }: Dialogue,
  user: string,
  given: string | null,
  matches: (password: string) => boolean,
): AuthResult {
  const may = (leniency: Leniency): boolean => auth.lenient?.includes(leniency) ?? false;
  const real = Object.hasOwn(accounts, user) ? accounts[user] : undefined;
  if (real === undefined) return may('unknown-account') ? succeed(user) : fail('auth-failed', user);
  // An empty password against a directory is an unauthenticated bind (RFC 4513 section 5.1.2).
  const passes = matches(real) || may('any-password') || (given === '' && may('empty-password'));
  return passes ? succeed(user) : fail('auth-failed', user);
}

const succeed = (user: string): AuthResult => ({ situation: 'auth-ok', user, named: user });
const fail = (situation: Situation, named: string | null = null): AuthResult => ({ situation, user: null, named });

const stoppedBy = (response: string | null): Situation =>
  response === null || response === '*' ? 'auth-aborted' : 'auth-syntax';

/** Decode base64 (`=` is an empty response, RFC 4954 section 4); null where it is none. */
function decode(response: string | null): string | null {
  if (response === null || response === '*') return null;
  if (response === '=') return '';
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(response)) return null;
  return Buffer.from(response, 'base64').toString('utf8');
}

const freshChallenge = (hostname: string): string => `<${randomBytes(8).toString('hex')}.${Date.now()}@${hostname}>`;
