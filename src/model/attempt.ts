// One question to the server: a technique, a source, an access, as literal text. Self-contained, so that saved evidence
// can be judged again without the plan; holds no secret (credentials are named by kind, the account stays with execute).
import type { Access, Credentials, Mechanism, Secured } from './access.js';
import type { SessionExtras, Varied } from './technique.js';

/**
 * What an attempt is for: `probe` a relay; `inbound` and `unknown-local` the controls; `unrelated` a foreign recipient at
 * a reserved name (accepts-everything); `shape` the same shape as a technique at `.invalid`; `inbound-as` the inbound
 * control with a technique's greeting or reverse-path; `discover` greets and, where offered, starts TLS.
 */
export const ROLES = [
  'discover',
  'probe',
  'inbound',
  'unknown-local',
  'unrelated',
  'shape',
  'inbound-as',
  'second-domain',
] as const;
export type Role = (typeof ROLES)[number];

/** How far an attempt goes: to the greeting's end, to the answer to AUTH, to the answer to RCPT, or to a whole message. */
export type Depth = 'greeting' | 'auth' | 'rcpt' | 'message';

export interface Attempt {
  /** Made of what makes it different (source, role, technique, variant, access, security, repeat): equal plans, equal keys. */
  readonly key: string;
  readonly role: Role;
  readonly source: string;
  /** Technique id, or the id of a control (`control-…`). */
  readonly technique: string;
  /** Which field the technique varies; null for the plain attempt and the controls. */
  readonly varied: Varied | null;
  readonly access: Access;
  readonly mechanism: Mechanism | null;
  readonly credentials: Credentials;
  readonly recipient: 'foreign' | 'local';
  readonly security: Secured;
  readonly greeting: { readonly verb: 'EHLO' | 'HELO' | 'none'; readonly name: string };
  /** Without brackets; empty for the null reverse-path. */
  readonly reversePath: string;
  readonly forwardPath: string;
  readonly bareForwardPath: boolean;
  readonly mailParameters: string;
  readonly rcptParameters: string;
  readonly extras: SessionExtras;
  readonly depth: Depth;
  /** A session of its own: repeats, authenticated attempts, whatever changes the session's state. */
  readonly alone: boolean;
  /** Key of the attempt that this one checks: the technique of a shape control, the first of a repeat. */
  readonly of: string | null;
}
