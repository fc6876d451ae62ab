// What a technique would send, line by line, for `relayproof techniques <id>` and the documentation. Pure: nothing is sent,
// no secret is known here. What is no line of text stands as `=== …`, as in swaks.
import {
  TEMPLATE_NAMES,
  type Technique,
  type Template,
  type TemplateName,
  type TemplateValues,
} from '../model/technique.js';
import { fill, reversePathsOf } from './fill.js';

/**
 * List the lines of a technique in the order of a session, up to the RCPT that tells, or to the message where only that does.
 * Each further reverse-path follows as a transaction of its own. Words between angle brackets in a SASL response stand for
 * what depends on the account or the challenge. @throws Error for a name without a value.
 */
export function linesOf(technique: Technique, values: TemplateValues): string[] {
  const transactions = reversePathsOf(technique).map((path) => transactionOf(technique, path, values));
  return [
    ...openingOf(technique, values),
    ...transactions.flatMap((lines, index) => (index === 0 ? lines : [AGAIN, ...lines])),
  ];
}

const AGAIN = '=== or, in another transaction';

/** Greeting, STARTTLS, XCLIENT and login. */
function openingOf(technique: Technique, values: TemplateValues): string[] {
  const { extras = {}, security } = technique;
  const greeting = greetingOf(technique, values);
  const secured = security === 'tls' || extras.afterStarttls !== undefined || extras.clientCertificate === true;
  const injected = (extras.afterStarttls ?? []).map((command) => fill(command, values));
  const claim = Object.entries(extras.xclient ?? {}).map(([name, value]) => `${name}=${xtext(fill(value, values))}`);
  return [
    ...(extras.mailboxLogin === undefined
      ? []
      : [`=== log in by ${extras.mailboxLogin.toUpperCase()}, from the same address`]),
    ...(extras.proxy === undefined
      ? []
      : [proxyHeader(extras.proxy.version, fill(extras.proxy.address, values), values)]),
    ...greeting,
    ...(secured
      ? ['STARTTLS', ...sameSegment(injected), handshake(extras.clientCertificate === true), ...greeting]
      : []),
    ...(claim.length === 0 ? [] : [`XCLIENT ${claim.join(' ')}`, ...greeting]),
    ...loginOf(technique, greeting),
  ];
}

function greetingOf({ greeting }: Technique, values: TemplateValues): string[] {
  const verb = greeting?.verb ?? 'EHLO';
  return verb === 'none' ? [] : [`${verb} ${fill(greeting?.name ?? '{client.name}', values)}`];
}

const sameSegment = (lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['=== in the same segment', ...lines];

const handshake = (certificate: boolean): string =>
  certificate ? '=== TLS handshake, with a self-signed client certificate' : '=== TLS handshake';

/** PROXY protocol, sections 2.1 and 2.2; the port of the claimed client is any. */
function proxyHeader(version: 1 | 2, address: string, values: TemplateValues): string {
  if (version === 2) return `=== PROXY protocol header, version 2 (binary), for the client ${address}`;
  const server = fill('{server.address}', values);
  return server.includes(':')
    ? `PROXY TCP6 ::ffff:${address} ${server} 40000 25`
    : `PROXY TCP4 ${address} ${server} 40000 25`;
}

/** Characters outside RFC 3461's xchar as `+` and two digits. */
const xtext = (text: string): string =>
  text.replace(/[^!-*,-<>-~]/g, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `+${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );

function loginOf(technique: Technique, greeting: readonly string[]): string[] {
  const { extras = {}, credentials = 'none', login } = technique;
  if (login !== undefined) return [`AUTH PLAIN ${base64(`\0${login.user}\0${login.password}`)}`];
  if (extras.authentication !== undefined) return DIALOGUES[extras.authentication](greeting);
  if (credentials === 'none' || extras.mailboxLogin !== undefined) return [];
  return [`AUTH PLAIN <${CREDENTIAL_WORDS[credentials]}>`];
}

const CREDENTIAL_WORDS = {
  valid: "the account's name and password",
  wrong: "the account's name and a random password",
  empty: "the account's name and no password",
  'unknown-account': 'a random name and password',
} as const;

const UNKNOWN = `AUTH PLAIN <${CREDENTIAL_WORDS['unknown-account']}>`;
const VALID = `AUTH PLAIN <${CREDENTIAL_WORDS.valid}>`;

const DIALOGUES = {
  'cram-garbage': () => ['AUTH CRAM-MD5', '<text that is no digest>'],
  anonymous: () => ['AUTH ANONYMOUS <a name to be remembered by>'],
  external: () => ['AUTH EXTERNAL ='],
  'ntlm-anonymous': () => ['AUTH NTLM', '<negotiate message>', '<authenticate message of a null session>'],
  authzid: () => ["AUTH PLAIN <another user's name, the account's name and password>"],
  unadvertised: () => [VALID],
  abort: () => ['AUTH LOGIN', '*'],
  'then-rset': () => [UNKNOWN, 'RSET'],
  'then-starttls': (greeting) => [VALID, 'STARTTLS', '=== TLS handshake', ...greeting],
  'then-rehlo': (greeting) => [UNKNOWN, ...greeting],
  'default-credentials': () => ['AUTH PLAIN <a published name and password>'],
} as const satisfies Record<
  NonNullable<NonNullable<Technique['extras']>['authentication']>,
  (greeting: readonly string[]) => readonly string[]
>;

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

function transactionOf(technique: Technique, reversePath: Template, values: TemplateValues): string[] {
  const { extras = {} } = technique;
  const filled = (template: Template): string => fill(template, values);
  if (extras.commands !== undefined) return extras.commands.map(filled);
  if (technique.proof === 'replies') return [];
  const parameters = (template: Template = ''): string => (template === '' ? '' : ` ${filled(template)}`);
  const path = filled(technique.forwardPath ?? '{canary}');
  const envelope = [
    `${extras.mailVerb ?? 'MAIL'} FROM:<${filled(reversePath)}>${parameters(technique.mailParameters)}`,
    ...(extras.firstRecipient === undefined ? [] : [`RCPT TO:<${filled(extras.firstRecipient)}>`]),
    `RCPT TO:${technique.bareForwardPath ? path : `<${path}>`}${parameters(technique.rcptParameters)}`,
  ];
  if (extras.oneWrite) return ['=== in one segment', ...envelope, 'DATA', '=== message, where a message is sent'];
  if (extras.transport === 'BDAT') return [...envelope, 'BDAT <length> LAST', '=== message, where a message is sent'];
  return technique.proof === 'delivery' || technique.proof === 'return'
    ? [...envelope, ...messageOf(technique, values)]
    : envelope;
}

/** The message, where it is part of the trick: the fields and the text that are not the usual ones. */
function messageOf({ extras = {} }: Technique, values: TemplateValues): string[] {
  const fields = (extras.headers ?? []).map(({ name, value }) => `${name}: ${fill(value, values)}`);
  return [
    'DATA',
    ...fields,
    '=== usual header fields and text',
    ...(extras.body ?? []),
    ...smuggledBy(extras, values),
    '.',
  ];
}

function smuggledBy({ smuggle, smuggled }: NonNullable<Technique['extras']>, values: TemplateValues): string[] {
  if (smuggle === undefined || smuggled === undefined) return [];
  return [
    `=== the bytes ${JSON.stringify(smuggle)}, then as text of the same message`,
    `MAIL FROM:<${fill(smuggled.reversePath, values)}>`,
    `RCPT TO:<${fill(smuggled.forwardPath, values)}>`,
    'DATA',
    '=== a second message',
  ];
}

/** Names and addresses set aside for documentation (RFC 2606, RFC 5737), for showing a technique without a server. */
export const EXAMPLE_VALUES = {
  canary: 'relaytest@canary.example.net',
  'canary.local': 'relaytest',
  'canary.domain': 'canary.example.net',
  'canary.address': '203.0.113.9',
  'canary.literal': '[203.0.113.9]',
  sender: 'auditor@canary.example.net',
  'other.domain': 'second.example.com',
  partner: 'orders@partner.example.com',
  'local.domain': 'example.org',
  'local.recipient': 'alice@example.org',
  'server.name': 'mail.example.org',
  'server.address': '192.0.2.25',
  'server.literal': '[192.0.2.25]',
  'server.literal6': '[IPv6:::ffff:192.0.2.25]',
  'source.address': '198.51.100.7',
  'approved.address': '192.0.2.10',
  'client.name': 'audit.example.com',
  id: 'k7f3',
} as const satisfies Record<TemplateName, string>;

/** Every name as itself, so that lines show where the values go. */
export const NAMES_AS_VALUES: TemplateValues = Object.fromEntries(TEMPLATE_NAMES.map((name) => [name, `{${name}}`]));
