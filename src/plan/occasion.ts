// Where a technique makes sense: what the server announces, which source can do it, what the operator allows. Pure. What has
// no occasion is not asked at all; it is never asked as a plain attempt.
import type { Brief } from '../model/brief.js';
import { announces } from '../model/extensions.js';
import type { Technique } from '../model/technique.js';
import { extensionsAt, type Known } from '../replies/known.js';
import { plainOf } from '../replies/plain.js';
import type { Item } from '../replies/read.js';
import type { Place } from './attempt.js';

/** What the server has shown at a place that decides where techniques make sense. */
export interface Shown {
  /** Extension lines, and those in the clear: STARTTLS is announced before TLS alone (RFC 3207 section 4.2). */
  readonly extensions: readonly string[];
  readonly inClear: readonly string[];
  /** Whether it waited before its greeting. */
  readonly hasWaited: boolean;
}

/** Give what the server has shown at a place. */
export const shownAt = (place: Place, known: Known): Shown => ({
  extensions: extensionsAt(known, place.source.id, place.security),
  inClear: extensionsAt(known, place.source.id, 'none'),
  hasWaited: hasWaited(place, known),
});

/** Say whether a technique can be asked at a place, as far as is known; credentials are another question. */
export function hasOccasion(technique: Technique, brief: Brief, place: Place, shown: Shown): boolean {
  const { extras = {}, security, needs = [] } = technique;
  if (security !== undefined && security !== place.security) return false;
  if (isTlsPart(technique) && place.security !== 'none') return false;
  if (sendsMessage(technique) && brief.confirm === 'rcpt') return false;
  if (!needs.every((keyword) => announces(keyword === 'STARTTLS' ? shown.inClear : shown.extensions, keyword)))
    return false;
  // Whoever claims an address already, or comes through a gateway, would claim it for the gateway.
  if ((extras.xclient || extras.proxy || extras.mailboxLogin) && place.source.route !== 'bind') return false;
  if (extras.xclient && !mayClaim(Object.keys(extras.xclient), shown)) return false;
  return extras.proxy === undefined || shown.hasWaited;
}

/** Techniques of the STARTTLS step begin in the clear. */
const isTlsPart = ({ extras }: Technique): boolean =>
  extras?.afterStarttls !== undefined || extras?.authentication === 'then-starttls';

const SENDING = /^(DATA|BDAT|BURL)\b/i;

/** Say whether a message goes out wherever the server lets it. */
const sendsMessage = ({ proof, extras }: Technique): boolean =>
  proof === 'delivery' || proof === 'return' || (extras?.commands ?? []).some((command) => SENDING.test(command));

/** XCLIENT announces the attributes that it takes. */
function mayClaim(names: readonly string[], { extensions }: Shown): boolean {
  const words = extensions.find((one) => one.startsWith('XCLIENT'))?.split(/[\s=]+/) ?? [];
  return names.every((name) => words.includes(name));
}

/** Longer than a server that does not wait for anything takes to greet, in milliseconds. */
const WAIT_MS = 150;
/** And so many times as long as its other answers. */
const TIMES = 3;

/**
 * Say whether the server waited before its greeting, or never gave one: a listener that wants a PROXY header first. Where it
 * greets at once, the header would be a command like any other.
 */
function hasWaited({ source, security }: Place, known: Known): boolean {
  const plain = plainOf({ source: source.id, security }, known);
  if (!plain) return false;
  const { exchanges } = plain.evidence;
  const greeting = exchanges.find(({ stage }) => stage === 'greeting');
  if (!greeting) return false;
  const others = exchanges.filter((one) => one !== greeting && one.reply !== null).map(({ elapsedMs }) => elapsedMs);
  return greeting.elapsedMs >= Math.max(WAIT_MS, TIMES * Math.min(...(others.length > 0 ? others : [0])));
}

/** Say whether a session got past its greeting. */
export const isGreeted = ({ reading }: Item): boolean =>
  !['connect', 'proxy', 'greeting'].includes(reading.stage) || reading.answer === 'accepted';
