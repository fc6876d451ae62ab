// What an operator asked -> one brief per address of each target: names resolved, defaults filled in, sources expanded.
// Resolves and asks the machine what it can bind; sends nothing.
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Random } from '../execute/ports.js';
import type { Resolver } from '../execute/resolver.js';
import { selectRules } from '../judge/rules.js';
import { addressToBigInt, canonicalAddress, isIP } from '../model/addresses.js';
import type { Brief, Identity } from '../model/brief.js';
import { complain } from '../model/errors.js';
import { isReservedDomain } from '../model/host.js';
import { isLoopback, type NetworkList, parseNetworks, resolveEntry } from '../model/networks.js';
import { once } from '../model/once.js';
import type { AuditOptions } from '../model/options.js';
import { type Policy, presetFor } from '../model/policy.js';
import type { Route, Source } from '../model/source.js';
import { isSubmission, type Target, type TargetAddress } from '../model/target.js';
import type { Technique } from '../model/technique.js';
import { edgeSources } from '../plan/edges.js';
import { localAddresses, sourcesFor } from '../sources/bind.js';
import { parseSource } from '../sources/spec.js';
import { TECHNIQUES } from '../techniques/index.js';
import { select } from '../techniques/select.js';

/** A target with the briefs of its addresses, or why it has none. */
export interface Resolved {
  readonly target: Target;
  readonly briefs: readonly Brief[];
  readonly problem: string | null;
}

/**
 * See that options can be meant, without a look at any target: lists, sources, rules, techniques, and what one says of another.
 * @throws UsageError
 */
export function checkOptions(options: AuditOptions): void {
  const entries = options.relayHosts.flatMap((text) => parseNetworks(text, '--relay-hosts'));
  selectRules(options.rules);
  select(TECHNIQUES, options.techniques);
  const specs = options.sources.map((spec) => parseSource(spec, ''));
  const edges = specs.find((spec) => spec.kind === 'edges');
  if (edges !== undefined && entries.length === 0) {
    const want = '--relay-hosts with the networks that may relay';
    throw complain({ subject: '--source', problem: 'edges of a list that is empty', got: edges.spec, want });
  }
  const mayClaim = specs.some(
    (spec) => spec.kind === 'edges' || (spec.kind === 'one' && CLAIMING.includes(spec.source.route)),
  );
  if (options.findExtent && !mayClaim) {
    const want = 'a source that can claim addresses, as edges:xclient or edges:proxy';
    throw complain({ subject: '--find-extent', problem: 'no way to ask from other addresses', got: null, want });
  }
}

const CLAIMING: readonly Route[] = ['xclient', 'proxy'];

/**
 * Resolve one target into briefs.
 * @throws UsageError for options that cannot be meant, as checkOptions says before anything is resolved.
 */
export async function briefsFor(
  target: Target,
  options: AuditOptions,
  resolver: Resolver,
  random: Random,
): Promise<Resolved> {
  const [policy, found, canaryAddress] = await Promise.all([
    policyFor(target, options, resolver),
    addressesOf(target, options, resolver),
    canaryAddressOf(options, resolver),
  ]);
  // A name that only the proxy resolves stands for its own address.
  const isElsewhere = typeof found === 'string' && areAllThroughGateways(options.sources);
  if (typeof found === 'string' && !isElsewhere) return { target, briefs: [], problem: found };
  const addresses = typeof found === 'string' ? [target.host] : found;
  const briefs = await Promise.all(
    addresses.map(async (address): Promise<Brief> => {
      const brief = await briefFor({ ...target, address }, options, policy, random);
      // Where the server itself takes the canary's mail, its address names no stranger.
      const isOwn = canaryAddress === null || canonicalAddress(canaryAddress) === canonicalAddress(address);
      return isOwn ? brief : { ...brief, identity: { ...brief.identity, canaryAddress } };
    }),
  );
  return { target, briefs: briefs.map((brief) => withoutOthers(brief, briefs)), problem: null };
}

/** What all targets of a run have in common: it follows from its options, and from the addresses of the machine at its start. */
const groundOf = once((options: AuditOptions) => {
  const selected = select(TECHNIQUES, options.techniques);
  return {
    techniques: withForward(selected, options.techniques),
    asksForAddress: selected.some(({ forwardPath = '' }) => NAMES_ADDRESS.test(forwardPath)),
    rules: selectRules(options.rules),
    relayHosts: options.relayHosts.flatMap((text) => parseNetworks(text, '--relay-hosts')),
    machine: localAddresses(),
  };
});

/** Where it is asked whether strangers may claim an address by XCLIENT, XFORWARD is asked as well; it is a question by name elsewhere. */
function withForward(selected: readonly Technique[], words: readonly string[]): readonly Technique[] {
  const isAsked = selected.some(({ id }) => id === 'xclient-addr') && !words.includes('-xforward-exposed');
  return TECHNIQUES.filter((one) => selected.includes(one) || (isAsked && one.id === 'xforward-exposed'));
}

const AFAR: readonly Route[] = ['socks5', 'http', 'worker'];
const GATEWAYS: readonly Route[] = ['socks5', 'http', 'ssh'];

const areAllThroughGateways = (specs: readonly string[]): boolean =>
  specs.length > 0 &&
  specs.every((text) => {
    const spec = parseSource(text, '');
    return spec.kind === 'one' && GATEWAYS.includes(spec.source.route);
  });

/** Of a name with addresses of both families, each is asked from the sources of its own; elsewhere another family is told. */
function withoutOthers(brief: Brief, all: readonly Brief[]): Brief {
  const isHad = ({ spec }: Source): boolean =>
    all.some(({ sources }) => sources.some((source) => source.spec === spec && source.unavailable === null));
  const sources = brief.sources.filter((source) => {
    const isOfOther =
      source.route === 'bind' && source.address !== null && familyOf(source.address) !== familyOf(brief.target.address);
    return !isOfOther || !isHad(source);
  });
  return sources.length === 0 ? brief : { ...brief, sources };
}

const familyOf = (address: string): 4 | 6 | null => addressToBigInt(address)?.family ?? null;

async function policyFor(target: Target, options: AuditOptions, resolver: Resolver): Promise<Policy> {
  const { rules, relayHosts: entries } = groundOf(options);
  const relayHosts: NetworkList = await Promise.all(
    entries.map(async (entry) =>
      entry.kind === 'name' ? resolveEntry(entry, await resolver.addresses(entry.text).catch(() => [])) : entry,
    ),
  );
  const domain = options.localRecipient === null ? [] : [domainOf(options.localRecipient)];
  return {
    preset: options.policy ?? presetFor(isSubmission(target)),
    rules,
    relayHosts,
    localDomains: [...new Set([...options.localDomains, ...domain].map((name) => name.toLowerCase()))],
  };
}

/**
 * An address of the host that takes the canary domain's mail, for recipients that name it instead of the domain; null where the
 * domain has no MX record, is reserved, or no technique asks for one. Nothing is sent there.
 */
async function canaryAddressOf(options: AuditOptions, resolver: Resolver): Promise<string | null> {
  const domain = domainOf(options.canary);
  if (!groundOf(options).asksForAddress || isReservedDomain(domain)) return null;
  const [host] = await resolver.mx(domain);
  if (host === undefined) return null;
  const [address] = await resolver.addresses(host).catch(() => []);
  return address ?? null;
}

const NAMES_ADDRESS = /\{canary\.(address|literal)\}/;

/** Addresses to audit, or why there are none. */
async function addressesOf(target: Target, options: AuditOptions, resolver: Resolver): Promise<string[] | string> {
  const { family } = options;
  const isOf = (address: string, wanted: '4' | '6'): boolean => isIP(address.replace(/%.*$/, '')) === Number(wanted);
  const all =
    isIP(target.host.replace(/%.*$/, '')) > 0
      ? [target.host]
      : await resolver.addresses(target.host).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
  if (typeof all === 'string') return `host not found: ${target.host} (${all})`;
  if (all.length === 0) return `host not found: ${target.host} has no address`;
  const wanted = family === 'auto' || family === 'both' ? all : all.filter((address) => isOf(address, family));
  if (wanted.length === 0) return `${target.host} has no IPv${family} address`;
  const routed =
    family === 'auto' && wanted.length > 1
      ? (await Promise.all(wanted.map(async (address) => ((await resolver.hasRoute(address)) ? [address] : [])))).flat()
      : [...wanted];
  const usable = routed.length > 0 ? routed : [...wanted];
  return options.address === 'first' ? usable.slice(0, 1) : usable;
}

async function briefFor(target: TargetAddress, options: AuditOptions, policy: Policy, random: Random): Promise<Brief> {
  const { techniques, machine } = groundOf(options);
  const sources = withEdges(await sourcesFor(options.sources, target, machine), options, policy);
  // Loopback is the proxy's own where a proxy stands between, and the worker's where one does.
  const isLocal = isLoopback(target.address) && !sources.some(({ route }) => AFAR.includes(route));
  return {
    target,
    policy,
    sources,
    techniques,
    identity: identityFor(target, options, policy, random),
    user: options.account?.user ?? null,
    mayAuthenticateInClear: options.allowInsecureAuth || isLocal,
    tlsPin: options.tlsPin,
    mechanisms: options.mechanisms,
    negativeAuthentication: options.negativeAuthentication,
    confirm: options.confirm ?? 'rcpt',
    maxMessages: options.maxMessages,
    confirmAll: options.confirmAll,
    sharedSessions: options.sharedSessions,
    findExtent: options.findExtent,
  };
}

/** Add the addresses that `edges:` plans around the list, after the sources that the operator named. */
function withEdges(named: readonly Source[], { sources, sweep }: AuditOptions, policy: Policy): Source[] {
  const specs = sources.map((spec) => parseSource(spec, '')).filter((spec) => spec.kind === 'edges');
  const all = [...named];
  for (const spec of specs) all.push(...edgeSources(policy.relayHosts, spec, all.length + 1, sweep === 'all'));
  return all;
}

function identityFor(target: TargetAddress, options: AuditOptions, policy: Policy, random: Random): Identity {
  const localDomain = options.localDomains[0] ?? policy.localDomains[0] ?? null;
  const canaryDomain = domainOf(options.canary);
  const sender = options.sender ?? `auditor@${canaryDomain}`;
  const isName = isIP(target.host.replace(/%.*$/, '')) === 0 && target.host.includes('.');
  return {
    helo: options.helo ?? hostname(),
    sender,
    authSender: options.authSender ?? ownSender(options, localDomain) ?? sender,
    ...(options.partner === null ? {} : { partner: options.partner }),
    canary: options.canary,
    secondCanaryDomain: options.secondCanaryDomain,
    localRecipient: {
      mailbox: options.localRecipient ?? (localDomain === null ? 'postmaster' : `postmaster@${localDomain}`),
      strong: options.localRecipient !== null,
    },
    localDomain,
    serverName: isName ? target.host.toLowerCase() : null,
    id: options.seed === null ? random(4) : createHash('sha256').update(options.seed).digest('hex').slice(0, 8),
  };
}

/** The reverse-path of those who may relay: the account's, else the local recipient's; null where neither is known. */
function ownSender({ account, localRecipient }: AuditOptions, localDomain: string | null): string | null {
  if (account?.user.includes('@')) return account.user;
  if (account && localDomain !== null) return `${account.user}@${localDomain}`;
  return localRecipient;
}

const domainOf = (mailbox: string): string => mailbox.slice(mailbox.lastIndexOf('@') + 1);
