// The replies that are awaited, oldest first: an SMTP server answers in the order of the commands (RFC 2920 section 3.1), so
// the first reply belongs to the first line that has none. Keeps the time limit of the oldest wait; knows no socket.
import type { Exchange, Fault, Reply, Stage } from '../model/reply.js';

/** One exchange; its reply is null where `fault` says what happened instead. */
export interface Heard {
  readonly exchange: Exchange;
  readonly fault: Fault | null;
}

export interface Wait {
  readonly stage: Stage;
  /** The line as evidence may show it; null where the server speaks first. */
  readonly sent: string | null;
  readonly secret: boolean;
  /** Longest wait, from when this is the oldest. */
  readonly limitMs: number;
  /** Called in the very turn in which the reply was read, before anything that follows it. */
  readonly onReply?: (reply: Reply) => void;
}

export interface ReplyQueue {
  /** Await one more reply; resolves with it or with the fault that ended the session, never rejects. */
  readonly add: (wait: Wait) => Promise<Heard>;
  /** Give a reply to the oldest wait; null where nothing is awaited. */
  readonly deliver: (reply: Reply) => Wait | null;
  /** End every wait with a fault. */
  readonly fail: (fault: Fault) => void;
  /** The oldest wait; null where nothing is awaited. */
  readonly head: () => Wait | null;
}

interface Pending {
  readonly wait: Wait;
  readonly since: number;
  readonly settle: (heard: Heard) => void;
}

/** Start an empty queue; `onHead` hears of each wait that becomes the oldest, to limit it, and null when none is left. */
export function createReplyQueue(onHead: (wait: Wait | null) => void): ReplyQueue {
  const pending: Pending[] = [];
  let wasAuth = false;

  const settle = ({ wait, since, settle: resolve }: Pending, reply: Reply | null, fault: Fault | null): void => {
    const elapsedMs = Math.round(performance.now() - since);
    resolve({ exchange: { stage: wait.stage, sent: wait.sent, reply, elapsedMs, secret: wait.secret }, fault });
  };

  return {
    add: (wait) => {
      // SAFETY: the answer to the first command after AUTH may still speak of it.
      const secret = wait.secret || wait.stage === 'auth' || wasAuth;
      wasAuth = wait.stage === 'auth';
      return new Promise((resolve) => {
        pending.push({ wait: { ...wait, secret }, since: performance.now(), settle: resolve });
        if (pending.length === 1) onHead(wait);
      });
    },
    deliver: (reply) => {
      const oldest = pending.shift();
      if (oldest === undefined) return null;
      oldest.wait.onReply?.(reply);
      settle(oldest, reply, null);
      onHead(pending[0]?.wait ?? null);
      return oldest.wait;
    },
    fail: (fault) => {
      for (const one of pending.splice(0)) settle(one, null, fault);
    },
    head: () => pending[0]?.wait ?? null,
  };
}

/** What is heard of a line that was never sent. */
export const unheard = (stage: Stage, sent: string | null, secret: boolean, fault: Fault | null): Heard => ({
  exchange: { stage, sent, reply: null, elapsedMs: 0, secret: secret || stage === 'auth' },
  fault,
});
