// One session up to the point where an envelope can be sent: PROXY header, connect, greeting, EHLO, STARTTLS, EHLO again
// (RFC 5321 section 3.1 and 3.2, RFC 3207). What the server does is evidence; nothing here throws for it.
import type { Attempt } from '../model/attempt.js';
import type { SessionFacts } from '../model/evidence.js';
import type { Exchange, Fault, Stage } from '../model/reply.js';
import type { Source } from '../model/source.js';
import type { TargetAddress } from '../model/target.js';
import { Channel, type Heard } from '../smtp/channel.js';
import { addressSeen } from '../smtp/ehlo.js';
import { fault } from '../smtp/faults.js';
import { line } from '../smtp/line.js';
import { isDirect, openFrom } from '../sources/index.js';
import { type ProxyHeader, proxyHeader } from '../sources/proxy-header.js';
import { makeClientCertificate } from './client-certificate.js';

export interface SessionLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly tlsPin: string | null;
  /** SAFETY: handed to the proxy alone; absent or null: none was given. */
  readonly proxyPassword?: string | null;
  /** Whether the account's credentials may go without TLS that verifies; to loopback they always may. */
  readonly mayAuthenticateInClear?: boolean;
  /** Called with each SASL response before it is written, for the last filter. */
  readonly onSecrets?: (secrets: readonly string[]) => void;
}

export interface Session {
  readonly id: string;
  readonly channel: Channel;
  readonly target: TargetAddress;
  readonly source: Source;
  readonly limits: SessionLimits;
  /** The exchanges so far, greeting included. */
  readonly exchanges: Exchange[];
  /** Set where the session is of no more use. */
  fault: Fault | null;
  readonly facts: { -readonly [Name in keyof SessionFacts]: SessionFacts[Name] };
  /** Attempts that were asked in this session so far. */
  asked: number;
  /** Replies inside TLS to commands that were sent in the segment of STARTTLS. */
  injected: number;
}

/** What all attempts of one session have in common. */
export type Shape = Pick<Attempt, 'security' | 'greeting' | 'extras'>;

/** Open a session for one kind of attempt; its `fault` or last reply says how far it came. */
export async function openSession(
  id: string,
  target: TargetAddress,
  source: Source,
  shape: Shape,
  limits: SessionLimits,
): Promise<Session> {
  const { timeoutMs, signal, tlsPin, proxyPassword = null } = limits;
  const headers = headersOf(source, shape, target);
  const channel = new Channel({
    open: opensWith(openFrom(source, target, { timeoutMs, proxyPassword }), headers),
    host: target.host,
    implicitTls: target.security === 'tls',
    timeouts: { connectMs: timeoutMs, greetingMs: timeoutMs, replyMs: timeoutMs, tlsMs: timeoutMs },
    signal,
    tlsPin,
  });
  const session: Session = {
    id,
    channel,
    target,
    source,
    limits,
    exchanges: [],
    fault: null,
    facts: { id, localAddress: null, greeting: null, ehlo: null, ehloTls: null, tls: null, seenAs: null },
    asked: 0,
    injected: 0,
  };
  session.fault = await channel.connect();
  session.facts.localAddress = isDirect(source) ? channel.localAddress : null;
  session.facts.tls = channel.tls;
  if (session.fault) return session;
  session.exchanges.push(...headers.map(({ shown }) => unanswered('proxy', shown)));
  const greeting = keep(session, await channel.greeting());
  session.facts.greeting = greeting.exchange.reply;
  const isSecuredHere = shape.security === 'tls' && target.security !== 'tls';
  const hello = helloOf(shape, isSecuredHere);
  const isGreeted = isPositive(greeting) && (hello === null || (await greet(session, { greeting: hello })));
  if (headers.length > 0) readClaim(session, isGreeted);
  if (!isGreeted) return session;
  if (isSecuredHere || shape.extras.afterStarttls !== undefined) await secure(session, shape);
  return session;
}

/** The greeting in the clear; null for none. Who will not greet inside TLS greets before it, since STARTTLS is offered to no other. */
function helloOf({ greeting }: Pick<Shape, 'greeting'>, isSecuredHere: boolean): Shape['greeting'] | null {
  if (greeting.verb !== 'none') return greeting;
  return isSecuredHere ? { ...greeting, verb: 'EHLO' } : null;
}

/** Say whether the server can be asked for an envelope: no fault, and the last reply was positive. */
export const isReady = (session: Session): boolean =>
  session.fault === null && (session.exchanges.findLast(({ reply }) => reply !== null)?.reply?.code ?? 500) < 400;

/** EHLO, and HELO where EHLO is not known (RFC 5321 section 4.1.4); the facts keep the EHLO reply of the security in force. */
export async function greet(session: Session, shape: Pick<Shape, 'greeting'>): Promise<boolean> {
  const { verb, name } = shape.greeting;
  let heard = keep(session, await say(session.channel, 'helo', `${verb} ${name}`));
  if (verb === 'EHLO') {
    const reply = isPositive(heard) ? heard.exchange.reply : null;
    if (session.channel.tls) session.facts.ehloTls = reply;
    else session.facts.ehlo = reply;
    const code = heard.exchange.reply?.code ?? 0;
    // Behind a PROXY header a refusal may be the answer to the header: the next one would be read as that to HELO.
    const isClaimed = session.exchanges[0]?.stage === 'proxy';
    if (code >= 500 && code < 505 && !isClaimed)
      heard = keep(session, await say(session.channel, 'helo', `HELO ${name}`));
  }
  session.facts.seenAs ??= addressSeen(session.facts.greeting) ?? addressSeen(heard.exchange.reply, name);
  return isPositive(heard);
}

/**
 * STARTTLS and, where it is granted, the greeting again (RFC 3207 section 4.2). Commands of `afterStarttls` go out in the
 * same segment; each is kept with its reply inside TLS, null where the server dropped it.
 */
export async function secure(
  session: Session,
  { greeting, extras }: Pick<Shape, 'greeting' | 'extras'>,
): Promise<void> {
  const commands = (extras.afterStarttls ?? []).map((text) => line(text));
  const { heard, fault, injectedReplies } = await session.channel.startTls({
    ...(extras.clientCertificate ? { clientCertificate: await makeClientCertificate() } : {}),
    ...(commands.length > 0 ? { injected: Buffer.from(commands.map(({ wire }) => `${wire}\r\n`).join('')) } : {}),
  });
  keep(session, heard);
  session.fault ??= fault;
  session.facts.tls = session.channel.tls;
  if (session.fault || !isPositive(heard)) return;
  for (const [at, { shown }] of commands.entries())
    session.exchanges.push({ ...unanswered('tls', shown), reply: injectedReplies[at] ?? null });
  session.injected += injectedReplies.length;
  if (greeting.verb !== 'none') await greet(session, { greeting });
}

const isPositive = ({ exchange, fault }: Heard): boolean =>
  fault === null && exchange.reply !== null && exchange.reply.code < 400;

/** Send one line and wait for its reply. */
export async function say(channel: Channel, stage: Stage, text: string): Promise<Heard> {
  const [heard] = await channel.send([{ stage, line: line(text) }]);
  if (!heard) throw new Error('a line was sent and nothing was heard: the channel must answer every line');
  return heard;
}

/** Keep what was heard in the session's transcript, and its fault. */
export function keep(session: Session, heard: Heard): Heard {
  session.exchanges.push(heard.exchange);
  session.fault ??= heard.fault;
  return heard;
}

/** Send lines again that another session was asked, one by one; ends early where the session does. */
export async function repeat(session: Session, exchanges: readonly Exchange[]): Promise<void> {
  for (const { stage, sent } of exchanges) {
    if (session.fault !== null) return;
    if (sent !== null) keep(session, await say(session.channel, stage, sent));
  }
}

const unanswered = (stage: Stage, sent: string): Exchange => ({
  stage,
  sent,
  reply: null,
  elapsedMs: 0,
  secret: false,
});

/** Any port that a client may have. */
const CLAIMED_PORT = 40_000;

/** What a proxy source claims comes first; a header that a technique adds behind it is for the server to refuse. */
function headersOf(source: Source, { extras }: Pick<Shape, 'extras'>, target: TargetAddress): ProxyHeader[] {
  const { route, address, proxyVersion = 1 } = source;
  const claims = [
    ...(route === 'proxy' && address !== null ? [{ version: proxyVersion, address }] : []),
    ...(extras.proxy === undefined ? [] : [extras.proxy]),
  ];
  return claims.map((claim) =>
    proxyHeader({
      version: claim.version,
      client: claim.address,
      clientPort: CLAIMED_PORT,
      server: target.address,
      serverPort: target.port,
    }),
  );
}

/** Headers are the first thing on the connection, before TLS too. */
const opensWith =
  (open: ReturnType<typeof openFrom>, headers: readonly ProxyHeader[]): ReturnType<typeof openFrom> =>
  async (signal) => {
    const socket = await open(signal);
    if (headers.length > 0) socket.write(Buffer.concat(headers.map(({ bytes }) => bytes)));
    return socket;
  };

/**
 * Read what the server made of the header: what it refuses at its greeting is the claim, and who takes the header for
 * commands refuses it as well, in several replies that would answer the commands behind it.
 */
function readClaim(session: Session, isGreeted: boolean): void {
  if (isGreeted) return;
  const last = session.exchanges.at(-1);
  if (last?.reply && last.reply.code >= 400)
    session.exchanges[session.exchanges.length - 1] = { ...last, stage: 'proxy' };
  const isTaken =
    session.fault?.kind === 'protocol-error' || (session.facts.greeting !== null && session.fault !== null);
  if (isTaken) session.fault = fault('claim-refused', 'proxy', 'the server takes the PROXY header for commands');
}
