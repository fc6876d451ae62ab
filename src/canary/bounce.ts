// Reading what comes back (RFC 3464, and the shapes older than it): who failed the message, with which status, in which words.
// Pure. Only a report that leaves no doubt says `server`; one that shows that the message was passed on, or that the server
// tried to, says `other`; whatever does not say stays `unknown`.
import { isIP } from '../model/addresses.js';
import type { CanaryEvent } from '../model/evidence.js';
import { SHAPES, type Shape } from './bounce-shapes.js';
import { allOf, type Field, firstOf, type Part, partsOf, readFields, readHeader } from './mime.js';
import { receivedChain } from './received.js';

export interface Bounce {
  readonly failedBy: Extract<CanaryEvent, { kind: 'bounced' }>['failedBy'];
  /** Enhanced status code (RFC 3463), null where none is told. */
  readonly status: string | null;
  /** One line for people. */
  readonly detail: string;
}

/** What is known of the message that may come back. */
export interface Sent {
  /** Text that its recipient holds: the forward token. */
  readonly forward: string;
  /** The audited server's names: host, greeting, EHLO reply; lower case. */
  readonly serverNames: readonly string[];
  /** The name that we greeted with. */
  readonly greeted: string;
  /** Received fields that it was sent with. */
  readonly ownReceived: number;
}

/** Read a message as a bounce; null where it is none that is known. */
export function readBounce(message: string, sent: Sent): Bounce | null {
  const parts = partsOf(message);
  const status = parts.find(({ type }) => STATUS_TYPES.includes(type));
  if (status !== undefined) return fromReport(status, parts, sent);
  const text = parts.map(({ body, type }) => (type === 'text/plain' || type === 'text/html' ? body : '')).join('\n');
  const fields = parts[0]?.fields ?? [];
  const shape = SHAPES.find(({ sign }) => sign.test(text) || sign.test(firstOf(fields, 'subject')));
  return shape === undefined ? null : fromText(shape, text, parts, sent);
}

const STATUS_TYPES: readonly string[] = ['message/delivery-status', 'message/global-delivery-status'];

/** Say whether a message was written by a program in answer to another (RFC 3834), not by us or a person. */
export function isAutomaticReply(fields: readonly Field[]): boolean {
  if (/^auto-(?:replied|notified)/i.test(firstOf(fields, 'auto-submitted'))) return true;
  if (/^\s*(?:auto_reply|auto-reply)/i.test(firstOf(fields, 'precedence'))) return true;
  if (/disposition-notification/i.test(firstOf(fields, 'content-type'))) return true;
  return ['x-autoreply', 'x-autorespond', 'x-auto-reply-from'].some((name) => firstOf(fields, name) !== '');
}

function fromReport(status: Part, parts: readonly Part[], sent: Sent): Bounce {
  const [first = [], ...rest] = status.body.split(/\r?\n[ \t]*\r?\n/).map(readFields);
  const groups = rest.filter((fields) => firstOf(fields, 'action') !== '');
  // Some write all in one block.
  const all = groups.length > 0 ? groups : [first];
  const named = all.filter((fields) => JSON.stringify(fields).toLowerCase().includes(sent.forward));
  const group = (named.length > 0 ? named : all).toSorted((a, b) => rank(a) - rank(b))[0] ?? first;
  const reporter = nameOf(firstOf(first, 'reporting-mta'));
  const remote = nameOf(firstOf(group, 'remote-mta'));
  const action =
    firstOf(group, 'action')
      .toLowerCase()
      .split(/[\s(;]/)[0] ?? '';
  const code = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(firstOf(group, 'status'))?.[0] ?? null;
  const diagnostic = firstOf(group, 'diagnostic-code').replace(/^[\w-]+\s*;\s*/, '');
  const by = remote === '' ? reporter : `${reporter}, told by ${remote}`;
  return {
    failedBy: failedBy({ action, reporter, remote, code, diagnostic }, parts, sent),
    status: code,
    detail: oneLine(`${by}: ${[action, code, diagnostic].filter(Boolean).join(' ')}`),
  };
}

/** What shows most that the message went on comes first, where one report is about several recipients. */
const rank = (fields: readonly Field[]): number => (/^failed/i.test(firstOf(fields, 'action')) ? 1 : 0);

interface Facts {
  readonly action: string;
  readonly reporter: string;
  readonly remote: string;
  readonly code: string | null;
  readonly diagnostic: string;
}

function failedBy(
  { action, reporter, remote, code, diagnostic }: Facts,
  parts: readonly Part[],
  sent: Sent,
): Bounce['failedBy'] {
  if (action === '') return 'unknown';
  // delayed, relayed, delivered, expanded: it went on, or is still to go.
  if (action !== 'failed') return 'other';
  if (remote !== '' && !isServerName(remote, sent)) return 'other';
  if (isFailedTry(code) && !DENIED.test(diagnostic)) return 'other';
  return reportedBy(reporter, parts, sent);
}

/** By name alone: at an address of the server's there may be another one, on another port. */
const isServerName = (name: string, { serverNames }: Sent): boolean =>
  serverNames.includes(name) && isIP(name.replace(/^\[(?:IPv6:)?|\]$/gi, '')) === 0;

/** Routing, network and time-out: whoever reports these meant to pass the message on (RFC 3463 section 3.5). */
const isFailedTry = (code: string | null): boolean => code !== null && /^4|\.4\.|^5\.1\.2$/.test(code);

const DENIED = /relay|access denied|not permitted|prohibited|not allowed|policy/i;

/** Whether the audited server itself reports: by its name, or since the message had been in no other hands. */
function reportedBy(reporter: string, parts: readonly Part[], sent: Sent): Bounce['failedBy'] {
  if (sent.serverNames.includes(reporter)) return 'server';
  const returned = returnedFields(parts, sent);
  if (returned === null) return 'unknown';
  const hops = receivedChain(allOf(returned, 'received')).slice(0, -sent.ownReceived || undefined);
  if (hops.length > 1) return 'other';
  const [hop] = hops;
  return hop === undefined ||
    hop.helo?.toLowerCase() === sent.greeted.toLowerCase() ||
    hop.by?.toLowerCase() === reporter
    ? 'server'
    : 'unknown';
}

/** The header of the message that was returned; null where none was. */
function returnedFields(parts: readonly Part[], sent: Sent): readonly Field[] | null {
  for (const part of parts.slice(1)) {
    if (part.type === 'text/rfc822-headers' || part.type === 'message/rfc822-headers') return readFields(part.body);
    if (part.type === 'message/rfc822' || part.type === 'message/global') return readHeader(part.body).fields;
  }
  return returnedInText(parts[0]?.body ?? '', sent);
}

/** Older bounces end in a copy of the message: from the first trace field before the token on. */
function returnedInText(text: string, { forward }: Sent): readonly Field[] | null {
  const at = text.toLowerCase().lastIndexOf(`subject: open relay test ${forward}`);
  const before = at < 0 ? '' : text.slice(0, at).replace(/^[>|] ?/gm, '');
  const start = before.search(/^(?:Return-Path|Received|Date|From):/im);
  return start < 0 ? null : readFields(before.slice(start));
}

function fromText(shape: Shape, text: string, parts: readonly Part[], sent: Sent): Bounce {
  // What follows is our own message, with words of its own.
  const own = shape.copy === undefined ? text : (text.split(shape.copy)[0] ?? text);
  const reporter = (
    shape.reporter
      ?.exec(own)
      ?.slice(1)
      .find((name) => name !== undefined) ?? ''
  )
    .toLowerCase()
    .replace(/\.$/, '');
  const code = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(own)?.[0] ?? null;
  const isOther = shape.isPassedOn || (shape.remote?.test(own) ?? false) || (isFailedTry(code) && !DENIED.test(own));
  const words = shape.words?.exec(own)?.[1] ?? own.slice(0, 200);
  return {
    failedBy: isOther ? 'other' : reportedBy(reporter, parts, sent),
    status: code,
    detail: oneLine(`${shape.name}${reporter === '' ? '' : ` at ${reporter}`}: ${words}`),
  };
}

/** The name in `dns; mail.example.org (192.0.2.1)` or `dns; [192.0.2.1]`, lower case, without what stands behind it. */
function nameOf(value: string): string {
  const name = value.replace(/^[\w-]+\s*;\s*/, '').trim();
  return (/^\[[^\]]*\]|^[^\s([]+/.exec(name)?.[0] ?? name).toLowerCase().replace(/\.$/, '');
}

const LONGEST = 300;

/** Text of a stranger as one printable line. SAFETY: control, bidirectional and invisible characters go. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\s]+/gu, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
