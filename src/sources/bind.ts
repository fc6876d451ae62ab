// Sources that are addresses of this machine: which there are, which can be bound, which reach a target.
// Never falls back: what cannot be had becomes an unavailable source that says why.
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { addressToBigInt, bigIntToAddress, canonicalAddress, isIP, isLoopback } from '../model/addresses.js';
import { once } from '../model/once.js';
import type { Source } from '../model/source.js';
import type { TargetAddress } from '../model/target.js';
import { parseSource, type SourceSpec } from './spec.js';

export interface LocalAddress {
  /** Canonical, with its zone where it is link-local. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Bits of the interface's network. */
  readonly prefix: number;
}

/**
 * Turn the specs of an audit into the sources for one address of its target, numbered `s1`, `s2`, … in the order given.
 * No spec means `any`. Edges come from the list and are planned elsewhere: they are left out here.
 * @throws UsageError for a spec that cannot be read
 */
export async function sourcesFor(
  specs: readonly string[],
  target: TargetAddress,
  machine: readonly LocalAddress[] = localAddresses(),
): Promise<Source[]> {
  const read = (specs.length === 0 ? ['any'] : specs).map((spec) => parseSource(spec, ''));
  const found = read.flatMap((spec) => expand(spec, target, machine));
  return Promise.all(
    found.map(async (source, index) => ({
      ...source,
      id: `s${index + 1}`,
      isServerItself: isServerItself(source, target, machine),
      unavailable: source.unavailable ?? (await whyUnavailable(source, target, machine)),
    })),
  );
}

/** List the addresses of this machine's interfaces, loopback included; the system writes them as RFC 5952 does. */
export function localAddresses(): LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, family, cidr }) => ({
      address: isLinkLocal(address) ? `${address}%${name}` : address,
      family: family === 'IPv4' ? 4 : 6,
      prefix: Number(cidr?.split('/')[1] ?? (family === 'IPv4' ? 32 : 128)),
    })),
  );
}

/**
 * Say in one line why an address cannot be a source, or null where it can be bound now.
 * Asks the system with a datagram socket: nothing listens and nothing is sent.
 */
export async function canBind(
  address: string,
  machine: readonly LocalAddress[] = localAddresses(),
): Promise<string | null> {
  const family = isIP(address);
  if (family !== 4 && family !== 6) return `${address} is not an address`;
  // The system binds these gladly, and connects from another address.
  const plain = canonicalAddress(address);
  if (UNSPECIFIED.includes(plain)) return `${plain} stands for any address, not for one`;
  if (isMulticast(plain)) return `${plain} is a multicast address`;
  if (isBroadcast(plain, machine)) return `${plain} is a broadcast address`;
  return bind(address, family);
}

/** Sources that one spec stands for, towards one target; `auto` without any fitting address is one that is unavailable. */
export function expand(spec: SourceSpec, target: TargetAddress, machine: readonly LocalAddress[]): Source[] {
  if (spec.kind === 'edges') return [];
  if (spec.kind === 'one') return [spec.source];
  const { spec: text, seenAs } = spec;
  const base: Source = {
    id: '',
    spec: text,
    route: 'bind',
    address: null,
    seenAs,
    planned: false,
    unavailable: null,
    isServerItself: false,
  };
  const reaching = machine.filter(({ address }) => mayReach(address, target.address, machine));
  if (reaching.length > 0) return reaching.map(({ address }) => ({ ...base, address }));
  return [
    { ...base, unavailable: `this machine has no IPv${familyOf(target.address)} address that reaches the target` },
  ];
}

/** Whether a packet from one of this machine's addresses can get to the target at all. */
function mayReach(address: string, target: string, machine: readonly LocalAddress[]): boolean {
  if (familyOf(address) !== familyOf(target)) return false;
  if (isLinkLocal(address) || isLinkLocal(target))
    return zoneOf(address) === zoneOf(target) && isLinkLocal(address) === isLinkLocal(target);
  return !isLoopback(address) || isLocal(target, machine);
}

async function whyUnavailable(
  { route, address }: Source,
  target: TargetAddress,
  machine: readonly LocalAddress[],
): Promise<string | null> {
  if (route !== 'bind' || address === null) return null;
  const [own, other] = [familyOf(address), familyOf(target.address)];
  if (own !== other) return `${address} is IPv${own}, the target's address ${target.address} is IPv${other}`;
  return whyNotBindable(machine)(address);
}

/** The targets of a run are many, and their sources few: each is asked of the system once for one list of the machine's addresses. */
const whyNotBindable = once((machine: readonly LocalAddress[]) => {
  const answers = new Map<string, Promise<string | null>>();
  return (address: string): Promise<string | null> => {
    const answer = answers.get(address) ?? canBind(address, machine);
    answers.set(address, answer);
    return answer;
  };
});

/** Loopback and the target's own address are trusted by most servers: a relay from there may say nothing of strangers. */
function isServerItself(source: Source, target: TargetAddress, machine: readonly LocalAddress[]): boolean {
  if (source.address !== null) return isLoopback(source.address) || isSame(source.address, target.address);
  // The system picks a local target's own address to reach it.
  return source.route === 'bind' && isLocal(target.address, machine);
}

const UNSPECIFIED: readonly string[] = ['0.0.0.0', '::'];

const familyOf = (address: string): 4 | 6 => (canonicalAddress(address).includes(':') ? 6 : 4);
const isSame = (a: string, b: string): boolean => canonicalAddress(a) === canonicalAddress(b);
const zoneOf = (address: string): string | null => /%(.+)$/.exec(address)?.[1] ?? null;
const isLinkLocal = (address: string): boolean => /^fe[89ab][0-9a-f]:/i.test(address);
const isMulticast = (address: string): boolean => /^(22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/i.test(address);
const isLocal = (address: string, machine: readonly LocalAddress[]): boolean =>
  isLoopback(address) || machine.some((own) => isSame(own.address, address));

/** The last address of a network that one of the interfaces is in, or 255.255.255.255; networks of one or two hosts have none. */
function isBroadcast(address: string, machine: readonly LocalAddress[]): boolean {
  if (address === '255.255.255.255') return true;
  const last = (own: LocalAddress): string | null => {
    if (own.family !== 4 || own.prefix > 30) return null;
    const value = addressToBigInt(own.address)?.value ?? 0n;
    return bigIntToAddress(value | ((1n << BigInt(32 - own.prefix)) - 1n), 4);
  };
  return machine.some((own) => last(own) === address);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'is not an address of this machine',
  EINVAL: 'cannot be bound: the address or its zone does not fit this machine',
  EAFNOSUPPORT: 'is of a family that this machine does not have',
  EACCES: 'may not be bound by this user',
};

function bind(address: string, family: 4 | 6): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ipv6Only: family === 6 });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(`${address} ${REASONS[error.code ?? ''] ?? `cannot be bound: ${error.code ?? error.message}`}`);
    });
    socket.bind({ address, port: 0, exclusive: true }, () => socket.close(() => resolve(null)));
  });
}
