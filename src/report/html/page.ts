// What all parts of the page share: signs, chips, lists, anchors, conversations. Makes elements, judges nothing.
import type { ReportAttempt, ServerReport } from '../../model/report.js';
import { type Line, transcript } from '../transcript.js';
import { type Child, h, type Markup } from './markup.js';

/** How something is to be taken; each has a colour and a sign, so that no meaning hangs on colour alone. */
export type Tone = 'bad' | 'good' | 'warn' | 'note' | 'plain';

export const SIGNS = { bad: '✗', good: '✓', warn: '?', note: 'i', plain: '·' } as const satisfies Record<Tone, string>;

/** A few words in a field of colour, with the sign of the tone. */
export const chip = (tone: Tone, text: string, sign: string = SIGNS[tone]): Markup =>
  h('span', { class: `chip ${tone}` }, h('span', { class: 'sign', 'aria-hidden': 'true' }, sign), text);

/** Text that is only read out. */
export const unseen = (text: string): Markup => h('span', { class: 'unseen' }, text);

/** Text of the wire: addresses, ids, lines. */
export const code = (text: string): Markup => h('code', {}, text);

/** A section with its heading; null where there is nothing to put in it. */
export function section(id: string, title: string, ...children: readonly Child[]): Markup | null {
  if (children.every((child) => child === null || (Array.isArray(child) && child.length === 0))) return null;
  return h('section', { id }, h('h3', {}, title), ...children);
}

/** Pairs of a name and what it is; pairs without content are left out. */
export const facts = (pairs: readonly (readonly [name: string, value: Child])[]): Markup =>
  h(
    'dl',
    { class: 'facts' },
    pairs
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );

/** The id of an attempt's place in the page, by its place in the report: its own id is somebody else's text. */
export const anchor = (server: number, attempt: number): string => `server-${server + 1}-attempt-${attempt + 1}`;

/** Where an attempt of the given id stands; null where the report lacks it. */
export function anchorOf(report: ServerReport, server: number, id: string): string | null {
  const index = report.attempts.findIndex((attempt) => attempt.id === id);
  return index < 0 ? null : anchor(server, index);
}

const SPEAKERS = {
  sent: 'relayproof:',
  received: 'server:',
  refused: 'server, refusing:',
  event: 'event:',
} as const satisfies Record<Line['kind'], string>;

/** A conversation, line by line; who speaks is seen by the arrow and the colour, and read out in words. */
export function conversation(attempt: ReportAttempt, lines: readonly Line[] = transcript(attempt)): Markup {
  const shown = lines.slice(0, MOST);
  return h(
    'ol',
    { class: 'talk' },
    shown.map(({ kind, text }) => h('li', { class: kind }, unseen(`${SPEAKERS[kind]} `), text)),
    lines.length > MOST ? h('li', { class: 'event' }, `${lines.length - MOST} more lines`) : null,
  );
}

/** Lines of one conversation that the page holds; the whole is in the JSON report. */
const MOST = 60;
