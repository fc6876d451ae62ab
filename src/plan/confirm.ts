// What is sent beyond RCPT: one message per distinct hole, one that should arrive, a second one of a hole that was proved,
// and the same recipient at a second foreign domain. Nothing goes to anybody but the canary. Pure.
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { sourceOf } from '../model/source.js';
import { didCanaryCome, holeOf, isDelivered, isExpected } from '../replies/delivery.js';
import type { Known } from '../replies/known.js';
import { PLAIN, plainOf } from '../replies/plain.js';
import type { Item } from '../replies/read.js';
import { approvalOf } from './places.js';

/**
 * The messages and second domains that answers at RCPT call for.
 * @param planned the attempts that are part of the plan, in its order: which of several speaks for a hole may not depend on
 * which was answered first.
 * @param isSwept whether all of them have been made.
 */
export function* wantedConfirmation(
  brief: Brief,
  known: Known,
  planned: readonly Attempt[],
  isSwept: boolean,
): Generator<Attempt> {
  if (!known.items.some(isTaken)) return;
  const made = [...new Set(planned.map(({ key }) => key))].flatMap((key) => known.byKey.get(key) ?? []);
  // What the plain attempt shows already needs no message of its own.
  const accepted = made.filter((item) => isTaken(item) && plainOf(item.attempt, known) !== undefined);
  yield* accepted.flatMap((item) => secondDomain(brief, item, known));
  if (brief.confirm === 'rcpt') return;
  const messages = [...messagesWanted(brief, accepted, known, isSwept)];
  // Until a canary has come back, or the direct one was read, two are enough to be wrong with.
  const most =
    didCanaryCome(known) === true || isDirectRead(known) ? brief.maxMessages : Math.min(2, brief.maxMessages);
  // What was sent stays, though another one should have come before it.
  yield* messages.filter(({ key }, place) => place < most || known.byKey.has(key));
}

/** Whether a probe was accepted at RCPT; a positive reply to commands is all that they can show. */
const isTaken = ({ attempt, reading }: Item): boolean =>
  attempt.role === 'probe' && attempt.depth === 'rcpt' && attempt.proof === undefined && reading.answer === 'accepted';

const isDirectRead = (known: Known): boolean =>
  known.items.some((item) => item.attempt.role === 'direct' && isDelivered(item));

/** One that should come first; then a hole each; where that one did not get through, the same hole's other attempts too. */
function* messagesWanted(brief: Brief, accepted: readonly Item[], known: Known, isSwept: boolean): Generator<Attempt> {
  const expected = accepted.filter((item) => isExpected(item) && item.reading.login?.answer !== 'refused');
  const [first] = expected;
  if (first) yield messageOf(first.attempt);
  const holes = accepted.filter((item) => item.attempt.credentials === 'none' && mayBeHole(brief, item, known));
  const isSent = (attempt: Attempt): boolean => known.byKey.has(messageOf(attempt).key);
  // What was sent speaks for its hole for good, and its evidence is never left out.
  const seen = new Set(holes.filter(({ attempt }) => isSent(attempt)).map(({ attempt }) => holeOf(attempt, known)));
  for (const { attempt } of holes) {
    const isNew = brief.confirmAll || !seen.has(holeOf(attempt, known));
    if (!isSent(attempt) && !(isNew && (isSwept || attempt.technique === PLAIN))) continue;
    seen.add(holeOf(attempt, known));
    yield messageOf(attempt);
  }
  const proved = known.messages.find((item) => !isExpected(item) && isDelivered(item) && !isSecond(item.attempt));
  const again = accepted.find(({ attempt }) => attempt.key === proved?.attempt.of);
  if (again) yield { ...messageOf(again.attempt), key: `${messageOf(again.attempt).key}${SECOND}` };
}

/** A fake relay passes on the first message and keeps the rest: one hole that was proved gets a second one. */
const SECOND = '-again';

const isSecond = (attempt: Attempt): boolean => attempt.key.endsWith(SECOND);

const mayBeHole = (brief: Brief, { attempt }: Item, known: Known): boolean => {
  const source = sourceOf(brief.sources, attempt.source);
  return source !== undefined && attempt.technique !== 'control-approved' && isAsked(brief, source, known);
};

/** Approved hosts' canaries prove nothing more, but where the policy wants them refused. */
const isAsked = (brief: Brief, source: Brief['sources'][number], known: Known): boolean =>
  approvalOf(brief, source, known) !== true ||
  brief.policy.preset === 'auth-only' ||
  brief.policy.preset === 'send-only';

const messageOf = (attempt: Attempt): Attempt => ({
  ...attempt,
  key: `${attempt.key}/message`,
  depth: 'message',
  alone: true,
  of: attempt.key,
});

/**
 * The same technique at a second foreign domain, in a session of its own; only of attempts that would be holes. Not where the
 * operator has prepared a name below the canary's domain: the second one has none.
 */
function secondDomain(brief: Brief, item: Item, known: Known): Attempt[] {
  const { secondCanaryDomain, canary } = brief.identity;
  const { attempt } = item;
  if (secondCanaryDomain === null || attempt.credentials !== 'none' || !mayBeHole(brief, item, known)) return [];
  const domain = canary.slice(canary.lastIndexOf('@') + 1);
  if (!attempt.forwardPath.includes(domain) || attempt.forwardPath.includes(`.${domain}`)) return [];
  const elsewhere = (path: string): string => path.replaceAll(domain, secondCanaryDomain);
  return [
    {
      ...attempt,
      key: `${attempt.key}/second-domain`,
      role: 'second-domain',
      // A mailbox that seems to write to itself does so there as well.
      reversePath: attempt.reversePath === canary ? elsewhere(attempt.reversePath) : attempt.reversePath,
      forwardPath: elsewhere(attempt.forwardPath),
      alone: true,
      of: attempt.key,
    },
  ];
}
