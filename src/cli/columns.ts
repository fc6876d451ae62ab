// Lists for a terminal: rows of words in columns, the last one wrapped. For catalogues; reports have their own formats.

/** Lay out rows so that all but the last column have one width; the last is wrapped at `width` characters. */
export function inColumns(rows: readonly (readonly string[])[], width: number): string {
  const widths = (rows[0] ?? [])
    .slice(0, -1)
    .map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const margin = widths.reduce((sum, column) => sum + column + GAP.length, 0);
  const lines = rows.flatMap((row) => {
    const head = widths.map((column, index) => (row[index] ?? '').padEnd(column) + GAP).join('');
    return wrapped(row.at(-1) ?? '', Math.max(width - margin, 30)).map((text, index) =>
      (index === 0 ? head + text : ' '.repeat(margin) + text).trimEnd(),
    );
  });
  return `${lines.join('\n')}\n`;
}

const GAP = '  ';

/** Break text at spaces into lines of at most `width` characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
