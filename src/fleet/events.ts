// What happens in a run, as programs and formats hear of it. Types only.
import type { Evidence } from '../model/evidence.js';
import type { ServerReport } from '../model/report.js';
import type { Target, TargetAddress } from '../model/target.js';

export type AuditEvent =
  /** The first event, once the request has been found right: the report's own `startedAt`. */
  | { readonly kind: 'start'; readonly startedAt: string }
  | { readonly kind: 'warning'; readonly text: string }
  /** One answer of a server as it came, not judged yet: only together do answers say what they are worth. */
  | { readonly kind: 'answer'; readonly target: TargetAddress; readonly evidence: Evidence }
  | {
      readonly kind: 'progress';
      readonly done: number;
      /** Attempts known to be wanted of the servers that were begun; answers may call for more. */
      readonly total: number;
      readonly sources: { readonly done: number; readonly total: number };
      /** Findings so far, looked for now and then. */
      readonly findings: number;
      /** Targets that are done, and all of the run. */
      readonly servers: { readonly done: number; readonly total: number };
    }
  /** A bug met while a server was audited: its report says so, and the others go on. */
  | { readonly kind: 'failure'; readonly target: Target; readonly error: unknown }
  | { readonly kind: 'server'; readonly server: ServerReport };

/** What is told of a target while it is audited. */
export type TargetEvent = Extract<AuditEvent, { kind: 'warning' | 'answer' | 'failure' }>;
