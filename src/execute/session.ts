// One session up to the point where an envelope can be sent: connect, greeting, EHLO, STARTTLS, EHLO again
// (RFC 5321 section 3.1 and 3.2, RFC 3207). What the server does is evidence; nothing here throws for it.
import type { Attempt } from '../model/attempt.js';
import type { SessionFacts } from '../model/evidence.js';
import type { Exchange, Fault, Stage } from '../model/reply.js';
import type { Source } from '../model/source.js';
import type { TargetAddress } from '../model/target.js';
import { Channel, type Heard } from '../smtp/channel.js';
import { addressSeen } from '../smtp/ehlo.js';
import { line } from '../smtp/line.js';
import { openFrom } from '../sources/index.js';

export interface SessionLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly tlsPin: string | null;
}

export interface Session {
  readonly id: string;
  readonly channel: Channel;
  /** The exchanges so far, greeting included. */
  readonly exchanges: Exchange[];
  /** Set where the session is of no more use. */
  fault: Fault | null;
  readonly facts: { -readonly [Name in keyof SessionFacts]: SessionFacts[Name] };
  /** Attempts that were asked in this session so far. */
  asked: number;
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
  const { timeoutMs, signal, tlsPin } = limits;
  const channel = new Channel({
    open: openFrom(source, target, { timeoutMs }),
    host: target.host,
    implicitTls: target.security === 'tls',
    timeouts: { connectMs: timeoutMs, greetingMs: timeoutMs, replyMs: timeoutMs, tlsMs: timeoutMs },
    signal,
    tlsPin,
  });
  const session: Session = {
    id,
    channel,
    exchanges: [],
    fault: null,
    facts: { id, localAddress: null, greeting: null, ehlo: null, ehloTls: null, tls: null, seenAs: null },
    asked: 0,
  };
  session.fault = await channel.connect();
  session.facts.localAddress = channel.localAddress;
  session.facts.tls = channel.tls;
  if (session.fault) return session;
  const greeting = keep(session, await channel.greeting());
  session.facts.greeting = greeting.exchange.reply;
  if (!isPositive(greeting)) return session;
  if (shape.greeting.verb !== 'none' && !(await greet(session, shape))) return session;
  if (shape.security === 'tls' && target.security !== 'tls') await secure(session, shape);
  return session;
}

/** Say whether the server can be asked for an envelope: no fault, and the last reply was positive. */
export const isReady = (session: Session): boolean =>
  session.fault === null && (session.exchanges.at(-1)?.reply?.code ?? 0) < 400 && session.exchanges.length > 0;

/** EHLO, and HELO where EHLO is not known (RFC 5321 section 4.1.4); the facts keep the EHLO reply of the security in force. */
export async function greet(session: Session, shape: Pick<Shape, 'greeting'>): Promise<boolean> {
  const { verb, name } = shape.greeting;
  let heard = keep(session, await say(session.channel, 'helo', `${verb} ${name}`));
  if (verb === 'EHLO') {
    const reply = isPositive(heard) ? heard.exchange.reply : null;
    if (session.channel.tls) session.facts.ehloTls = reply;
    else session.facts.ehlo = reply;
    const code = heard.exchange.reply?.code ?? 0;
    if (code >= 500 && code < 505) heard = keep(session, await say(session.channel, 'helo', `HELO ${name}`));
  }
  session.facts.seenAs ??= addressSeen(session.facts.greeting) ?? addressSeen(heard.exchange.reply);
  return isPositive(heard);
}

async function secure(session: Session, shape: Shape): Promise<void> {
  const { heard, fault } = await session.channel.startTls();
  keep(session, heard);
  session.fault ??= fault;
  session.facts.tls = session.channel.tls;
  if (session.fault || !isPositive(heard)) return;
  if (shape.greeting.verb !== 'none') await greet(session, shape);
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
