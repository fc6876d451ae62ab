// One settled attempt as the report has it: its outcome, the reply that decided, its conversation. Pure.
// SAFETY: the AUTH dialogue and the first reply after it are withheld: a server may echo what it was given.
import type { Exchange, Reply } from '../model/reply.js';
import type { Outcome, ReportAttempt, ReportReply } from '../model/report.js';
import type { Settled } from './view.js';

const WITHHELD = '[withheld: part of the authentication dialogue]';

/** Make the report's entry of one attempt. */
export function reportAttempt(item: Settled, id: string): ReportAttempt {
  const { attempt, evidence, reading } = item;
  const isSecret = evidence.exchanges.some((exchange) => exchange.secret && exchange.reply === reading.reply);
  return {
    id,
    source: attempt.source,
    technique: attempt.technique,
    mechanism: attempt.mechanism,
    credentials: attempt.credentials,
    recipient: attempt.recipient,
    security: attempt.security,
    helo: attempt.greeting.name,
    reversePath: attempt.reversePath,
    forwardPath: attempt.forwardPath,
    outcome: outcomeOf(item),
    stage: reading.stage,
    reason: reading.reason,
    reply: reading.reply ? reportReply(reading.reply, isSecret) : null,
    tries: evidence.tries,
    startedAt: evidence.startedAt,
    durationMs: evidence.durationMs,
    canary: reportCanary(item),
    exchanges: evidence.exchanges.map(reportExchange),
  };
}

/** What was heard of the message, the strongest first; null where none was sent. */
function reportCanary({ evidence: { token, canary } }: Settled): ReportAttempt['canary'] {
  if (token === undefined) return null;
  const delivered = canary.find((event) => event.kind === 'delivered');
  if (delivered) return { token, event: 'delivered', detail: delivered.envelopeTo, received: [...delivered.received] };
  const bounced = canary.find((event) => event.kind === 'bounced');
  if (bounced) return { token, event: 'bounced', detail: bounced.detail, received: [] };
  const callout = canary.find((event) => event.kind === 'callout');
  if (callout) return { token, event: 'callout', detail: callout.detail, received: [] };
  const silent = canary.find((event) => event.kind === 'silent');
  return { token, event: 'none', detail: silent ? `nothing came within ${silent.waitedMs} ms` : null, received: [] };
}

/** The strongest outcome that the evidence bears out (docs/contract.md, "Outcomes"). */
function outcomeOf({ evidence, reading, settlement }: Settled): Outcome {
  if (evidence.skipped !== null) return 'skipped';
  if (settlement.kind === 'relays') return settlement.proof;
  if (evidence.canary.some((event) => event.kind === 'delivered')) return 'delivered';
  if (evidence.canary.some((event) => event.kind === 'bounced')) return 'bounced';
  if (settlement.kind === 'refused' && evidence.canary.some((event) => event.kind === 'silent')) return 'vanished';
  if (reading.answer === 'accepted' || reading.answer === 'queued') return reading.answer;
  if (settlement.kind === 'refused') return 'refused';
  if (reading.answer === 'temporary') return 'deferred';
  return reading.answer === 'permanent' ? 'refused' : 'failed';
}

const reportReply = ({ code, enhanced, text }: Reply, isSecret: boolean): ReportReply => ({
  code,
  enhanced,
  text: isSecret ? WITHHELD : text,
});

const reportExchange = ({ stage, sent, reply, elapsedMs, secret }: Exchange): ReportAttempt['exchanges'][number] => ({
  stage,
  sent,
  reply: reply ? reportReply(reply, secret) : null,
  elapsedMs,
});
