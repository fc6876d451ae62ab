// Everything that was asked, each with its conversation; a filter above it, which is there only where there is script.
import type { ReportAttempt, ReportReply, ServerReport } from '../../model/report.js';
import { FATES, sourceOf } from '../facts.js';
import { counted } from '../text.js';
import { OUTCOME_WORDS, REASON_WORDS } from '../words.js';
import { type Child, h, type Markup } from './markup.js';
import { anchor, chip, code, conversation, type Tone } from './page.js';

type Fate = (typeof FATES)[keyof typeof FATES];

/** Acceptance is no fault by itself: from an approved host, or of a local recipient, it is wanted. */
const TONES = { accepted: 'note', unknown: 'warn', refused: 'plain', skipped: 'plain' } as const satisfies Record<
  Fate,
  Tone
>;

const SIGNS = { accepted: '+', unknown: '?', refused: '−', skipped: '·' } as const satisfies Record<Fate, string>;

const FATE_WORDS = {
  accepted: 'accepted',
  unknown: 'no answer',
  refused: 'refused',
  skipped: 'not tried',
} as const satisfies Record<Fate, string>;

/** List the attempts of a server; empty where nothing was asked. */
export function attempts(server: ServerReport, index: number): readonly Child[] {
  if (server.attempts.length === 0) return [];
  return [
    filter(server, index),
    h(
      'div',
      { class: 'attempts', id: `server-${index + 1}-attempts-list` },
      server.attempts.map((each, place) => attemptOf(server, each, anchor(index, place))),
    ),
  ];
}

function filter(server: ServerReport, index: number): Markup {
  const id = (name: string): string => `server-${index + 1}-${name}`;
  const fates = [...new Set(server.attempts.map(({ outcome }) => FATES[outcome]))];
  return h(
    'div',
    { class: 'filter', hidden: true, 'data-filter': id('attempts-list') },
    h('label', { for: id('words') }, 'Filter'),
    h('input', { id: id('words'), type: 'search', placeholder: 'technique, source, reply …' }),
    h('label', { for: id('fate') }, 'Outcome'),
    h(
      'select',
      { id: id('fate') },
      h('option', { value: '' }, 'all'),
      fates.map((fate) => h('option', { value: fate }, FATE_WORDS[fate])),
    ),
    h('button', { type: 'button', 'data-open': 'true' }, 'Open all'),
    h('button', { type: 'button', 'data-open': 'false' }, 'Close all'),
    h('output', { 'aria-live': 'polite' }, counted(server.attempts.length, 'attempt')),
  );
}

function attemptOf(server: ServerReport, attempt: ReportAttempt, id: string): Markup {
  const fate = FATES[attempt.outcome];
  const account = attempt.credentials === 'none' ? [] : [`${attempt.mechanism ?? 'account'}, ${attempt.credentials}`];
  const about = [...account, ...(attempt.security === 'tls' ? ['TLS'] : [])];
  const why = fate === 'unknown' || fate === 'refused' ? `: ${REASON_WORDS[attempt.reason]} (${attempt.stage})` : '';
  return h(
    'details',
    { id, 'data-fate': fate },
    h(
      'summary',
      {},
      chip(TONES[fate], FATE_WORDS[fate], SIGNS[fate]),
      code(attempt.technique),
      attempt.reply === null ? null : h('span', { class: 'said' }, replyText(attempt.reply)),
      h('span', { class: 'under' }, [`from ${sourceOf(server, attempt.source)}`, ...about].join(', ')),
    ),
    h('div', { class: 'body' }, h('p', {}, `${OUTCOME_WORDS[attempt.outcome]}${why}`), conversation(attempt)),
  );
}

/** The reply that decided, as far as one line has room. */
const replyText = ({ code: number, enhanced, text }: ReportReply): string =>
  [number, enhanced, text.slice(0, 160)].filter((part) => part !== null).join(' ');
