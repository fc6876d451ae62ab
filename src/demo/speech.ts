// How an answer gets on the wire: worded, counted, delayed, and spoilt as the tables of delays and faults say. Every reply of the
// server but TLS itself goes through here.
import { setTimeout as wait } from 'node:timers/promises';
import { parseAddress } from './address.js';
import type { Delay, Fault, ReplyStage } from './config.js';
import { isOffered } from './extensions.js';
import { findRefusal } from './relay.js';
import { type Situation, word } from './replies.js';
import { remember, type Session } from './state.js';
import { type Answer, contextOf, type Talk } from './talk.js';

const SYNTAX: readonly Situation[] = [
  'syntax',
  'sender-syntax',
  'recipient-syntax',
  'line-too-long',
  'unknown-parameter',
];

/** Say an answer; false where the session is over. */
export async function speak(answer: Answer, talk: Talk): Promise<boolean> {
  const { session, wire, shop, config } = talk;
  const { counts } = session.record;
  const faults = (config.faults ?? []).filter(
    ({ connections }) => session.record.id <= (connections ?? Number.MAX_SAFE_INTEGER),
  );
  const first = answer.lines ?? wordAnswer(answer.situation, answer.values, talk);
  const isError = /^[45]/.test(first.at(-1) ?? '4');
  if (isError) countError(answer, talk);
  const instead = isError ? findRefusal('instead', contextOf(talk)) : null;
  const planned = instead
    ? wordAnswer(instead.reply, { ...answer.values, reply: first.at(-1)?.slice(4) ?? '' }, talk)
    : first;
  if (answer.stage !== 'greeting') await pause(answer.stage, isError, talk);

  const number = counts.replies + 1;
  const has = <K extends Fault['kind']>(kind: K, fits: (fault: Extract<Fault, { kind: K }>) => boolean) =>
    faults.find(
      (fault): fault is Extract<Fault, { kind: K }> =>
        fault.kind === kind && fits(fault as Extract<Fault, { kind: K }>),
    );
  if (has('silence', ({ at }) => at === answer.stage)) return stayPut(talk);
  if (has('close-at', ({ at }) => at === answer.stage) || has('hang-up', ({ after }) => number > after))
    return hangUp(talk);

  counts.replies = number;
  shop.state.replies++;
  const isClosing = has('closing', ({ at }) => at === number);
  const garbage = has('garbage', ({ at }) => at === answer.stage);
  const lines = isClosing ? wordAnswer('shutting-down', undefined, talk) : garbage ? null : planned;
  if (!has('missing', ({ at }) => at === number)) {
    if (lines) write(lines, talk);
    else if (garbage) wire.write(garbage.text);
  }
  const extra = has('extra', ({ after }) => after === number);
  if (extra) wire.write(extra.text);

  const death = has('death', ({ after }) => after === shop.state.replies);
  if (death) {
    await wire.flush();
    shop.die(death.forMs);
    return false;
  }
  if (has('hang-up', ({ after }) => number === after)) return hangUp(talk);
  return !(
    isClosing ||
    answer.close ||
    instead?.effect === 'close' ||
    (isError && has('close-after-error', () => true))
  );
}

/** Word a situation with the session's values. */
export function wordAnswer(situation: Situation, extra: Answer['values'], { config, session }: Talk): string[] {
  const { record, transaction } = session;
  const sender = transaction?.reversePath.text ?? '';
  return word(
    situation,
    {
      ...(config.persona ? { persona: config.persona } : {}),
      ...(config.replies ? { replies: config.replies } : {}),
      ...(config.softBounce ? { softBounce: true } : {}),
      isEnhanced: isOffered('ENHANCEDSTATUSCODES', config),
    },
    {
      hostname: config.hostname,
      client: record.client,
      helo: record.greeting?.name ?? '',
      sender,
      domain: parseAddress(sender).domain ?? '',
      recipient: '',
      command: '',
      argument: '',
      usage: 'command arguments',
      date: new Date().toUTCString().replace('GMT', '+0000'),
      id: `${record.id}Q${record.counts.replies}`,
      ...extra,
    },
  );
}

function write(lines: readonly string[], { wire, session }: Talk): void {
  for (const text of lines) {
    session.record.lines.push({ from: 'server', text });
    wire.write(`${text}\r\n`);
  }
}

function countError({ situation, stage }: Answer, { session, shop }: Talk): void {
  const { counts, client } = session.record;
  counts.errors++;
  if (SYNTAX.includes(situation)) counts['syntax-errors']++;
  if (situation === 'unknown-command') counts['unknown-commands']++;
  if (stage === 'rcpt') counts['refused-recipients']++;
  if (situation === 'auth-failed') counts['failed-logins']++;
  remember(shop.state, client, 'refusal', Date.now());
  if (situation === 'auth-failed') remember(shop.state, client, 'failed-login', Date.now());
}

/** Wait as the rows of `delays` say, unless the client goes or the server closes. */
export async function pause(stage: ReplyStage, isError: boolean, { config, session, shop }: Talk): Promise<void> {
  const ms = (config.delays ?? [])
    .filter((row) => (row.at === undefined || row.at === stage) && (isError || !row.onlyErrors))
    .reduce((sum, row) => sum + lengthOf(row, session), 0);
  if (ms > 0) await wait(ms, undefined, { signal: shop.signal, ref: false }).catch(() => undefined);
}

function lengthOf({ ms, of, from = 1, factor = 1, maxMs = Number.POSITIVE_INFINITY }: Delay, session: Session): number {
  if (of === undefined) return ms;
  const over = session.record.counts[of] - from;
  return over < 0 ? 0 : Math.min(ms * factor ** over, maxMs);
}

/** Never answer again, but stay until the client goes. */
async function stayPut({ wire }: Talk): Promise<false> {
  while ((await wire.readLine()) !== null) wire.dropInput();
  return false;
}

async function hangUp({ wire, session }: Talk): Promise<false> {
  await wire.flush();
  session.record.endedBy = 'server';
  wire.destroy();
  return false;
}
