// What becomes of one recipient: the server's own, to be relayed, or refused (RFC 5321 section 3.6). The only place where a right to
// relay is decided; a pure reading of the tables.
import { joinAddress, withoutRootDot } from './address.js';
import { type Context, holds, isLocalDomain, isUser } from './condition.js';
import type { Refusal, RefusalStage } from './config.js';
import type { Situation } from './replies.js';
import { resolve } from './rewrite.js';
import type { Fate, ForwardPath } from './state.js';

export type Decision =
  | { readonly kind: 'local' | 'relay'; readonly to: string; readonly fate: Fate }
  | { readonly kind: 'refuse'; readonly situation: Situation };

/** Decide about a recipient that no row of `refuse` has stopped. */
export function decide(path: ForwardPath, context: Context): Decision {
  const { config } = context;
  const isLocal = (domain: string | null): boolean => !domain || isLocalDomain(domain, context);
  const { checked, final } = resolve(path.address, config.rewrites ?? [], isLocal);
  const to = joinAddress(final.local, final.domain === null ? null : withoutRootDot(final.domain));
  const isForeign = !isLocal(final.domain);
  if (!isLocal(checked) && !(config.relay ?? []).some((row) => holds(row, context))) {
    const fate = config.denied ?? 'refuse';
    return fate === 'refuse' ? { kind: 'refuse', situation: 'relay-denied' } : { kind: 'relay', to, fate };
  }
  // The hole that rewriting opens: what was checked is ours, what is delivered is not.
  if (isForeign || !isLocal(checked)) return { kind: 'relay', to, fate: 'deliver' };
  return decideLocal(final.local, final.domain, context);
}

/** Find the first row of `refuse` for a stage that holds; null where none does. */
export function findRefusal(at: RefusalStage, context: Context): Refusal | null {
  return (context.config.refuse ?? []).find((row) => row.at === at && holds(row.when, context)) ?? null;
}

function decideLocal(local: string, domain: string | null, { config }: Context): Decision {
  const isRole = /^postmaster$/i.test(local);
  if (!domain && !isRole && config.unqualified !== 'append') {
    return { kind: 'refuse', situation: domain === null ? 'unqualified-recipient' : 'recipient-syntax' };
  }
  const to = joinAddress(local, domain ? withoutRootDot(domain) : (config.localDomains[0] ?? config.hostname));
  if (isUser(local, config)) return { kind: 'local', to, fate: 'deliver' };
  const policy = config.unknownLocal ?? 'refuse';
  if (policy === 'refuse') return { kind: 'refuse', situation: 'unknown-user' };
  return { kind: 'local', to, fate: policy === 'bounce' ? 'bounce' : 'deliver' };
}
