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
    canary: null,
    exchanges: evidence.exchanges.map(reportExchange),
  };
}

/** The strongest outcome that the evidence bears out (CONTRACT, "Outcomes"). */
function outcomeOf({ evidence, reading, settlement }: Settled): Outcome {
  if (evidence.skipped !== null) return 'skipped';
  if (settlement.kind === 'relays') return settlement.proof;
  if (evidence.canary.some((event) => event.kind === 'bounced')) return 'bounced';
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
