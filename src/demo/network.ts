// Which addresses a server trusts, and which domains, as its own tables list them (RFC 4632). Not the auditor's lists: those
// are src/model/networks.ts.
import { BlockList, isIP } from 'node:net';

/** Say whether an address is in one of the networks (`192.0.2.0/24`, `::1/128` or an address). Mapped addresses are their v4. */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  const plain = withoutMapping(address);
  const family = familyOf(plain);
  if (family === null) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', prefix] = network.split('/');
    const baseFamily = familyOf(base);
    if (baseFamily === null) throw new TypeError(`not a network: ${network}`);
    list.addSubnet(base, prefix === undefined ? (baseFamily === 'ipv4' ? 32 : 128) : Number(prefix), baseFamily);
  }
  return list.check(plain, family);
}

/** Write an IPv4-mapped IPv6 address as IPv4, and drop a zone. */
export const withoutMapping = (address: string): string =>
  address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');

/** Say whether a domain is in a list of `example.org` (itself) and `.example.org` (below it). */
export function isInDomains(domain: string, list: readonly string[]): boolean {
  const name = domain.toLowerCase().replace(/\.$/, '');
  return list.some((entry) => {
    const wanted = entry.toLowerCase();
    return wanted.startsWith('.') ? name.endsWith(wanted) : name === wanted;
  });
}

const familyOf = (address: string): 'ipv4' | 'ipv6' | null => {
  const version = isIP(address);
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6';
};
