// XCLIENT: claim to be another client, then greet again (Postfix XCLIENT_README). The server's 220 says that it took the
// command, not that it believes it.

import { isIP } from '../model/addresses.js';
import type { Attempt } from '../model/attempt.js';
import { greet, keep, type Session, say } from './session.js';

/** Claim attributes, unencoded; whether the server took them and the session can go on. */
export async function claim(
  session: Session,
  shape: Pick<Attempt, 'greeting'>,
  attributes: Readonly<Record<string, string>>,
): Promise<boolean> {
  const words = Object.entries(attributes).map(([name, value]) => `${name}=${xtext(written(name, value))}`);
  const heard = keep(session, await say(session.channel, 'xclient', `XCLIENT ${words.join(' ')}`));
  if (heard.exchange.reply === null || heard.exchange.reply.code >= 400) return false;
  return shape.greeting.verb === 'none' || (await greet(session, shape));
}

/** An IPv6 address carries its tag here, as in an address literal. */
const written = (name: string, value: string): string =>
  (name === 'ADDR' || name === 'DESTADDR') && isIP(value) === 6 ? `IPV6:${value}` : value;

/** xtext (RFC 3461 section 4): `+` and `=` and whatever is not printable ASCII as `+HH`. */
const xtext = (value: string): string =>
  [...Buffer.from(value)]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x2b && byte !== 0x3d
        ? String.fromCharCode(byte)
        : `+${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
