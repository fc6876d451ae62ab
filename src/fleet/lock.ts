// One process at a time in a folder: a file that is made once or not at all, and names who made it. One that a dead process left
// behind is taken over. Knows nothing of what is in the folder.
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who holds a lock: a process, and when it began, since numbers of processes are given again. */
interface Holder {
  readonly pid: number;
  readonly began: string | null;
}

/** Take the lock of a folder; gives what releases it, or the number of the process that holds it. */
export function lock(folder: string): (() => void) | number {
  const path = join(folder, 'lock');
  const mine = `${JSON.stringify({ pid: process.pid, began: beginOf(process.pid) })}\n`;
  // Written in whole before it is seen: nobody reads half a name.
  const own = join(folder, `lock.${process.pid}.${count}`);
  count += 1;
  writeFileSync(own, mine, { mode: 0o600 });
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (made(own, path)) return () => release(path, mine);
      const text = textOf(path);
      const holder = holderOf(text);
      if (text !== null && holder !== null && isAlive(holder)) return holder.pid;
      if (text !== null) takeAway(path, text);
    }
    return holderOf(textOf(path))?.pid ?? 0;
  } finally {
    unlinkSync(own);
  }
}

let count = 0;
const TRIES = 10;

function made(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Take a dead process's lock away; where somebody else was quicker, and this is theirs, it is put back. */
function takeAway(path: string, expected: string): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (textOf(aside) !== expected) made(aside, path);
  unlinkSync(aside);
}

function release(path: string, mine: string): void {
  if (textOf(path) === mine) unlinkSync(path);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function holderOf(text: string | null): Holder | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number') return null;
    const began = 'began' in value && typeof value.began === 'string' ? value.began : null;
    return { pid: value.pid, began };
  } catch {
    return null;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Whoever may not be asked is there.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const now = beginOf(pid);
  return began === null || now === null || began === now;
}

/** When a process began, in the system's own count (proc(5), field 22 of stat); null where the system does not tell. */
function beginOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
