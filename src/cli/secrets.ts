// Secrets beside the account's password, as `--secret name=env:VARIABLE` or `name=file:path` (docs/contract.md).
// SAFETY: never taken from an argument, never shown, never in an error.
import { readFile } from 'node:fs/promises';
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';

export const SECRET_NAMES = ['proxy', 'mailbox', 'queue', 'sink'] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

const SUBJECT = '--secret';
const WANT = `${SECRET_NAMES.join(', ')}, as proxy=env:VARIABLE or proxy=file:path`;

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
    secrets.set(known, await readSecret({ kind, from }, SUBJECT, WANT));
  }
  return secrets;
}

/** Where a secret is read from: a variable of the environment, or a file. */
export interface SecretSource {
  readonly kind: string;
  readonly from: string;
}

/** Read one secret: a line, that may end as lines do. @throws UsageError where it cannot be read or is no line */
export async function readSecret({ kind, from }: SecretSource, subject: string, want: string): Promise<string> {
  const secret = (kind === 'env' ? process.env[from] : await contentOf(from))?.replace(/\r?\n$/, '');
  if (secret === undefined) throw complain({ subject, problem: 'cannot be read', got: `${kind}:${from}`, want });
  if (secret === '' || /[\0\r\n]/.test(secret))
    throw complain({ subject, problem: 'not one line', got: `${kind}:${from}`, want: 'the secret on one line' });
  return secret;
}

const contentOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
