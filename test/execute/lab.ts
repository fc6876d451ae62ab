// Whole audits of an embedded server with a temper: parts that make it, what it is asked, and what must hold of every report
// whatever the server does. Time that the engine waits for is shortened, not left out; sockets and names are loopback alone.
import { expect } from 'vitest';
import type { ServerConfig } from '../../src/demo/config.js';
import { HOLES } from '../../src/demo/holes.js';
import { type RunningServer, startServer } from '../../src/demo/server.js';
import { combine, type Part } from '../../src/demo/tempers.js';
import { type Clock, systemClock } from '../../src/execute/ports.js';
import type { Resolver } from '../../src/execute/resolver.js';
import { audit } from '../../src/fleet/audit.js';
import type { AuditPorts } from '../../src/fleet/fleet.js';
import { type AuditOptions, DEFAULTS } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';
import type { Security } from '../../src/model/target.js';

export const STRANGER = '127.0.0.66';

/** Relays for nobody, keeps what it takes, and says no in the words of no product. */
export const CLOSED: ServerConfig = {
  hostname: 'mail.corp.test',
  localDomains: ['corp.test'],
  users: ['alice', 'bob'],
  delivery: { foreign: 'keep' },
};

/** Holes at the two ends of the sweep. */
export const NULL_SENDER: Part = HOLES['null-reverse-path'];
export const FORGED_SENDER: Part = HOLES['local-sender'];

export const OPTIONS: Omit<AuditOptions, 'targets'> = {
  ...DEFAULTS,
  sources: [STRANGER],
  policy: 'list-or-auth',
  relayHosts: ['127.0.0.10'],
  localDomains: ['corp.test'],
  localRecipient: 'alice@corp.test',
  canary: 'relaytest@canary.example.net',
  helo: 'auditor.example.net',
  timeoutMs: 10_000,
  seed: 'test',
};

/** How many times faster than the machine's the engine's clock goes. */
const TIMES = 100;

/** A clock that goes faster: whoever waits a minute waits less than a second, and everybody agrees on it. */
const quickClock = (times = TIMES): Clock => ({
  now: () => systemClock.now() * times,
  date: systemClock.date,
  wait: (ms, signal) => systemClock.wait(ms / times, signal),
});

const NO_NAMES: Resolver = {
  addresses: async () => [],
  mx: async () => [],
  txt: async () => [],
  names: async () => [],
  hasRoute: async () => true,
};

export interface Outcome {
  readonly server: ServerReport;
  readonly demo: RunningServer;
}

/** Audit a running server. */
export async function auditServerAt(
  port: number,
  change: Partial<AuditOptions> = {},
  ports: AuditPorts = {},
  security: Security = 'none',
): Promise<ServerReport> {
  const report = await audit(
    { ...OPTIONS, ...change, targets: [{ host: '127.0.0.1', port, security }] },
    { clock: quickClock(), resolver: NO_NAMES, ...ports },
  );
  const [server] = report.servers;
  if (!server) throw new Error('no server in the report');
  return server;
}

/** Start a server of parts, audit it, and stop it. */
export async function auditOf(
  parts: readonly Part[],
  change: Partial<AuditOptions> = {},
  ports: AuditPorts = {},
): Promise<Outcome> {
  const demo = await startServer(combine(CLOSED, ...parts));
  try {
    return { server: await auditServerAt(demo.port, change, ports), demo };
  } finally {
    await demo.close();
  }
}

/** What holds of every report: each question once, with at most three tries, and each that was asked answered or explained. */
export function expectWhole({ attempts, sources, verdict, findings }: ServerReport): void {
  const questions = attempts.map(({ id }) => id);
  expect(new Set(questions).size).toBe(questions.length);
  const named = attempts.map((one) =>
    JSON.stringify([
      one.source,
      one.technique,
      one.security,
      one.mechanism,
      one.credentials,
      one.helo,
      one.reversePath,
      one.forwardPath,
    ]),
  );
  expect(named.filter((name, at) => named.indexOf(name) !== at)).toEqual([]);
  expect(attempts.filter(({ tries }) => tries > 3)).toEqual([]);
  const mute = attempts.filter(
    ({ reply, reason, outcome }) => outcome === 'failed' && reply === null && reason === 'accepted',
  );
  expect(mute).toEqual([]);
  if (verdict.relay === 'inconclusive')
    expect(
      sources.some(({ unknownBecause }) => unknownBecause !== null) ||
        findings.some(({ rule }) => rule === 'audit-inconclusive'),
    ).toBe(true);
}
