// What the operator left out, or what made no sense to ask: listed, never counted. Pure.
import { MECHANISMS } from '../model/access.js';
import { isWithoutAddress } from '../model/networks.js';
import { type Judged, nameOf } from './finders/hit.js';

/** One line per thing that was not tested. */
export function notTested(judged: Judged): string[] {
  const { view, cells } = judged;
  const { brief } = view;
  const lines: string[] = [];
  const skipped = cells.filter(
    (cell) => (MECHANISMS as readonly string[]).includes(cell.access) && cell.observed === 'skipped',
  );
  for (const because of new Set(skipped.flatMap((cell) => cell.because)))
    lines.push(`authenticated relays: ${because}`);
  if (brief.user !== null && brief.negativeAuthentication === 'none')
    lines.push('failed logins: --negative-authentication none');
  if (brief.failuresSpent)
    lines.push(
      'a wrong and an empty password: asked of another server of this run, since --negative-authentication safe allows one of each per account and run; full asks everywhere',
    );
  if (!brief.identity.localRecipient.strong)
    lines.push('inbound mail: no --local-recipient was named; refusals in doubtful words settle nothing without it');
  if (
    brief.policy.relayHosts.length === 0 &&
    (brief.policy.preset === 'list-or-auth' || brief.policy.preset === 'list-only')
  )
    lines.push('approved hosts: no --relay-hosts were given');
  else if (brief.policy.relayHosts.length > 0 && !view.sources.some((source) => source.approved === true))
    lines.push('approved hosts: none of the sources is on the list');
  for (const { text } of brief.policy.relayHosts.filter(isWithoutAddress))
    lines.push(`approved host ${text}: the name has no address, so that no source is known to be it`);
  if (!view.sources.some((source) => source.isRelayWrong !== false))
    lines.push('strangers: every source is approved; add one that is not with -s');
  if (brief.confirm === 'rcpt') lines.push('delivery: no message was sent (--confirm rcpt)');
  const unswept = view.sources.filter(
    (source) =>
      source.isRelayWrong !== false && source.places.some((place) => place.plain?.settlement.kind === 'relays'),
  );
  if (unswept.length > 0 && brief.techniques.length > 1)
    lines.push(`techniques from ${unswept.map(nameOf).join(', ')}: the plain attempt relays already`);
  lines.push(...heldBack(judged));
  const without = unasked(judged);
  if (without.length > 0)
    lines.push(`techniques that the server, the sources or the options give no occasion for: ${without.join(', ')}`);
  return lines;
}

/** Messages and logins that were wanted and not made, by what kept them back; what the cells say already is left out. */
function heldBack({ view, cells }: Judged): string[] {
  const said = new Set(cells.flatMap(({ because }) => because));
  const kept = view.known.items.filter(
    ({ attempt, evidence: { skipped } }) =>
      skipped !== null && !said.has(skipped) && (attempt.depth === 'message' || attempt.mechanism !== null),
  );
  return [...new Set(kept.map(({ evidence }) => evidence.skipped ?? ''))].map((because) => {
    const of = kept.filter(({ evidence }) => evidence.skipped === because).map(({ attempt }) => attempt.technique);
    return `${[...new Set(of)].join(', ')}: ${because}`;
  });
}

/** Techniques that were asked nowhere, though a place was swept; what the plain attempt makes needless is said by itself. */
function unasked({ view }: Judged): string[] {
  const swept = view.sources.some(
    (source) =>
      source.isRelayWrong !== false && source.places.some((place) => place.plain?.settlement.kind === 'refused'),
  );
  if (!swept) return [];
  const asked = new Set(view.known.items.map(({ attempt }) => attempt.technique));
  return view.brief.techniques.map(({ id }) => id).filter((id) => !asked.has(id));
}
