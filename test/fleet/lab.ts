// Whole audits in one process: an embedded server made of parts, options beside the defaults, and what came of it.
// Time that the engine would wait is skipped; sockets, timeouts and names (a stub zone) are real, on loopback alone.

import type { ServerConfig } from '../../src/demo/config.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import type { Part } from '../../src/demo/tempers.js';
import { combine } from '../../src/demo/tempers.js';
import { type Clock, systemClock } from '../../src/execute/ports.js';
import type { Resolver } from '../../src/execute/resolver.js';
import { audit } from '../../src/fleet/audit.js';
import type { AuditEvent } from '../../src/fleet/events.js';
import type { AuditPorts } from '../../src/fleet/fleet.js';
import { type AuditOptions, DEFAULTS } from '../../src/model/options.js';
import type { Report, ReportCell, ServerReport } from '../../src/model/report.js';
import type { Security } from '../../src/model/target.js';

export const APPROVED = '127.0.0.10';
export const STRANGER = '127.0.0.66';
export const CANARY = 'relaytest@canary.example.net';
export const LOCAL = 'alice@corp.test';
export const ACCOUNT = { user: 'alice', password: 'Tr0ub4dor&3 staple' } as const;

/** Relays for 127.0.0.10 and for whoever has logged in, keeps what it relays, and is closed to all else. */
const FOLLOWS_POLICY: ServerConfig = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice', 'bob'],
  accounts: { [ACCOUNT.user]: ACCOUNT.password },
  delivery: { foreign: 'keep' },
};

export const LIST: Part = { relay: [{ kind: 'network', in: [APPROVED] }] };
export const LOGIN: Part = {
  auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'] },
  relay: [{ kind: 'authenticated' }],
};

/** What is asked where a test says nothing else; one plain technique, since most tests are not about the catalogue. */
export const OPTIONS: Omit<AuditOptions, 'targets'> = {
  ...DEFAULTS,
  sources: [APPROVED, STRANGER],
  policy: 'list-or-auth',
  relayHosts: [APPROVED],
  localDomains: ['corp.test'],
  localRecipient: LOCAL,
  canary: CANARY,
  helo: 'auditor.example.net',
  techniques: ['plain-external'],
  timeoutMs: 10_000,
  seed: 'test',
};

export interface Audited {
  readonly report: Report;
  readonly server: ServerReport;
  readonly events: readonly AuditEvent[];
}

/** Names of a stub zone: nothing is asked of the machine's resolver. */
export const zone = (names: Readonly<Record<string, readonly string[]>>): Resolver => ({
  addresses: async (name) =>
    names[name] ?? Promise.reject(Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' })),
  hasRoute: async () => true,
  mx: async () => [],
  txt: async () => [],
  names: async () => [],
});

/** A clock that does not wait: it goes on by what was asked for. */
export function hurriedClock(): Clock {
  let skipped = 0;
  return {
    now: () => systemClock.now() + skipped,
    date: systemClock.date,
    wait: async (ms, signal) => {
      if (!signal.aborted) skipped += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Audit whatever listens on a port of 127.0.0.1. */
export async function auditPort(
  port: number,
  change: Partial<AuditOptions> = {},
  target: { readonly host?: string; readonly security?: Security } = {},
  ports: Pick<AuditPorts, 'clock' | 'receivers'> = {},
): Promise<Audited> {
  const events: AuditEvent[] = [];
  const report = await audit(
    { ...OPTIONS, ...change, targets: [{ host: '127.0.0.1', security: 'none', ...target, port }] },
    {
      clock: hurriedClock(),
      resolver: zone({ 'mail.corp.test': ['127.0.0.1'] }),
      onEvent: (event) => events.push(event),
      ...ports,
    },
  );
  const [server] = report.servers;
  if (!server || report.servers.length !== 1) throw new Error(`${report.servers.length} servers in the report`);
  return { report, server, events };
}

/** Start a server of parts, audit it, and stop it; what the server saw is in `demo.log`. */
export async function auditParts(
  parts: readonly Part[],
  change: Partial<AuditOptions> = {},
  target: { readonly host?: string; readonly security?: Security } = {},
  ports: Pick<AuditPorts, 'clock' | 'receivers'> = {},
): Promise<Audited & { readonly demo: RunningServer }> {
  const demo = await startServer(combine(FOLLOWS_POLICY, ...parts));
  try {
    return { ...(await auditPort(demo.port, change, target, ports)), demo };
  } finally {
    await demo.close();
  }
}

/** The verdict as `relay/compliance`. */
export const verdictOf = ({ verdict }: ServerReport): string => `${verdict.relay}/${verdict.compliance}`;

/** The ids of the findings, sorted. */
export const rulesOf = ({ findings }: ServerReport): readonly string[] => findings.map(({ rule }) => rule).sort();

/** One cell of one address; undefined where the report has none. */
export const cellOf = (
  server: ServerReport,
  address: string,
  access: ReportCell['access'],
  security: ReportCell['security'] = 'none',
): ReportCell | undefined =>
  server.sources
    .find((source) => source.address === address)
    ?.cells.find((cell) => cell.access === access && cell.security === security);

/** What is seen at a source, as `access@security` to what was observed. */
export const observedOf = (server: ServerReport, address: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (server.sources.find((source) => source.address === address)?.cells ?? []).map(({ access, security, observed }) => [
      security === 'none' ? access : `${access}@tls`,
      observed,
    ]),
  );
