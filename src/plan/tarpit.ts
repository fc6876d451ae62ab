// How long an audit takes at a server that keeps whoever is refused waiting: the slowest that answers at all. Pure; an estimate
// from what is wanted, before anything is asked.
import type { Brief } from '../model/brief.js';
import { ceilingsOf, envelopesOf } from './ceilings.js';

/** One refusal, alone in its session, in milliseconds: Courier waits 8 s by default, and twice as long for the next one. */
const REFUSAL_MS = 10_000;
/** Beside the techniques: a local recipient, an unknown one and an unrelated foreign one. */
const CONTROLS = 3;

/** Estimate how long all attempts at a server take that is closed and tarpits, in milliseconds; TLS is taken to be offered. */
export function tarpittedMs(brief: Brief, sessions: number): number {
  const { places, logins, failedLogins } = ceilingsOf(brief);
  const envelopes = envelopesOf(brief.techniques);
  // Logins come one at a time.
  return ((places * (CONTROLS + envelopes)) / sessions + logins + failedLogins) * REFUSAL_MS;
}

const USUAL_DEADLINE_MS = 600_000;
const SPARE = 1.5;

/** The deadline of a server where none was given, in milliseconds: generous to those that tarpit, final for those that never end. */
export const usualDeadline = (brief: Brief, sessions: number): number =>
  Math.max(USUAL_DEADLINE_MS, SPARE * tarpittedMs(brief, sessions));
