// Ceilings: the most that an audit of one address can come to, whatever the server answers. Pure; counts, plans nothing.
import { MECHANISMS } from '../model/access.js';
import type { Brief } from '../model/brief.js';
import { once } from '../model/once.js';
import { reversePathsOf } from '../techniques/fill.js';
import { CONTROLS } from './controls.js';

export interface Ceilings {
  /** Sources, each in the clear and, where STARTTLS may be offered, under TLS. */
  readonly places: number;
  /** Attempts, each counted once. */
  readonly attempts: number;
  /** Times that one attempt may be asked. */
  readonly tries: number;
  /** Connections, those that the server does not take included. */
  readonly connections: number;
  /** Logins with the account's password, and such as must fail. */
  readonly logins: number;
  readonly failedLogins: number;
}

/** Each attempt may be asked three times (ARCHITECTURE, "The life of an attempt"). */
const TRIES = 3;
/**
 * What one envelope may come to: itself, a control (of its shape where it is accepted, of its envelope where it is refused), the
 * second foreign domain, and two messages.
 */
const PER_ENVELOPE = 5;
/** The plain attempt of a legitimate client, and controls. */
const PER_PLACE = Object.keys(CONTROLS).length + 1;
/** Addresses that are asked while the ends of a list too wide are looked for, at most. */
const EXTENT = 512;
/** Connections that may fail before a source is given up, and while others are open. */
const FAILURES = 32;
/** The account as its owner asks, and with a foreign sender; after each failed login it logs in once more. */
const SENDERS = 2;

/** A planned address is asked the plain attempt, and one for a local recipient where the answer is in doubt. */
const PER_PLANNED = 2;

/** Count the envelopes that techniques come to, each with all reverse-paths that it goes with; a run has one list of them. */
export const envelopesOf = once((techniques: Brief['techniques']): number => techniques.flatMap(reversePathsOf).length);

/** Count the most that an audit of one address can come to. */
export function ceilingsOf(brief: Brief): Ceilings {
  const had = brief.sources.filter(({ unavailable }) => unavailable === null);
  const sources = had.filter(({ planned }) => !planned);
  const perSource = brief.target.security === 'none' ? 2 : 1;
  const places = sources.length * perSource;
  const envelopes = envelopesOf(brief.techniques);
  const mechanisms = MECHANISMS.filter((mechanism) => brief.mechanisms.includes(mechanism)).length;
  const failedLogins = {
    none: 0,
    safe: Math.min(places, 1) * (brief.user === null ? mechanisms : mechanisms + 1),
    full: places * mechanisms * (brief.user === null ? 1 : 3),
  }[brief.negativeAuthentication];
  const logins = brief.user === null ? 0 : places * mechanisms * SENDERS + failedLogins;
  const anonymous = places * (PER_PLACE + envelopes * PER_ENVELOPE);
  const planned = (had.length - sources.length) * PER_PLANNED * perSource;
  const attempts = anonymous + planned + logins + failedLogins + (brief.findExtent ? EXTENT * perSource : 0);
  const connections = attempts * TRIES + had.length * FAILURES;
  return { places, attempts, tries: TRIES, connections, logins, failedLogins };
}
