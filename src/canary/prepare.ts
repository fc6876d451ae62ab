// An attempt on its way out with its tokens: the envelope that holds them and the message that goes with it. Whoever sends it
// needs the tokens and not the key that they were made with. Pure.
import type { Attempt } from '../model/attempt.js';
import { type CanaryIdentity, carriesForward, withTokens } from './envelope.js';
import { canaryMessage } from './message.js';
import type { Tokens } from './token.js';

export interface Prepared {
  readonly attempt: Attempt;
  /** RFC 5322 text, not dot-stuffed. */
  readonly message: Buffer;
  /** The token to wait for. */
  readonly token: string;
}

/** Put tokens into an attempt's envelope and write its message; `machine` is who sends it, `server` who is audited. */
export function prepareWith(
  plain: Attempt,
  tokens: Tokens,
  from: { readonly identity: CanaryIdentity; readonly date: Date; readonly machine: string; readonly server: string },
): Prepared {
  const attempt = withTokens(plain, tokens, from.identity);
  const message = canaryMessage({ attempt, tokens, ...from });
  return { attempt, message, token: carriesForward(attempt, tokens) ? tokens.forward : tokens.reverse };
}
