// Known tempers of servers as rows: limits, delays, greylists, blocklists and faults, each a part of a ServerConfig that `combine`
// adds to another. Measured on the products that they are named after; numbers in milliseconds.
import { type Condition, type Counter, DEFAULT_OFFER, type Extension, type ServerConfig } from './config.js';
import type { Replies } from './replies.js';

/** A part of a configuration. */
export type Part = Partial<ServerConfig>;

/** Combine a configuration with parts, in order: rows are appended, records merged, everything else replaced. */
export function combine(base: ServerConfig, ...parts: readonly Part[]): ServerConfig {
  let whole = base;
  for (const part of parts) whole = { ...whole, ...part, ...rowsOf(whole, part), ...recordsOf(whole, part) };
  return whole;
}

const none = (...conditions: readonly Condition[]): Condition => ({ kind: 'not', of: { kind: 'any', of: conditions } });

/** Close the session once a count is reached: in place of the reply that reached it, behind it, or at the next command. */
export const limit = (
  of: Counter,
  max: number,
  reply: keyof Replies,
  at: 'any' | 'instead' | 'after' = 'after',
): Part => ({
  refuse: [{ at, when: { kind: 'count', of, atLeast: max }, reply, effect: 'close' }],
});

/** Postfix at its defaults: a second per reply from the tenth error on, 421 at the twentieth. */
export const postfixErrors = (soft = 10, hard = 20, ms = 1_000): Part => ({
  delays: [{ of: 'errors', from: soft, ms }],
  ...limit('errors', hard, 'too-many-errors'),
});

/** Exim at its defaults: few syntax errors, unknown commands and non-mail commands in a session. */
export const eximLimits = (syntax = 4, unknown = 4, nonMail = 12): Part => ({
  refuse: [
    ...(limit('syntax-errors', syntax, 'too-many-syntax-errors', 'instead').refuse ?? []),
    ...(limit('unknown-commands', unknown, 'too-many-unknown-commands', 'instead').refuse ?? []),
    ...(limit('non-mail-commands', nonMail, 'too-many-commands', 'any').refuse ?? []),
  ],
});

/** Courier's tarpit: each refusal of a session waits twice as long as the one before. */
export const courierTarpit = (ms = 8_000, maxMs = 64_000): Part => ({
  delays: [{ of: 'errors', from: 1, ms, factor: 2, maxMs, onlyErrors: true }],
});

/** Sendmail's BadRcptThrottle and greet_pause. */
export const sendmailThrottle = (from = 3, ms = 1_000, greetMs = 5_000): Part => ({
  delays: [
    { at: 'rcpt', of: 'refused-recipients', from, ms },
    { at: 'greeting', ms: greetMs },
  ],
  refuse: [{ at: 'greeting', when: { kind: 'early-talker' }, reply: 'no-service' }],
});

/** Postscreen: a greeting in two parts, who talks early is refused, and a client's first session is put off. */
export const postscreen = (teaserMs = 3_000, waitMs = 1_000): Part => ({
  teaserMs,
  refuse: [
    { at: 'any', when: { kind: 'early-talker' }, reply: 'no-service', effect: 'close' },
    { at: 'rcpt', when: { kind: 'greylisted', by: 'client', waitMs }, reply: 'busy-recipient' },
  ],
});

/** OpenSMTPD: PIPELINING is not announced, and who pipelines all the same is cut off. */
export const refusesPipelining: Part = {
  extensions: { offer: ['SIZE', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN'] },
  refuse: [{ at: 'any', when: { kind: 'pipelined' }, reply: 'pipelining', effect: 'close' }],
};

/** Drop an extension from the default offer. */
export const without = (...extensions: readonly Extension[]): Part => ({
  extensions: {
    offer: DEFAULT_OFFER.filter((extension) => !extensions.includes(extension)),
  },
});

/** Greylist every recipient, or those only that the relay check let through. */
export const greylisting = (waitMs: number, at: 'rcpt' | 'accepted' = 'rcpt'): Part => ({
  refuse: [{ at, when: { kind: 'greylisted', waitMs }, reply: 'greylisted' }],
});

/** Refuse clients that are listed: instead of the greeting, or every recipient, local ones too. */
export const blocklist = (clients: readonly string[], at: 'greeting' | 'mail' | 'rcpt' = 'rcpt'): Part => ({
  refuse: [
    {
      at,
      when: { kind: 'network', in: clients },
      reply: at === 'greeting' ? 'no-service' : 'blocked',
      ...(at === 'greeting' ? { effect: 'close' } : {}),
    },
  ],
});

/** Refuse senders whose domain is not in a table of those that resolve; the null reverse-path passes. */
export const senderDomains = (known: readonly string[], at: 'mail' | 'rcpt' = 'mail'): Part => ({
  refuse: [
    {
      at,
      when: none({ kind: 'reverse-path', is: ['null'] }, { kind: 'reverse-path', domains: known }),
      reply: 'sender-unresolvable',
    },
  ],
});

/** Refuse recipients whose domain is not in a table of those that resolve, before anyone asks about relaying. */
export const recipientDomains = (known: readonly string[]): Part => ({
  refuse: [
    {
      at: 'rcpt',
      when: none({ kind: 'forward-path', is: ['local'] }, { kind: 'forward-path', domains: known }),
      reply: 'recipient-unresolvable',
    },
  ],
});

/** Refuse a reverse-path of a local domain from who has not authenticated. */
export const antiSpoof = (at: 'mail' | 'rcpt' = 'mail', reply: keyof Replies = 'sender-rejected'): Part => ({
  refuse: [
    {
      at,
      when: {
        kind: 'all',
        of: [{ kind: 'reverse-path', is: ['local-domain'] }, none({ kind: 'authenticated' })],
      },
      reply,
    },
  ],
});

/** Refuse every sender that is an address literal, unqualified or numeric, as Exim, Courier and Sendmail do. */
export const strictSenders = (at: 'mail' | 'rcpt' = 'mail'): Part => ({
  refuse: [
    {
      at,
      when: { kind: 'reverse-path', is: ['literal', 'numeric', 'unqualified', 'empty-domain'] },
      reply: 'sender-syntax',
    },
  ],
});

/** Refuse odd recipients as syntax errors, as Haraka does. */
export const strictRecipients: Part = {
  refuse: [
    {
      at: 'rcpt',
      when: {
        kind: 'forward-path',
        is: ['double-at', 'source-route', 'trailing-dot', 'unqualified', 'empty-domain', 'unbracketed'],
      },
      reply: 'recipient-syntax',
    },
  ],
};

/** Take so many recipients in a transaction. */
export const recipientsPerMessage = (max: number): Part => ({
  refuse: [{ at: 'rcpt', when: { kind: 'recipients', atLeast: max }, reply: 'too-many-recipients' }],
});

/** Take so many messages, or transactions, in a connection, then hang up. */
export const messagesPerConnection = (max: number, of: 'messages' | 'transactions' = 'messages'): Part => ({
  refuse: [{ at: 'mail', when: { kind: 'count', of, atLeast: max }, reply: 'too-many-messages', effect: 'close' }],
});

/** Take so many connections at a time. */
export const concurrentConnections = (max: number, per: 'client' | 'server' = 'server'): Part => ({
  refuse: [
    {
      at: 'greeting',
      when: { kind: 'concurrent', per, atLeast: max + 1 },
      reply: 'too-many-connections',
      effect: 'close',
    },
  ],
});

/** Take so many connections of a client in a time. */
export const connectionRate = (max: number, withinMs = 60_000): Part => ({
  refuse: [
    {
      at: 'greeting',
      when: { kind: 'history', of: 'connection', per: 'client', atLeast: max + 1, withinMs },
      reply: 'too-many-connections-per-minute',
      effect: 'close',
    },
  ],
});

/** Take so many recipients of a client in a time. */
export const recipientRate = (max: number, withinMs = 60_000): Part => ({
  refuse: [
    {
      at: 'accepted',
      when: { kind: 'history', of: 'recipient', per: 'client', atLeast: max, withinMs },
      reply: 'too-much-mail',
    },
  ],
});

/** Refuse everything, or foreign recipients only, from a number of errors in the session on. */
export const sulksAfter = (
  errors: number,
  whom: 'everyone' | 'foreign' = 'everyone',
  reply: keyof Replies = 'policy',
): Part => ({
  refuse: [
    {
      at: 'rcpt',
      when: {
        kind: 'all',
        of: [
          { kind: 'count', of: 'errors', atLeast: errors },
          whom === 'everyone' ? { kind: 'anyone' } : { kind: 'forward-path', is: ['foreign'] },
        ],
      },
      reply,
    },
  ],
});

/** Drop a client's connections once it has been refused so often, as fail2ban makes the firewall do. */
export const ban = (refusals: number, withinMs?: number): Part => ({
  refuse: [
    {
      at: 'connect',
      when: {
        kind: 'history',
        of: 'refusal',
        per: 'client',
        atLeast: refusals,
        ...(withinMs === undefined ? {} : { withinMs }),
      },
      reply: 'blocked',
    },
  ],
});

/** Demand TLS before MAIL. */
export const tlsFirst: Part = {
  refuse: [{ at: 'mail', when: none({ kind: 'tls' }), reply: 'starttls-required' }],
};

/** Demand authentication before MAIL, from everyone but some networks (RFC 6409 section 4.3). */
export const authFirst = (exempt: readonly string[] = []): Part => ({
  refuse: [
    {
      at: 'mail',
      when: none({ kind: 'authenticated' }, { kind: 'network', in: exempt }),
      reply: 'authentication-required',
    },
  ],
});

/** Refuse the message itself: at DATA, behind the final dot, or in words only (Exim's fakereject). */
export const refusesMessage = (at: 'data' | 'message', isFake = false): Part => ({
  refuse: [
    {
      at,
      when: { kind: 'anyone' },
      reply: at === 'data' ? 'data-refused' : 'message-refused',
      ...(isFake ? { effect: 'deliver' } : {}),
    },
  ],
});

/** What becomes of mail that its sender has no right to have relayed: accepted all the same, then not passed on. */
export const acceptsAnd = (denied: 'bounce' | 'discard' | 'keep'): Part => ({ denied });

/** Relay to these domains for everyone, as a backup MX or by an MX record that points here. */
export const serves = (domains: readonly string[]): Part => ({ relay: [{ kind: 'forward-path', domains }] });

/** Of a pool of nodes, one relays for everyone. */
export const poolWithHole = (nodes: number, openNode: number): Part => ({
  nodes: Array.from({ length: nodes }, (_, at) => (at === openNode ? { relay: [{ kind: 'anyone' }] } : {})),
});

const ROWS = ['refuse', 'delays', 'faults', 'relay', 'rewrites'] as const;
const RECORDS = ['replies', 'delivery', 'extensions', 'security', 'auth', 'accounts'] as const;

const rowsOf = (whole: Part, part: Part): Part =>
  Object.fromEntries(
    ROWS.filter((key) => part[key]).map((key) => [key, [...(whole[key] ?? []), ...(part[key] ?? [])]]),
  );

const recordsOf = (whole: Part, part: Part): Part =>
  Object.fromEntries(RECORDS.filter((key) => part[key]).map((key) => [key, { ...whole[key], ...part[key] }]));
