// Reads a report as the command line does, in pieces of so many characters.
import { readReport } from '../../src/config/read-report.js';
import type { Report, ServerReport } from '../../src/model/report.js';

export async function readText(text: string, size = text.length, where = 'old.json'): Promise<Report> {
  const servers: ServerReport[] = [];
  const head = await readReport(piecesOf(text, size), where, (server) => void servers.push(server));
  return { ...head, servers };
}

/** No piece ends within a character, as those of a decoder. */
export async function* piecesOf(text: string, size: number): AsyncGenerator<string> {
  let piece = '';
  for (const character of text) {
    piece += character;
    if (piece.length < size) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
