// The key that canary tokens are made with: read from a file that an auditor and a stand-alone sink share, or fresh.
// SAFETY: never shown, and a file is written for its owner alone.
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { complain } from '../model/errors.js';

const OCTETS = 32;
/** Half of the hash is the least that RFC 2104 section 3 recommends. */
const LEAST = 16;
const MOST = 4_096;

/** Make a key that nobody else has. */
export const freshKey = (): Buffer => randomBytes(OCTETS);

/** Read a key: the octets of a file without white space around them, 16 to 4,096. @throws UsageError */
export async function readKey(path: string, subject = '--canary-key-file'): Promise<Buffer> {
  const fail = (problem: string) =>
    complain({ subject, problem, got: path, want: `a file with a secret of ${LEAST} octets or more` });
  const octets = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw fail(`cannot be read (${error.code ?? 'unknown error'})`);
  });
  const key = Buffer.from(octets.toString('latin1').trim(), 'latin1');
  if (key.length < LEAST) throw fail('too short');
  if (key.length > MOST) throw fail('too long');
  return key;
}

/**
 * Read a key, or make one where there is no file yet, with mode 600; `isNew` tells which. @throws UsageError
 */
export async function readOrMakeKey(path: string, subject?: string): Promise<{ key: Buffer; isNew: boolean }> {
  const text = freshKey().toString('base64url');
  try {
    await writeFile(path, `${text}\n`, { flag: 'wx', mode: 0o600 });
    return { key: Buffer.from(text), isNew: true };
  } catch {
    return { key: await readKey(path, subject), isNew: false };
  }
}
