// The verdict over all servers of a run, counted as they come: the worst of each kind. Pure.
import type { ComplianceVerdict, RelayVerdict, Report, ServerVerdict } from '../model/report.js';

const RELAY: readonly RelayVerdict[] = ['open', 'inconclusive', 'closed'];
const COMPLIANCE: readonly ComplianceVerdict[] = ['non-compliant', 'inconclusive', 'compliant'];

/** Say the verdict over all servers; without any it is inconclusive. */
export function overall(verdicts: Iterable<ServerVerdict>): Report['verdict'] {
  const relays = new Set<RelayVerdict>();
  const counts = { compliant: 0, 'non-compliant': 0, inconclusive: 0 };
  let count = 0;
  let last = '';
  for (const { relay, compliance, summary } of verdicts) {
    relays.add(relay);
    counts[compliance] += 1;
    count += 1;
    last = summary;
  }
  const relay = RELAY.find((verdict) => relays.has(verdict)) ?? 'inconclusive';
  const compliance = COMPLIANCE.find((verdict) => counts[verdict] > 0) ?? 'inconclusive';
  const all = `${count} servers: ${counts.compliant} compliant, ${counts['non-compliant']} non-compliant, ${counts.inconclusive} inconclusive.`;
  return { relay, compliance, summary: count === 1 ? last : all };
}
