// Every format as one function of a report: what its pieces come to.
import type { LongReport } from '../../src/model/report.js';
import type { RenderOptions } from '../../src/report/format.js';
import { FORMATS, type FormatName } from '../../src/report/index.js';
import { PLAIN } from './fixtures.js';

const renderAs =
  (name: FormatName) =>
  (report: LongReport, options: RenderOptions = PLAIN): string =>
    FORMATS[name].render(report, options);

export const renderTable = renderAs('table');
export const renderJson = renderAs('json');
export const renderNdjson = renderAs('ndjson');
export const renderSarif = renderAs('sarif');
export const renderHtml = renderAs('html');
export const renderJunit = renderAs('junit');
export const renderMarkdown = renderAs('markdown');
export const renderNagios = renderAs('nagios');
export const renderPrometheus = renderAs('prometheus');
