// A conversation in the notation that swaks made known: ` -> ` sent, `<-  ` received, `<** ` refused, `*** ` events.
// The one notation of reports, `--verbose` and fixtures. Text is of the report, where secrets are already removed.
import type { ReportAttempt, ReportExchange, ReportReply } from '../model/report.js';
import { counted, short } from './text.js';
import { OUTCOME_WORDS, REASON_WORDS } from './words.js';

/** One line of a conversation; `text` is masked and holds no line feed. */
export interface Line {
  readonly kind: 'sent' | 'received' | 'refused' | 'event';
  readonly text: string;
}

export const ARROWS = {
  sent: ' -> ',
  received: '<-  ',
  refused: '<** ',
  event: '*** ',
} as const satisfies Record<Line['kind'], string>;

/** Write the whole conversation of an attempt, and what became of it. */
export function transcript(attempt: ReportAttempt): readonly Line[] {
  return [...attempt.exchanges.flatMap((exchange) => exchangeLines(exchange, 512)), ...ending(attempt)];
}

/** Write the lines that prove an attempt's outcome: its envelope, the replies to it, and what became of the message. */
export function proof(attempt: ReportAttempt): readonly Line[] {
  const asked = attempt.exchanges.filter(
    ({ stage, sent }) => PROVING.includes(stage) && sent !== null && !/^(QUIT|RSET|NOOP|DATA)\b/i.test(sent),
  );
  // The last ones decide: a session that was shared may hold more.
  const lines = asked.slice(-5).flatMap((exchange) => exchangeLines(exchange, 12));
  const events = ending(attempt).filter(({ text }) => !text.startsWith('Received:'));
  return [...(lines.length > 0 ? lines : replyLines(attempt.reply, 12)), ...events];
}

/** A line on the wire has 2,048 bytes at most; what is longer comes from elsewhere. */
const line = (text: string): string => short(text, 4096);

const PROVING: readonly string[] = ['auth', 'mail', 'rcpt', 'data', 'message', 'delivery', 'xclient'];

const exchangeLines = (exchange: ReportExchange, most: number): readonly Line[] => [
  ...(exchange.sent === null ? [] : [{ kind: 'sent', text: line(exchange.sent) } as const]),
  ...(exchange.reply === null ? [{ kind: 'event', text: 'no reply' } as const] : replyLines(exchange.reply, most)),
];

/**
 * Write a reply as it was sent (RFC 5321 section 4.2.1): every line with its code, a hyphen in all but the last.
 * Of a longer reply the first `most` lines, and how many were left out.
 */
function replyLines(reply: ReportReply | null, most: number): readonly Line[] {
  if (reply === null) return [];
  const lines = reply.text.split('\n');
  const enhanced = reply.enhanced === null ? '' : `${line(reply.enhanced)} `;
  const shown = lines.slice(0, most).map(
    (text, index): Line => ({
      kind: reply.code < 400 ? 'received' : 'refused',
      text: `${reply.code}${index < lines.length - 1 ? '-' : ' '}${enhanced}${line(text)}`.trimEnd(),
    }),
  );
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, { kind: 'event', text: `${counted(left, 'more line')} of this reply` }];
}

function ending(attempt: ReportAttempt): readonly Line[] {
  const lines: Line[] = [];
  if (attempt.outcome === 'failed' || attempt.outcome === 'deferred') {
    lines.push({ kind: 'event', text: `${OUTCOME_WORDS[attempt.outcome]}: ${REASON_WORDS[attempt.reason]}` });
  }
  const { canary } = attempt;
  if (canary !== null) {
    const detail = canary.detail === null ? '' : `: ${line(canary.detail)}`;
    lines.push({ kind: 'event', text: `canary ${line(canary.token)} ${CANARY[canary.event]}${detail}` });
    lines.push(...canary.received.map((field): Line => ({ kind: 'event', text: `Received: ${line(field)}` })));
  }
  return lines;
}

const CANARY = {
  delivered: 'delivered',
  bounced: 'bounced',
  callout: 'asked for by a callout, not delivered',
  none: 'not seen',
} as const;
