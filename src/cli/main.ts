// From arguments to exit status: reads the command line, loads the command that was called, runs it.
// Knows no option and no command; an operator's mistake ends here as one line, a bug goes on to the caller.
import { UsageError } from '../model/errors.js';
import { readCommandLine } from './command-line.js';
import { EXIT } from './exit-status.js';
import { say } from './terminal.js';

/**
 * Run one command line, without the program's name, and give the exit status (docs/contract.md, "Exit status"). `threadFile` is
 * the file that a thread begins with, which calls `serve`; without it there are no threads.
 */
export async function main(argv: readonly string[], threadFile?: URL): Promise<number> {
  try {
    const asked = readCommandLine(argv);
    if (asked.kind === 'text') {
      process.stdout.write(asked.text);
      return EXIT.asPolicy;
    }
    if (asked.command.load === null) throw new Error('a command without a file was called');
    const { run } = await asked.command.load();
    return await run(threadFile === undefined ? asked.call : { ...asked.call, threadFile });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    return EXIT.usage;
  }
}

/** Be a thread of the audit of another thread, which ends it. */
export async function serve(): Promise<void> {
  const thread = await import('../fleet/thread.js');
  thread.serve();
}
