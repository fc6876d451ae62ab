// One session from connection to end (RFC 5321 section 3): PROXY header, greeting, then commands one by one in the order they came.
// All decisions stand in the tables; this file only keeps the order of things.
import { setTimeout as wait } from 'node:timers/promises';
import { findCommand, NON_MAIL } from './commands.js';
import { isInNetworks, withoutMapping } from './network.js';
import { readProxyHeader } from './proxy-header.js';
import { findRefusal } from './relay.js';
import { pause, speak, wordAnswer } from './speech.js';
import { remember } from './state.js';
import { type Answer, contextOf, refuseAt, type Talk } from './talk.js';

/** Serve a client until either side ends; never rejects. */
export async function serve(talk: Talk): Promise<void> {
  const { session, wire, shop, config } = talk;
  const { record } = session;
  const { open } = shop.state;
  if (!(await introduce(talk))) return close(talk);
  const { client } = record;
  open.set(client, (open.get(client) ?? 0) + 1);
  remember(shop.state, client, 'connection', Date.now());
  try {
    if (findRefusal('connect', contextOf(talk))) return wire.reset();
    if (config.security?.tls === 'implicit' && !(await startTls(talk))) return;
    if (!(await greet(talk))) return await close(talk);
    while (await takeCommand(talk));
    await close(talk);
  } finally {
    open.set(client, (open.get(client) ?? 1) - 1);
  }
}

/** Read one command and answer it; false where the session is over. */
async function takeCommand(talk: Talk): Promise<boolean> {
  const { session, wire } = talk;
  const bytes = await wire.readLine();
  if (bytes === null) {
    session.record.endedBy ??= 'client';
    return false;
  }
  const line = Buffer.from(bytes, 'latin1').toString('utf8');
  session.isPipelined = wire.waiting() !== '';
  const [, word = '', argument = ''] = /^(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const verb = word.toUpperCase();
  const { counts, lines } = session.record;
  lines.push({ from: 'client', text: verb === 'AUTH' ? line.replace(/^(\S+ +\S+) .*$/s, '$1 ****') : line });
  counts.commands++;
  if (NON_MAIL.includes(verb)) counts['non-mail-commands']++;

  const answer = await respond(verb, argument, line, talk);
  if (!(await speak(answer, talk))) return false;
  if (answer.afterwards) await answer.afterwards();
  const after = refuseAt('after', answer.stage, talk);
  return !after || (await speak(after, talk));
}

/** Longest command, and longest AUTH with its initial response (RFC 4954 section 4), without CR LF. */
const COMMAND_LINE = 4_096;
const AUTH_LINE = 12_286;

async function respond(verb: string, argument: string, line: string, talk: Talk): Promise<Answer> {
  const refused = refuseAt('any', 'other', talk);
  if (refused && verb !== 'QUIT') return refused;
  if (line.length > (talk.config.maxLine ?? (verb === 'AUTH' ? AUTH_LINE : COMMAND_LINE)))
    return { situation: 'line-too-long', stage: 'other' };
  const command = findCommand(verb, talk.config);
  if (!command) return { situation: 'unknown-command', stage: 'other', values: { command: line.slice(0, 60) } };
  return command(argument, talk);
}

/** Greet, in two parts or late where so configured, and note who could not wait. */
async function greet(talk: Talk): Promise<boolean> {
  const { config, wire, session, shop } = talk;
  if (config.teaserMs !== undefined) {
    const [first = ''] = wordAnswer('teaser', undefined, talk);
    session.record.lines.push({ from: 'server', text: first });
    wire.write(`${first}\r\n`);
    await wire.flush();
    await wait(config.teaserMs, undefined, { signal: shop.signal, ref: false }).catch(() => undefined);
  }
  await pause('greeting', false, talk);
  session.isEarlyTalker = wire.waiting() !== '';
  return speak(refuseAt('greeting', 'greeting', talk) ?? { situation: 'greeting', stage: 'greeting' }, talk);
}

async function startTls({ wire, shop, session }: Talk): Promise<boolean> {
  const socket = shop.secureContext ? await wire.upgrade(shop.secureContext, false) : null;
  if (!socket) {
    session.record.endedBy ??= 'client';
    wire.destroy();
    return false;
  }
  session.record.isSecured = true;
  session.clientCertificate = Object.keys(socket.getPeerCertificate()).length > 0;
  return true;
}

/** Wait for a PROXY header where the peer may send one, and believe it; false where the connection ends here. */
async function introduce(talk: Talk): Promise<boolean> {
  const { config, session, wire } = talk;
  const { proxy } = config;
  const { record } = session;
  if (!proxy) return true;
  const refuse = async (situation: 'proxy-refused' | 'proxy-missing'): Promise<false> => {
    await speak({ situation, stage: 'proxy', close: true }, talk);
    return false;
  };
  const isRequired = proxy.required !== false;
  if (!isInNetworks(record.peer, proxy.from)) return isRequired ? refuse('proxy-refused') : true;
  const until = Date.now() + (proxy.waitMs ?? 5_000);
  for (;;) {
    const header = readProxyHeader(wire.waiting());
    if (header.kind === 'header') {
      await wire.readBytes(header.length);
      record.client = withoutMapping(header.address ?? record.client);
      return true;
    }
    const isHopeless = header.kind === 'none' && wire.waiting() !== '';
    if (isHopeless || Date.now() >= until || !wire.isOpen()) return isRequired ? refuse('proxy-missing') : true;
    await wire.awaitMore(until - Date.now());
  }
}

async function close({ session, wire }: Talk): Promise<void> {
  session.record.endedBy ??= wire.isOpen() ? 'server' : 'client';
  await wire.end();
}
