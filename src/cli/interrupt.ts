// Interrupts: the first ends the audit, and what was measured is written; the second leaves at once.
import { EXIT } from './exit-status.js';
import { say } from './terminal.js';

/** Take SIGINT and SIGTERM from now to the end of the process; the signal is aborted by the first. */
export function catchInterrupts(): AbortSignal {
  const controller = new AbortController();
  const take = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say('interrupted: what was measured is written; once more leaves at once');
    controller.abort();
  };
  process.on('SIGINT', take).on('SIGTERM', take);
  return controller.signal;
}
