// The page and the picture of `npm run truth`, as pure functions of its rows.

export interface Measured {
  /** Null where the tool gave none. */
  readonly verdict: 'open' | 'closed' | 'inconclusive' | null;
  readonly durationMs: number;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly product: string;
  readonly truth: 'open' | 'closed' | 'undecidable';
  /** What an auditor has to say. */
  readonly wanted: 'open' | 'closed' | 'inconclusive';
  readonly relayproof: Measured;
  readonly nmap: Measured;
  readonly swaks: Measured;
  /** What relayproof got wrong, cells and exit status included. */
  readonly differences: readonly string[];
}

export const TOOLS = {
  relayproof: 'relayproof',
  nmap: 'nmap smtp-open-relay',
  swaks: 'RCPT check with swaks',
} as const;
type Tool = keyof typeof TOOLS;
const TOOL_IDS = Object.keys(TOOLS) as readonly Tool[];

type Kind = 'right' | 'false positive' | 'false negative' | 'inconclusive';
const KINDS = ['right', 'false positive', 'false negative', 'inconclusive'] as const satisfies readonly Kind[];

/** Weigh one verdict against the truth; where nobody can tell, *open* and *closed* are as unfounded as a false one. */
export function kindOf({ wanted }: Row, { verdict }: Measured): Kind {
  if (verdict === wanted) return 'right';
  if (verdict === null || verdict === 'inconclusive') return 'inconclusive';
  return verdict === 'open' ? 'false positive' : 'false negative';
}

const count = (rows: readonly Row[], tool: Tool, kind: Kind): number =>
  rows.filter((row) => kindOf(row, row[tool]) === kind).length;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const times = (rows: readonly Row[], tool: Tool): readonly number[] => rows.map((row) => row[tool].durationMs);

/** One line for the terminal. */
export const showRow = (row: Row): string =>
  [
    row.id.padEnd(36),
    row.truth.padEnd(12),
    ...TOOL_IDS.map((tool) => `${tool} ${row[tool].verdict ?? 'none'} (${kindOf(row, row[tool])})`.padEnd(42)),
    ...row.differences.map((line) => `\n    ${line}`),
  ].join('');

/** Write docs/accuracy.md. */
export function accuracyPage(rows: readonly Row[]): string {
  const right = rows.filter(({ differences }) => differences.length === 0).length;
  return `# Accuracy

How often relayproof, nmap's smtp-open-relay and a plain RCPT check are right about ${rows.length} real servers. \`npm run truth\`
measures all of it anew and writes this page; \`npm run truth -- postfix open\` measures one.

![Verdicts of each tool](pictures/accuracy.svg)

| tool | right | false positive | false negative | inconclusive | median time | longest |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${TOOL_IDS.map(
  (tool) =>
    `| ${TOOLS[tool]} | ${KINDS.map((kind) => count(rows, tool, kind)).join(' | ')} | ${seconds(median(times(rows, tool)))} | ${seconds(Math.max(...times(rows, tool)))} |`,
).join('\n')}

relayproof also says, for every source and every way to ask, what the server does there: all of it, and the exit status, is
right for ${right} of ${rows.length} servers.

## How it is measured

- Every server is the product as Debian or npm ships it, with one configuration, on loopback; fixtures/real/ starts it.
- The truth is measured by a raw SMTP client and a sink that share no code with relayproof: a server is *open* where a message
  from an address that may not relay arrives at the sink. What was accepted and did not arrive counts for nothing.
- *Undecidable* are servers that keep it from being told, by intention: they turn the asking address away, ban it for what it asks,
  put it off for longer than is waited, or throw all mail away. There *inconclusive* is right.
- nmap and swaks know no list of approved hosts, so they are run from the other addresses alone, with the same sender and
  recipient. nmap gets a minute; swaks stops after RCPT, and its exit status is the verdict.
- Each tool meets a server that has just been started. Several servers run at a time, so that times are those of a busy machine.

## Every server

| server | what it does | truth | ${TOOL_IDS.map((tool) => TOOLS[tool]).join(' | ')} |
| --- | --- | --- | ${TOOL_IDS.map(() => '---').join(' | ')} |
${rows.map((row) => `| ${row.id} | ${row.title.replaceAll('|', '\\|')} | ${row.truth} | ${TOOL_IDS.map((tool) => cell(row, tool)).join(' | ')} |`).join('\n')}
`;
}

function cell(row: Row, tool: Tool): string {
  const kind = kindOf(row, row[tool]);
  const verdict = row[tool].verdict ?? 'none';
  const said = kind === 'right' || kind === 'inconclusive' ? verdict : `**${verdict}** (${kind})`;
  return `${said}, ${seconds(row[tool].durationMs)}`;
}

const COLOURS: Record<Kind, string> = {
  right: '#2e7d32',
  'false positive': '#c62828',
  'false negative': '#6a1b9a',
  inconclusive: '#9e9e9e',
};
const [WIDTH, LEFT, BAR, STEP, TOP] = [820, 200, 26, 46, 40] as const;

/** Draw the summary: a bar per tool, a colour per kind, the figure in each part that has room for it. */
export function accuracyPicture(rows: readonly Row[]): string {
  const room = WIDTH - LEFT - 20;
  const height = TOP + TOOL_IDS.length * STEP + 40;
  const bars = TOOL_IDS.flatMap((tool, index) => {
    const y = TOP + index * STEP;
    let x: number = LEFT;
    const parts = KINDS.flatMap((kind) => {
      const number = count(rows, tool, kind);
      const width = (room * number) / Math.max(1, rows.length);
      const at = x;
      x += width;
      if (number === 0) return [];
      const figure =
        width < 16
          ? ''
          : `<text x="${(at + width / 2).toFixed(1)}" y="${y + 18}" text-anchor="middle" fill="#fff">${number}</text>`;
      return [
        `<rect x="${at.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLOURS[kind]}"><title>${TOOLS[tool]}: ${number} ${kind}</title></rect>${figure}`,
      ];
    });
    return [`<text x="${LEFT - 10}" y="${y + 18}" text-anchor="end" class="name">${TOOLS[tool]}</text>`, ...parts];
  });
  const legend = KINDS.map((kind, index) => {
    const x = LEFT + index * 150;
    const y = TOP + TOOL_IDS.length * STEP + 8;
    return `<rect x="${x}" y="${y}" width="12" height="12" fill="${COLOURS[kind]}"/><text x="${x + 18}" y="${y + 11}" class="name">${kind}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${label(rows)}" font-family="system-ui, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<style>.name { fill: #222 }</style>
<text x="20" y="24" class="name" font-weight="600">Verdicts on ${rows.length} real mail servers</text>
${[...bars, ...legend].join('\n')}
</svg>
`;
}

const label = (rows: readonly Row[]): string =>
  TOOL_IDS.map(
    (tool) => `${TOOLS[tool]}: ${KINDS.map((kind) => `${count(rows, tool, kind)} ${kind}`).join(', ')}`,
  ).join('; ');
