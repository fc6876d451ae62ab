// The last filter over everything that leaves a run: the passwords of its options, and of each target the SASL responses that
// were sent there. SAFETY: no report, event or journal is made without it.
import type { AuditOptions } from '../model/options.js';
import { makeRedactor, redactValue } from '../smtp/redact.js';

export interface Secrets {
  /** The value without the secrets, at any depth; the value itself where there are none. */
  readonly clean: <T>(value: T) => T;
  /** Learn what was sent, before a server may repeat it. */
  readonly add: (more: readonly string[]) => void;
}

/**
 * Make the filters of a run, one for each target: what is learnt of one is not searched for in all others, of which there may be
 * thousands.
 */
export function secretsOf(parts: readonly AuditOptions[]): () => Secrets {
  const passwords = new Set(
    parts.flatMap(({ account, proxyPassword }) => [account?.password, proxyPassword].filter((one) => one != null)),
  );
  const ofRun = makeRedactor([...passwords]);
  return () => {
    const own = new Set<string>();
    let ofTarget: ((text: string) => string) | null = null;
    return {
      clean: (value) => {
        if (passwords.size === 0 && own.size === 0) return value;
        ofTarget ??= makeRedactor([...own]);
        const filter = ofTarget;
        return redactValue(value, (text) => filter(ofRun(text)));
      },
      add: (more) => {
        for (const one of more) {
          if (passwords.has(one) || own.has(one)) continue;
          own.add(one);
          ofTarget = null;
        }
      },
    };
  };
}
