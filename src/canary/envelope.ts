// An attempt with its tokens in the envelope: the canary's mailbox becomes one that only this attempt uses, wherever the
// techniques write it (`user%domain@local`, `domain!user`, `"user@domain"@local`, SRS). Pure text.
// Must not touch any other mailbox: a canary goes to nobody else.
import { isIP } from '../model/addresses.js';
import type { Attempt } from '../model/attempt.js';
import type { Tokens } from './token.js';

export interface CanaryIdentity {
  /** The foreign mailbox that the operator owns; for a canary domain, any mailbox there. */
  readonly canary: string;
  /** Whether the whole domain is the operator's, so that a token is a local part of its own. */
  readonly canaryIsDomain: boolean;
  /** Reverse-path of strangers. */
  readonly sender: string;
}

/**
 * Give an attempt whose forward-path holds the forward token, and whose reverse-path the reverse token where it was the
 * default one or the canary itself. Where both paths were the same mailbox they stay the same, with the forward token.
 */
export function withTokens(attempt: Attempt, tokens: Tokens, identity: CanaryIdentity): Attempt {
  const forward = (path: string): string => replaceCanary(path, tokens.forward, identity);
  const reverse = (path: string): string =>
    path === identity.sender ? canaryAddress(tokens.reverse, identity) : replaceCanary(path, tokens.reverse, identity);
  const isSame = attempt.reversePath === attempt.forwardPath;
  const { smuggled, ...extras } = attempt.extras;
  return {
    ...attempt,
    forwardPath: forward(attempt.forwardPath),
    reversePath: isSame ? forward(attempt.reversePath) : reverse(attempt.reversePath),
    extras: {
      ...inAll(extras, forward),
      ...(smuggled === undefined
        ? {}
        : { smuggled: { reversePath: reverse(smuggled.reversePath), forwardPath: forward(smuggled.forwardPath) } }),
    },
  };
}

/** Say whether an attempt's message would bring the forward token to a recipient; some techniques name a mailbox of their own. */
export const carriesForward = ({ forwardPath, extras }: Attempt, { forward }: Tokens): boolean =>
  forwardPath.includes(forward) || JSON.stringify(extras).includes(forward);

/** Write the canary's address with a token: `user+token@domain`, for a canary domain `token@domain`. */
export const canaryAddress = (token: string, { canary, canaryIsDomain }: CanaryIdentity): string => {
  const { local, domain } = split(canary);
  return `${canaryIsDomain ? token : `${local}+${token}`}@${domain}`;
};

function split(mailbox: string): { readonly local: string; readonly domain: string } {
  const at = mailbox.lastIndexOf('@');
  return { local: mailbox.slice(0, at), domain: mailbox.slice(at + 1) };
}

/** Put a token into the canary's mailbox wherever a path holds it; a path that does not comes back as it is. */
function replaceCanary(path: string, token: string, identity: CanaryIdentity): string {
  const { local, domain } = split(identity.canary);
  const tagged = identity.canaryIsDomain ? token : `${local}+${token}`;
  const [name, host] = [escaped(local), escaped(domain)];
  // The domain itself, a name below it, or the address of its host; not a longer name that begins like it.
  const there = `(?:[a-z0-9-]+\\.)*${host}(?![a-z0-9-]|\\.[a-z0-9])`;
  // Another domain may stand between, for servers that look at the first @ and deliver by the last.
  const before = new RegExp(
    `(?<=^|[^\\w.+-])${name}(?=(?:\\.[^\\x00-\\x7f]+|\\+[a-z0-9.-]+)?[@%](?:[a-z0-9.-]+@)?${there})`,
    'gi',
  );
  const after = new RegExp(`(?<=(?:^|[^\\w.-])${host}[!=])${name}(?=$|[@%"!])`, 'gi');
  const replaced = path.replace(before, () => tagged).replace(after, () => tagged);
  return replaced === path && isAtAddress(path, local) ? `${tagged}${path.slice(local.length)}` : replaced;
}

/** `user@[192.0.2.7]` and `user@192.0.2.7`: the host of the canary, by address. */
function isAtAddress(path: string, local: string): boolean {
  if (!path.startsWith(`${local}@`)) return false;
  const host = path.slice(local.length + 1);
  return isIP(/^\[(?:IPv6:)?(.*)\]$/i.exec(host)?.[1] ?? host) !== 0;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** Replace in every text of a value, however deep. */
function inAll<Value>(value: Value, replace: (text: string) => string): Value {
  const walk = (inner: unknown): unknown => {
    if (typeof inner === 'string') return replace(inner);
    if (Array.isArray(inner)) return inner.map(walk);
    if (inner === null || typeof inner !== 'object') return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, part]) => [name, walk(part)]));
  };
  return walk(value) as Value;
}
