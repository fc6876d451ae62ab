// One source in words, for `relayproof plan`: the route, what the server will see, what must hold for it to work, and what
// cannot work at all. Words only; nothing is asked.
import { isApproved } from '../model/approval.js';
import type { Brief } from '../model/brief.js';
import type { EdgePlace, Route, Source } from '../model/source.js';
import { showEndpoint } from '../model/target.js';

/** Say how a source reaches the server, what is seen of it there, and whether that is approved. */
export function aboutSource(brief: Brief, source: Source): string {
  if (source.unavailable !== null) return `cannot work: ${source.unavailable}`;
  const edge = aboutEdge(source);
  // Planned addresses are many, and alike but for where they lie.
  if (edge !== null) return [`claims ${source.address}`, APPROVAL.get(approvalOf(brief, source)), edge].join('; ');
  const parts = [WAYS[source.route](source), seenBy(brief, source), APPROVAL.get(approvalOf(brief, source))];
  return parts.join('; ');
}

/** Whether a source is approved, as far as can be told before anything is asked. */
export const approvalOf = (brief: Brief, source: Source): boolean | null =>
  isApproved(brief.policy.relayHosts, source, brief.target.address, null, null);

const APPROVAL = new Map([
  [true, 'approved'],
  [false, 'not approved'],
  [null, 'unknown whether approved'],
] as const);

const WAYS: Readonly<Record<Route, (source: Source) => string>> = {
  bind: ({ address }) => (address === null ? 'bound to the address that the system picks' : `bound to ${address}`),
  xclient: ({ address, claim }) => {
    const others = Object.entries(claim ?? {}).filter(([name]) => name !== 'address');
    const more = others.length === 0 ? '' : `, ${others.map(([name, value]) => `${name} ${value}`).join(', ')}`;
    return `claims ${address}${more} with XCLIENT, where the server announces it to this machine`;
  },
  proxy: ({ address, proxyVersion = 1 }) =>
    `claims ${address} in a PROXY header of version ${proxyVersion}, where the server expects one`,
  socks5: (source) => `through the SOCKS5 proxy ${gatewayOf(source)}`,
  http: (source) => `through the HTTP proxy ${gatewayOf(source)}`,
  ssh: (source) => `through ${gatewayOf(source)} by ssh -W, in batch mode`,
  worker: ({ place }) => `by a worker at ${place}`,
};

function gatewayOf({ gateway }: Source): string {
  if (gateway === undefined) return 'an unknown host';
  const { host, port, user } = gateway;
  return `${port === null ? host : showEndpoint(host, port)}${user === null ? '' : ` as ${user}`}`;
}

/** What the server will take for the client's address. */
function seenBy(brief: Brief, source: Source): string {
  const { route, address, seenAs } = source;
  if (seenAs !== null) return `the server sees ${seenAs}, as the operator says`;
  if (route === 'xclient' || route === 'proxy') return `the server sees ${address}`;
  if (route !== 'bind') return `the server sees an address of the ${route === 'ssh' ? 'host' : 'proxy'}`;
  if (address === null) return 'the server sees that address, or what it is translated to';
  const isCertain = isApproved([EVERYTHING], source, brief.target.address, null, null) !== null;
  return `the server sees ${isCertain ? address : 'that address, or what it is translated to'}`;
}

/** A list of one entry, which makes `isApproved` say whether the address is known at all. */
const EVERYTHING = { text: 'any', kind: 'network', ranges: [] } as const;

const PLACES: Readonly<Record<EdgePlace, string>> = {
  first: 'the first of',
  last: 'the last of',
  inside: 'just inside',
  outside: 'just outside',
  wider: 'in the next wider mask of',
  'outside-wider': 'just outside the next wider mask of',
  class: 'in the whole class C, or /64, of',
  mapped: 'IPv4-mapped, just outside',
  '6to4': '6to4, inside',
  far: 'far from every entry',
  extent: 'for the extent of',
};

function aboutEdge({ edge }: Source): string | null {
  if (edge === undefined) return null;
  return edge.entry === null ? PLACES[edge.place] : `${PLACES[edge.place]} ${edge.entry}`;
}
