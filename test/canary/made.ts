// Attempts, tokens and messages for the tests of the canary room.

import { directAttempt } from '../../src/canary/direct.js';
import { type CanaryIdentity, canaryAddress, withTokens } from '../../src/canary/envelope.js';
import type { Arrival, Expected } from '../../src/canary/events.js';
import type { Receiver } from '../../src/canary/index.js';
import { canaryMessage } from '../../src/canary/message.js';
import { type Tokens, tokensFor } from '../../src/canary/token.js';
import type { Attempt } from '../../src/model/attempt.js';

export const KEY = Buffer.from('a key that only the tests know..');
export const RUN = 'run-1';

export const IDENTITY: CanaryIdentity = {
  canary: 'relaytest@canary.example.net',
  canaryIsDomain: false,
  sender: 'auditor@canary.example.net',
};

export const DATE = new Date(Date.UTC(2026, 2, 4, 5, 6, 7));

/** A plain attempt, before tokens. */
export const attemptOf = (part: Partial<Attempt> = {}): Attempt => ({
  ...directAttempt(IDENTITY, 'audit.example.com'),
  key: 's1/probe/plain-external/none',
  role: 'probe',
  source: 's1',
  technique: 'plain-external',
  ...part,
});

export interface Sample {
  readonly tokens: Tokens;
  readonly expected: Expected;
  readonly message: string;
  readonly to: string;
  readonly from: string;
}

/** A canary ready to be sent. */
export function sampleOf(part: Partial<Attempt> = {}, run = RUN): Sample {
  const plain = attemptOf(part);
  const tokens = tokensFor({ key: KEY, run, attempt: plain.key });
  const attempt = withTokens(plain, tokens, IDENTITY);
  const facts = {
    attempt,
    tokens,
    identity: IDENTITY,
    date: DATE,
    machine: 'audit.example.com',
    server: 'mail.corp.test:25',
  };
  return {
    tokens,
    expected: { attempt, tokens, serverNames: ['mail.corp.test', '192.0.2.25'], domains: ['canary.example.net'] },
    message: canaryMessage(facts).toString('latin1'),
    to: canaryAddress(tokens.forward, IDENTITY),
    from: canaryAddress(tokens.reverse, IDENTITY),
  };
}

export const arrivalOf = (part: Partial<Arrival>): Arrival => ({
  kind: 'message',
  at: DATE.toISOString(),
  by: 'sink',
  reversePath: '',
  recipients: [],
  client: '192.0.2.25',
  helo: 'mail.corp.test',
  tls: null,
  message: '',
  detail: '',
  ...part,
});

/** The forward tokens of the canaries that were heard of, in order. */
export const forwardTokens = ({ events }: Pick<Receiver, 'events'>): string[] =>
  [...events.keys()].filter((token) => token.startsWith('f'));
