// From a finding to its cause: what in a configuration opens the hole, told by the techniques that went through. A finding that
// has one cause alone is its own cause. Data and pure functions; ids of techniques are never renamed.
import type { RuleId } from '../rules.js';
import type { Settled, View } from '../view.js';

/** Causes of the findings that have several, with how a page calls them. */
export const CAUSES = {
  everyone: 'The plain attempt relays: everybody is trusted',
  range: 'Some addresses outside the list relay',
  'under-tls': 'Whoever encrypts relays',
  sender: 'A forged local sender relays',
  'null-sender': 'The null reverse-path relays',
  partner: "A partner's reverse-path relays",
  greeting: 'A greeting name relays',
  name: 'A reverse DNS name relays',
  percent: 'The percent hack relays',
  bang: 'A bang path relays',
  'source-route': 'A source route relays',
  quoted: 'An address within the local part relays',
  'after-local': 'Who has named a local recipient relays',
  recipient: 'Another form of recipient relays',
  xclient: 'XCLIENT is taken from strangers',
  proxy: 'A PROXY header is taken from strangers',
} as const;

export type Cause = keyof typeof CAUSES | RuleId;

/** The causes that a rule may have beside itself. */
export const CAUSES_OF: Readonly<Partial<Record<RuleId, readonly Cause[]>>> = {
  'open-relay': [
    'everyone',
    'under-tls',
    'sender',
    'null-sender',
    'partner',
    'greeting',
    'name',
    'percent',
    'bang',
    'source-route',
    'quoted',
    'after-local',
    'recipient',
    'xclient',
    'proxy',
  ],
  'unapproved-host-relays': ['range'],
  'address-claim-accepted': ['xclient', 'proxy'],
};

/** By the beginning of a technique's id, the first that fits. */
const BY_TECHNIQUE: readonly (readonly [RegExp, Cause])[] = [
  [/^plain-/, 'everyone'],
  [/^null-sender$/, 'null-sender'],
  [/^sender-mail-from-map$/, 'partner'],
  [/^sender-/, 'sender'],
  [/^(ehlo-|helo-|no-helo)/, 'greeting'],
  [/^ptr-/, 'name'],
  [/^percent-/, 'percent'],
  [/^bang-/, 'bang'],
  [/^source-route-/, 'source-route'],
  [/^(quoted-|double-at-|trailing-at)/, 'quoted'],
  [/^rcpt-mixed-/, 'after-local'],
  [/^xclient-/, 'xclient'],
  [/^proxy-/, 'proxy'],
];

const byTechnique = (id: string): Cause => BY_TECHNIQUE.find(([begins]) => begins.test(id))?.[1] ?? 'recipient';

/** Give the causes of a finding, the most telling first; never none. */
export function causesOf(rule: RuleId, items: readonly Settled[], view: View): readonly Cause[] {
  const possible = CAUSES_OF[rule];
  if (possible === undefined) return [rule];
  if (possible.length === 1) return possible;
  const relaying = items.filter(({ settlement }) => settlement.kind === 'relays');
  const told = relaying.length > 0 ? relaying : items;
  const plain = told.filter(({ attempt }) => attempt.technique === 'plain-external');
  if (rule === 'open-relay' && plain.length > 0) {
    return plain.every((item) => isByTls(item, view)) ? ['under-tls'] : ['everyone'];
  }
  const isSimple = ({ attempt }: Settled): boolean =>
    byTechnique(attempt.technique) === 'sender' || attempt.reversePath === view.brief.identity.sender;
  const hasSender = told.some(({ attempt }) => byTechnique(attempt.technique) === 'sender');
  // Where a forged sender goes through by itself, recipient forms that need it go through by the sender.
  const telling = hasSender ? told.filter((item) => isSimple(item) || isOfEnvelope(item)) : told;
  const found = new Set(telling.map(({ attempt }) => byTechnique(attempt.technique)));
  // Where a second recipient goes through by the first one, so does every form that was not the first of its transaction.
  if (found.has('after-local')) for (const cause of FORMS) found.delete(cause);
  const ordered = possible.filter((cause) => found.has(cause));
  return ordered.length > 0 ? ordered : [possible[0] ?? rule];
}

const FORMS: readonly Cause[] = ['percent', 'bang', 'source-route', 'quoted', 'recipient'];

/** Techniques that are about the reverse-path itself, or about the session. */
const isOfEnvelope = ({ attempt }: Settled): boolean =>
  ['null-sender', 'partner', 'xclient', 'proxy'].includes(byTechnique(attempt.technique));

/** Whether the same source is refused in the clear. */
const isByTls = ({ attempt }: Settled, { sources }: View): boolean =>
  attempt.security === 'tls' &&
  sources.some(
    ({ source, places }) =>
      source.id === attempt.source &&
      places.some(({ security, plain }) => security === 'none' && plain?.settlement.kind === 'refused'),
  );
