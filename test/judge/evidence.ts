// Evidence made by hand: attempts, and what was heard, in lines as `rcpt 550 5.7.1 Relaying denied` or `rcpt !disconnected`.
// Nothing here plans or connects.

import { selectRules } from '../../src/judge/rules.js';
import type { Access, Mechanism } from '../../src/model/access.js';
import type { Attempt } from '../../src/model/attempt.js';
import type { Brief } from '../../src/model/brief.js';
import type { Evidence } from '../../src/model/evidence.js';
import { type NetworkList, parseNetworks } from '../../src/model/networks.js';
import type { Preset } from '../../src/model/policy.js';
import { type Exchange, FAULTS, type Fault, type Reply, STAGES, type Stage } from '../../src/model/reply.js';
import type { Source } from '../../src/model/source.js';

const CANARY = 'relaytest@canary.example.net';
const LOCAL = 'alice@corp.test';
const HELO = 'auditor.example.net';

const list = (text: string): NetworkList => parseNetworks(text, 'test');

export const source = (id: string, address: string | null, change: Partial<Source> = {}): Source => ({
  id,
  spec: address ?? 'any',
  route: 'bind',
  address,
  seenAs: null,
  planned: false,
  unavailable: null,
  isServerItself: false,
  ...change,
});

const APPROVED = source('s1', '127.0.0.10');
const STRANGER = source('s2', '127.0.0.66');

/** A brief of one approved host and one stranger under a preset. */
export const briefOf = (
  preset: Preset = 'list-or-auth',
  change: Partial<Brief> = {},
  rules: readonly string[] = ['basic'],
): Brief => ({
  target: { host: '127.0.0.25', port: 25, security: 'none', address: '127.0.0.25' },
  policy: { preset, rules: selectRules(rules), relayHosts: list('127.0.0.10'), localDomains: ['corp.test'] },
  sources: [APPROVED, STRANGER],
  techniques: [],
  identity: {
    helo: HELO,
    sender: 'auditor@canary.example.net',
    authSender: LOCAL,
    canary: CANARY,
    secondCanaryDomain: null,
    localRecipient: { mailbox: LOCAL, strong: true },
    localDomain: 'corp.test',
    serverName: null,
    id: '0badcafe',
  },
  user: 'alice',
  mayAuthenticateInClear: true,
  tlsPin: null,
  mechanisms: ['CRAM-MD5', 'PLAIN', 'LOGIN'],
  negativeAuthentication: 'safe',
  confirm: 'rcpt',
  maxMessages: 20,
  confirmAll: false,
  sharedSessions: true,
  findExtent: false,
  ...change,
});

/** The plain attempt of the stranger, with changes; its key is made of what makes it different. */
export function probe(change: Partial<Attempt> = {}): Attempt {
  const attempt: Attempt = {
    key: '',
    role: 'probe',
    source: 's2',
    technique: 'plain-external',
    varied: [],
    access: 'anonymous',
    mechanism: null,
    credentials: 'none',
    recipient: 'foreign',
    security: 'none',
    greeting: { verb: 'EHLO', name: HELO },
    reversePath: 'auditor@canary.example.net',
    forwardPath: CANARY,
    bareForwardPath: false,
    mailParameters: '',
    rcptParameters: '',
    extras: {},
    depth: 'rcpt',
    isSign: true,
    shape: null,
    alone: false,
    of: null,
    ...change,
  };
  const { role, technique, mechanism, credentials, security, greeting, reversePath, forwardPath, of } = attempt;
  const parts = [attempt.source, role, technique, mechanism, credentials, security, greeting.verb, greeting.name];
  return change.key === undefined
    ? { ...attempt, key: [...parts, reversePath, forwardPath, of].filter((part) => part !== null).join('/') }
    : attempt;
}

export const inbound = (change: Partial<Attempt> = {}): Attempt =>
  probe({
    role: 'inbound',
    technique: 'control-accept-local',
    access: 'inbound',
    recipient: 'local',
    forwardPath: LOCAL,
    ...change,
  });

export const unknownLocal = (change: Partial<Attempt> = {}): Attempt =>
  inbound({ role: 'unknown-local', technique: 'control-unknown-local', forwardPath: 'nobody@corp.test', ...change });

export const unrelated = (change: Partial<Attempt> = {}): Attempt =>
  probe({ role: 'unrelated', technique: 'control-unrelated', forwardPath: 'nobody@control.invalid', ...change });

export const forgedSender = (change: Partial<Attempt> = {}): Attempt =>
  probe({ technique: 'sender-local-real', varied: ['reverse-path'], reversePath: LOCAL, ...change });

/** A forward-path that ends in the server's own domain. */
export const percent = (change: Partial<Attempt> = {}): Attempt =>
  probe({
    technique: 'percent-local',
    varied: ['forward-path'],
    forwardPath: 'relaytest%canary.example.net@corp.test',
    isSign: false,
    shape: 'relaytest%control.invalid@corp.test',
    ...change,
  });

const TECHNIQUES = {
  valid: 'auth-valid-relay',
  wrong: 'auth-wrong-password',
  empty: 'auth-empty-password',
  'unknown-account': 'auth-unknown-user',
} as const;

const ACCESS = {
  wrong: 'wrong-password',
  empty: 'empty-password',
  'unknown-account': 'unknown-account',
} as const satisfies Record<string, Access>;

export const login = (
  mechanism: Mechanism,
  credentials: keyof typeof TECHNIQUES = 'valid',
  change: Partial<Attempt> = {},
): Attempt =>
  probe({
    technique: TECHNIQUES[credentials],
    varied: ['authentication'],
    access: credentials === 'valid' ? mechanism : ACCESS[credentials],
    mechanism,
    credentials,
    alone: true,
    ...change,
  });

/** Read a reply; `\n` parts its lines. */
function reply(text: string): Reply {
  const lines = text.split('\n');
  const [, code = '250', enhanced] = /^(\d{3})[ -]?(?:([245]\.\d+\.\d+) ?)?/.exec(text) ?? [];
  const bare = lines.map((line) => line.replace(/^\d{3}[ -]?/, '').replace(/^[245]\.\d+\.\d+ ?/, ''));
  const marked = lines.map(
    (line, at) => `${code}${at < lines.length - 1 ? '-' : ' '}${line.replace(/^\d{3}[ -]?/, '')}`,
  );
  return { code: Number(code), enhanced: enhanced ?? null, text: bare.join('\n'), lines: marked };
}

export interface Facts {
  readonly extensions?: readonly string[];
  readonly change?: Partial<Evidence>;
  readonly session?: Partial<Evidence['session']>;
}

/**
 * Make evidence of an attempt. The session greets and answers EHLO unless a line says otherwise; what an envelope needs before
 * the first line is answered with 250.
 */
export function heard(
  attempt: Attempt,
  lines: readonly string[],
  { extensions = [], change, session }: Facts = {},
): Evidence {
  const said = lines.map(readLine);
  const first = STAGES.indexOf(said[0]?.stage ?? 'rcpt');
  const before: readonly (readonly [Stage, string])[] = [
    ['greeting', '220 mail.corp.test ESMTP'],
    ['helo', ['250 mail.corp.test', ...extensions].join('\n')],
    ['mail', '250 2.1.0 Ok'],
  ];
  const assumed = before.filter(
    ([stage]) => STAGES.indexOf(stage) < first && (stage !== 'mail' || !said.some((one) => one.stage === 'auth')),
  );
  const exchanges = [
    ...assumed.map(([stage, text]) => exchange(stage, reply(text))),
    ...said.flatMap((one) => (one.reply ? [exchange(one.stage, one.reply)] : [])),
  ];
  const fault = said.find((one) => one.fault !== null)?.fault ?? null;
  const at = (stage: Stage): Reply | null => exchanges.find((one) => one.stage === stage)?.reply ?? null;
  return {
    attempt,
    tries: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1,
    session: {
      id: attempt.key,
      localAddress: null,
      greeting: at('greeting'),
      ehlo: at('helo'),
      ehloTls: attempt.security === 'tls' ? at('helo') : null,
      tls: null,
      seenAs: null,
      ...session,
    },
    shared: false,
    exchanges,
    fault,
    skipped: null,
    canary: [],
    isInconsistent: false,
    injected: 0,
    challenge: null,
    ...change,
  };
}

const exchange = (stage: Stage, answer: Reply): Exchange => ({
  stage,
  sent: stage === 'greeting' ? null : stage,
  reply: answer,
  elapsedMs: 1,
  secret: stage === 'auth',
});

function readLine(text: string): { stage: Stage; reply: Reply | null; fault: Fault | null } {
  const [, word = '', rest = ''] = /^(\S+) ([\s\S]*)$/.exec(text) ?? [];
  const stage = STAGES.find((one) => one === word);
  if (stage === undefined) throw new Error(`evidence: no such stage: ${text}`);
  if (!rest.startsWith('!')) return { stage, reply: reply(rest), fault: null };
  const kind = FAULTS.find((one) => one === rest.slice(1));
  if (kind === undefined) throw new Error(`evidence: no such fault: ${text}`);
  return { stage, reply: null, fault: { kind, stage, detail: `made ${kind}` } };
}

/** What an attempt brought that was not made. */
export const skipped = (attempt: Attempt, why = 'the deadline was reached'): Evidence => ({
  ...heard(attempt, []),
  exchanges: [],
  session: { id: '', localAddress: null, greeting: null, ehlo: null, ehloTls: null, tls: null, seenAs: null },
  skipped: why,
});

/** The evidence of a run in which everything is as the policy wants it, for both sources. */
export function compliantRun(): Evidence[] {
  const extensions = ['AUTH CRAM-MD5 PLAIN'];
  const approved = { source: 's1' };
  return [
    heard(inbound(approved), ['rcpt 250 2.1.5 Ok'], { extensions }),
    heard(probe(approved), ['rcpt 250 2.1.5 Ok'], { extensions }),
    heard(inbound(), ['rcpt 250 2.1.5 Ok'], { extensions }),
    heard(unknownLocal(), ['rcpt 550 5.1.1 <nobody@corp.test>: User unknown'], { extensions }),
    heard(unrelated(), ['rcpt 550 5.7.1 Relaying denied'], { extensions }),
    heard(probe(), ['rcpt 554 5.7.1 <relaytest@canary.example.net>: Relay access denied'], { extensions }),
    heard(forgedSender(), ['mail 550 5.7.1 <alice@corp.test>: Sender address rejected: not logged in'], { extensions }),
    heard(percent(), ['rcpt 454 4.7.1 Relay access denied'], { extensions }),
    heard(login('CRAM-MD5'), ['auth 235 2.7.0 Ok', 'mail 250 Ok', 'rcpt 250 2.1.5 Ok'], { extensions }),
    heard(login('PLAIN'), ['auth 235 2.7.0 Ok', 'mail 250 Ok', 'rcpt 250 2.1.5 Ok'], { extensions }),
    heard(
      login('CRAM-MD5', 'wrong'),
      ['auth 535 5.7.8 Authentication failed', 'mail 250 Ok', 'rcpt 554 5.7.1 Relay access denied'],
      { extensions },
    ),
  ];
}

/** Replace or add evidence by the key of its attempt. */
export const withEvidence = (run: readonly Evidence[], ...pieces: readonly Evidence[]): Evidence[] => [
  ...run.filter((one) => !pieces.some((piece) => piece.attempt.key === one.attempt.key)),
  ...pieces,
];
