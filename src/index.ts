// The library: what programs may import; docs/library.md shows it in use. The command line is built on the same functions.

export type { Clock, Random } from './execute/ports.js';
export type { Resolver } from './execute/resolver.js';
export type { AuditEvent } from './fleet/events.js';
export { type AuditRequest, type AuditRun, startAudit as audit } from './fleet/run.js';
export { UsageError } from './model/errors.js';
export { type Account, type AccountElsewhere, type AuditOptions, DEFAULTS } from './model/options.js';
export type {
  Finding,
  Report,
  ReportAttempt,
  ReportCell,
  ReportExchange,
  ReportReply,
  ReportSource,
  ServerReport,
} from './model/report.js';
export { parseQueue, type QueueAddress, type QueueConnection } from './queue/address.js';
export type { PlacesOptions } from './queue/place.js';
export { openPlaces, type Places } from './queue/places.js';
export { classifyReply } from './replies/classify.js';
export { type Change, type Comparison, compareReports } from './report/compare.js';
export type { Format, RenderOptions } from './report/format.js';
export { FORMATS, type FormatName } from './report/index.js';
