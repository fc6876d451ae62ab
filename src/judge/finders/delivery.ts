// Findings from what became of messages: kept, passed on once, for a domain of the server's own. Pure.
import { canonicalAddress } from '../../model/addresses.js';
import { isDelivered, isExpected, isMessage, isSilent } from '../../replies/delivery.js';
import { deniesSecondDomain } from '../../replies/settle.js';
import type { Settled } from '../view.js';
import { type Finder, itemsOf, list, nameOf, pathsOf, quote, together } from './hit.js';

export const DELIVERY_FINDERS = {
  'accepted-not-relayed': (judged) =>
    together(
      judged,
      itemsOf(judged).filter(
        (item) =>
          isMessage(item) &&
          isSilent(item) &&
          item.settlement.kind === 'refused' &&
          !isExpected(item) &&
          !hasArrived(item, itemsOf(judged)),
      ),
      (first) =>
        `a message ${pathsOf(first)} was answered ${quote(first)}, and nothing came, while a canary that should come did`,
    ),
  'relays-selectively': (judged) =>
    together(
      judged,
      itemsOf(judged).filter((item) => isMessage(item) && isSilent(item) && hasArrived(item, itemsOf(judged))),
      (first) => `${pathsOf(first)}: the first message arrived, the second did not`,
    ),
  'canary-domain-served': (judged) =>
    together(
      judged,
      itemsOf(judged).filter((item) => deniesSecondDomain(item, judged.view.known, judged.view.brief)),
      (first) => `${pathsOf(first)} was answered ${quote(first)}, while the canary itself was accepted`,
    ),
  'source-not-as-claimed': ({ view }) => {
    const sources = view.sources.filter(({ source, seenAs }) => {
      const own = source.address;
      return (
        own !== null && seenAs !== null && source.seenAs === null && canonicalAddress(own) !== canonicalAddress(seenAs)
      );
    });
    if (sources.length === 0) return [];
    const pairs = list(sources.map((source) => `${nameOf(source)} is seen as ${source.seenAs}`));
    return [{ message: pairs, items: [], sources, confidence: 'confirmed' }];
  },
} as const satisfies Record<string, Finder>;

/** Whether another message of the same attempt arrived. */
const hasArrived = ({ attempt }: Settled, all: readonly Settled[]): boolean =>
  all.some((other) => isMessage(other) && isDelivered(other) && other.attempt.of === attempt.of);
