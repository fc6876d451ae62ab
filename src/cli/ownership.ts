// `relayproof ownership`: the TXT record that proves a domain to be the operator's, and whether it is there. Asks the DNS alone.
import { access } from 'node:fs/promises';
import { readKey, readOrMakeKey } from '../canary/key.js';
import { type Resolver, systemResolver } from '../execute/resolver.js';
import { hasRecord, ownershipRecord } from '../fleet/ownership.js';
import type { Call } from './call.js';
import { EXIT } from './exit-status.js';
import type { Values } from './options.js';
import { say } from './terminal.js';
import { domain } from './values.js';

const SUBJECT = '--ownership-key-file';
const USUAL = 'relayproof-ownership.key';

/** Run the command: exit status 0 where the record is there, 1 where it is not. @throws UsageError */
export async function run({ words: [word = ''], values }: Call, resolver: Resolver = systemResolver): Promise<number> {
  const name = domain(word, 'domain');
  const path = values.ownershipKeyFile ?? USUAL;
  const { key, isNew } = await readOrMakeKey(path, SUBJECT);
  if (isNew) say(`${path}: a new key; keep it, and give it to the audits`);
  const record = ownershipRecord(name, key);
  process.stdout.write(`${record.name}. IN TXT "${record.text}"\n`);
  const { isThere, others } = await hasRecord(name, key, resolver);
  if (values.quiet !== true) {
    const other = others.length === 0 ? '' : `; ${others.length} of other keys are`;
    say(isThere ? `${record.name}: the record is there` : `${record.name}: the record is not there${other}`);
  }
  return isThere ? EXIT.asPolicy : EXIT.broken;
}

/** The key for an audit: the one that is named, else the usual one where it is there, else none. @throws UsageError */
export async function ownershipKeyOf({ ownershipKeyFile }: Values): Promise<Buffer | null> {
  if (ownershipKeyFile !== undefined) return readKey(ownershipKeyFile, SUBJECT);
  const isThere = await access(USUAL).then(
    () => true,
    () => false,
  );
  return isThere ? readKey(USUAL, SUBJECT) : null;
}
