// What every command has at hand, and what it answers with. Types and the smallest of functions; the loop is src/demo/session.ts.
import type { SecureContext } from 'node:tls';
import type { Context } from './condition.js';
import type { ReplyStage, ServerConfig } from './config.js';
import type { Post } from './delivery.js';
import { findRefusal } from './relay.js';
import type { Situation } from './replies.js';
import type { ForwardPath, ServerState, Session } from './state.js';
import type { Wire } from './wire.js';

/** What all sessions share. */
export interface Shop {
  readonly state: ServerState;
  readonly post: Post;
  readonly secureContext: SecureContext | null;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
  /** Hand a delivery to the server, which waits for it before it is settled. */
  readonly track: (delivery: Promise<void>) => void;
  /** Drop everyone, and listen again after a while; null: never. */
  readonly die: (forMs: number | null) => void;
}

export interface Talk {
  readonly config: ServerConfig;
  readonly session: Session;
  readonly shop: Shop;
  readonly wire: Wire;
}

export interface Answer {
  readonly situation: Situation;
  readonly stage: ReplyStage;
  /** Values for place-holders beside the session's own. */
  readonly values?: Readonly<Record<string, string>>;
  /** Reply lines as they are, instead of the situation's wording. */
  readonly lines?: readonly string[];
  readonly close?: boolean;
  /** What is to be done once the reply has been written. */
  readonly afterwards?: () => Promise<void>;
}

/** Look at the session as conditions do. */
export const contextOf = ({ config, session, shop }: Talk, recipient: ForwardPath | null = null): Context => ({
  config,
  session,
  state: shop.state,
  now: Date.now(),
  recipient,
});

/** Answer with the first row of `refuse` that holds for a stage; null where none does. */
export function refuseAt(
  at: Parameters<typeof findRefusal>[0],
  stage: ReplyStage,
  talk: Talk,
  recipient: ForwardPath | null = null,
): Answer | null {
  const row = findRefusal(at, contextOf(talk, recipient));
  if (!row) return null;
  return {
    situation: row.reply,
    stage,
    close: row.effect === 'close',
    ...(recipient ? { values: { recipient: recipient.address.text } } : {}),
  };
}
