// The list of report formats. To add one: a file beside this one, and a line here.
import type { Format } from './format.js';
import { renderHtml } from './html.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { renderNagios } from './nagios.js';
import { renderNdjson } from './ndjson.js';
import { renderPrometheus } from './prometheus.js';
import { renderSarif } from './sarif.js';
import { renderTable } from './table.js';

export const FORMATS = {
  table: { about: 'the matrix and the findings, for a terminal', render: renderTable },
  json: { about: 'the whole report, for programs', render: renderJson },
  ndjson: { about: 'a line of JSON per event, as it happens', render: renderNdjson },
  sarif: { about: 'SARIF 2.1.0, for code scanning', render: renderSarif },
  html: { about: 'one page to look at, with the conversations', render: renderHtml },
  junit: { about: 'JUnit XML, for the test page of a CI server', render: renderJunit },
  markdown: { about: 'Markdown, for a job summary or a merge request', render: renderMarkdown },
  nagios: { about: 'plugin output of Nagios and Icinga', render: renderNagios },
  prometheus: { about: 'gauges for the textfile collector of Prometheus', render: renderPrometheus },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
