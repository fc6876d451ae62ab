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
  /** Why this source cannot be had at all (wrong family, cannot be bound); null where it can be tried. */
  readonly unavailable: string | null;
  /** Whether the address is loopback or one of this machine's that is also the target's own. */
  readonly isServerItself: boolean;
}
