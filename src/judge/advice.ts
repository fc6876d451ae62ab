// What to change so that an open question can be answered, by the reason that left it open. Data.
import type { Reason } from '../model/reason.js';
import { WEIGHTS } from '../replies/weights.js';
import type { Settled } from './view.js';

const ADVICE: Partial<Record<Reason, string>> = {
  greylisted: 'Greylisted: allow a wait with --greylist-wait 5m',
  'client-blocked': 'The source is blocklisted: probe from another one, or exempt it on the server for the audit',
  'client-name-rejected': "The source's name in the DNS was refused: probe from a host with matching reverse DNS",
  'sender-rejected':
    'The reverse-path was refused before relaying was considered: name a deliverable one with --sender',
  'sender-not-owned': "The server binds senders to accounts: name the account's own mailbox with --auth-sender",
  'recipient-domain-rejected':
    "The canary's domain was refused as undeliverable: use a --canary whose domain has an MX",
  'recipient-unverified': 'The server could not verify the canary: use a --canary mailbox that exists',
  'greeting-rejected': 'The greeting name was refused: name a fully qualified one with --helo',
  'address-not-qualified': 'An address without a domain was refused: name a whole mailbox with --sender',
  'rate-limited': 'The server limits the rate: audit with --rate and --sessions 1, or exempt the source',
  'server-busy': 'The server was busy: audit again later, or with --sessions 1',
  'too-many-errors': 'The server counts errors and hangs up: audit with --sessions 1, or exempt the source',
  'encryption-required': 'The server wants TLS first, and no TLS session could be had',
  'temporary-failure': 'The server failed for a while: audit again later',
  'unknown-recipient':
    'The server says that the recipient does not exist, which is not what it says of an unknown local user: name a real mailbox with --local-recipient, and a --canary that exists',
  disconnected: 'The server closed the connection: it may have banned this source; look at its log',
  timeout: 'The server did not answer in time: allow more with --timeout',
  'authentication-failed': 'Check the account and its password',
};

const UNREACHABLE_25 =
  'No connection to port 25: most clouds and hosted CI runners block it. Audit the submission service (submission://host), or port 25 by way of a host that may connect: --source ssh://user@host, or a runner of your own';

const DOUBTFUL = {
  weak: 'A doubtful refusal counts only beside an accepted local recipient: name a real mailbox with --local-recipient',
  strong:
    "A doubtful refusal counts only beside an accepted local recipient, and the one named was not accepted either: see that --local-recipient exists, and look at the server's log for why it refuses",
} as const;

export interface Circumstances {
  /** Whether the target is a submission service, which clouds do not block. */
  readonly isSubmission: boolean;
  /** Whether the operator named the local recipient. */
  readonly isStrong: boolean;
}

/** One piece of advice per reason that left something open, most frequent reason first; at most three. */
export function adviceFor(items: readonly Settled[], { isSubmission, isStrong }: Circumstances): string[] {
  const counts = new Map<Reason, number>();
  for (const { reading } of items) counts.set(reading.reason, (counts.get(reading.reason) ?? 0) + 1);
  const reasons = [...counts].sort(([, a], [, b]) => b - a).map(([reason]) => reason);
  const advice = reasons.flatMap((reason) =>
    reason === 'unreachable' && !isSubmission
      ? [UNREACHABLE_25]
      : WEIGHTS[reason] === 'doubtful'
        ? [DOUBTFUL[isStrong ? 'strong' : 'weak']]
        : (ADVICE[reason] ?? []),
  );
  return [...new Set(advice)].slice(0, 3);
}
