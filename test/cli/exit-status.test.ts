// docs/contract.md, "Exit status", as a table: verdicts in, number out.
import { describe, expect, it } from 'vitest';
import { type Counting, exitStatus } from '../../src/cli/exit-status.js';
import type { Preset } from '../../src/model/policy.js';
import type { ComplianceVerdict, Finding, RelayVerdict, Report, ServerReport } from '../../src/model/report.js';

interface Server {
  readonly relay: RelayVerdict;
  readonly compliance: ComplianceVerdict;
  readonly preset?: Preset;
  readonly breaks?: readonly boolean[];
}

const finding = (breaksCompliance: boolean): Finding => ({
  rule: 'open-relay',
  severity: 'high',
  confidence: 'confirmed',
  breaksCompliance,
  title: '',
  message: '',
  sources: [],
  attempts: [],
  fix: [],
  references: [],
});

const server = ({ relay, compliance, preset = 'list-or-auth', breaks = [] }: Server): ServerReport => ({
  target: {
    host: 'h',
    port: 25,
    address: null,
    security: 'none',
    banner: null,
    extensions: [],
    certificate: null,
    software: null,
  },
  policy: { preset, rules: [], relayHosts: [], localDomains: [] },
  sources: [],
  attempts: [],
  findings: breaks.map(finding),
  notTested: [],
  verdict: { relay, confidence: 'probable', compliance, summary: '' },
});

const report = (servers: readonly Server[]): Report => ({
  schemaVersion: '1.0',
  tool: { name: 'relayproof', version: '0' },
  startedAt: '2024-01-01T00:00:00.000Z',
  durationMs: 0,
  servers: servers.map(server),
  verdict: { relay: 'inconclusive', compliance: 'inconclusive', summary: '' },
});

const CLOSED = { relay: 'closed', compliance: 'compliant' } as const;
const OPEN = { relay: 'open', compliance: 'non-compliant' } as const;
const BROKEN = { relay: 'closed', compliance: 'non-compliant' } as const;
const UNKNOWN = { relay: 'inconclusive', compliance: 'inconclusive' } as const;
const UNANSWERED = { relay: 'closed', compliance: 'inconclusive' } as const;

const NORMAL: Counting = { failOn: 'non-compliant', allowInconclusive: false, interrupted: false };
const ON_OPEN: Counting = { ...NORMAL, failOn: 'open' };
const ALLOWED: Counting = { ...NORMAL, allowInconclusive: true };
const INTERRUPTED: Counting = { ...NORMAL, interrupted: true };

const TABLE: readonly (readonly [string, readonly Server[], Counting, number])[] = [
  ['closed and compliant', [CLOSED], NORMAL, 0],
  ['open', [OPEN], NORMAL, 1],
  ['open, though called compliant', [{ relay: 'open', compliance: 'compliant' }], NORMAL, 1],
  ['closed and non-compliant', [BROKEN], NORMAL, 1],
  ['a finding that breaks, beside an inconclusive verdict', [{ ...UNKNOWN, breaks: [false, true] }], NORMAL, 1],
  ['a finding that only notes', [{ ...CLOSED, breaks: [false] }], NORMAL, 0],
  ['inconclusive', [UNKNOWN], NORMAL, 3],
  ['closed, compliance inconclusive', [UNANSWERED], NORMAL, 3],
  ['one of two is open, the other inconclusive', [UNKNOWN, OPEN], NORMAL, 1],
  ['one of two is inconclusive', [CLOSED, UNKNOWN], NORMAL, 3],
  ['no server at all', [], NORMAL, 3],

  ['--fail-on open: open', [OPEN], ON_OPEN, 1],
  ['--fail-on open: non-compliant but closed', [BROKEN], ON_OPEN, 0],
  ['--fail-on open: relay inconclusive', [UNKNOWN], ON_OPEN, 3],
  ['--fail-on open: compliance inconclusive', [UNANSWERED], ON_OPEN, 0],

  ['--allow-inconclusive: inconclusive', [UNKNOWN], ALLOWED, 0],
  ['--allow-inconclusive: open', [UNKNOWN, OPEN], ALLOWED, 1],
  ['--allow-inconclusive --fail-on open', [UNKNOWN], { ...ON_OPEN, allowInconclusive: true }, 0],

  ['interrupted, nothing found', [UNKNOWN], INTERRUPTED, 130],
  ['interrupted before the first server', [], INTERRUPTED, 130],
  ['interrupted after a closed server', [CLOSED], INTERRUPTED, 130],
  ['interrupted, something found', [OPEN, UNKNOWN], INTERRUPTED, 1],
  ['interrupted, inconclusive allowed', [UNKNOWN], { ...INTERRUPTED, allowInconclusive: true }, 130],

  ['preset none: open', [{ ...OPEN, preset: 'none' }], NORMAL, 0],
  ['preset none: inconclusive', [{ ...UNKNOWN, preset: 'none' }], NORMAL, 0],
  ['preset none, --fail-on open: open', [{ ...OPEN, preset: 'none' }], ON_OPEN, 1],
  ['preset none, --fail-on open: inconclusive', [{ ...UNKNOWN, preset: 'none' }], ON_OPEN, 3],
  ['preset none beside an open server', [{ ...CLOSED, preset: 'none' }, OPEN], NORMAL, 1],
];

describe('the exit status', () => {
  it.each(TABLE)('%s', (_, servers, counting, status) => {
    expect(exitStatus(report(servers), counting)).toBe(status);
  });
});
