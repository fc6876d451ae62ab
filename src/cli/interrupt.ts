// Interrupts: the first ends the audit, and what was measured is written; the second leaves at once.
import { EXIT } from './exit-status.js';
import { say } from './terminal.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives SIGINT and SIGTERM back to the system. */
  readonly release: () => void;
}

/** Take SIGINT and SIGTERM until released. */
export function catchInterrupts(): Interrupt {
  const controller = new AbortController();
  const take = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say('interrupted: what was measured is written; once more leaves at once');
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, take);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, take);
    },
  };
}
