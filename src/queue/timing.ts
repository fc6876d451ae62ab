// How long what is waited for between auditors, the queue and workers; tests hand in shorter times. Milliseconds.

export interface Timing {
  /** Workers tell that they are there; what was told holds for four times that. */
  readonly beatMs: number;
  /** Auditors look after a job, should an event have been lost. */
  readonly pollMs: number;
  /** A worker that does not renew its lock for so long has died. */
  readonly lockMs: number;
  /** Workers look for jobs of those that have. */
  readonly stalledMs: number;
  /** A worker waits for the leave to begin. */
  readonly leaveMs: number;
  /** An auditor that was ended waits for what was measured until then. */
  readonly graceMs: number;
  /** A job whose auditor has not been heard of for so long is given up. */
  readonly abandonedMs: number;
}

export const TIMING: Timing = {
  beatMs: 5_000,
  pollMs: 1_000,
  lockMs: 30_000,
  stalledMs: 15_000,
  leaveMs: 10_000,
  graceMs: 5_000,
  abandonedMs: 45_000,
};
