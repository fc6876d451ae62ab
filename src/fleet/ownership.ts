// Proof that the servers of a long list are the operator's own: a TXT record `_relayproof.<domain>` that only whoever holds the
// key could have asked for (decision 12). A few servers need none, nor do those that nobody else can reach. Asks the DNS alone.
import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import type { Resolver } from '../execute/resolver.js';
import { complain } from '../model/errors.js';
import { isGlobal } from '../model/networks.js';
import type { AuditOptions } from '../model/options.js';

/** Public servers that one run may have without any proof. */
const FREE = 16;

/** The record that says a domain is the key holder's to audit. */
export interface OwnershipRecord {
  readonly name: string;
  readonly text: string;
}

/** Make the record of a domain; a record tells nothing of the key, nor that of another domain. */
export function ownershipRecord(domain: string, key: Buffer): OwnershipRecord {
  const name = `_relayproof.${domain.toLowerCase().replace(/\.$/, '')}`;
  const token = createHmac('sha256', key).update(`relayproof ownership 1\n${name}`).digest('base64url');
  return { name, text: `relayproof-ownership=${token}` };
}

/** Say whether a domain has its record, and what other keys' records it has. */
export async function hasRecord(
  domain: string,
  key: Buffer,
  resolver: Resolver,
): Promise<{ isThere: boolean; others: readonly string[] }> {
  const { name, text } = ownershipRecord(domain, key);
  const found = (await resolver.txt(name))
    .map((one) => one.trim())
    .filter((one) => one.startsWith('relayproof-ownership='));
  return { isThere: found.includes(text), others: found.filter((one) => one !== text) };
}

/**
 * See that a run with more than a few public servers is of servers that are proved to be the operator's.
 * @throws UsageError that names those without proof
 */
export async function checkOwnership(
  parts: readonly AuditOptions[],
  key: Buffer | null,
  resolver: Resolver,
): Promise<void> {
  const hosts = [...new Set(parts.flatMap(({ targets }) => targets.map(({ host }) => host.toLowerCase())))];
  if (parts.reduce((sum, { targets }) => sum + targets.length, 0) <= FREE) return;
  const isPublic = await each(hosts, (host) => mayBePublic(host, parts, resolver));
  const count = parts
    .flatMap(({ targets }) => targets)
    .filter(({ host }) => isPublic.get(host.toLowerCase()) === true).length;
  if (count <= FREE) return;
  const proofs = new Map<string, Promise<boolean>>();
  const owned = hosts.filter((host) => isPublic.get(host) === true);
  const isProved = await each(owned, async (host) => key !== null && (await provedBy(host, key, resolver, proofs)));
  const lacking = owned.filter((host) => isProved.get(host) !== true);
  if (lacking.length === 0) return;
  const shown = lacking.slice(0, SHOWN).join(', ');
  throw complain({
    subject: 'targets',
    problem: `more than ${FREE} public servers, of which ${lacking.length} are not proved to be yours`,
    got: lacking.length > SHOWN ? `${shown} and ${lacking.length - SHOWN} more` : shown,
    want: 'the TXT record that relayproof ownership prints, for each domain',
    hint: key === null ? 'its key is given with --ownership-key-file' : undefined,
  });
}

const SHOWN = 3;

/** A name that only a proxy or a worker resolves may be anybody's. */
async function mayBePublic(host: string, parts: readonly AuditOptions[], resolver: Resolver): Promise<boolean> {
  const found = isAddress(host) ? [host] : await resolver.addresses(host).catch(() => null);
  if (found !== null) return found.some(isGlobal);
  return parts.some(
    ({ targets, sources }) =>
      sources.some((spec) => /^(socks5|http|ssh|worker):/.test(spec)) &&
      targets.some((target) => target.host.toLowerCase() === host),
  );
}

const isAddress = (host: string): boolean => isIP(host.replace(/%.*$/, '')) > 0;

/** The record stands at the host or at a domain above it; of a bare address at those of its names, which its holder gives it. */
async function provedBy(
  host: string,
  key: Buffer,
  resolver: Resolver,
  proofs: Map<string, Promise<boolean>>,
): Promise<boolean> {
  const names = isAddress(host) ? await resolver.names(host).catch(() => []) : [host];
  for (const domain of names.flatMap(domainsOf)) {
    const proof = proofs.get(domain) ?? hasRecord(domain, key, resolver).then(({ isThere }) => isThere);
    proofs.set(domain, proof);
    if (await proof) return true;
  }
  return false;
}

/** A host and the domains above it, down to two labels: nobody owns less. */
function domainsOf(host: string): string[] {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}

/** Questions to the DNS at a time. */
const AT_ONCE = 32;

/** Ask of each item, some at a time. */
async function each<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<ReadonlyMap<Item, Answer>> {
  const answers = new Map<Item, Answer>();
  const left = items.values();
  const asking = async (): Promise<void> => {
    for (const item of left) answers.set(item, await ask(item));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, asking));
  return answers;
}
