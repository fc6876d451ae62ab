// Makes attempts: fills a technique's templates for one source. Pure; equal input, equal attempt, equal key.

import type { Access, Credentials, Mechanism } from '../model/access.js';
import { addressToBigInt } from '../model/addresses.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief, Identity } from '../model/brief.js';
import { serverNameOf } from '../model/extensions.js';
import { addressWithin } from '../model/networks.js';
import { once } from '../model/once.js';
import type { Policy } from '../model/policy.js';
import type { Source } from '../model/source.js';
import type { Technique, TemplateValues, Varied } from '../model/technique.js';
import { ehloOf, type Known } from '../replies/known.js';
import { endsInCanaryDomain, fill, missingNames, reversePathsOf, shapeOf, variedBy } from '../techniques/fill.js';
import type { ControlId } from './controls.js';

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

/** Plans are made anew with every answer; what they fill in is the same until the server's name or our address is known. */
const filledFor = once((_: Identity) => once((_: Policy) => new Map<string, TemplateValues>()));

/** The values of the template names for one source, as far as operator and server have told them. */
export function valuesFor(brief: Brief, source: Source, known: Known): TemplateValues {
  const { identity, policy, target } = brief;
  const name = identity.serverName ?? serverNameIn(known) ?? `mail.${identity.localDomain ?? 'localdomain'}`;
  const from =
    source.address ?? known.items.find(({ attempt }) => attempt.source === source.id)?.evidence.session.localAddress;
  const key = [target.address, source.id, name, from ?? ''].join(' ');
  const filled = filledFor(identity)(policy);
  const values = filled.get(key) ?? makeValues(brief, name, from ?? null);
  filled.set(key, values);
  return values;
}

function makeValues({ identity, target, policy }: Brief, name: string, from: string | null): TemplateValues {
  const at = identity.canary.lastIndexOf('@');
  const localDomain = identity.localDomain ?? domainOfServer(name);
  const address = target.address.replace(/%.*$/, '');
  const approved = addressWithin(policy.relayHosts, addressToBigInt(address)?.family ?? 4);
  return {
    canary: identity.canary,
    'canary.local': identity.canary.slice(0, at),
    'canary.domain': identity.canary.slice(at + 1),
    ...(identity.canaryAddress
      ? { 'canary.address': identity.canaryAddress, 'canary.literal': literal(identity.canaryAddress) }
      : {}),
    sender: identity.sender,
    'local.domain': localDomain,
    'local.recipient': identity.localRecipient.mailbox,
    'server.name': name,
    ...serverAddress(address),
    ...(from ? { 'source.address': from } : {}),
    ...(approved ? { 'approved.address': approved } : {}),
    'client.name': identity.helo,
    ...(identity.partner === undefined ? {} : { partner: identity.partner }),
    ...(identity.secondCanaryDomain ? { 'other.domain': identity.secondCanaryDomain } : {}),
    id: identity.id,
  };
}

/** The server's address in its notations; none where only a proxy knows it. */
function serverAddress(address: string): TemplateValues {
  const family = addressToBigInt(address)?.family;
  if (family === undefined) return {};
  const literal6 = `[IPv6:${family === 6 ? address : `::ffff:${address}`}]`;
  return { 'server.address': address, 'server.literal': literal(address), 'server.literal6': literal6 };
}

/** An address literal (RFC 5321 section 4.1.3). */
const literal = (address: string): string =>
  addressToBigInt(address)?.family === 6 ? `[IPv6:${address}]` : `[${address}]`;

const serverNameIn = once(({ items }: Known): string | null => {
  for (const { attempt, evidence } of items) {
    // The receiver of the canaries is another server.
    if (attempt.role === 'direct') continue;
    const name = serverNameOf(ehloOf(evidence)) ?? serverNameOf(evidence.session.greeting);
    if (name) return name;
  }
  return null;
});

/** `mail.corp.test` serves `corp.test`: a guess, and only ever used as a weak control or inside a technique. */
const domainOfServer = (name: string): string => {
  const labels = name.split('.');
  return labels.length > 2 ? labels.slice(1).join('.') : name;
};

const BASE = {
  varied: [],
  mechanism: null,
  credentials: 'none',
  bareForwardPath: false,
  mailParameters: '',
  rcptParameters: '',
  extras: {},
  depth: 'rcpt',
  isSign: true,
  shape: null,
  alone: false,
  of: null,
} as const satisfies Partial<Attempt>;

const keyOf = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('/');

type Envelope = Pick<Attempt, 'role' | 'access' | 'recipient' | 'reversePath' | 'forwardPath'>;

/** Make a control: the plain greeting and an envelope. */
export function makeControl(brief: Brief, place: Place, id: ControlId, envelope: Envelope, suffix = ''): Attempt {
  return {
    ...BASE,
    ...envelope,
    key: keyOf([place.source.id, envelope.role, id, place.security, suffix]),
    source: place.source.id,
    technique: id,
    security: place.security,
    greeting: { verb: 'EHLO', name: brief.identity.helo },
  };
}

/** The three controls of every source: a local recipient, an invented one, an unrelated foreign one. */
export function makeControls(brief: Brief, place: Place, known: Known): Attempt[] {
  const { identity } = brief;
  const domain = valuesFor(brief, place.source, known)['local.domain'] ?? null;
  const common = { access: 'inbound', recipient: 'local', reversePath: identity.sender } as const;
  const unknown = identity.localDomain ?? (known.items.length > 0 ? domain : null);
  return [
    makeControl(brief, place, 'control-accept-local', {
      ...common,
      role: 'inbound',
      forwardPath: identity.localRecipient.mailbox,
    }),
    ...(unknown === null
      ? []
      : [
          makeControl(brief, place, 'control-unknown-local', {
            ...common,
            role: 'unknown-local',
            forwardPath: `no-such-user-${identity.id}@${unknown}`,
          }),
        ]),
    makeControl(brief, place, 'control-unrelated', {
      role: 'unrelated',
      access: 'anonymous',
      recipient: 'foreign',
      reversePath: identity.sender,
      forwardPath: `nobody-${identity.id}@${INVALID_DOMAIN}`,
    }),
  ];
}

/** What a client that may relay asks: the plain foreign recipient from a reverse-path of its own. */
export const makeApprovedControl = (brief: Brief, place: Place): Attempt =>
  makeControl(brief, place, 'control-approved', {
    role: 'probe',
    access: 'anonymous',
    recipient: 'foreign',
    reversePath: brief.identity.authSender,
    forwardPath: brief.identity.canary,
  });

const MADE = new WeakMap<TemplateValues, Map<string, Attempt[]>>();

/**
 * Make the attempts of one technique at one place, one per reverse-path it goes with; those whose names have no value yet are
 * left out. `mechanism` is what a technique that logs in does so by.
 */
export function makeProbes(
  brief: Brief,
  place: Place,
  technique: Technique,
  known: Known,
  mechanism: Mechanism | null = null,
): Attempt[] {
  const values = valuesFor(brief, place.source, known);
  const key = [place.source.id, place.security, technique.id, mechanism ?? ''].join(' ');
  const made = MADE.get(values) ?? new Map<string, Attempt[]>();
  MADE.set(values, made);
  const probes = made.get(key) ?? makeFilled(brief, place, technique, values, mechanism);
  made.set(key, probes);
  return probes;
}

function makeFilled(
  brief: Brief,
  { source, security }: Place,
  technique: Technique,
  values: TemplateValues,
  mechanism: Mechanism | null,
): Attempt[] {
  const { id, greeting, credentials = 'none', proof, login, bareForwardPath = false } = technique;
  const { varied, isSign, recipient, depth, alone } = kindOf(technique);
  const forwardPath = technique.forwardPath ?? '{canary}';
  return reversePathsOf(technique).flatMap((reversePath, variant): Attempt[] => {
    if (missingNames(technique, values, [reversePath]).length > 0) return [];
    // Written out, since there are hundreds for every server: objects that are put together from others take ten times as long.
    const attempt: Attempt = {
      key: keyOf([source.id, 'probe', id, variant === 0 ? '' : `from-${variant}`, mechanism ?? '', security]),
      role: 'probe',
      source: source.id,
      technique: id,
      varied: variant === 0 || varied.includes('reverse-path') ? varied : [...varied, 'reverse-path'],
      access: accessOf(credentials, mechanism),
      mechanism,
      credentials,
      recipient,
      security,
      greeting: {
        verb: greeting?.verb ?? 'EHLO',
        name: greeting?.name ? fill(greeting.name, values) : brief.identity.helo,
      },
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
    if ((proof === undefined || proof === 'acceptance') && login === undefined) return [attempt];
    return [
      {
        ...attempt,
        ...(proof === undefined || proof === 'acceptance' ? {} : { proof }),
        ...(login === undefined ? {} : { login }),
      },
    ];
  });
}

/** What follows from a technique alone: what it varies, how far it goes, and what its answer shows. */
const kindOf = once((technique: Technique) => {
  const { credentials = 'none', proof = 'acceptance', extras = {} } = technique;
  const field = variedBy(technique);
  const varied: readonly Varied[] = field === null ? [] : [field];
  const isSign =
    proof === 'replies' ? asksForCanary(technique) : proof === 'acceptance' && endsInCanaryDomain(technique);
  return {
    varied,
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

const NO_EXTRAS: Attempt['extras'] = {};

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

/** The shape control of an attempt: the same, with a name that cannot exist where the canary's domain stood. */
export const makeShapeControl = (attempt: Attempt & { readonly shape: string }): Attempt => ({
  ...attempt,
  key: `${attempt.key}/shape`,
  role: 'shape',
  technique: 'control-shape',
  forwardPath: attempt.shape,
  of: attempt.key,
  // SAFETY: its recipient is nobody's canary, so that it never goes as far as a message.
  depth: 'rcpt',
});

/** The inbound control with an attempt's greeting and reverse-path; attempts that share both share it. */
export const makeInboundAs = ({ identity }: Brief, attempt: Attempt): Attempt =>
  inboundControlsAs(identity.localRecipient)(attempt);

const inboundControlsAs = once(({ mailbox }: Identity['localRecipient']) =>
  once((attempt: Attempt): Attempt => {
    const { greeting, reversePath } = attempt;
    return {
      ...BASE,
      key: keyOf([attempt.source, 'inbound-as', greeting.verb, greeting.name, `<${reversePath}>`, attempt.security]),
      role: 'inbound-as',
      source: attempt.source,
      technique: 'control-accept-local',
      access: 'inbound',
      recipient: 'local',
      security: attempt.security,
      greeting,
      reversePath,
      forwardPath: mailbox,
      mailParameters: attempt.mailParameters,
    };
  }),
);
