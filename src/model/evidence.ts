// What an attempt brought: every exchange, times, faults, what the session showed. Facts only; reading them is src/replies.
import type { Attempt } from './attempt.js';
import type { Exchange, Fault, Reply } from './reply.js';

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly altNames: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
  /** `sha256:` and 64 hex digits of the certificate (DER). */
  readonly fingerprint: string;
  /** Why it does not verify for the host; null when it does. */
  readonly problem: string | null;
}

export interface TlsFacts {
  /** As `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  readonly certificate: CertificateFacts | null;
}

/** What one session showed beside the exchanges of an attempt. */
export interface SessionFacts {
  /** Unique within a run; equal for attempts that shared a session. */
  readonly id: string;
  /** The local address of the socket; null before a connection or behind a gateway. */
  readonly localAddress: string | null;
  readonly greeting: Reply | null;
  /** Reply to EHLO before and after TLS; null where not asked or refused. */
  readonly ehlo: Reply | null;
  readonly ehloTls: Reply | null;
  readonly tls: TlsFacts | null;
  /** Client address that the server named in its greeting or EHLO reply, else null. */
  readonly seenAs: string | null;
}

/** What was heard of the attempt's canary after the session. */
export type CanaryEvent =
  | {
      readonly kind: 'delivered';
      readonly at: string;
      readonly by: 'sink' | 'mailbox';
      readonly envelopeTo: string;
      readonly received: readonly string[];
    }
  | {
      readonly kind: 'bounced';
      readonly at: string;
      /** `unknown`: an automatic reply, or a message that does not say who failed; proves nothing. */
      readonly failedBy: 'server' | 'other' | 'unknown';
      readonly status: string | null;
      readonly detail: string;
    }
  /** Nothing came within the wait. */
  | { readonly kind: 'silent'; readonly at: string; readonly waitedMs: number }
  | { readonly kind: 'callout'; readonly at: string; readonly detail: string };

export interface Evidence {
  readonly attempt: Attempt;
  /** Tries made so far, this one included: 1 to 3. */
  readonly tries: number;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly session: SessionFacts;
  /** Other attempts asked in the same session before or beside this one. */
  readonly shared: boolean;
  /** From the greeting of its session to its own last reply; in a shared session its own lines only, after the greeting's. */
  readonly exchanges: readonly Exchange[];
  readonly fault: Fault | null;
  /** Set where the attempt was not made at all, as one line; the exchanges are empty then. */
  readonly skipped: string | null;
  readonly canary: readonly CanaryEvent[];
  /** The forward token that its message carried; absent where none was sent. */
  readonly token?: string;
  /** Whether the same question, asked again, was accepted once and refused once: the acceptance stands. */
  readonly isInconsistent: boolean;
  /** Replies inside TLS to commands that were sent in the segment of STARTTLS; 0 elsewhere. */
  readonly injected: number;
  /** SHA-256 of a CRAM-MD5 challenge, to tell a static one; null elsewhere. */
  readonly challenge: string | null;
}
