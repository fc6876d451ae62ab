// The targets that a worker may talk to, which its own operator names: whoever gives it jobs cannot make it talk to others.
// Names are resolved here, by the worker's own resolver, for each job.
import type { Resolver } from '../execute/resolver.js';
import { contains, type NetworkList, resolveEntry } from '../model/networks.js';

/** Say whether the list holds an address, by itself or as one of a listed name; false where the list is empty. */
export async function isAllowed(list: NetworkList, address: string, resolver: Resolver): Promise<boolean> {
  if (contains(list, address)) return true;
  const names = list.filter(({ kind }) => kind === 'name');
  const resolved = names.map(async (entry) =>
    resolveEntry(entry, await resolver.addresses(entry.text).catch(() => [])),
  );
  return contains(await Promise.all(resolved), address);
}
