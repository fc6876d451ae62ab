// Secrets beside the account's password, as `--secret name=env:VARIABLE` or `name=file:path` (docs/contract.md).
// SAFETY: never taken from an argument, never shown, never in an error.
import { readFile } from 'node:fs/promises';
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';

export const SECRET_NAMES = ['proxy', 'mailbox', 'queue', 'sink'] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

const SUBJECT = '--secret';
const WANT = 'name=env:VARIABLE or name=file:path';

/** Read the secrets that were given, by name; of one that is given twice the last counts. @throws UsageError */
export async function readSecrets(given: readonly string[] = []): Promise<ReadonlyMap<SecretName, string>> {
  const secrets = new Map<SecretName, string>();
  for (const text of given) {
    const [, name = '', kind = '', from = ''] = /^([a-z]+)=(env|file):(.+)$/s.exec(text) ?? [];
    const known = SECRET_NAMES.find((one) => one === name);
    if (known === undefined) {
      // What was typed may be the secret itself.
      const got = kind === '' ? null : name;
      throw complain({
        subject: SUBJECT,
        problem: 'no such secret',
        got,
        want: WANT,
        hint: didYouMean(name, SECRET_NAMES),
      });
    }
    const secret = (kind === 'env' ? process.env[from] : await contentOf(from))?.replace(/\r?\n$/, '');
    if (secret === undefined)
      throw complain({ subject: SUBJECT, problem: 'cannot be read', got: `${kind}:${from}`, want: WANT });
    if (secret === '' || /[\0\r\n]/.test(secret)) {
      throw complain({
        subject: SUBJECT,
        problem: 'not one line',
        got: `${kind}:${from}`,
        want: 'the secret on one line',
      });
    }
    secrets.set(known, secret);
  }
  return secrets;
}

const contentOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
