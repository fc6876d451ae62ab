// The library: what programs may import. The command line is built on the same functions.
export { type AuditEvent, type AuditPorts, audit } from './fleet/audit.js';
export type { Resolver } from './execute/resolver.js';
export { UsageError } from './model/errors.js';
export { type AuditOptions, DEFAULTS } from './model/options.js';
export type {
  Finding,
  Report,
  ReportAttempt,
  ReportCell,
  ReportExchange,
  ReportSource,
  ServerReport,
} from './model/report.js';
export { classifyReply } from './replies/classify.js';
export { FORMATS } from './report/index.js';
