// One question to the server: a technique, a source, an access, as literal text. Self-contained, so that saved evidence
// can be judged again without the plan; holds no secret (credentials are named by kind, the account stays with execute).
import type { Access, Credentials, Mechanism, Secured } from './access.js';
import type { SessionExtras, Technique, Varied } from './technique.js';

/**
 * What an attempt is for: `probe` a relay; `inbound` and `unknown-local` the controls; `unrelated` a foreign recipient at
 * a reserved name (accepts-everything); `shape` the same shape as a technique at `.invalid`; `inbound-as` the inbound
 * control with a technique's greeting or reverse-path; `inbound-again` the inbound control once more, at the end; `second-domain` the same at another foreign domain; `login` a valid
 * login after one that had to fail; `direct` a canary that does not go through the server.
 */
export const ROLES = [
  'probe',
  'inbound',
  'unknown-local',
  'unrelated',
  'shape',
  'inbound-as',
  'inbound-again',
  'second-domain',
  'login',
  'direct',
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
  /** The fields in which this attempt differs from the plain one; empty for the plain attempt and the controls. */
  readonly varied: readonly Varied[];
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
  /** What shows that the server fell for it, where that is not the acceptance of the forward-path. */
  readonly proof?: Exclude<NonNullable<Technique['proof']>, 'acceptance'>;
  /** Published words to log in with, which are no secret; absent: the account's, or random ones. */
  readonly login?: NonNullable<Technique['login']>;
  readonly depth: Depth;
  /** Whether the forward-path ends where the canary lives, so that a 250 to it is a sign of relaying by itself. */
  readonly isSign: boolean;
  /** The forward-path with a name that cannot exist in place of the canary's domain; null where it does not name it. */
  readonly shape: string | null;
  /** A session of its own: repeats, authenticated attempts, whatever changes the session's state. */
  readonly alone: boolean;
  /** Key of the attempt that this one checks: the technique of a shape control, the first of a repeat. */
  readonly of: string | null;
}
