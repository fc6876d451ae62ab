// What makes an xclient source: the claim is made in every session, after the last EHLO, and the server's 220 to it is its
// greeting to the client that we claim to be (Postfix XCLIENT_README). A claim that cannot be made is a fault of the session:
// nothing is ever asked as the client that we really are.
import { extensionsOf } from '../model/extensions.js';
import { addressSeen } from '../smtp/ehlo.js';
import { fault } from '../smtp/faults.js';
import { announcedAttributes, attributesOf, xclientLine } from '../sources/xclient.js';
import { greet, isReady, keep, type Session, type Shape, say } from './session.js';

/** Claim the address of an xclient source in a session that was just opened, and greet again; others are left alone. */
export async function claimSource(session: Session, { greeting }: Pick<Shape, 'greeting'>): Promise<void> {
  const { route, claim } = session.source;
  if (route !== 'xclient' || claim === undefined || !isReady(session)) return;
  const { facts, channel } = session;
  // HELO announces nothing, and whoever is not greeted does not either.
  if (greeting.verb !== 'EHLO' && !(await greet(session, { greeting: { verb: 'EHLO', name: greeting.name } }))) return;
  const attributes = attributesOf(claim);
  const problem = whyNot(announcedAttributes(extensionsOf(channel.tls ? facts.ehloTls : facts.ehlo)), attributes);
  if (problem !== null) return refuse(session, problem);
  const { exchange, fault: lost } = keep(session, await say(channel, 'xclient', xclientLine(attributes)));
  if (lost !== null || exchange.reply === null) return;
  if (exchange.reply.code >= 400) return refuse(session, `XCLIENT was refused: ${exchange.reply.lines[0] ?? ''}`);
  facts.greeting = exchange.reply;
  // What was seen before is the client that we are.
  facts.seenAs = addressSeen(exchange.reply);
  if (greeting.verb !== 'none') await greet(session, { greeting });
}

function whyNot(announced: readonly string[] | null, wanted: Readonly<Record<string, string>>): string | null {
  if (announced === null) return 'the server does not announce XCLIENT to this client';
  // Announced without attributes, it has the first ones that there were.
  if (announced.length === 0) return null;
  const missing = Object.keys(wanted).filter((name) => !announced.includes(name));
  return missing.length === 0 ? null : `the server announces XCLIENT without ${missing.join(', ')}`;
}

function refuse(session: Session, detail: string): void {
  session.fault = fault('claim-refused', 'xclient', detail);
}
