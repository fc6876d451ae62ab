// The canaries of one server's audit: tokens into the envelope and the message on the way out, arrivals into the evidence on
// the way back (ARCHITECTURE, "How a verdict is reached"). Nothing is sent here but the direct canary, to the receiver.
import { hostname } from 'node:os';
import { directAttempt, directTarget } from '../canary/direct.js';
import { withTokens } from '../canary/envelope.js';
import type { Receiver } from '../canary/index.js';
import { prepareWith } from '../canary/prepare.js';
import { clientAddress, receivedChain } from '../canary/received.js';
import { type Tokens, tokensFor } from '../canary/token.js';
import { ask } from '../execute/ask.js';
import { makeEvidence, type PreparedMessage } from '../execute/context.js';
import type { Clock, Random } from '../execute/ports.js';
import { openSession } from '../execute/session.js';
import type { Attempt } from '../model/attempt.js';
import type { Brief } from '../model/brief.js';
import type { CanaryEvent, Evidence } from '../model/evidence.js';
import type { Source } from '../model/source.js';
import { showEndpoint } from '../model/target.js';

/** What all servers of a run share. */
export interface Post {
  readonly key: Buffer;
  readonly run: string;
  readonly canaryIsDomain: boolean;
  /** Null at level `data`: messages are sent, and nobody looks for them. */
  readonly receiver: Omit<Receiver, 'close'> | null;
  readonly waitMs: number;
}

export interface Canaries {
  /** Make the tokens of an attempt for whoever sends its message, and expect it. */
  tokensOf(attempt: Attempt): Tokens;
  /** Put the tokens of an attempt into its envelope and write its message. */
  prepare(attempt: Attempt): PreparedMessage;
  /** Send the direct canary; null where its receiver cannot be reached from here without the DNS. */
  direct(signal: AbortSignal): Promise<Evidence | null>;
  /** Wait for what was sent and is not settled, and give the evidence with what has come; null where nothing is awaited. */
  settle(evidence: readonly Evidence[], signal: AbortSignal): Promise<Evidence[] | null>;
}

/** Make the canaries of one server. */
export function canariesFor(brief: Brief, post: Post, clock: Clock, random: Random): Canaries {
  const { identity, target } = brief;
  const mailbox = { canary: identity.canary, canaryIsDomain: post.canaryIsDomain, sender: identity.sender };
  const server = showEndpoint(target.host, target.port);
  const serverNames = [target.host, target.address, ...(identity.serverName === null ? [] : [identity.serverName])];

  const domains = [identity.canary.slice(identity.canary.lastIndexOf('@') + 1), identity.secondCanaryDomain ?? []]
    .flat()
    .map((domain) => domain.toLowerCase());

  const tokensOf = (plain: Attempt): Tokens => {
    const tokens = tokensFor({ key: post.key, run: post.run, attempt: `${server}/${target.address}/${plain.key}` });
    post.receiver?.expect({ attempt: withTokens(plain, tokens, mailbox), tokens, serverNames, domains });
    return tokens;
  };
  const prepare = (plain: Attempt): PreparedMessage =>
    prepareWith(plain, tokensOf(plain), { identity: mailbox, date: clock.date(), machine: hostname(), server });

  return {
    tokensOf,
    prepare,
    direct: (signal) => sendDirect(brief, post, prepare, signal, clock, random),
    settle: async (evidence, signal) => {
      const { receiver } = post;
      const awaited = evidence.flatMap((piece) => (isAwaited(piece) ? [piece.token ?? ''] : []));
      if (receiver === null || awaited.length === 0) return null;
      await receiver.wait(new Set(awaited), post.waitMs, signal);
      const at = clock.date().toISOString();
      const silence: CanaryEvent[] = signal.aborted ? [] : [{ kind: 'silent', at, waitedMs: post.waitMs }];
      return evidence.map((piece) => {
        if (!isAwaited(piece)) return piece;
        const events = receiver.events.get(piece.token ?? '') ?? [];
        return withEvents(piece, events.some(isFinal) ? events : [...events, ...silence]);
      });
    },
  };
}

const isFinal = (event: CanaryEvent): boolean =>
  event.kind === 'delivered' || event.kind === 'silent' || (event.kind === 'bounced' && event.failedBy === 'server');

/** Whether a whole message went out, whatever was answered to it, and nothing final has been heard of it. */
const isAwaited = ({ token, exchanges, canary }: Evidence): boolean =>
  token !== undefined && exchanges.some((exchange) => exchange.stage === 'message') && !canary.some(isFinal);

/** The first server that wrote a Received line down saw the client's address: better than none. */
function withEvents(piece: Evidence, canary: readonly CanaryEvent[]): Evidence {
  const delivered = canary.find((event) => event.kind === 'delivered');
  const seen = delivered ? clientAddress(receivedChain(delivered.received), piece.attempt.greeting.name) : null;
  return { ...piece, canary, session: { ...piece.session, seenAs: piece.session.seenAs ?? seen } };
}

/** From this machine to its own sink, as plain as it can be. */
async function sendDirect(
  brief: Brief,
  { receiver }: Post,
  prepare: Canaries['prepare'],
  signal: AbortSignal,
  clock: Clock,
  random: Random,
): Promise<Evidence | null> {
  const listening = receiver?.listening ?? null;
  if (listening === null) return null;
  const target = directTarget(listening.host, listening.port);
  const source: Source = {
    id: 'direct',
    spec: 'any',
    route: 'bind',
    address: null,
    seenAs: null,
    planned: false,
    unavailable: null,
    isServerItself: false,
  };
  const { canary, sender, helo } = brief.identity;
  const plain: Attempt = { ...directAttempt({ canary, canaryIsDomain: false, sender }, helo), role: 'direct' };
  const { attempt, message, token } = prepare(plain);
  const startedAt = clock.date().toISOString();
  const from = clock.now();
  const limits = { timeoutMs: DIRECT_MS, signal, tlsPin: null };
  const session = await openSession('direct', { ...target, address: target.host }, source, attempt, limits);
  await ask(session, attempt, null, random, { message: () => message });
  await session.channel.quit();
  const durationMs = Math.round(clock.now() - from);
  return { ...makeEvidence(attempt, session, { startedAt, durationMs, tries: 1 }, {}), token };
}

/** For each step of the direct canary: the sink is ours. */
const DIRECT_MS = 10_000;
