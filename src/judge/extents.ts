// How far the server's trust reaches beyond the policy's list, in words: "the server trusts 192.0.2.0/24, the policy says
// 192.0.2.0/25". Pure; the run of addresses is worked out in src/model/extent.ts.
import { type Extent, extentsOf } from '../model/extent.js';
import { type NetworkList, showRange } from '../model/networks.js';
import { askedOf } from '../replies/sources.js';
import type { SourceView, View } from './view.js';

/**
 * Say for some sources that relay and should not which ranges the server trusts, one clause per range.
 * An end that was not verified makes it "at least"; single addresses about which no more is known are left out.
 */
export function trustBeyond(view: View, holes: readonly SourceView[]): string[] {
  const asked = view.sources.flatMap(({ source }) => askedOf(view.brief, source, view.known) ?? []);
  const starts = holes.flatMap(({ source }) => askedOf(view.brief, source, view.known) ?? []);
  return extentsOf(
    asked,
    starts.filter(({ relays }) => relays === true),
  )
    .filter((extent) => isExact(extent) || extent.first !== extent.last)
    .map((extent) => {
      const least = isExact(extent) ? '' : 'at least ';
      return `the server trusts ${least}${showRange(extent)}, the policy says ${policySays(view.brief.policy.relayHosts, extent)}`;
    });
}

const isExact = ({ isFirstExact, isLastExact }: Extent): boolean => isFirstExact && isLastExact;

/** The entries that lie in a range. */
function policySays(list: NetworkList, { family, first, last }: Extent): string {
  const within = list.filter(({ ranges }) =>
    ranges.some((range) => range.family === family && range.first <= last && first <= range.last),
  );
  return within.length === 0 ? 'nothing of it' : within.map(({ text }) => text).join(' and ');
}
