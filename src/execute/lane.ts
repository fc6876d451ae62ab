// One lane: a session at a time, kept for as long as there is work of its shape and patience left on the server's side.
// A lane without a session opens one for a shape that no other lane serves, so that shapes go side by side.

import type { Attempt } from '../model/attempt.js';
import { askAlone } from './alone.js';
import type { SharedSession } from './compose.js';
import { close } from './connect.js';
import type { Context } from './context.js';
import { concludeKnown } from './known.js';
import { pick } from './pick.js';
import { askTogether, hasRoom, openShared } from './together.js';

/** Work until nothing is left to ask, or the signal aborts. */
export async function runLane(context: Context): Promise<void> {
  const { work, options } = context;
  let shared: SharedSession | null = null;
  const leave = (): void => {
    if (shared === null) return;
    serve(context, shared.shape, -1);
    close(context, shared.session);
    shared = null;
  };
  let rests = 0;
  let wasAlone = false;
  while (!options.signal.aborted) {
    concludeKnown(context);
    const task = pick(context, shared, wasAlone);
    if (task === null) {
      if (!work.isPending()) break;
      await work.change(options.signal);
      continue;
    }
    wasAlone = task.kind === 'alone';
    if (task.kind === 'alone') {
      leave();
      rests = (await askAlone(context, task.attempt)) ? 0 : await rest(context, rests);
      continue;
    }
    if (shared !== null && (shared.shape !== task.shape || !hasRoom(context, shared, task.attempts))) leave();
    let held: readonly Attempt[] = [];
    if (shared === null) {
      serve(context, task.shape, 1);
      const opened = await openShared(context, task);
      if (opened.shared === null) serve(context, task.shape, -1);
      rests = opened.isFull ? await rest(context, rests) : 0;
      shared = opened.shared;
      held = opened.held;
      if (shared === null) continue;
    }
    if (!(await askTogether(context, shared, held))) leave();
  }
  leave();
}

/** Pauses of a lane that the server had no room for, in milliseconds: it may have been for a session that was just closing. */
const RESTS = [2_000, 10_000, 30_000, 60_000] as const;

/** Stand back for a while, or until nothing is left to ask; gives the number of rests in a row. */
async function rest(context: Context, rests: number): Promise<number> {
  const { work, options } = context;
  const { clock, signal } = options;
  const over = new AbortController();
  let isOver = false;
  const timer = clock.wait(RESTS[Math.min(rests, RESTS.length - 1)] ?? 0, over.signal).then(() => {
    isOver = true;
  });
  while (!isOver && !signal.aborted && work.isPending()) await Promise.race([timer, work.change(signal)]);
  over.abort();
  context.lanes += 1;
  return rests + 1;
}

/** What nobody serves any more is there for others. */
function serve(context: Context, shape: string, by: 1 | -1): void {
  context.serving.set(shape, (context.serving.get(shape) ?? 0) + by);
  if (by < 0) context.work.stir();
}
