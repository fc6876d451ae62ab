// Commands instead of an envelope (ETRN, VRFY, EXPN, ATRN, TURN, XFORWARD, LHLO, BURL): the last one's reply tells. Each is
// kept at the stage of the envelope's command that it stands for.
import type { Stage } from '../model/reply.js';
import { keep, type Session, say } from './session.js';

const STAGES: Readonly<Record<string, Stage>> = {
  LHLO: 'helo',
  XFORWARD: 'xclient',
  MAIL: 'mail',
  BURL: 'data',
};

/** They ask for a recipient, or for a domain's mail. */
const ELSE: Stage = 'rcpt';

/** What the commands behind it build on: refused, the rest would be asked of another session than was meant. */
const STEPS: ReadonlySet<string> = new Set(['LHLO', 'MAIL', 'RCPT']);

/** Send commands one by one; a refused step of an envelope or a fault ends it. */
export async function runCommands(session: Session, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const verb = command.split(' ', 1)[0]?.toUpperCase() ?? '';
    const { exchange, fault } = keep(session, await say(session.channel, STAGES[verb] ?? ELSE, command));
    if (fault || ((exchange.reply?.code ?? 500) >= 400 && STEPS.has(verb))) return;
  }
}
