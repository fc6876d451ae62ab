// Sharing sessions saves time and changes nothing else: what is judged is what one connection per attempt would show, and the
// same whatever is asked side by side. Every preset, persona, hole and error limit of the demo, in both ways.
import { describe, expect, it } from 'vitest';
import { HOLES } from '../../src/demo/holes.js';
import { PERSONAS } from '../../src/demo/personas.js';
import { DEMO, type DemoPreset, PRESETS } from '../../src/demo/presets.js';
import { startServer } from '../../src/demo/server.js';
import { eximLimits, limit, type Part, sulksAfter } from '../../src/demo/tempers.js';
import type { AuditOptions } from '../../src/model/options.js';
import type { ServerReport } from '../../src/model/report.js';
import { auditOf, auditServerAt } from './lab.js';

/** What must not depend on how it was asked; the confidence of *closed* may. */
const judged = ({ verdict, sources, findings }: ServerReport) => ({
  relay: verdict.relay,
  compliance: verdict.compliance,
  sources: sources.map(({ address, approved, relays, cells }) => ({
    address,
    approved,
    relays,
    cells: cells.map(({ access, security, expected, observed, agrees }) => [
      access,
      security,
      expected,
      observed,
      agrees,
    ]),
  })),
  rules: findings.map(({ rule }) => rule),
});

/** The whole report but for times, ports and the numbers of sessions; queue ids and dates are in what servers say. */
const told = (server: ServerReport) => ({
  ...judged(server),
  findings: server.findings.map(({ rule, severity, sources, attempts }) => [rule, severity, sources, attempts]),
  attempts: server.attempts.map(
    ({ id, source, technique, helo, reversePath, forwardPath, outcome, stage, reason, reply, exchanges }) => [
      ...[id, source, technique, helo, reversePath, forwardPath, outcome, stage, reason, reply?.code ?? null],
      exchanges.map(({ sent, reply: heard }) => `${sent} ${heard?.code}`),
    ],
  ),
  notTested: server.notTested,
});

const ACCOUNT = { user: 'alice', password: 'Tr0ub4dor&3 staple' } as const;

async function auditPreset(preset: DemoPreset, change: Partial<AuditOptions>): Promise<ServerReport> {
  const sink = await startServer({
    hostname: 'mx.canary.example.net',
    localDomains: ['canary.example.net'],
    users: ['relaytest'],
  });
  const server = await startServer(preset.config({ account: ACCOUNT, sink: { host: sink.address, port: sink.port } }));
  const { policy, relayHosts, sources, usesAccount } = preset.audit;
  try {
    return await auditServerAt(server.port, {
      ...{ policy, relayHosts, sources, canary: DEMO.canary, localRecipient: DEMO.localRecipient },
      account: usesAccount ? ACCOUNT : null,
      ...PATIENT,
      ...change,
    });
  } finally {
    await server.close();
    await sink.close();
  }
}

const ONE_EACH = { sharedSessions: false, sessions: 1 } as const;
/** A machine that is busy with other tests is no server that does not answer. */
const PATIENT = { timeoutMs: 15_000 } as const;
const LIMIT_MS = 180_000;

const rows = (parts: Readonly<Record<string, Part>>): readonly (readonly [string, readonly Part[]])[] =>
  Object.entries(parts).map(([name, part]) => [name, [part]]);

const personas = Object.fromEntries(
  Object.entries(PERSONAS).map(([name, persona]): [string, Part] => [name, { persona }]),
);
const TEMPERS: Readonly<Record<string, Part>> = {
  'limits of Exim': eximLimits(),
  'the third error': limit('errors', 3, 'too-many-errors'),
  'sulking after 5': sulksAfter(5),
};

describe.concurrent('shared sessions and one connection per attempt tell the same of', () => {
  it.each(Object.entries(PRESETS))(
    'the preset %s',
    async (_, preset) => {
      const shared = await auditPreset(preset, {});
      expect(judged(shared)).toEqual(judged(await auditPreset(preset, ONE_EACH)));
    },
    LIMIT_MS,
  );

  it.each([...rows(HOLES), ...rows(personas), ...rows(TEMPERS)])(
    '%s',
    async (name, parts) => {
      // A listener that waits for a PROXY header greets late, every time.
      const change = { ...PATIENT, techniques: name === 'proxy' ? ['plain-external', 'identity'] : ['standard'] };
      const { server: shared } = await auditOf(parts, change);
      const { server: apart } = await auditOf(parts, { ...change, ...ONE_EACH });
      expect(judged(shared)).toEqual(judged(apart));
    },
    LIMIT_MS,
  );
});

describe('the report', () => {
  const change = { ...PATIENT, techniques: ['all'], sources: ['127.0.0.66', '127.0.0.67'] };
  const parts = [HOLES['local-sender'], HOLES['greeting-localhost']];

  it(
    'is the same whatever is asked side by side',
    async () => {
      const { server: first } = await auditOf(parts, { ...change, sessions: 1 });
      for (const sessions of [2, 4, 8]) {
        const { server } = await auditOf(parts, { ...change, sessions });
        expect(told(server)).toEqual(told(first));
      }
    },
    LIMIT_MS,
  );

  it('names the same invented users with the same seed, and others with another', async () => {
    const usersOf = async (seed: string): Promise<readonly string[]> => {
      const { server } = await auditOf([], { techniques: ['plain-external'], seed });
      return server.attempts.map(({ forwardPath }) => forwardPath).filter((path) => path.startsWith('no-such-user'));
    };
    const users = await usersOf('one');
    expect(users.length).toBeGreaterThan(0);
    expect(await usersOf('one')).toEqual(users);
    expect(await usersOf('two')).not.toEqual(users);
  });
});
