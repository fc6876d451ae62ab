// The direct canary: from here to its receiver, without the audited server. Shows that canaries do arrive, so that silence
// means something. Pure; it is asked like any attempt, of the receiver instead of the server.
import type { Attempt } from '../model/attempt.js';
import type { Target } from '../model/target.js';
import type { CanaryIdentity } from './envelope.js';

const DIRECT = 'control-canary-direct';

/** Make the attempt; its envelope gets tokens like every other. */
export const directAttempt = ({ canary, sender }: CanaryIdentity, greetedAs: string): Attempt => ({
  key: DIRECT,
  role: 'direct',
  source: 'direct',
  technique: DIRECT,
  varied: [],
  access: 'anonymous',
  mechanism: null,
  credentials: 'none',
  recipient: 'foreign',
  security: 'none',
  greeting: { verb: 'EHLO', name: greetedAs },
  reversePath: sender,
  forwardPath: canary,
  bareForwardPath: false,
  mailParameters: '',
  rcptParameters: '',
  extras: {},
  depth: 'message',
  isSign: true,
  shape: null,
  alone: true,
  of: null,
});

/** Where a sink that listens on all addresses is reached from the same machine. */
export function directTarget(host: string, port: number): Target {
  const isAny = host === '' || host === '::' || host === '0.0.0.0';
  return { host: isAny ? '127.0.0.1' : host, port, security: 'none' };
}
