// The resolver port: names to addresses by the machine's own resolver (hosts file, then DNS), and whether an address has a
// route. Tests hand in a stub zone; nothing else in the project looks a name up.
import { createSocket } from 'node:dgram';
import { Resolver as Dns, lookup, resolveTxt, reverse } from 'node:dns/promises';
import { isIP } from '../model/addresses.js';

export interface Resolver {
  /** Addresses of a host name, in the resolver's order; rejects with the system's error where there are none. */
  addresses(name: string): Promise<readonly string[]>;
  /** Hosts that take the mail of a domain (RFC 5321 section 5.1), most preferred first; none where it has no MX records. */
  mx(name: string): Promise<readonly string[]>;
  /** TXT records of a name, each as one text; none where it has none or cannot be asked. */
  txt(name: string): Promise<readonly string[]>;
  /** Names of an address (RFC 1035 section 3.5); none where it has none or cannot be asked. */
  names(address: string): Promise<readonly string[]>;
  /** Whether this machine has a route to an address; nothing is sent. */
  hasRoute(address: string): Promise<boolean>;
}

export const systemResolver: Resolver = {
  addresses: async (name) => [...new Set((await lookup(name, { all: true })).map(({ address }) => address))],
  mx,
  txt: async (name) => (await resolveTxt(name).catch(() => [])).map((parts) => parts.join('')),
  names: (address) => reverse(address).catch(() => []),
  hasRoute,
};

/** What an audit waits for is no more than worth having: a machine without DNS should not hold it up for long. */
const PATIENCE = { timeout: 2_000, tries: 2 };

/** A domain that takes no mail says so by one record with an empty name (RFC 7505). */
async function mx(name: string): Promise<readonly string[]> {
  const records = await new Dns(PATIENCE).resolveMx(name).catch(() => []);
  return records
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ exchange }) => exchange)
    .filter((host) => host !== '' && host !== '.');
}

/** Connecting a datagram socket asks the routing table and sends nothing. */
function hasRoute(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address.replace(/%.*$/, '')) === 6 ? 'udp6' : 'udp4');
    const end = (has: boolean): void => {
      socket.close();
      resolve(has);
    };
    socket.once('error', () => end(false));
    socket.connect(9, address, () => end(true));
  });
}
