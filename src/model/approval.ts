// Is a source approved by the policy's list? Judged on what the server saw, else on what was claimed, else on what was
// bound where no address translation can stand between (docs/contract.md, "Sources"). Pure.
import { addressToBigInt, canonicalAddress, isGlobal, isLoopback } from './addresses.js';
import { contains, type NetworkList } from './networks.js';
import type { Source } from './source.js';

/**
 * Say whether a source is approved; null where its address as the server sees it is not known;
 * an empty list approves nobody, whatever the address.
 * @param seen the address the server named, else null; `local` the socket's own address, else null.
 */
export function isApproved(
  relayHosts: NetworkList,
  source: Source,
  target: string,
  seen: string | null,
  local: string | null,
): boolean | null {
  if (relayHosts.length === 0) return false;
  const address = addressOf(source, target, seen, local);
  return address === null ? null : contains(relayHosts, address);
}

function addressOf(source: Source, target: string, seen: string | null, local: string | null): string | null {
  if (source.seenAs !== null) return source.seenAs;
  if (seen !== null) return seen;
  if (source.route === 'xclient' || source.route === 'proxy') return source.address;
  if (!isOfMachine(source)) return null;
  const bound = source.address ?? local;
  if (bound === null) return null;
  return mayBeTranslated(bound, target) ? null : canonicalAddress(bound);
}

/** Whether the session's own address is that of the machine that asks: this one, or a worker's. */
const isOfMachine = ({ route }: Source): boolean => route === 'bind' || route === 'worker';

/** Address translation can stand between a private address and one elsewhere; not on loopback, in one network, or from a global address. */
function mayBeTranslated(bound: string, target: string): boolean {
  if (isLoopback(bound) && isLoopback(target)) return false;
  if (isGlobal(bound)) return false;
  return !isSameNetwork(bound, target);
}

/** The same /24 or /64: as near as can be told without the interface's mask. */
function isSameNetwork(a: string, b: string): boolean {
  const [one, other] = [addressToBigInt(a), addressToBigInt(b)];
  if (one === null || other === null || one.family !== other.family) return false;
  const shift = one.family === 4 ? 8n : 64n;
  return one.value >> shift === other.value >> shift;
}

/**
 * Say whether a source is the audited server itself: servers usually trust themselves.
 * 127.0.0.1 and ::1 are what they trust; other loopback addresses stand for other hosts.
 */
export function isServerItself(source: Source, target: string, local: string | null): boolean {
  if (!isOfMachine(source)) return false;
  const address = source.seenAs ?? source.address ?? local;
  if (address === null) return false;
  const canonical = canonicalAddress(address);
  return canonical === '127.0.0.1' || canonical === '::1' || canonical === canonicalAddress(target);
}
