// The envelope of a message in a mailbox, as far as the last server wrote it down (RFC 5321 section 4.4, RFC 9228). Pure.
// Only the trace block on top counts: fields further down were written by servers before it, or by whoever wrote the message.
import { allOf, type Field, firstOf } from './mime.js';

export interface MailboxEnvelope {
  /** Empty where the last server wrote none down. */
  readonly recipients: readonly string[];
  /** Empty for the null reverse-path; null where there is no Return-Path. */
  readonly reversePath: string | null;
}

/** Read what the server of the mailbox says of the envelope. */
export function envelopeOf(fields: readonly Field[]): MailboxEnvelope {
  const block = traceBlock(fields);
  const recipients = RECIPIENT_FIELDS.flatMap((name) => allOf(block, name).map(bare));
  const [received = ''] = allOf(block, 'received');
  const receivedFor = /\bfor\s+<([^<>\s]+)>/i.exec(received)?.[1];
  const isReturnKnown = block.some(({ name }) => name === 'return-path');
  return {
    recipients: [...new Set([...recipients, ...(receivedFor === undefined ? [] : [receivedFor])])],
    reversePath: isReturnKnown ? bare(firstOf(block, 'return-path')) : null,
  };
}

/** Postfix, qmail, Dovecot and Gmail; Exim; Fastmail and Cyrus; others. */
const RECIPIENT_FIELDS = [
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-delivered-to',
  'x-original-delivered-to',
  'x-envelope-to',
  'x-rcpt-to',
] as const;

const bare = (value: string): string => /<([^<>]*)>/.exec(value)?.[1] ?? value.split(/[\s,;]/)[0] ?? '';

/** Down to the first Received field, that one included; down to the second where nothing stands above the first. */
function traceBlock(fields: readonly Field[]): readonly Field[] {
  const [first = fields.length, second = fields.length] = fields.flatMap(({ name }, at) =>
    name === 'received' ? [at] : [],
  );
  const above = fields.slice(0, first);
  const isNamed = above.some(({ name }) => RECIPIENT_FIELDS.some((known) => known === name));
  return fields.slice(0, isNamed ? first + 1 : second);
}
