// Accounts whose password the auditor does not have: a worker has them, given by its own operator, each for the targets that it is
// for. SAFETY: a password is looked up for one target, and never told to the auditor; whoever has none is not taken for one who
// was refused.
import type { Random } from '../execute/ports.js';
import type { Resolver } from '../execute/resolver.js';
import type { Attempt } from '../model/attempt.js';
import type { NetworkList } from '../model/networks.js';
import type { Account, AccountElsewhere } from '../model/options.js';
import { isAllowed } from './allow.js';

/** An account that a worker has, and the targets that it is for; null: all that the worker may talk to. */
export interface HeldAccount extends Account {
  readonly targets: NetworkList | null;
}

/** Give the password of an account at a target's address, of the first entry that fits; null where there is none. */
export async function passwordAt(
  accounts: readonly HeldAccount[],
  user: string,
  address: string,
  resolver: Resolver,
): Promise<string | null> {
  for (const { user: own, password, targets } of accounts) {
    if (own !== user) continue;
    if (targets === null || (await isAllowed(targets, address, resolver))) return password;
  }
  return null;
}

/** Say whether an attempt sends the account's own password. */
export const needsPassword = ({ credentials, login, extras }: Attempt): boolean =>
  (credentials === 'valid' && login === undefined) || extras.mailboxLogin !== undefined;

/**
 * Give an account to fail to log in with, where its password is not had: by its name. SAFETY: nothing that needs the password may
 * be asked with it; should something be, what is sent is random.
 */
export const withoutPassword = ({ user }: AccountElsewhere, random: Random): Account => ({
  user,
  password: random(12),
});
