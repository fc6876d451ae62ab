// The commands that change who the client is: STARTTLS (RFC 3207), AUTH (RFC 4954), XCLIENT (Postfix XCLIENT_README). What a new
// identity may do is asked per recipient, elsewhere.
import { isIP } from 'node:net';
import { authenticate, isServerFirst, isSpoken } from './auth.js';
import { isInNetworks, withoutMapping } from './network.js';
import { type Answer, refuseAt, type Talk } from './talk.js';

/** STARTTLS: forget what was learnt in the clear (RFC 3207 section 4.2), then lay TLS over the connection. */
export function secure(argument: string, talk: Talk): Answer {
  const { session, config, shop, wire } = talk;
  const stage = 'starttls';
  const { record } = session;
  if (argument !== '') return { situation: 'syntax', stage, values: { usage: 'STARTTLS' } };
  if (record.isSecured) return { situation: 'tls-active', stage };
  const refused = refuseAt('starttls', stage, talk);
  if (refused) return refused;
  const { secureContext } = shop;
  if (!secureContext) return { situation: 'tls-unavailable', stage };
  const afterwards = async (): Promise<void> => {
    const keepsInput = config.security?.afterStarttls === 'plaintext';
    const before = record.user ?? session.pendingUser;
    record.user = config.auth?.keepsUserAfter?.includes('STARTTLS') ? before : null;
    record.greeting = keepsInput ? record.greeting : null;
    session.transaction = null;
    const socket = await wire.upgrade(secureContext, keepsInput);
    if (!socket) return wire.destroy();
    record.isSecured = true;
    session.clientCertificate = Object.keys(socket.getPeerCertificate()).length > 0;
  };
  return { situation: 'starttls-ready', stage, afterwards };
}

/** AUTH: hold the dialogue and set the session's user. SAFETY: responses are not kept in the session's log. */
export async function login(argument: string, talk: Talk): Promise<Answer> {
  const { session, config, wire } = talk;
  const stage = 'auth';
  const { record } = session;
  const { auth } = config;
  const [name = '', initial = null, ...others] = argument.split(/ +/);
  const mechanism = name.toUpperCase();
  if (!auth) return { situation: 'auth-not-enabled', stage };
  if (!record.greeting && config.extensions?.needsGreeting !== false) return { situation: 'need-greeting', stage };
  if (record.user !== null) return { situation: 'auth-twice', stage };
  if (session.transaction) return { situation: 'auth-late', stage };
  if (mechanism === '' || others.length > 0) return { situation: 'syntax', stage, values: { usage: 'AUTH mechanism' } };
  if (auth.accept === 'tls' && !record.isSecured) return { situation: 'auth-needs-tls', stage };
  if (!auth.mechanisms.includes(mechanism) || !isSpoken(mechanism)) {
    return { situation: 'auth-mechanism', stage, values: { argument: mechanism } };
  }
  if (auth.tlsOnly?.includes(mechanism) && !record.isSecured) return { situation: 'auth-needs-tls', stage };
  if (initial !== null && isServerFirst(mechanism))
    return { situation: 'syntax', stage, values: { usage: `AUTH ${mechanism}` } };
  const refused = refuseAt('auth', stage, talk);
  if (refused) return refused;

  const result = await authenticate(mechanism, initial, {
    auth,
    accounts: config.accounts ?? {},
    hostname: config.hostname,
    hasClientCertificate: session.clientCertificate,
    ask: async (challenge) => {
      record.lines.push({ from: 'server', text: `334 ${challenge}` });
      wire.write(`334 ${challenge}\r\n`);
      const response = await wire.readLine();
      if (response !== null) record.lines.push({ from: 'client', text: response === '*' ? '*' : '****' });
      return response;
    },
  });
  if (result.user !== null) {
    record.user = result.user;
    session.mechanism = mechanism;
    session.pendingUser = null;
    return { situation: 'auth-ok', stage };
  }
  session.pendingUser = result.named ?? 'unknown';
  if (result.situation === 'auth-aborted' && auth.keepsUserAfter?.includes('abort')) record.user = session.pendingUser;
  return { situation: result.situation, stage, values: { argument: mechanism } };
}

/** XCLIENT: become who the client claims to be, where it may claim; the session begins anew. */
export function claim(argument: string, talk: Talk): Answer {
  const { session, config } = talk;
  const stage = 'xclient';
  const { record } = session;
  const { xclient } = config;
  if (!xclient || !isInNetworks(record.peer, xclient.from)) return { situation: 'claim-refused', stage };
  if (session.transaction) return { situation: 'nested-mail', stage };
  const claims = new Map<string, string>();
  for (const attribute of argument.split(/ +/).filter(Boolean)) {
    const [, name, value] = /^([A-Z]+)=(.*)$/is.exec(attribute) ?? [];
    if (name === undefined || value === undefined)
      return { situation: 'syntax', stage, values: { usage: 'XCLIENT attribute=value...' } };
    claims.set(name.toUpperCase(), decodeXtext(value));
  }
  const believed = (name: string): string | null => {
    const value = claims.get(name);
    const counts = xclient.believes?.includes(name) ?? true;
    return value === undefined || !counts || /^\[(?:UNAVAILABLE|TEMPUNAVAIL)\]$/i.test(value) ? null : value;
  };
  const address = withoutMapping(believed('ADDR')?.replace(/^IPV6:/i, '') ?? record.client);
  if (isIP(address) === 0) return { situation: 'syntax', stage, values: { usage: 'XCLIENT attribute=value...' } };
  record.client = address;
  record.user = believed('LOGIN');
  session.mechanism = record.user === null ? null : 'XCLIENT';
  record.greeting = null;
  return refuseAt('greeting', 'greeting', talk) ?? { situation: 'greeting', stage };
}

/** Decode xtext (RFC 3461 section 4). */
const decodeXtext = (text: string): string =>
  text.replace(/\+([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
