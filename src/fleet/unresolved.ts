// The report of a target that has no address to connect to: everything about it is unknown, and why.
import { RULES, selectRules } from '../judge/rules.js';
import type { AuditOptions } from '../model/options.js';
import { presetFor } from '../model/policy.js';
import type { ServerReport } from '../model/report.js';
import { isSubmission, type Target } from '../model/target.js';

/** Make the report of a target that could not be resolved; `problem` is one clause. */
export function unresolvedServer(target: Target, options: AuditOptions, problem: string): ServerReport {
  const rule = RULES['audit-inconclusive'];
  const specs = options.sources.length === 0 ? ['any'] : options.sources;
  return {
    target: {
      host: target.host,
      port: target.port,
      address: null,
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
      summary: `The server could not be reached: ${problem}.`,
    },
  };
}
