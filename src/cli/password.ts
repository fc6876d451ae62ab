// The account's password: from a file, the environment, standard input, or asked on the terminal without echo.
// SAFETY: never from an argument, never shown, never in an error.
import { readFile } from 'node:fs/promises';
import { complain, quoted, UsageError } from '../model/errors.js';
import type { AuditOptions } from '../model/options.js';
import { EXIT } from './exit-status.js';
import type { Values } from './options.js';

const WAYS = ['passwordFile', 'passwordEnv', 'passwordStdin', 'passwordAtWorker'] as const;
const WANT = '--password-file, --password-env, --password-stdin or --password-at-worker';

/** Null: none was given. Without a password it is at the workers. */
type Given = AuditOptions['account'];

/** Read the accounts of several servers in their order; what is named by several in one way is read, or asked for, once. */
export async function readAccounts(servers: readonly Values[]): Promise<readonly Given[]> {
  const known = new Map<string, Given>();
  const accounts: Given[] = [];
  for (const values of servers) {
    const key = JSON.stringify(['user', ...WAYS].map((name) => values[name as 'user' | (typeof WAYS)[number]]));
    const account = known.has(key) ? (known.get(key) ?? null) : await readAccount(values);
    known.set(key, account);
    accounts.push(account);
  }
  return accounts;
}

/** Read the account that was given; null where none was. @throws UsageError */
async function readAccount(values: Values): Promise<Given> {
  const { user } = values;
  const ways = WAYS.filter((way) => values[way] !== undefined && values[way] !== false);
  if (user === undefined) {
    if (ways.length === 0) return null;
    throw complain({
      subject: '--user',
      problem: 'a password without an account',
      got: null,
      want: 'the name of the account',
    });
  }
  if (ways.length > 1)
    throw complain({ subject: '--user', problem: 'several passwords', got: null, want: `one of ${WANT}` });
  if (values.passwordAtWorker === true) return { user, password: null };
  const [subject, text] = await read(user, values);
  return { user, password: checked(text.replace(/\r?\n$/, ''), subject) };
}

async function read(user: string, values: Values): Promise<readonly [subject: string, text: string]> {
  if (values.passwordFile !== undefined) return ['--password-file', await fromFile(values.passwordFile)];
  if (values.passwordEnv !== undefined) return ['--password-env', fromEnvironment(values.passwordEnv)];
  if (values.passwordStdin === true && !process.stdin.isTTY) return ['--password-stdin', await fromStandardInput()];
  if (process.stdin.isTTY && process.stderr.isTTY)
    return ['password', await askWithoutEcho(`Password of ${quoted(user)}: `)];
  throw complain({ subject: '--user', problem: 'an account without a password', got: null, want: WANT });
}

/** A NUL ends the password in PLAIN (RFC 4616 section 2); a line end inside is a file that holds something else. */
function checked(password: string, subject: string): string {
  if (password === '')
    throw complain({ subject, problem: 'an empty password', got: null, want: 'the password on one line' });
  if (/[\0\r\n]/.test(password)) {
    throw complain({ subject, problem: 'more than one line, or a NUL', got: null, want: 'the password on one line' });
  }
  return password;
}

async function fromFile(path: string): Promise<string> {
  try {
    return decoded(await readFile(path), '--password-file');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
    throw complain({ subject: '--password-file', problem, got: path, want: 'a file with the password on one line' });
  }
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw complain({
    subject: '--password-env',
    problem: 'not in the environment',
    got: name,
    want: 'the name of a variable',
  });
}

async function fromStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return decoded(Buffer.concat(chunks), '--password-stdin');
}

function decoded(bytes: Uint8Array, subject: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw complain({ subject, problem: 'not UTF-8', got: null, want: 'the password on one line' });
  }
}

const KEYS = { interrupt: '\u0003', end: '\u0004', backspace: '\u0008', delete: '\u007f', killLine: '\u0015' } as const;

/** Ask on standard error and read from the terminal in raw mode, so that nothing is shown. */
function askWithoutEcho(question: string): Promise<string> {
  const { stdin, stderr } = process;
  // Before the question: what is typed at once must not be shown either.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    let typed: string[] = [];
    const finish = (end: () => void) => {
      stdin.off('data', take).setRawMode(false).pause();
      stderr.write('\n');
      end();
    };
    const take = (keys: string) => {
      for (const key of keys) {
        if (key === '\r' || key === '\n' || key === KEYS.end) return finish(() => resolve(typed.join('')));
        if (key === KEYS.interrupt) {
          // Nothing was sent yet, and nothing is to be written.
          return finish(() => process.exit(EXIT.interrupted));
        }
        if (key === KEYS.killLine) typed = [];
        else if (key === KEYS.backspace || key === KEYS.delete) typed.pop();
        else typed.push(key);
      }
    };
    stdin.on('data', take).resume();
  });
}
