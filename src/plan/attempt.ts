// Makes attempts: fills a technique's templates for one source. Pure; equal input, equal attempt, equal key.

import type { Access, Credentials, Mechanism } from '../model/access.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import { once } from '../model/once.js';
import type { Source } from '../model/source.js';
import type { Technique, TemplateValues, Varied } from '../model/technique.js';
import type { Known } from '../replies/known.js';
import { type Filled, kept } from '../replies/memory.js';
import { endsInCanaryDomain, fill, namesIn, reversePathsOf, shapeOf, variedBy } from '../techniques/fill.js';
import type { ControlId } from './controls.js';
import { filledFor } from './values.js';

/** Where an attempt is made: a source, under a security. */
export interface Place {
  readonly source: Source;
  readonly security: Attempt['security'];
}

/** The cell that each kind of credentials that are not valid bears on. */
export const NEGATIVE_ACCESS = {
  wrong: 'wrong-password',
  empty: 'empty-password',
  'unknown-account': 'unknown-account',
} as const;

/** Names that cannot exist (RFC 6761 section 6.4), for controls. */
const INVALID_DOMAIN = 'relayproof-control.invalid';

/** Join the parts of a key, of which those that do not apply are empty. */
function keyOf(parts: readonly string[]): string {
  let key = '';
  for (const part of parts) if (part !== '') key += key === '' ? part : `/${part}`;
  return key;
}

const NO_EXTRAS: Attempt['extras'] = {};

type Envelope = Pick<Attempt, 'role' | 'access' | 'recipient' | 'reversePath' | 'forwardPath'>;

type Control = Envelope &
  Pick<Attempt, 'key' | 'source' | 'technique' | 'security' | 'greeting'> &
  Partial<Pick<Attempt, 'mailParameters'>>;

// Written out, as in makeFilled, since there are hundreds for every server: objects that are put together from others take ten
// times as long.
const controlOf = (control: Control): Attempt => ({
  key: control.key,
  role: control.role,
  source: control.source,
  technique: control.technique,
  varied: [],
  access: control.access,
  mechanism: null,
  credentials: 'none',
  recipient: control.recipient,
  security: control.security,
  greeting: control.greeting,
  reversePath: control.reversePath,
  forwardPath: control.forwardPath,
  bareForwardPath: false,
  mailParameters: control.mailParameters ?? '',
  rcptParameters: '',
  extras: NO_EXTRAS,
  depth: 'rcpt',
  isSign: true,
  shape: null,
  alone: false,
  of: null,
});

/** Make a control: the plain greeting and an envelope. */
export const makeControl = (
  brief: Brief,
  { source, security }: Place,
  id: ControlId,
  envelope: Envelope,
  suffix = '',
): Attempt =>
  controlOf({
    ...envelope,
    key: keyOf([source.id, envelope.role, id, security, suffix]),
    source: source.id,
    technique: id,
    security,
    greeting: { verb: 'EHLO', name: brief.identity.helo },
  });

/** The three controls of every source: a local recipient, an invented one, an unrelated foreign one. */
export function makeControls(brief: Brief, place: Place, known: Known): readonly Attempt[] {
  const { identity } = brief;
  const { values, made } = filledFor(brief, place.source, known);
  // Before anything was answered the domain is a guess at a guess.
  const domain = identity.localDomain ?? (known.items.length > 0 ? values['local.domain'] : undefined) ?? null;
  return kept(made, `controls ${place.source.id} ${place.security} ${domain ?? ''}`, () => {
    const common = { access: 'inbound', recipient: 'local', reversePath: identity.sender } as const;
    const { mailbox } = identity.localRecipient;
    const accept = makeControl(brief, place, 'control-accept-local', {
      ...common,
      role: 'inbound',
      forwardPath: mailbox,
    });
    const unrelated = makeControl(brief, place, 'control-unrelated', {
      role: 'unrelated',
      access: 'anonymous',
      recipient: 'foreign',
      reversePath: identity.sender,
      forwardPath: `nobody-${identity.id}@${INVALID_DOMAIN}`,
    });
    if (domain === null) return [accept, unrelated];
    const unknown = makeControl(brief, place, 'control-unknown-local', {
      ...common,
      role: 'unknown-local',
      forwardPath: `no-such-user-${identity.id}@${domain}`,
    });
    return [accept, unknown, unrelated];
  });
}

/** What a client that may relay asks: the plain foreign recipient from a reverse-path of its own. */
export const makeApprovedControl = (brief: Brief, place: Place, known: Known): readonly Attempt[] =>
  kept(filledFor(brief, place.source, known).made, `approved ${place.source.id} ${place.security}`, () => [
    makeControl(brief, place, 'control-approved', {
      role: 'probe',
      access: 'anonymous',
      recipient: 'foreign',
      reversePath: brief.identity.authSender,
      forwardPath: brief.identity.canary,
    }),
  ]);

/**
 * Make the attempts of one technique at one place, one per reverse-path it goes with; those whose names have no value yet are
 * left out. `mechanism` is what a technique that logs in does so by.
 */
export function makeProbes(
  brief: Brief,
  place: Place,
  technique: Technique,
  { values, made }: Filled,
  mechanism: Mechanism | null = null,
): readonly Attempt[] {
  const key = `${place.source.id} ${place.security} ${technique.id} ${mechanism ?? ''}`;
  return kept(made, key, () => makeFilled(brief, place, technique, values, mechanism));
}

function makeFilled(
  brief: Brief,
  { source, security }: Place,
  technique: Technique,
  values: TemplateValues,
  mechanism: Mechanism | null,
): Attempt[] {
  const { id, credentials = 'none', proof, login, bareForwardPath = false } = technique;
  const { variants, greeting, isSign, recipient, depth, alone } = kindOf(technique);
  const forwardPath = technique.forwardPath ?? '{canary}';
  const attempts: Attempt[] = [];
  for (const { name, reversePath, varied, names } of variants) {
    if (names.some((one) => values[one] === undefined)) continue;
    const attempt: Attempt = {
      key: keyOf([source.id, 'probe', id, name, mechanism ?? '', security]),
      role: 'probe',
      source: source.id,
      technique: id,
      varied,
      access: accessOf(credentials, mechanism),
      mechanism,
      credentials,
      recipient,
      security,
      greeting: { verb: greeting.verb, name: greeting.name ? fill(greeting.name, values) : brief.identity.helo },
      reversePath: fill(reversePath, values),
      forwardPath: fill(forwardPath, values),
      bareForwardPath,
      mailParameters: fill(technique.mailParameters ?? '', values),
      rcptParameters: fill(technique.rcptParameters ?? '', values),
      extras: technique.extras === undefined ? NO_EXTRAS : fillExtras(technique.extras, values),
      depth,
      isSign,
      shape: isSign || (proof ?? 'acceptance') !== 'acceptance' ? null : shapeOf(forwardPath, values),
      alone,
      of: null,
    };
    const isPlain = (proof === undefined || proof === 'acceptance') && login === undefined;
    attempts.push(
      isPlain
        ? attempt
        : {
            ...attempt,
            ...(proof === undefined || proof === 'acceptance' ? {} : { proof }),
            ...(login === undefined ? {} : { login }),
          },
    );
  }
  return attempts;
}

/** What follows from a technique alone: what it varies, how far it goes, and what its answer shows. */
const kindOf = once((technique: Technique) => {
  const { credentials = 'none', proof = 'acceptance', extras = {} } = technique;
  const field = variedBy(technique);
  const varied: readonly Varied[] = field === null ? [] : [field];
  const isSign =
    proof === 'replies' ? asksForCanary(technique) : proof === 'acceptance' && endsInCanaryDomain(technique);
  return {
    variants: reversePathsOf(technique).map((reversePath, index) => ({
      name: index === 0 ? '' : `from-${index}`,
      reversePath,
      varied: index === 0 || varied.includes('reverse-path') ? varied : [...varied, 'reverse-path' as const],
      names: namesIn(technique, [reversePath]),
    })),
    greeting: { verb: 'EHLO' as const, ...technique.greeting },
    isSign,
    recipient: proof === 'acceptance' || isSign ? ('foreign' as const) : ('local' as const),
    depth: proof === 'delivery' || proof === 'return' ? ('message' as const) : ('rcpt' as const),
    // Whatever a session has done beside an envelope stays in it.
    alone: Object.keys(extras).length > 0 || credentials !== 'none' || proof !== 'acceptance',
  };
});

/** Credentials that are not valid give no right; valid ones that are shown elsewhere than in AUTH leave SMTP anonymous. */
function accessOf(credentials: Credentials, mechanism: Mechanism | null): Access {
  if (credentials === 'none') return 'anonymous';
  if (credentials === 'valid') return mechanism ?? 'anonymous';
  return NEGATIVE_ACCESS[credentials];
}

/** Commands that hold a whole envelope to the canary relay when they are taken; others only tell. */
const asksForCanary = ({ extras }: Technique): boolean =>
  (extras?.commands ?? []).some((command) => /^RCPT TO:<\{canary\}>/i.test(command));

function fillExtras(extras: NonNullable<Technique['extras']>, values: TemplateValues): Attempt['extras'] {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return fill(value, values);
    if (Array.isArray(value)) return value.map(walk);
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
    return value;
  };
  return walk(extras) as Attempt['extras'];
}

/** The shape control of an attempt: the same, with a name that cannot exist where the canary's domain stood; none without one. */
export const makeShapeControl = (attempt: Attempt, { memory }: Known): readonly Attempt[] =>
  kept(memory.shapes, attempt, () => {
    const { key, shape } = attempt;
    if (shape === null) return [];
    const asked = { role: 'shape', technique: 'control-shape', forwardPath: shape } as const;
    // SAFETY: its recipient is nobody's canary, so that it never goes as far as a message.
    return [{ ...attempt, ...asked, key: `${key}/shape`, of: key, depth: 'rcpt' }];
  });

/** The inbound control with an attempt's greeting and reverse-path; attempts that share both share it. */
export const makeInboundAs = ({ identity }: Brief, attempt: Attempt, { memory }: Known): Attempt =>
  kept(memory.inbound, attempt, () => {
    const { source, greeting, reversePath, security, mailParameters } = attempt;
    return controlOf({
      key: keyOf([source, 'inbound-as', greeting.verb, greeting.name, `<${reversePath}>`, security]),
      role: 'inbound-as',
      source,
      technique: 'control-accept-local',
      access: 'inbound',
      recipient: 'local',
      security,
      greeting,
      reversePath,
      forwardPath: identity.localRecipient.mailbox,
      mailParameters,
    });
  });
