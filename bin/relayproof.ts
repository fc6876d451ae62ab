#!/usr/bin/env node
// The command line's door: the version before anything is loaded, else src/cli; sets the exit status that main() says.
// Nothing of what an audit does belongs in here.
declare const RELAYPROOF_VERSION: string;

/** CONTRACT, "Exit status": a bug in relayproof. */
const CRASHED = 70;

function crash(error: unknown): never {
  process.stderr.write(`relayproof: a bug in relayproof ${RELAYPROOF_VERSION}:\n${showCrash(error)}\n`);
  process.exit(CRASHED);
}

const showCrash = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

// A reader that has seen enough (`| head`) is no fault; the audit goes on, and its exit status stands.
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') crash(error);
}

/** CONTRACT, "Exit status": an output is wrong; what was found broken still counts. */
const UNWRITTEN = 2;

function complainOfOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`relayproof: standard output cannot be written (${error.code ?? error.message})\n`);
  process.once('exit', (status) => {
    process.exitCode = status === 1 ? status : UNWRITTEN;
  });
}

process.stdout.on('error', complainOfOutput);
if (process.argv[2] === '--version' || process.argv[2] === '-V') {
  process.stdout.write(`${RELAYPROOF_VERSION}\n`);
} else {
  process.stderr.on('error', ignoreClosedPipe);
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  import('../src/cli/main.js')
    .then(({ main }) => main(process.argv.slice(2), new URL('./thread.js', import.meta.url)))
    .then((status) => {
      process.exitCode = status;
    })
    .catch(crash);
}
