// Ceilings: the most that an audit of one address can come to, whatever the server answers. Pure; counts, plans nothing.
import { MECHANISMS } from '../model/access.js';
import type { Brief } from '../model/brief.js';
import { reversePathsOf } from '../techniques/fill.js';
import { CONTROLS } from './controls.js';

export interface Ceilings {
  /** Sources, each in the clear and, where STARTTLS may be offered, under TLS. */
  readonly places: number;
  /** Attempts, each counted once. */
  readonly attempts: number;
  /** Times that one attempt may be asked. */
  readonly tries: number;
  /** Logins with the account's password, and such as must fail. */
  readonly logins: number;
  readonly failedLogins: number;
}

/** Each attempt may be asked three times (ARCHITECTURE, "The life of an attempt"). */
const TRIES = 3;
/** An attempt may call for one control of its own: of its shape where it is accepted, of its envelope where it is refused. */
const WITH_CONTROL = 2;
/** The account as its owner asks, and with a foreign sender; after each failed login it logs in once more. */
const SENDERS = 2;

/** A planned address is asked the plain attempt, and one for a local recipient where the answer is in doubt. */
const PER_PLANNED = 2;

/** Count the most that an audit of one address can come to. */
export function ceilingsOf(brief: Brief): Ceilings {
  const had = brief.sources.filter(({ unavailable }) => unavailable === null);
  const sources = had.filter(({ planned }) => !planned);
  const perSource = brief.target.security === 'none' ? 2 : 1;
  const places = sources.length * perSource;
  const envelopes = brief.techniques.flatMap(reversePathsOf).length;
  const mechanisms = MECHANISMS.filter((mechanism) => brief.mechanisms.includes(mechanism)).length;
  const failedLogins = {
    none: 0,
    safe: Math.min(places, 1) * (brief.user === null ? mechanisms : mechanisms + 1),
    full: places * mechanisms * (brief.user === null ? 1 : 3),
  }[brief.negativeAuthentication];
  const logins = brief.user === null ? 0 : places * mechanisms * SENDERS + failedLogins;
  const anonymous = places * (Object.keys(CONTROLS).length + envelopes * WITH_CONTROL);
  const planned = (had.length - sources.length) * PER_PLANNED * perSource;
  return { places, attempts: anonymous + planned + logins + failedLogins, tries: TRIES, logins, failedLogins };
}
