// How far an audit is, on standard error: a bar that writes over itself on a terminal, lines where they were asked for, and
// nothing where nobody looks. Must not know what an audit is: it is told numbers.
import type { Values } from './options.js';

export interface Step {
  readonly done: number;
  /** Attempts known to be wanted; answers may call for more. */
  readonly total: number;
  readonly sources: { readonly done: number; readonly total: number };
  readonly findings: number;
  /** Servers that are done, and all of the run. */
  readonly servers: { readonly done: number; readonly total: number };
}

export interface Progress {
  readonly show: (step: Step) => void;
  /** Takes the bar away again, before other text. */
  readonly clear: () => void;
}

/** What progress is written to. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const NOTHING: Progress = { show: () => undefined, clear: () => undefined };

/** A bar is drawn anew at most so often, a line written so often, in milliseconds. */
const BAR_MS = 100;
const LINE_MS = 5_000;

/** Choose how progress is told; `now` is a clock in milliseconds. */
export function progressOf(
  { progress = 'auto', quiet }: Values,
  screen: Screen = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  if (progress === 'none' || quiet === true) return NOTHING;
  const from = now();
  if (progress === 'plain') {
    const isDue = every(LINE_MS, now);
    return {
      show: (step) => {
        if (isDue() || isOver(step)) screen.write(`relayproof: ${textOf(step, now() - from)}\n`);
      },
      clear: () => undefined,
    };
  }
  if (screen.isTTY !== true) return NOTHING;
  const isDue = every(BAR_MS, now);
  return {
    show: (step) => {
      if (!isDue()) return;
      const text = `${barOf(step)} ${textOf(step, now() - from)}`;
      // A line that wraps could not be taken away again.
      screen.write(`\r\u001b[K${text.slice(0, Math.max(0, (screen.columns ?? WIDTH) - 1))}`);
    },
    clear: () => screen.write('\r\u001b[K'),
  };
}

const isOver = (step: Step): boolean => partOf(step).done === partOf(step).total;

/** True at first, and then once in every so many milliseconds. */
function every(ms: number, now: () => number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (now() - last < ms) return false;
    last = now();
    return true;
  };
}

const WIDTH = 80;
const BAR = 20;

function barOf(step: Step): string {
  const { done, total } = partOf(step);
  const filled = total === 0 ? 0 : Math.floor((done / total) * BAR);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
}

/** Of many servers the attempts that are wanted are known of a few only: there servers are what is counted. */
const partOf = ({ done, total, servers }: Step) => (servers.total > 1 ? servers : { done, total });

function textOf(step: Step, elapsedMs: number): string {
  const { sources, findings, servers } = step;
  const { done, total } = partOf(step);
  const parts = [`${done} of ${total} ${servers.total > 1 ? 'servers' : 'attempts'}`];
  if (sources.total > 1 && servers.total === 1) parts.push(`${sources.done} of ${sources.total} sources`);
  parts.push(timeOf(elapsedMs));
  if (done > 0 && done < total) parts.push(`about ${timeOf((elapsedMs / done) * (total - done))} left`);
  if (findings > 0) parts.push(`${findings} ${findings === 1 ? 'finding' : 'findings'}`);
  return parts.join(', ');
}

function timeOf(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
