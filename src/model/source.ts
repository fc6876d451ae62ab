// Where a probe comes from: a spec, a route, the address bound or claimed, the address the server saw.

export const ROUTES = ['bind', 'xclient', 'proxy', 'socks5', 'http', 'ssh', 'worker'] as const;
export type Route = (typeof ROUTES)[number];

/** What XCLIENT is to claim, unencoded (Postfix XCLIENT_README); `port` and `proto` may be left out. */
export interface Claim {
  readonly address: string;
  readonly name?: string;
  readonly helo?: string;
  readonly login?: string;
  readonly port?: number;
  readonly proto?: 'SMTP' | 'ESMTP';
}

/** A proxy or jump host on the way; the password is no part of it. A null port is the one that ssh's own configuration names. */
export interface Gateway {
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
}

/** Where a planned address lies, seen from an entry of the list. */
export const EDGE_PLACES = [
  'first',
  'last',
  'inside',
  'outside',
  'wider',
  'outside-wider',
  'class',
  'mapped',
  '6to4',
  'far',
  'extent',
] as const;
export type EdgePlace = (typeof EDGE_PLACES)[number];

/** Why an address was planned; `entry` is as the operator wrote it, null for one that is far from all. */
export interface Edge {
  readonly entry: string | null;
  readonly place: EdgePlace;
}

export interface Source {
  /** `s1`, `s2`, … in the order given. */
  readonly id: string;
  readonly spec: string;
  readonly route: Route;
  /** The address bound or claimed; null where the system or a gateway picks it. */
  readonly address: string | null;
  /** What the operator says the server sees (`seen-as=`), else null. */
  readonly seenAs: string | null;
  readonly claim?: Claim;
  readonly proxyVersion?: 1 | 2;
  readonly gateway?: Gateway;
  readonly place?: string;
  /** Planned by `edges:`: the plain attempt alone is made. */
  readonly planned: boolean;
  /** Set where the address comes from the list (`edges:`), swept or not. */
  readonly edge?: Edge;
  /** Why this source cannot be had at all (wrong family, cannot be bound); null where it can be tried. */
  readonly unavailable: string | null;
  /** Whether the address is loopback or one of this machine's that is also the target's own. */
  readonly isServerItself: boolean;
}

/**
 * Make a source for another address out of one that claims addresses; its id tells it wholly, so that an attempt's source can
 * be found again by `sourceOf` alone.
 */
export function sourceAt(base: Source, address: string): Source {
  const claim = base.route === 'xclient' ? { claim: { address } } : {};
  const edge: Edge = { entry: base.edge?.entry ?? null, place: 'extent' };
  return { ...base, ...claim, id: `${base.id}@${address}`, address, edge, planned: true, isServerItself: false };
}

/** Find a source by its id, made by `sourceAt` or listed; undefined where there is none. */
export function sourceOf(sources: readonly Source[], id: string): Source | undefined {
  const at = id.indexOf('@');
  const base = sources.find((source) => source.id === (at < 0 ? id : id.slice(0, at)));
  return base === undefined || at < 0 ? base : sourceAt(base, id.slice(at + 1));
}
