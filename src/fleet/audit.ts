// The audit as a whole, its report in memory: every target, every address of it. What the library exports; the command line
// keeps the reports of long lists in a file instead (archive.ts).
import { systemClock } from '../execute/ports.js';
import type { AuditOptions } from '../model/options.js';
import type { Report, ServerReport } from '../model/report.js';
import { VERSION } from '../model/version.js';
import { type AuditPorts, auditFleet } from './fleet.js';
import { overall } from './overall.js';

/**
 * Audit servers that you run and give the report; of several options each is for its own targets, and the report is one.
 * @throws UsageError for options that cannot be meant, before anything is sent; trouble of servers is in the report.
 */
export async function audit(asked: AuditOptions | readonly AuditOptions[], ports: AuditPorts = {}): Promise<Report> {
  const { clock = systemClock } = ports;
  const from = clock.now();
  const parts = Array.isArray(asked) ? (asked as readonly AuditOptions[]) : [asked as AuditOptions];
  const found: (readonly ServerReport[])[] = [];
  const { startedAt } = await auditFleet(parts, {
    ...ports,
    onTarget: ({ task, reports }) => {
      found[task.index] = reports.servers();
    },
  });
  const servers = found.flat();
  return {
    schemaVersion: '1.0',
    tool: { name: 'relayproof', version: VERSION },
    startedAt,
    durationMs: Math.round(clock.now() - from),
    servers,
    verdict: overall(servers.map(({ verdict }) => verdict)),
  };
}
