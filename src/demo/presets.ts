// The demo's servers: each a title, a configuration, the audit that fits it and the truth that the audit has to find. A preset is
// one row; its truth is proved by raw SMTP in the tests. Addresses are loopback, names are reserved (RFC 2606, RFC 6761).
import type { Account } from '../model/options.js';
import type { Preset } from '../model/policy.js';
import type { ComplianceVerdict, RelayVerdict } from '../model/report.js';
import type { Hop, ServerConfig } from './config.js';
import { HOLES } from './holes.js';
import { PERSONAS } from './personas.js';
import { acceptsAnd, authFirst, blocklist, combine, type Part, refusesMessage } from './tempers.js';

/** What a configuration needs to know of its surroundings. */
export interface Setting {
  readonly account: Account;
  /** Where mail for others goes: the canary sink. */
  readonly sink: Hop;
  /** The client address is taken from a PROXY header, where the system has no further loopback addresses to bind. */
  readonly viaProxy?: boolean;
}

interface DemoAudit {
  readonly policy: Preset;
  readonly relayHosts: readonly string[];
  /** Client addresses to probe from; each is bound, or claimed by PROXY. */
  readonly sources: readonly string[];
  readonly usesAccount: boolean;
}

interface Truth {
  readonly relay: RelayVerdict;
  readonly compliance: ComplianceVerdict;
  /** Whether a client of each address, with no valid credentials, can have mail relayed. */
  readonly sources: Readonly<Record<string, 'yes' | 'no' | 'unknown'>>;
}

export interface DemoPreset {
  /** What the server does, as one sentence without a full stop. */
  readonly title: string;
  readonly config: (setting: Setting) => ServerConfig;
  readonly audit: DemoAudit;
  readonly truth: Truth;
}

/** The names that every preset shares. */
export const DEMO = {
  hostname: 'mail.corp.test',
  localDomain: 'corp.test',
  localRecipient: 'alice@corp.test',
  canary: 'relaytest@canary.example.net',
  approved: '127.0.0.10',
  stranger: '127.0.0.66',
  distant: '127.0.0.200',
} as const;

const LIST = '127.0.0.0/26';
const BOTH = [DEMO.approved, DEMO.stranger] as const;

const LIST_OR_AUTH: DemoAudit = { policy: 'list-or-auth', relayHosts: [LIST], sources: BOTH, usesAccount: true };

const APPROVED: Part = { relay: [{ kind: 'network', in: [LIST] }] };
const AUTH: Part = { auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'] }, relay: [{ kind: 'authenticated' }] };
const TLS: Part = { security: { tls: 'starttls' } };

const CLOSED: Truth = {
  relay: 'closed',
  compliance: 'compliant',
  sources: { [DEMO.approved]: 'yes', [DEMO.stranger]: 'no' },
};
const OPEN: Truth = {
  relay: 'open',
  compliance: 'non-compliant',
  sources: { [DEMO.approved]: 'yes', [DEMO.stranger]: 'yes' },
};

/** Make a preset's configuration of what it adds to a server that relays for nobody. */
const made =
  (...parts: readonly Part[]) =>
  ({ account, sink, viaProxy }: Setting): ServerConfig =>
    combine(
      {
        hostname: DEMO.hostname,
        localDomains: [DEMO.localDomain],
        users: ['alice', 'bob'],
        accounts: { [account.user]: account.password },
        persona: PERSONAS.neutral,
        delivery: { route: { '*': sink } },
        ...(viaProxy ? { proxy: { from: ['127.0.0.0/8', '::1'] } } : {}),
      },
      ...parts,
    );

export const PRESETS = {
  'follows-policy': {
    title: 'relays for the hosts of its list, and for others once they have authenticated',
    config: made(APPROVED, AUTH),
    audit: LIST_OR_AUTH,
    truth: CLOSED,
  },
  open: {
    title: 'relays for everyone',
    config: made(HOLES.anyone, AUTH),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'range-too-wide': {
    title: 'has one bit too few in the mask of its list',
    config: made({ relay: [{ kind: 'network', in: ['127.0.0.0/25'] }] }, AUTH),
    audit: { ...LIST_OR_AUTH, sources: [...BOTH, DEMO.distant] },
    truth: { ...OPEN, sources: { ...OPEN.sources, [DEMO.distant]: 'no' } },
  },
  'trusts-local-sender': {
    title: 'relays for whoever claims to be a sender of its own domain',
    config: made(APPROVED, AUTH, HOLES['local-sender']),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'list-only': {
    title: 'relays for the hosts of its list alone, and offers no authentication',
    config: made(APPROVED),
    audit: { ...LIST_OR_AUTH, policy: 'list-only' },
    truth: CLOSED,
  },
  'auth-only': {
    title: 'relays for who has authenticated, wherever he comes from',
    config: made(AUTH),
    audit: { ...LIST_OR_AUTH, policy: 'auth-only', relayHosts: [] },
    truth: { ...CLOSED, sources: { [DEMO.approved]: 'no', [DEMO.stranger]: 'no' } },
  },
  'send-only': {
    title: 'takes nothing at all, inbound mail included, from who has not authenticated',
    config: made(AUTH, authFirst()),
    audit: { ...LIST_OR_AUTH, policy: 'send-only', relayHosts: [] },
    truth: { ...CLOSED, sources: { [DEMO.approved]: 'no', [DEMO.stranger]: 'no' } },
  },
  submission: {
    title: 'is a submission service: STARTTLS, then authentication, then mail',
    config: made(
      AUTH,
      TLS,
      { auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'], offer: 'tls', accept: 'tls' } },
      authFirst(),
    ),
    audit: { ...LIST_OR_AUTH, policy: 'submission', relayHosts: [] },
    truth: { ...CLOSED, sources: { [DEMO.approved]: 'no', [DEMO.stranger]: 'no' } },
  },
  none: {
    title: 'relays for everyone and is held to no policy',
    config: made(HOLES.anyone),
    audit: { policy: 'none', relayHosts: [], sources: BOTH, usesAccount: false },
    truth: { ...OPEN, compliance: 'compliant' },
  },
  'any-password': {
    title: 'lets an account in whatever the password is',
    config: made(APPROVED, AUTH, { auth: { mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'], lenient: ['any-password'] } }),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'percent-hack': {
    title: 'reads user%domain@itself as user@domain after its relay check',
    config: made(APPROVED, AUTH, HOLES.percent),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'accepts-and-bounces': {
    title: 'accepts mail for everyone and returns what it may not relay',
    config: made(APPROVED, AUTH, acceptsAnd('bounce')),
    audit: LIST_OR_AUTH,
    truth: CLOSED,
  },
  fakereject: {
    title: 'answers 550 to every message and relays it all the same',
    config: made(HOLES.anyone, AUTH, refusesMessage('message', true)),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'relays-only-under-tls': {
    title: 'is closed in the clear and relays for everyone behind STARTTLS',
    config: made(APPROVED, AUTH, HOLES['under-tls']),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'greeting-trust': {
    title: 'relays for whoever greets with its own name',
    config: made(APPROVED, AUTH, {
      relay: [{ kind: 'greeting', names: [DEMO.hostname, DEMO.localDomain, 'localhost'] }],
    }),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'xclient-for-everyone': {
    title: 'lets everyone claim another address with XCLIENT',
    config: made(APPROVED, AUTH, { xclient: { from: ['0.0.0.0/0', '::/0'] } }),
    audit: LIST_OR_AUTH,
    truth: OPEN,
  },
  'blocklisted-source': {
    title: 'refuses the prober itself, so that nothing can be said about relaying',
    config: made(APPROVED, AUTH, blocklist([DEMO.stranger])),
    audit: { ...LIST_OR_AUTH, usesAccount: false },
    truth: {
      relay: 'inconclusive',
      compliance: 'inconclusive',
      sources: { [DEMO.approved]: 'yes', [DEMO.stranger]: 'unknown' },
    },
  },
} as const satisfies Record<string, DemoPreset>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];

/** The preset of a demo that names none. */
export const DEFAULT_PRESET: PresetName = 'follows-policy';
