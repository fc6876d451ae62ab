// What travels through the queue is sealed: AES-256-GCM (NIST SP 800-38D) with a key per purpose, derived by HKDF (RFC 5869) from
// the one of --queue-key-file. Purpose and context are associated data, the expiry is inside: what is moved, altered, of another
// purpose or too old does not open. SAFETY: what is in here is all that stands between a writer to Redis and a worker.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

/** What a sealed text is for; each has a key of its own, so that none can stand for another. */
export const PURPOSES = ['job', 'ask', 'leave', 'result', 'presence'] as const;
export type Purpose = (typeof PURPOSES)[number];

export type Opened =
  | { readonly problem: null; readonly value: unknown }
  | { readonly problem: 'forged' | 'expired'; readonly value: null };

export interface Seal {
  /** Seal a JSON value (bigints included) for so many milliseconds; the context must be equal when it is opened. */
  seal(purpose: Purpose, context: readonly string[], value: unknown, lifeMs: number): Promise<string>;
  /**
   * Open a sealed text: `forged` is whatever this key, purpose and context did not seal, `expired` what was too old at a time by
   * the wall clock, in milliseconds; absent: now. Never throws.
   */
  open(purpose: Purpose, context: readonly string[], text: string, at?: number): Promise<Opened>;
}

const NONCE = 12;
const TAG = 16;
const EXPIRY = 8;
/** Evidence of one server; anything larger is no evidence of ours. */
const MOST_OCTETS = 64 * 1_048_576;

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

/** Make the seal of a key of 32 octets; `now` is the wall clock, in milliseconds. */
export function makeSeal(key: Buffer, now: () => number = Date.now): Seal {
  const keys = new Map(
    PURPOSES.map((purpose) => [purpose, Buffer.from(hkdfSync('sha256', key, '', `relayproof queue ${purpose}`, 32))]),
  );
  const keyOf = (purpose: Purpose): Buffer => keys.get(purpose) ?? randomBytes(32);
  return {
    seal: async (purpose, context, value, lifeMs) => {
      const expiry = Buffer.alloc(EXPIRY);
      expiry.writeBigUInt64BE(BigInt(Math.ceil(now() + lifeMs)));
      const body = await pack(Buffer.from(JSON.stringify(value, withBigints)), { level: 1 });
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', keyOf(purpose), nonce).setAAD(associated(purpose, context));
      const sealed = Buffer.concat([
        nonce,
        cipher.update(expiry),
        cipher.update(body),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return sealed.toString('base64url');
    },
    open: async (purpose, context, text, at = now()) => {
      try {
        const sealed = Buffer.from(text, 'base64url');
        const nonce = sealed.subarray(0, NONCE);
        const decipher = createDecipheriv('aes-256-gcm', keyOf(purpose), nonce, { authTagLength: TAG })
          .setAAD(associated(purpose, context))
          .setAuthTag(sealed.subarray(-TAG));
        const open = Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
        if (Number(open.readBigUInt64BE()) <= at) return { problem: 'expired', value: null };
        const body = await unpack(open.subarray(EXPIRY), { maxOutputLength: MOST_OCTETS });
        return { problem: null, value: read(body.toString()) };
      } catch {
        return { problem: 'forged', value: null };
      }
    },
  };
}

/** Each part quoted, so that none can be moved into the next. */
const associated = (purpose: Purpose, context: readonly string[]): Buffer =>
  Buffer.from(JSON.stringify([purpose, ...context]));

const BIGINT = '$bigint';

const withBigints = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { [BIGINT]: String(value) } : value;

/** A result is long and holds no bigint: it is read at a quarter of the cost. */
const read = (text: string): unknown =>
  text.includes(`"${BIGINT}"`) ? JSON.parse(text, withoutBigints) : JSON.parse(text);

function withoutBigints(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(BIGINT in value)) return value;
  return typeof value[BIGINT] === 'string' ? BigInt(value[BIGINT]) : value;
}
