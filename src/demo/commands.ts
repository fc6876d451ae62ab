// The commands of a session but DATA and BDAT, AUTH, STARTTLS and XCLIENT (RFC 5321 section 4.1.1): each reads its argument, asks
// the tables, changes the session and answers. Writes nothing to the wire.
import { type Address, parseAddress, parseArgument } from './address.js';
import type { ServerConfig } from './config.js';
import { findHop } from './delivery.js';
import { announce, findBadParameter, isOffered, maxSizeOf } from './extensions.js';
import { sendToHop } from './hop.js';
import { claim, login, secure } from './identity.js';
import { decide } from './relay.js';
import { wordAnswer } from './speech.js';
import { type ForwardPath, remember, type Transaction } from './state.js';
import { type Answer, contextOf, refuseAt, type Talk } from './talk.js';
import { takeChunk, takeData } from './transfer.js';

export type Command = (argument: string, talk: Talk) => Answer | Promise<Answer>;

/** Commands that are no step of a mail transaction; some servers count them. */
export const NON_MAIL: readonly string[] = ['RSET', 'NOOP', 'VRFY', 'EXPN', 'HELP', 'ETRN', 'XFORWARD'];

/** Find what a verb does here; null where it is unknown. */
export function findCommand(verb: string, config: ServerConfig): Command | null {
  if (['SEND', 'SOML', 'SAML'].includes(verb)) return config.extensions?.legacyVerbs ? mail(verb) : null;
  if (verb === 'EHLO' && config.extensions?.ehlo === false) return null;
  if (verb === 'BDAT' && !isOffered('CHUNKING', config)) return null;
  if (verb === 'ETRN' && !isOffered('ETRN', config)) return null;
  if (verb === 'XFORWARD' && !isOffered('XFORWARD', config)) return null;
  if (verb === 'XCLIENT' && !config.xclient) return null;
  if (verb === 'STARTTLS' && config.security?.tls !== 'starttls') return null;
  return Object.hasOwn(COMMANDS, verb) ? (COMMANDS[verb] ?? null) : null;
}

function greet(verb: 'EHLO' | 'HELO'): Command {
  return (argument, talk) => {
    const { session, config } = talk;
    const { record } = session;
    if (argument === '') return { situation: 'syntax', stage: 'helo', values: { usage: `${verb} hostname` } };
    if (record.greeting) record.counts['non-mail-commands']++;
    session.transaction = null;
    if (session.pendingUser !== null && config.auth?.keepsUserAfter?.includes('EHLO'))
      record.user = session.pendingUser;
    const before = record.greeting;
    record.greeting = { verb, name: argument };
    const refused = refuseAt('helo', 'helo', talk);
    if (refused) {
      record.greeting = before;
      return refused;
    }
    if (verb === 'HELO') return { situation: 'helo', stage: 'helo' };
    const [first = ''] = wordAnswer('ehlo', undefined, talk);
    const texts = [first.slice(4), ...announce(config, session)];
    return {
      situation: 'ehlo',
      stage: 'helo',
      lines: texts.map((text, at) => `250${at === texts.length - 1 ? ' ' : '-'}${text}`),
    };
  };
}

function mail(verb: string): Command {
  return (argument, talk) => {
    const { session, config } = talk;
    const stage = 'mail';
    if (!session.record.greeting && config.extensions?.needsGreeting !== false)
      return { situation: 'need-greeting', stage };
    if (session.transaction) return { situation: 'nested-mail', stage };
    const taken = /^FROM:(.*)$/is.exec(argument)?.[1];
    const parsed = taken === undefined ? null : parseArgument(taken);
    if (!parsed) return { situation: 'syntax', stage, values: { usage: 'MAIL FROM:<address>' } };
    const { path, parameters } = parsed;
    const bad = findBadParameter('mail', parameters, config);
    if (bad)
      return { situation: bad.situation, stage, values: { argument: bad.parameter, usage: 'MAIL FROM:<address>' } };
    const size = parameters.find((parameter) => /^SIZE=/i.test(parameter))?.slice(5);
    if (Number(size ?? 0) > maxSizeOf(config)) return { situation: 'too-big', stage };
    const reversePath = parseAddress(path);
    if (reversePath.isMalformed) return { situation: 'sender-syntax', stage, values: { sender: path } };
    session.transaction = beginTransaction(verb, reversePath, parameters);
    const refused = isUndeclaredUtf8(reversePath, talk)
      ? ({ situation: 'smtputf8-required', stage } as const)
      : refuseAt('mail', stage, talk);
    if (refused) {
      session.transaction = null;
      return { ...refused, values: { sender: path, domain: reversePath.domain ?? '' } };
    }
    session.record.counts.transactions++;
    return { situation: 'sender-ok', stage };
  };
}

const rcpt: Command = async (argument, talk) => {
  const { session, config, shop } = talk;
  const stage = 'rcpt';
  const { transaction, record } = session;
  if (!transaction) return { situation: 'need-mail', stage };
  const taken = /^TO:(.*)$/is.exec(argument)?.[1];
  const parsed = taken === undefined ? null : parseArgument(taken);
  if (!parsed) return { situation: 'syntax', stage, values: { usage: 'RCPT TO:<address>' } };
  const values = { recipient: parsed.path };
  const refuse = (answer: Answer): Answer => {
    transaction.refused++;
    return { values, ...answer };
  };
  const bad = findBadParameter('rcpt', parsed.parameters, config);
  if (bad) {
    const about = { argument: bad.parameter, usage: 'RCPT TO:<address>' };
    return refuse({ situation: bad.situation, stage, values: { ...values, ...about } });
  }
  const path: ForwardPath = { address: parseAddress(parsed.path), isBracketed: parsed.isBracketed };
  if (parsed.path === '' || path.address.isMalformed) return refuse({ situation: 'recipient-syntax', stage });
  if (isUndeclaredUtf8(path.address, talk)) return refuse({ situation: 'smtputf8-required', stage });
  const refused = refuseAt('rcpt', stage, talk, path);
  if (refused) return refuse(refused);

  const decision = decide(path, contextOf(talk, path));
  if (decision.kind === 'refuse') {
    const isDeferred = config.relayCheckAt === 'data' && decision.situation === 'relay-denied';
    if (!isDeferred) return refuse({ situation: decision.situation, stage });
    transaction.recipients.push({ given: parsed.path, to: parsed.path, isLocal: false, fate: 'deliver', path });
    return { situation: 'recipient-ok', stage, values };
  }
  const late = refuseAt('accepted', stage, talk, path);
  if (late) return refuse(late);
  if (decision.kind === 'relay' && config.verifiesRecipients) {
    const hop = findHop(decision.to, config.delivery ?? {});
    const letter = { hostname: config.hostname, reversePath: '', forwardPath: decision.to, data: null };
    const result = hop ? await sendToHop(hop, letter) : null;
    if (result?.kind !== 'taken') return refuse({ situation: 'recipient-unverified', stage });
  }
  transaction.recipients.push({
    given: parsed.path,
    to: decision.to,
    isLocal: decision.kind === 'local',
    fate: decision.fate,
    path: null,
  });
  record.counts.recipients++;
  remember(shop.state, record.client, 'recipient', Date.now());
  return { situation: 'recipient-ok', stage, values };
};

const reset: Command = (_argument, { session, config }) => {
  session.transaction = null;
  if (session.pendingUser !== null && config.auth?.keepsUserAfter?.includes('RSET')) {
    session.record.user = session.pendingUser;
  }
  return { situation: 'ok', stage: 'other' };
};

const COMMANDS: Readonly<Record<string, Command>> = {
  HELO: greet('HELO'),
  EHLO: greet('EHLO'),
  MAIL: mail('MAIL'),
  RCPT: rcpt,
  DATA: takeData,
  BDAT: takeChunk,
  RSET: reset,
  NOOP: () => ({ situation: 'ok', stage: 'other' }),
  QUIT: () => ({ situation: 'bye', stage: 'other', close: true }),
  HELP: () => ({ situation: 'help', stage: 'other' }),
  VRFY: (argument, { config }) => ({
    situation: !isOffered('VRFY', config) ? 'verify-disabled' : argument === '' ? 'syntax' : 'verify',
    stage: 'other',
    values: { argument, usage: 'VRFY address' },
  }),
  ETRN: (argument, { config }) => ({
    situation:
      argument === '' ? 'syntax' : config.localDomains.includes(argument.toLowerCase()) ? 'queue-run' : 'queue-refused',
    stage: 'other',
    values: { argument, usage: 'ETRN domain' },
  }),
  XFORWARD: () => ({ situation: 'ok', stage: 'xclient' }),
  STARTTLS: secure,
  AUTH: login,
  XCLIENT: claim,
};

const beginTransaction = (verb: string, reversePath: Address, parameters: readonly string[]): Transaction => ({
  verb,
  reversePath,
  parameters,
  recipients: [],
  transport: null,
  chunks: '',
  refused: 0,
});

/** RFC 6531 section 3.4: an address beyond ASCII needs the parameter, where the extension is known. */
const isUndeclaredUtf8 = ({ text }: Address, { session, config }: Talk): boolean =>
  [...text].some((char) => char > '\x7f') &&
  isOffered('SMTPUTF8', config) &&
  !session.transaction?.parameters.some((parameter) => /^SMTPUTF8$/i.test(parameter));
