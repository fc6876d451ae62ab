// What becomes of accepted mail: kept, thrown away, returned as a notification (RFC 3464), or relayed to the next hop by SMTP
// (RFC 5321 section 3.6.3). Delivers with the envelope it was given; whether it may is decided elsewhere.
import { randomBytes } from 'node:crypto';
import { parseAddress } from './address.js';
import type { Delivery, Hop } from './config.js';
import { type HopResult, sendToHop } from './hop.js';
import type { Recipient, ServerState } from './state.js';

export interface AcceptedMessage {
  readonly id: string;
  readonly reversePath: string;
  readonly recipients: readonly Recipient[];
  /** Header and body with CR LF line ends, Latin-1, dots unstuffed, trace line included. */
  readonly data: string;
}

export interface KeptMessage {
  readonly mailbox: string;
  readonly reversePath: string;
  readonly data: string;
}

export interface Post {
  readonly hostname: string;
  readonly delivery: Delivery;
  readonly state: ServerState;
  readonly mailboxes: KeptMessage[];
}

/** Deliver a message to each of its recipients; never rejects. */
export async function deliver(message: AcceptedMessage, post: Post): Promise<void> {
  const { delivery, mailboxes, state } = post;
  if (delivery.delayMs) await new Promise((resolve) => setTimeout(resolve, delivery.delayMs));
  const keep = (mailbox: string): void => {
    mailboxes.push({ mailbox, reversePath: message.reversePath, data: message.data });
  };
  if (delivery.redirectTo !== undefined) return keep(delivery.redirectTo);

  for (const { to, fate, isLocal } of message.recipients) {
    if (fate === 'bounce') await notify(message, to, isLocal ? UNKNOWN : NOT_AUTHORIZED, post);
    else if (fate === 'keep' || (fate === 'deliver' && isLocal)) keep(to);
  }
  const foreign = message.recipients.filter(({ isLocal, fate }) => !isLocal && fate === 'deliver');
  if (foreign.length === 0) return;
  const how = delivery.foreign ?? 'relay';
  if (how === 'keep') for (const { to } of foreign) keep(to);
  if (how === 'keep' || how === 'discard' || state.relayed >= (delivery.relaysFirst ?? Number.POSITIVE_INFINITY))
    return;
  if (how === 'bounce') {
    for (const { to } of foreign) await notify(message, to, NOT_AUTHORIZED, post);
    return;
  }
  state.relayed++;
  for (const { to } of foreign) {
    const failure = await relay(message.reversePath, to, message.data, post);
    if (failure) await notify(message, to, failure, post);
  }
}

interface Failure {
  readonly status: string;
  readonly text: string;
  readonly remoteMta?: string;
}

const UNKNOWN: Failure = { status: '5.1.1', text: 'no such user here' };
const NOT_AUTHORIZED: Failure = { status: '5.7.1', text: 'delivery not authorized' };

/** Pass one recipient's copy on; null where the next hop took it. */
async function relay(reversePath: string, to: string, data: string, post: Post): Promise<Failure | null> {
  const hop = findHop(to, post.delivery);
  if (!hop) return { status: '5.1.2', text: 'no route to that domain' };
  const result = await sendToHop(hop, { hostname: post.hostname, reversePath, forwardPath: to, data });
  return result.kind === 'taken' ? null : describe(result, hop);
}

const describe = (result: Exclude<HopResult, { kind: 'taken' }>, hop: Hop): Failure =>
  result.kind === 'unreachable'
    ? { status: '4.4.1', text: result.text }
    : { status: result.code >= 500 ? '5.0.0' : '4.0.0', text: result.text, remoteMta: hop.host };

/** Find the next hop of an address; null where there is no route. */
export function findHop(address: string, { route }: Delivery): Hop | null {
  const domain = parseAddress(address).domain ?? '';
  if (typeof route === 'function') return route(domain);
  return route?.[domain] ?? route?.['*'] ?? null;
}

/** Return a notification from the null reverse-path; a message that came from it gets none (RFC 5321 section 4.5.5). */
async function notify(message: AcceptedMessage, to: string, failure: Failure, post: Post): Promise<void> {
  if (message.reversePath === '') return;
  const data = writeNotification(message, to, failure, post);
  if (!parseAddress(message.reversePath).domain) return;
  await relay('', message.reversePath, data, post);
}

function writeNotification(
  message: AcceptedMessage,
  to: string,
  failure: Failure,
  { hostname, delivery }: Post,
): string {
  const {
    action = 'failed',
    status = failure.status,
    remoteMta = failure.remoteMta,
    returns,
  } = delivery.notification ?? {};
  const boundary = `part-${randomBytes(9).toString('hex')}`;
  const isFull = returns === 'full';
  const header = `${message.data.split('\r\n\r\n', 1)[0] ?? ''}\r\n`;
  return [
    `From: Mail Delivery System <mailer-daemon@${hostname}>`,
    `To: <${message.reversePath}>`,
    `Subject: ${action === 'failed' ? 'Undelivered mail' : 'Delayed mail'}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `Your message to ${to} ${action === 'failed' ? 'could not be delivered' : 'has not been delivered yet'}: ${failure.text}`,
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; ${hostname}`,
    '',
    `Final-Recipient: rfc822; ${to}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(remoteMta === undefined ? [] : [`Remote-MTA: dns; ${remoteMta}`]),
    `Diagnostic-Code: ${remoteMta === undefined ? 'X-Local' : 'smtp'}; ${failure.text}`,
    '',
    `--${boundary}`,
    `Content-Type: ${isFull ? 'message/rfc822' : 'text/rfc822-headers'}`,
    '',
    isFull ? message.data : header,
    `--${boundary}--`,
    '',
  ].join('\r\n');
}
