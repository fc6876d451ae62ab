// What becomes of one recipient: the server's own, to be relayed, or refused (RFC 5321 section 3.6). The only place where a right to
// relay is decided; a pure reading of the tables.
import { joinAddress, withoutRootDot } from './address.js';
import { type Context, holds, isLocalDomain, isUser } from './condition.js';
import type { Condition, Refusal, RefusalStage } from './config.js';
import type { Situation } from './replies.js';
import { resolve } from './rewrite.js';
import type { ForwardPath } from './state.js';

export type Decision =
  | { readonly kind: 'local'; readonly to: string; readonly isBouncing: boolean }
  | { readonly kind: 'relay'; readonly to: string }
  | { readonly kind: 'refuse'; readonly situation: Situation };

/** Decide about a recipient that no row of `refuse` has stopped. */
export function decide(path: ForwardPath, context: Context): Decision {
  const { config } = context;
  const isLocal = (domain: string | null): boolean => !domain || isLocalDomain(domain, context);
  const { checked, final } = resolve(path.address, config.rewrites ?? [], isLocal);
  const to = joinAddress(final.local, final.domain === null ? null : withoutRootDot(final.domain));
  const isForeign = !isLocal(final.domain);
  if (!isLocal(checked)) {
    return mayRelay(config.relay ?? [], context)
      ? { kind: 'relay', to }
      : { kind: 'refuse', situation: 'relay-denied' };
  }
  // The hole that rewriting opens: what was checked is ours, what is delivered is not.
  if (isForeign) return { kind: 'relay', to };
  return decideLocal(final.local, final.domain, context);
}

/** Find the first row of `refuse` for a stage that holds; null where none does. */
export function findRefusal(at: RefusalStage, context: Context): Refusal | null {
  return (context.config.refuse ?? []).find((row) => row.at === at && holds(row.when, context)) ?? null;
}

const mayRelay = (rows: readonly Condition[], context: Context): boolean => rows.some((row) => holds(row, context));

function decideLocal(local: string, domain: string | null, { config }: Context): Decision {
  const isRole = /^postmaster$/i.test(local);
  if (!domain && !isRole && config.unqualified !== 'append') {
    return { kind: 'refuse', situation: domain === null ? 'unqualified-recipient' : 'recipient-syntax' };
  }
  const to = joinAddress(local, domain ? withoutRootDot(domain) : (config.localDomains[0] ?? config.hostname));
  if (isUser(local, config)) return { kind: 'local', to, isBouncing: false };
  const policy = config.unknownLocal ?? 'refuse';
  if (policy === 'refuse') return { kind: 'refuse', situation: 'unknown-user' };
  return { kind: 'local', to, isBouncing: policy === 'bounce' };
}
