// The list of report formats. To add one: a file beside this one, and a line here.
import type { Format } from './format.js';
import { renderJson } from './json.js';
import { renderTable } from './table.js';

export const FORMATS = {
  table: { about: 'the matrix and the findings, for a terminal', render: renderTable },
  json: { about: 'the whole report, for programs', render: renderJson },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
