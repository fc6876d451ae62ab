// One JSON object per line, `event` first: what happened, in order. A saved report gives the same lines as the audit that
// wrote it, but for those that only an audit knows (`answer`, `warning`). Nothing of a report is left out.
import type { Evidence } from '../model/evidence.js';
import type { LongReport, Report, ServerReport } from '../model/report.js';
import type { TargetAddress } from '../model/target.js';
import { escapeJson } from './json.js';

/** Write the report as lines. */
export function* ndjsonPieces(report: LongReport): Generator<string> {
  yield startLine(report);
  for (const server of report.servers) yield serverLines(server);
  yield endLine(report);
}

/** The first line. */
export const startLine = ({ schemaVersion, tool, startedAt }: Pick<Report, 'schemaVersion' | 'tool' | 'startedAt'>) =>
  line('start', { schemaVersion, tool, startedAt });

/** The lines of one server, once it is judged; the verdict comes last. */
export function serverLines(server: ServerReport): string {
  const { target, policy, sources, attempts, findings, notTested, verdict } = server;
  const of = { host: target.host, port: target.port, address: target.address };
  const all = <T>(event: string, key: string, items: readonly T[]): string =>
    items.map((item) => line(event, { server: of, [key]: item })).join('');
  return [
    line('server', { server: of, target, policy }),
    all('source', 'source', sources),
    all('attempt', 'attempt', attempts),
    all('finding', 'finding', findings),
    all('not-tested', 'text', notTested),
    line('verdict', { server: of, verdict }),
  ].join('');
}

/** The last line. */
export const endLine = ({ durationMs, verdict }: Pick<Report, 'durationMs' | 'verdict'>) =>
  line('end', { durationMs, verdict });

/** One answer as it came, not judged. SAFETY: its exchanges are those of the evidence, where secrets are already removed. */
export function answerLine({ host, port, address }: TargetAddress, evidence: Evidence): string {
  const { attempt, tries, startedAt, durationMs, exchanges, fault, skipped } = evidence;
  const { source, technique, mechanism, credentials, recipient, security, reversePath, forwardPath } = attempt;
  const last = exchanges.findLast(({ sent }) => sent !== null && !/^(QUIT|RSET)\b/i.test(sent)) ?? exchanges.at(-1);
  const reply = last?.reply ?? null;
  return line('answer', {
    server: { host, port, address },
    ...{ source, technique, mechanism, credentials, recipient, security, reversePath, forwardPath },
    stage: fault?.stage ?? last?.stage ?? null,
    reply: reply === null ? null : { code: reply.code, enhanced: reply.enhanced, text: reply.text },
    fault: fault === null ? null : { kind: fault.kind, detail: fault.detail },
    ...{ skipped, tries, startedAt, durationMs },
  });
}

/** A warning of the audit. */
export const warningLine = (text: string): string => line('warning', { text });

const line = (event: string, fields: object): string => `${escapeJson(JSON.stringify({ event, ...fields }))}\n`;
