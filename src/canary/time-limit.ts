// A signal that ends with another one or after a time. `AbortSignal.any` holds its sources weakly, so that the signal of
// `AbortSignal.timeout` may be collected before it fires, and whoever waits for it waits for ever (Node 20 to 24); and it never
// lets go of a long-lived source. Here the timer holds the signal, and the end of the wait lets go of both.
import { setMaxListeners } from 'node:events';

export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Stop the clock and forget the other signals; to be called when the wait is over. */
  end(): void;
}

/**
 * Make a signal that aborts with any of the others, for their reason, or after a time in milliseconds, for a `TimeoutError` as
 * that of `AbortSignal.timeout`. The process may end before it does.
 */
export function timeLimit(ms: number, ...others: readonly AbortSignal[]): TimeLimit {
  const controller = new AbortController();
  const end = (): void => {
    clearTimeout(timer);
    for (const other of others) other.removeEventListener('abort', onAbort);
  };
  const stop = (reason: unknown): void => {
    end();
    controller.abort(reason);
  };
  const onAbort = (event: Event): void => stop((event.target as AbortSignal).reason);
  const timer = setTimeout(() => stop(new DOMException('the time is over', 'TimeoutError')), ms);
  timer.unref();
  // One listener for each of the waits of a run: as many as there are, and no leak.
  for (const other of others) setMaxListeners(0, other);
  const over = others.find(({ aborted }) => aborted);
  if (over) stop(over.reason);
  else for (const other of others) other.addEventListener('abort', onAbort);
  return { signal: controller.signal, end };
}
