// The reader's terminal as the sections of the table see it: width, signs, paint. No section knows how colour is made.
import { short, width, wrap } from './text.js';

type Paint = (text: string) => string;

export interface Terminal {
  readonly columns: number;
  readonly unicode: boolean;
  readonly verbose: boolean;
  readonly paint: { readonly [name in 'strong' | 'faint' | 'good' | 'bad' | 'alarm' | 'warn' | 'note']: Paint };
  readonly sign: Signs;
}

interface Signs {
  readonly agrees: string;
  readonly differs: string;
  readonly unknown: string;
  readonly free: string;
  readonly rule: string;
  readonly bullet: string;
}

export const SIGNS: { readonly [name in 'unicode' | 'ascii']: Signs } = {
  unicode: { agrees: '✓', differs: '✗', unknown: '?', free: '·', rule: '─', bullet: '•' },
  ascii: { agrees: '+', differs: 'X', unknown: '?', free: '.', rule: '-', bullet: '*' },
};

/** Make text of a report fit for this terminal: one harmless line; what is longer than `LONGEST` is cut, and says so. */
export const clean = (terminal: Terminal, text: string): string => short(text, LONGEST, terminal.unicode);

/** Write a paragraph behind a label, wrapped, its further lines indented as far. `text` is cleaned here. */
export function paragraph(terminal: Terminal, label: string, text: string, paint: Paint = (line) => line): string[] {
  const margin = width(label.replace(PAINT, ''));
  return wrap(clean(terminal, text), room(terminal) - margin).map(
    (line, index) => (index === 0 ? label : ' '.repeat(margin)) + paint(line),
  );
}

/** Columns to lay out for: a terminal's own, but not fewer than can be read. */
export const room = (terminal: Terminal): number => Math.max(terminal.columns, 32);

/** Colour as chalk writes it, to measure a line without it. */
export const PAINT = /\x1b\[[0-9;]*m/g;

/** Characters of one text of the report that a terminal is given. */
const LONGEST = 2000;
