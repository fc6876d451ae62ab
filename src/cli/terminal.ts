// What standard output and standard error can show, and lines on standard error. No command knows a stream by itself.
import type { RenderOptions } from '../report/format.js';
import type { Values } from './options.js';

/** Say how to render for standard output: NO_COLOR, FORCE_COLOR and --no-color are kept, --no-color above all. */
export function terminalOf(
  { color, verbose, quiet }: Values,
  stream: NodeJS.WriteStream = process.stdout,
): RenderOptions {
  return {
    color: color === false ? 0 : colorDepth(stream),
    unicode: showsUnicode(process.env),
    columns: stream.isTTY ? (stream.columns ?? WIDTH) : WIDTH,
    verbose: verbose === true,
    quiet: quiet === true,
  };
}

/** Say how to render for a file: whole, without colour. */
export const fileOf = ({ verbose }: Values): RenderOptions => ({
  color: 0,
  unicode: true,
  columns: WIDTH,
  verbose: verbose === true,
  quiet: false,
});

const WIDTH = 100;

/** Levels as chalk counts them (force-color.org, no-color.org). */
function colorDepth(stream: NodeJS.WriteStream): RenderOptions['color'] {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const forced: Readonly<Record<string, RenderOptions['color']>> = {
    '0': 0,
    false: 0,
    '1': 1,
    true: 1,
    '2': 2,
    '3': 3,
  };
  if (FORCE_COLOR !== undefined) return forced[FORCE_COLOR] ?? 1;
  if ((NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb' || !stream.isTTY) return 0;
  const bits = stream.getColorDepth();
  return bits >= 24 ? 3 : bits >= 8 ? 2 : bits >= 4 ? 1 : 0;
}

/** Whether the locale is one of UTF-8; POSIX lets LC_ALL stand above LC_CTYPE above LANG. */
function showsUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32') return true;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '') ?? '';
  return /utf-?8/i.test(locale);
}

/** Write one line to standard error, behind the program's name. */
export function say(text: string): void {
  process.stderr.write(`relayproof: ${text}\n`);
}
