// The policy that is audited: who may relay, by which right (docs/contract.md, "Policy"). Data and pure functions.
import { type Access, MECHANISMS } from './access.js';
import type { NetworkList } from './networks.js';

export const PRESETS = ['list-or-auth', 'list-only', 'auth-only', 'send-only', 'submission', 'none'] as const;
export type Preset = (typeof PRESETS)[number];

/** What a cell should show; `any`: no expectation. */
export type Expected = 'relay' | 'refuse' | 'accept' | 'any';

export interface Policy {
  readonly preset: Preset;
  /** Mechanism rules in force, by finding id. */
  readonly rules: readonly string[];
  readonly relayHosts: NetworkList;
  readonly localDomains: readonly string[];
}

interface Row {
  readonly approved: Expected;
  readonly stranger: Expected;
  /** With valid credentials, from an approved host and from any other. */
  readonly authenticatedApproved: Expected;
  readonly authenticated: Expected;
  readonly inbound: Expected;
}

/** One row per preset. `list-or-auth`: a mechanism that is not offered is no fault, which the judge knows. */
const EXPECTATIONS = {
  'list-or-auth': {
    approved: 'relay',
    stranger: 'refuse',
    authenticatedApproved: 'any',
    authenticated: 'relay',
    inbound: 'accept',
  },
  'list-only': {
    approved: 'relay',
    stranger: 'refuse',
    authenticatedApproved: 'any',
    authenticated: 'refuse',
    inbound: 'accept',
  },
  'auth-only': {
    approved: 'refuse',
    stranger: 'refuse',
    authenticatedApproved: 'relay',
    authenticated: 'relay',
    inbound: 'accept',
  },
  'send-only': {
    approved: 'refuse',
    stranger: 'refuse',
    authenticatedApproved: 'relay',
    authenticated: 'relay',
    inbound: 'refuse',
  },
  submission: {
    approved: 'any',
    stranger: 'refuse',
    authenticatedApproved: 'any',
    authenticated: 'relay',
    inbound: 'any',
  },
  none: { approved: 'any', stranger: 'any', authenticatedApproved: 'any', authenticated: 'any', inbound: 'any' },
} as const satisfies Record<Preset, Row>;

/**
 * Say what the policy expects of one cell.
 * A source whose approval is unknown (null) is held to nothing but what holds for both kinds of source.
 */
export function expectationOf(preset: Preset, approved: boolean | null, access: Access): Expected {
  const row: Row = EXPECTATIONS[preset];
  if (access === 'inbound') return row.inbound;
  const both = (a: Expected, b: Expected): Expected => (approved === null ? (a === b ? a : 'any') : approved ? a : b);
  if (access === 'anonymous') return both(row.approved, row.stranger);
  if ((MECHANISMS as readonly string[]).includes(access)) return both(row.authenticatedApproved, row.authenticated);
  // Credentials that are not valid give no right: the expectation is that of the anonymous cell, where strangers are refused.
  return both(row.approved, row.stranger);
}

/** Say whether anonymous relaying for such a source is a hole; without a policy it is for whoever is not on the list. */
export const isRelayWrong = (preset: Preset, approved: boolean): boolean =>
  preset === 'none' ? !approved : expectationOf(preset, approved, 'anonymous') === 'refuse';

/** Default preset by service: submission for 587 and 465, else list-or-auth. */
export const presetFor = (submission: boolean): Preset => (submission ? 'submission' : 'list-or-auth');
