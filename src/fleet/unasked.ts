// The report of a target that nothing was asked of: everything about it is unknown, and why.
import { RULES, selectRules } from '../judge/rules.js';
import type { AuditOptions } from '../model/options.js';
import { presetFor } from '../model/policy.js';
import type { ServerReport } from '../model/report.js';
import { isSubmission, type Target } from '../model/target.js';

/** What is known of a target that was not audited: why, as one clause, and how far it came. */
export interface Unasked {
  readonly problem: string;
  /** Null where the name was not resolved. */
  readonly address: string | null;
  /** The verdict as one sentence; absent: the server could not be reached. */
  readonly summary?: string;
}

/** Make the report of a target that nothing was asked of. */
export function unaskedServer(target: Target, options: AuditOptions, unasked: Unasked): ServerReport {
  const { problem, address, summary = `The server could not be reached: ${problem}.` } = unasked;
  const rule = RULES['audit-inconclusive'];
  const specs = options.sources.length === 0 ? ['any'] : options.sources;
  return {
    target: {
      host: target.host,
      port: target.port,
      address,
      security: target.security,
      banner: null,
      extensions: [],
      certificate: null,
      software: null,
    },
    policy: {
      preset: options.policy ?? presetFor(isSubmission(target)),
      rules: [...selectRules(options.rules)],
      relayHosts: [...options.relayHosts],
      localDomains: [...options.localDomains],
    },
    sources: specs.map((spec, index) => ({
      id: `s${index + 1}`,
      spec,
      route: 'bind',
      address: null,
      seenAs: null,
      approved: null,
      reachable: false,
      unknownBecause: problem,
      relays: 'unknown',
      cells: [],
    })),
    attempts: [],
    findings: [
      {
        rule: 'audit-inconclusive',
        severity: rule.severity,
        confidence: 'possible',
        breaksCompliance: false,
        title: rule.title,
        message: problem,
        sources: specs.map((_, index) => `s${index + 1}`),
        attempts: [],
        fix: [...rule.fix],
        references: [...rule.references],
      },
    ],
    notTested: [],
    verdict: {
      relay: 'inconclusive',
      confidence: 'possible',
      compliance: 'inconclusive',
      summary,
    },
  };
}
