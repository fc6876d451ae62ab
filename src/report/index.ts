// The list of report formats. To add one: a file beside this one, and a line here.
import type { Format, Pieces } from './format.js';
import { htmlPieces } from './html.js';
import { jsonPieces } from './json.js';
import { junitPieces } from './junit.js';
import { markdownPieces } from './markdown.js';
import { nagiosPieces } from './nagios.js';
import { ndjsonPieces } from './ndjson.js';
import { prometheusPieces } from './prometheus.js';
import { sarifPieces } from './sarif.js';
import { tablePieces } from './table.js';

export const FORMATS = {
  table: formatOf('the matrix and the findings, for a terminal', tablePieces),
  json: formatOf('the whole report, for programs', jsonPieces),
  ndjson: formatOf('a line of JSON per event, as it happens', ndjsonPieces),
  sarif: formatOf('SARIF 2.1.0, for code scanning', sarifPieces),
  html: formatOf('one page to look at, with the conversations', htmlPieces),
  junit: formatOf('JUnit XML, for the test page of a CI server', junitPieces),
  markdown: formatOf('Markdown, for a job summary or a merge request', markdownPieces),
  nagios: formatOf('plugin output of Nagios and Icinga', nagiosPieces),
  prometheus: formatOf('gauges for the textfile collector of Prometheus', prometheusPieces),
} satisfies Record<string, Format>;

function formatOf(about: string, pieces: Pieces): Format {
  return { about, pieces, render: (report, options) => [...pieces(report, options)].join('') };
}

export type FormatName = keyof typeof FORMATS;
