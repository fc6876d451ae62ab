// XCLIENT: claim to be another client, then greet again (Postfix XCLIENT_README). The server's 220 says that it took the
// command, not that it believes it.
import type { Attempt } from '../model/attempt.js';
import { xclientLine } from '../sources/xclient.js';
import { greet, keep, type Session, say } from './session.js';

/** Claim attributes, unencoded; whether the server took them and the session can go on. */
export async function claim(
  session: Session,
  shape: Pick<Attempt, 'greeting'>,
  attributes: Readonly<Record<string, string>>,
): Promise<boolean> {
  const heard = keep(session, await say(session.channel, 'xclient', xclientLine(attributes)));
  if (heard.exchange.reply === null || heard.exchange.reply.code >= 400) return false;
  return shape.greeting.verb === 'none' || (await greet(session, shape));
}
