// The receivers of canaries that the options name, with their secrets and the key of the tokens. Nothing is opened here.
import type { ReceiverSpec } from '../canary/index.js';
import { complain } from '../model/errors.js';
import type { Values } from './options.js';
import type { SecretName } from './secrets.js';

/** What `audit()` is handed beside its options. */
export interface Receivers {
  readonly receivers: readonly ReceiverSpec[];
  readonly canaryKey?: Buffer;
}

/** Octets of canaries that an audit's own sink keeps in memory. */
const STATE_LIMIT = 16 * 1_048_576;

/** Read what is needed to receive canaries. @throws UsageError for a level, a receiver or a secret without its other half */
export async function receiversOf(values: Values, secrets: ReadonlyMap<SecretName, string>): Promise<Receivers> {
  const receivers = [...sinkOf(values, secrets), ...mailboxOf(values, secrets)];
  if (values.confirm === 'delivery' && receivers.length === 0) {
    throw complain({
      subject: '--confirm',
      problem: 'nowhere to look for the canaries',
      got: 'delivery',
      want: '--sink or --mailbox beside it',
    });
  }
  if (values.canaryKeyFile === undefined) return { receivers };
  const { readKey } = await import('../canary/key.js');
  return { receivers, canaryKey: await readKey(values.canaryKeyFile) };
}

function sinkOf({ sink, canaryKeyFile }: Values, secrets: ReadonlyMap<SecretName, string>): ReceiverSpec[] {
  if (sink === undefined) return [];
  if (sink.kind === 'here') return [{ kind: 'sink', state: null, stateLimit: STATE_LIMIT, listen: sink }];
  if (canaryKeyFile === undefined) {
    const want = 'the key file of that sink';
    throw complain({ subject: '--canary-key-file', problem: 'not given for a sink elsewhere', got: null, want });
  }
  return [{ kind: 'remote', url: sink.url, token: secretOf(secrets, 'sink', 'the bearer token of its events') }];
}

function mailboxOf({ mailbox, mailboxClean }: Values, secrets: ReadonlyMap<SecretName, string>): ReceiverSpec[] {
  if (mailbox === undefined) return [];
  return [
    { kind: 'mailbox', mailbox, secret: secretOf(secrets, 'mailbox', 'its password'), clean: mailboxClean === true },
  ];
}

function secretOf(secrets: ReadonlyMap<SecretName, string>, name: SecretName, what: string): string {
  const secret = secrets.get(name);
  if (secret !== undefined) return secret;
  const want = `--secret ${name}=env:VARIABLE or ${name}=file:path`;
  throw complain({ subject: `--${name}`, problem: `without ${what}`, got: null, want });
}
