// The message of an attempt (RFC 5322, RFC 2045): says in plain words who sent it, why, from where and how to make it stop, and
// holds the envelope that it came with. Pure; the date comes in. ASCII on the wire whatever the envelope holds.
// Not ready for DATA: dots are not doubled here. SAFETY: no value of an attempt becomes a header field or a line of its own.
import type { Attempt } from '../model/attempt.js';
import { VERSION } from '../model/version.js';
import { type CanaryIdentity, canaryAddress } from './envelope.js';
import type { Tokens } from './token.js';

export interface MessageFacts {
  /** With its tokens in the envelope; its extras' `headers` and `body` become part of the message. */
  readonly attempt: Attempt;
  readonly tokens: Tokens;
  readonly identity: CanaryIdentity;
  readonly date: Date;
  /** The machine that sends it, as `audit.example.com` or with its address. */
  readonly machine: string;
  /** The server that is audited, as `mail.example.org:25`. */
  readonly server: string;
}

/** Write the message of an attempt, lines ending in CR LF; under 2,000 octets but for what the technique itself adds. */
export function canaryMessage(facts: MessageFacts): Buffer {
  const { headers = [], body = [] } = facts.attempt.extras;
  const replaced = new Set(headers.map(({ name }) => name.toLowerCase()));
  const text = [...bodyOf(facts), ...body];
  const isAscii = body.every((line) => /^[\x00-\x7f]*$/.test(line));
  const fields = [
    ...headers.map(({ name, value }) => field(name, value)),
    ...[...fieldsOf(facts), ...mimeFields(isAscii)]
      .filter(([name]) => !replaced.has(name.toLowerCase()))
      .map(([name, value]) => field(name, value)),
  ];
  const lines = isAscii ? text : text.flatMap(quotedPrintable);
  return Buffer.from([...fields, '', ...lines, ''].join('\r\n'), 'latin1');
}

type Field = readonly [name: string, value: string];

function fieldsOf({ attempt, tokens, identity, date, machine }: MessageFacts): readonly Field[] {
  const { forward, reverse } = tokens;
  const domain = identity.canary.slice(identity.canary.lastIndexOf('@') + 1);
  return [
    ['Date', date.toUTCString().replace('GMT', '+0000')],
    ['From', `Open relay test <${canaryAddress(reverse, identity)}>`],
    ['To', toOf(attempt, tokens, identity)],
    ['Subject', `Open relay test ${forward}`],
    ['Message-ID', `<${forward}.${reverse}@${domain}>`],
    ['Auto-Submitted', 'auto-generated'],
    ['X-Auto-Response-Suppress', 'OOF, AutoReply'],
    [TOKEN_FIELD, `${forward} ${reverse}`],
    ['X-Relayproof-Technique', shown(attempt.technique)],
    ['X-Relayproof-Envelope', `from <${shown(attempt.reversePath)}> to <${shown(attempt.forwardPath)}>`],
    ['X-Relayproof-Sent-By', shown(machine)],
  ];
}

/** The field by which a message is known for a canary; it identifies, and proves nothing. */
export const TOKEN_FIELD = 'X-Relayproof-Token';

const mimeFields = (isAscii: boolean): readonly Field[] => [
  ['MIME-Version', '1.0'],
  ['Content-Type', `text/plain; charset=${isAscii ? 'us-ascii' : 'utf-8'}`],
  ['Content-Transfer-Encoding', isAscii ? '7bit' : 'quoted-printable'],
];

/** The recipient, where it can stand in a header; a server that reads recipients from there finds no other than the envelope's. */
function toOf({ forwardPath }: Attempt, { forward }: Tokens, identity: CanaryIdentity): string {
  if (/^[\w.+=-]+@[\w.-]+\w$/.test(forwardPath)) return `<${forwardPath}>`;
  return forwardPath.includes(forward) ? `<${canaryAddress(forward, identity)}>` : 'undisclosed-recipients:;';
}

function bodyOf({ attempt, tokens, identity, machine, server }: MessageFacts): readonly string[] {
  const { canary } = identity;
  return [
    ...wrapped(
      `This message is part of an audit of the mail server ${shown(server)}: does it pass on mail for strangers? ` +
        `If you read this, it may have passed on this one. Nobody has to answer.`,
    ),
    '',
    `Sent by:      relayproof ${VERSION} on ${shown(machine)}`,
    `MAIL FROM:    <${shown(attempt.reversePath)}>`,
    `RCPT TO:      <${shown(attempt.forwardPath)}>`,
    `Technique:    ${shown(attempt.technique)}`,
    `From source:  ${shown(attempt.source)}, access ${attempt.access}, TLS ${attempt.security === 'tls' ? 'yes' : 'no'}`,
    `Tokens:       ${tokens.forward} ${tokens.reverse}`,
    '',
    ...wrapped(
      `To make it stop: the audit ends by itself after a few messages, and sends to ${shown(canary)} alone, which belongs to ` +
        `whoever runs it. If that is not you, write to postmaster@${canary.slice(canary.lastIndexOf('@') + 1)}, or refuse ` +
        `mail that has the header field ${TOKEN_FIELD}.`,
    ),
  ];
}

const LONGEST = 120;

/** Text of an envelope as printable ASCII, cut where it is long. */
function shown(text: string): string {
  const visible = [...text]
    .map((character) =>
      /^[\x20-\x7e]$/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    )
    .join('');
  return visible.length > LONGEST ? `${visible.slice(0, LONGEST)}...` : visible;
}

/** One header field, folded at spaces (RFC 5322 section 2.2.3). @throws Error for what cannot be one. */
function field(name: string, value: string): string {
  // SAFETY: a line end in a value would be a field of its own.
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name) || /[\r\n\0]/.test(value)) throw new Error(`not a header field: ${name}`);
  const encoded = /^[\x00-\x7f]*$/.test(value) ? value : `=?utf-8?B?${Buffer.from(value).toString('base64')}?=`;
  const lines: string[] = [];
  let line = `${name}:`;
  for (const word of encoded.split(' ')) {
    if (line.length + word.length > WIDTH && !line.endsWith(':')) {
      lines.push(line);
      line = '';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\r\n');
}

const WIDTH = 76;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** One line in quoted-printable (RFC 2045 section 6.7), as many lines as it takes. */
function quotedPrintable(line: string): string[] {
  const octets = [...Buffer.from(line)];
  const written = octets.map((octet, at) => {
    const isSpace = octet === 0x20 || octet === 0x09;
    const isPlain = (octet > 0x20 && octet < 0x7f && octet !== 0x3d) || (isSpace && at < octets.length - 1);
    return isPlain ? String.fromCharCode(octet) : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  const lines = [''];
  for (const part of written) {
    const last = lines.at(-1) ?? '';
    if (last.length + part.length > WIDTH - 1) lines.splice(-1, 1, `${last}=`, part);
    else lines[lines.length - 1] = last + part;
  }
  return lines;
}
