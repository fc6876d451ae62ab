// Whole audits of one embedded server from one stranger, and what the techniques of the catalogue came to there. The server
// asks the next hop before it accepts a foreign recipient, as many do, so that names that cannot exist are told apart at RCPT.
import { type RawSink, startSink } from '../../fixtures/raw/sink.js';
import type { ServerConfig } from '../../src/demo/config.js';
import { startServer } from '../../src/demo/server.js';
import { combine, type Part } from '../../src/demo/tempers.js';
import { audit } from '../../src/fleet/audit.js';
import { type AuditOptions, DEFAULTS } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';

/** Neither end is 127.0.0.1, so that its literal is not the server's own. */
export const SERVER = '127.0.0.25';
const STRANGER = '127.0.0.66';
export const CANARY = 'relaytest@canary.example.net';
export const ACCOUNT = { user: 'alice', password: 'Tr0ub4dor&3 staple' } as const;

/** Domains that the next hop takes mail for; no other has a route. */
const REACHABLE = ['canary.example.net', 'second.example.com', 'corp.test'];

/** Relays for those who have logged in, announces what techniques ask for, and is closed to all else. */
const CLOSED: ServerConfig = {
  hostname: 'mail.corp.test',
  listen: [SERVER],
  localDomains: ['corp.test'],
  users: ['alice', 'bob'],
  accounts: { [ACCOUNT.user]: ACCOUNT.password },
  auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'] },
  relay: [{ kind: 'authenticated' }],
  verifiesRecipients: true,
};

export const OPTIONS: Omit<AuditOptions, 'targets'> = {
  ...DEFAULTS,
  sources: [STRANGER],
  policy: 'list-or-auth',
  relayHosts: ['127.0.0.10'],
  localDomains: ['corp.test'],
  localRecipient: 'alice@corp.test',
  canary: CANARY,
  secondCanaryDomain: 'second.example.com',
  helo: 'auditor.example.net',
  timeoutMs: 5_000,
  seed: 'both sides',
};

/** Start a server of parts, with its next hop; both are stopped when `run` ends. */
export async function withServer<T>(
  parts: readonly Part[],
  run: (server: { readonly port: number; readonly sink: RawSink; settled(): Promise<void> }) => Promise<T>,
): Promise<T> {
  const sink = await startSink();
  const hop = { host: '127.0.0.1', port: sink.port };
  const route = (domain: string) =>
    REACHABLE.some((name) => domain === name || domain.endsWith(`.${name}`)) ? hop : null;
  const server = await startServer(combine(CLOSED, { delivery: { route } }, ...parts));
  try {
    return await run({ port: server.port, sink, settled: () => server.settled() });
  } finally {
    await server.close();
    await sink.close();
  }
}

/** Audit a port of the server's address. */
export async function auditPort(port: number, change: Partial<AuditOptions>): Promise<ServerReport> {
  const target = { host: SERVER, port, security: 'none' } as const;
  const { servers } = await audit({ ...OPTIONS, ...change, targets: [target] });
  const [server] = servers;
  if (!server) throw new Error('no server in the report');
  return server;
}

export const auditParts = (parts: readonly Part[], change: Partial<AuditOptions>): Promise<ServerReport> =>
  withServer(parts, ({ port }) => auditPort(port, change));

const YES: ReadonlySet<string> = new Set(['accepted', 'queued', 'delivered']);

/** Techniques of which an attempt succeeded, controls and cells aside, in alphabetical order. */
export const succeeded = ({ attempts }: ServerReport): string[] =>
  [
    ...new Set(
      attempts
        .filter((one) => isTechnique(one.technique) && isOwn(one) && YES.has(one.outcome))
        .map((one) => one.technique),
    ),
  ].sort();

/** Techniques that were asked, cells aside, and how each attempt ended. */
export function outcomesOf({ attempts }: ServerReport): Map<string, string[]> {
  const outcomes = new Map<string, string[]>();
  for (const { technique, outcome } of attempts)
    if (isTechnique(technique) && !CELLS.has(technique))
      outcomes.set(technique, [...(outcomes.get(technique) ?? []), outcome]);
  return outcomes;
}

const CELLS: ReadonlySet<string> = new Set(['auth-wrong-password', 'auth-empty-password', 'auth-unknown-user']);

const isTechnique = (id: string): boolean => !id.startsWith('control-') && id !== 'auth-valid-relay';

/** What is asked at the second foreign domain is a control of the technique. */
const isOwn = ({ forwardPath }: ServerReport['attempts'][number]): boolean =>
  !forwardPath.includes('second.example.com');
