// Files of a server's own configuration, read for an importer: those that are named on the command line, and those that they name in
// turn. SAFETY: configuration is data; what it names is read only below the folder of the first file, links followed; nothing is run.
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { ConfigFile, Imported } from '../import/imported.js';
import { IMPORTS, type ImportProduct } from '../import/index.js';
import { complain } from '../model/errors.js';

const LARGEST = 4 * 1024 * 1024;
const MOST_FILES = 64;
const ROUNDS = 6;

/** Read a server's configuration as a policy. @throws UsageError where a file that was given cannot be read */
export async function importFiles(
  product: ImportProduct,
  paths: readonly string[],
  subject: string,
): Promise<Imported> {
  const { read, home } = IMPORTS[product];
  const given = await Promise.all(paths.map((path) => readGiven(path, subject)));
  const folder = await realpath(dirname(paths[0] ?? '.'));
  const files: ConfigFile[] = [...given];
  const tried = new Set<string>();
  let imported = read(files);
  for (let round = 0; round < ROUNDS; round += 1) {
    const wanted = imported.wants.map(({ text }) => text).filter((path) => !tried.has(path));
    for (const path of wanted.slice(0, MOST_FILES - files.length)) {
      tried.add(path);
      const file = await readNamed(path, folder, home);
      if (file !== null) files.push(file);
    }
    if (wanted.length === 0) break;
    imported = read(files);
  }
  return imported;
}

async function readGiven(path: string, subject: string): Promise<ConfigFile> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST) throw Object.assign(new Error(), { code: 'larger than 4 MiB' });
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw complain({
      subject,
      problem: `cannot be read (${code})`,
      got: path,
      want: "a file of the server's configuration",
    });
  }
}

/** A file that the configuration names; null where it is not below the folder, or not to be had. */
async function readNamed(path: string, folder: string, home: string): Promise<ConfigFile | null> {
  const below = isAbsolute(path) ? relative(home.startsWith('/') ? home : '/', path) : path;
  const candidates = [isAbsolute(path) ? path : join(folder, path), join(folder, below), join(folder, basename(path))];
  for (const candidate of new Set(candidates)) {
    try {
      const real = await realpath(candidate);
      if (!isWithin(real, folder)) continue;
      const facts = await stat(real);
      if (!facts.isFile() || facts.size > LARGEST) continue;
      return { path, text: await readFile(real, 'utf8') };
    } catch {
      // Not there, or not for us: the importer has said that it was not given.
    }
  }
  return null;
}

const isWithin = (path: string, folder: string): boolean => {
  const rest = relative(folder, path);
  return rest !== '' && !rest.startsWith(`..${sep}`) && rest !== '..' && !isAbsolute(rest);
};

const NAMES = Object.keys(IMPORTS) as readonly ImportProduct[];

/** Read a product's name. @throws UsageError */
export function importProduct(word: string, subject: string): ImportProduct {
  const found = NAMES.find((name) => name === word.toLowerCase());
  if (found !== undefined) return found;
  throw complain({ subject, problem: 'no product whose configuration can be read', got: word, want: NAMES.join(', ') });
}
