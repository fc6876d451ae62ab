// Findings about what techniques show beside anonymous relaying: uses of a valid login, and side doors that open no relay by
// themselves. Pure. None of them bears on a cell.

import type { Settled } from '../view.js';
import { exposed } from './exposure.js';
import { confidenceOf, type Finder, itemsOf, list, nameOf, pathsOf, quote, sourcesBehind } from './hit.js';

/** One hit for all probes that show the same thing; as sure as their relaying is, where they relay. */
const told =
  (
    isWanted: (item: Settled) => boolean,
    say: (items: readonly Settled[], first: Settled) => string,
    confidence?: 'possible',
  ): Finder =>
  (judged) => {
    const items = itemsOf(judged).filter((item) => item.attempt.role === 'probe' && isWanted(item));
    const [first] = items;
    if (!first) return [];
    const sources = sourcesBehind(judged, items);
    const doesRelay = items.some(({ settlement }) => settlement.kind === 'relays');
    return [
      {
        message: `${list(sources.map(nameOf))}: ${say(items, first)}`,
        items,
        sources,
        confidence: confidence ?? (doesRelay ? confidenceOf(items) : 'confirmed'),
      },
    ];
  };

const relaysLoggedIn = ({ attempt, reading, settlement }: Settled): boolean =>
  attempt.credentials === 'valid' && reading.login?.answer === 'accepted' && settlement.kind === 'relays';

const lastCommand = ({ attempt }: Settled): string => attempt.extras.commands?.at(-1) ?? '';

/** A positive reply to the last command, where no envelope to a stranger is part of it. */
const yesTo = (command: RegExp, isWanted: (item: Settled) => boolean = () => true): Finder =>
  told(
    (item) => item.reading.answer === 'accepted' && command.test(lastCommand(item)) && isWanted(item),
    (items, first) => `${list(items.map(lastCommand))} was answered ${quote(first)}`,
  );

export const TECHNIQUE_FINDERS = {
  'sender-not-tied-to-account': told(
    (item) => item.attempt.technique === 'auth-sender-mismatch' && relaysLoggedIn(item),
    (items) => `logged in, and sent as ${list(items.map(({ attempt }) => `<${attempt.reversePath}>`))}`,
  ),
  'acts-as-another-user': told(
    ({ attempt, reading }) => attempt.extras.authentication === 'authzid' && reading.login?.answer === 'accepted',
    () => "the account's password was accepted together with another user's name to act as",
    'possible',
  ),
  'login-kept-across-starttls': told(
    (item) => item.attempt.extras.authentication === 'then-starttls' && relaysLoggedIn(item),
    () => 'a login in the clear still gave the right to relay after STARTTLS',
  ),
  'mailbox-login-opens-relay': told(
    (item) => item.attempt.extras.mailboxLogin !== undefined && item.settlement.kind === 'relays',
    (_, first) => `after a mailbox login from the same address, ${pathsOf(first)} was answered ${quote(first)}`,
  ),
  'queue-run-for-strangers': yesTo(/^(ETRN|ATRN|TURN)\b/i),
  'addresses-shown': yesTo(/^(VRFY|EXPN)\b/i),
  // From a stranger it is a claim of another address, which is told as such.
  'client-forged-in-log': (judged) => {
    const claims = new Set(exposed(judged));
    return yesTo(/^XFORWARD\b/i, (item) => !claims.has(item))(judged);
  },
  backscatter: told(
    ({ attempt, evidence: { canary } }) =>
      (attempt.proof === 'return' && canary.some(({ kind }) => kind === 'delivered' || kind === 'bounced')) ||
      (attempt.credentials !== 'valid' &&
        canary.some((event) => event.kind === 'bounced' && event.failedBy === 'server')),
    (items) => `a message came back to a forged reverse-path: ${list(items.map(({ attempt }) => attempt.technique))}`,
  ),
} as const satisfies Record<string, Finder>;
