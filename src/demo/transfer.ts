// DATA and BDAT (RFC 5321 section 4.1.1.4, RFC 3030): take a message, make the checks that were left for now, and hand it on with
// a trace line (RFC 5321 section 4.4).
import { deliver } from './delivery.js';
import { maxSizeOf } from './extensions.js';
import { decide, findRefusal } from './relay.js';
import { speak } from './speech.js';
import { remember, type Transaction } from './state.js';
import { type Answer, contextOf, refuseAt, type Talk } from './talk.js';

/** DATA: 354, then everything up to an end-of-data sequence that this server knows. */
export async function takeData(_argument: string, talk: Talk): Promise<Answer> {
  const { session, config, wire } = talk;
  const ready = begin('DATA', talk);
  if ('situation' in ready) return ready;
  if (!(await speak({ situation: 'data-go', stage: 'data' }, talk)))
    return { situation: 'shutting-down', stage: 'data', close: true };
  const text = await wire.readUntil(['\r\n.\r\n', ...(config.endsOfData ?? [])], '\r\n');
  if (text === null) return { situation: 'shutting-down', stage: 'message', close: true };
  session.record.lines.push({ from: 'client', text: `(message of ${text.length} bytes)` });
  return finish(ready, unstuff(text), talk);
}

/**
 * Drop the dot that a line begins with (RFC 5321 section 4.5.2). Only CR LF ends a line (section 2.3.8), so that one dot behind a
 * bare line feed is text; of two there, one was put there by a client that takes it for a line end, as smtplib does with bytes.
 */
const unstuff = (text: string): string =>
  text.replace(/(^|\r\n)\.|(\n)\.(?=\.)/g, (_, lineEnd: string | undefined, lineFeed = '') => lineEnd ?? lineFeed);

/** BDAT: so many bytes; the message is whole with LAST. */
export async function takeChunk(argument: string, talk: Talk): Promise<Answer> {
  const { session, wire } = talk;
  const [, size, last] = /^(\d+)(?: +(LAST))?$/i.exec(argument) ?? [];
  if (size === undefined) return { situation: 'syntax', stage: 'data', values: { usage: 'BDAT count [LAST]' } };
  // The bytes come whatever the answer is (RFC 3030 section 4.2).
  const bytes = await wire.readBytes(Number(size));
  if (bytes === null) return { situation: 'shutting-down', stage: 'message', close: true };
  session.record.lines.push({ from: 'client', text: `(chunk of ${size} bytes)` });
  const ready = begin('BDAT', talk);
  if ('situation' in ready) return ready;
  ready.chunks += bytes;
  return last === undefined ? { situation: 'chunk-ok', stage: 'data' } : finish(ready, ready.chunks, talk);
}

/** Make sure there is something to deliver; the answer where there is not. */
function begin(transport: 'DATA' | 'BDAT', talk: Talk): Transaction | Answer {
  const { session } = talk;
  const stage = 'data';
  const { transaction } = session;
  if (!transaction) return { situation: 'need-mail', stage };
  if (transaction.recipients.length === 0) {
    return { situation: transaction.refused > 0 ? 'no-recipients' : 'need-recipient', stage };
  }
  if (transaction.transport !== null)
    return transaction.transport === transport ? transaction : { situation: 'chunks-begun', stage };
  transaction.transport = transport;
  const refused = refuseAt('data', stage, talk) ?? checkDeferred(transaction, talk);
  if (refused) session.transaction = null;
  return refused ?? transaction;
}

/** Make the relay check that RCPT did not make; refused only if nobody is left. */
function checkDeferred(transaction: Transaction, talk: Talk): Answer | null {
  const decided = transaction.recipients.map((recipient) => {
    if (!recipient.path) return recipient;
    const decision = decide(recipient.path, contextOf(talk, recipient.path));
    return decision.kind === 'refuse' ? null : { ...recipient, to: decision.to, fate: decision.fate, path: null };
  });
  const kept = decided.filter((recipient) => recipient !== null);
  const [first] = transaction.recipients;
  transaction.recipients.splice(0, transaction.recipients.length, ...kept);
  return kept.length > 0
    ? null
    : { situation: 'relay-denied', stage: 'data', values: { recipient: first?.given ?? '' } };
}

function finish(transaction: Transaction, data: string, talk: Talk): Answer {
  const { session, config, shop } = talk;
  const stage = 'message';
  const { record } = session;
  const context = contextOf(talk);
  const refusal =
    data.length > maxSizeOf(config)
      ? ({ reply: 'too-big', effect: undefined } as const)
      : findRefusal('message', context);
  session.transaction = null;
  if (refusal && refusal.effect !== 'deliver')
    return { situation: refusal.reply, stage, close: refusal.effect === 'close' };
  const id = `${record.id}Q${record.counts.replies}`;
  record.counts.messages++;
  remember(shop.state, record.client, 'message', Date.now());
  shop.track(
    deliver(
      {
        id,
        reversePath: transaction.reversePath.text,
        recipients: transaction.recipients,
        data: `${trace(id, talk)}${data.endsWith('\r\n') ? data : `${data}\r\n`}`,
      },
      shop.post,
    ),
  );
  return refusal ? { situation: refusal.reply, stage } : { situation: 'queued', stage, values: { id } };
}

function trace(id: string, { session, config }: Talk): string {
  const { record } = session;
  const protocol = `${record.greeting?.verb === 'HELO' ? 'SMTP' : 'ESMTP'}${record.isSecured ? 'S' : ''}${record.user === null ? '' : 'A'}`;
  const date = new Date().toUTCString().replace('GMT', '+0000');
  return `Received: from ${record.greeting?.name ?? 'unknown'} ([${record.client}])\r\n\tby ${config.hostname} with ${protocol} id ${id};\r\n\t${date}\r\n`;
}
