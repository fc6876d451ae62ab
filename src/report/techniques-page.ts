// The catalogue of techniques as pages: a table and one entry for a terminal, JSON, and docs/techniques.md. Pure: techniques
// and the lines they would send come in, text goes out. Knows no terminal but its width, and no catalogue but what it is given.
import { FAMILIES, type Family, TEMPLATE_MEANINGS, type Technique } from '../model/technique.js';
import { counted, pad, printable, wrap } from './text.js';

/** A technique with the lines it would send; those that begin with `=== ` are steps without text of their own. */
export interface TechniquePage {
  readonly technique: Technique;
  readonly lines: readonly string[];
}

const FAMILY_WORDS = {
  sender: 'what the reverse-path makes a server believe',
  recipient: 'forward-paths that the relay rule and the router read in two ways',
  identity: 'what greeting, proxy, TLS or reverse DNS make a server believe of the client',
  authentication: 'logins that should give no right, or not that one',
  protocol: 'other verbs, transports and line ends that pass the rule by',
  indirect: 'mail that the server itself sends to a forged sender',
} as const satisfies Record<Family, string>;

/** Say when a technique is asked: by its set, or as a cell of the matrix. */
const asked = ({ set, askedBy }: Technique): string => (askedBy === undefined ? set : 'cell');

/** List techniques as a table of id, set and what the server does wrong, by family; `columns` is the terminal's width. */
export function techniquesTable(list: readonly Technique[], { columns }: { readonly columns: number }): string {
  const idWidth = Math.max(2, ...list.map(({ id }) => id.length));
  const setWidth = Math.max(3, ...list.map((technique) => asked(technique).length));
  const indent = idWidth + setWidth + 4;
  const row = (id: string, set: string, title: string): string[] =>
    wrap(title, Math.max(columns - indent, 24)).map((line, index) =>
      index === 0 ? `${pad(id, idWidth)}  ${pad(set, setWidth)}  ${line}` : ' '.repeat(indent) + line,
    );
  const families = FAMILIES.map((family) => ({ family, members: list.filter((one) => one.family === family) }));
  const sections = families
    .filter(({ members }) => members.length > 0)
    .map(({ family, members }) => [
      ...wrap(`${family}: ${FAMILY_WORDS[family]}`, Math.max(columns, 24)),
      ...members.flatMap((one) => row(one.id, asked(one), one.title)),
    ]);
  const sets = ['standard', 'all', 'named', 'cell'].map((set) => ({
    set,
    count: list.filter((one) => asked(one) === set).length,
  }));
  const counts = sets.filter(({ count }) => count > 0).map(({ set, count }) => `${count} ${set}`);
  const total = `${counted(list.length, 'technique')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
  return `${[...sections, [total]].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Write techniques as JSON, a list of the entries as they stand in the catalogue; ends in a line feed. */
export const techniquesJson = (list: readonly Technique[]): string => `${JSON.stringify(list, null, 2)}\n`;

/** Explain one technique with the lines that it would send (` -> ` sent, `===` what is no line); `columns` wraps the prose. */
export function techniqueExplained(
  { technique, lines }: TechniquePage,
  { columns }: { readonly columns: number } = { columns: 80 },
): string {
  const limit = Math.max(columns, 24);
  const labelled = (label: string, texts: readonly string[]): string[] =>
    texts.length === 0 ? [] : ['', label, ...texts.flatMap((text) => hanging(text, limit))];
  return `${[
    ...wrap(`${technique.id}: ${technique.title}`, limit),
    '',
    ...wrap(technique.why, limit),
    '',
    ...facts(technique).flatMap((fact) => wrap(fact, limit)),
    '',
    'Sends:',
    ...collapsed(lines).map(shownLine),
    ...labelled('Known for it:', technique.knownFor),
    ...labelled('References:', technique.references),
  ].join('\n')}\n`;
}

const hanging = (text: string, limit: number): string[] =>
  wrap(text, limit - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);

const WHEN = {
  standard: 'asked by default',
  all: 'asked with --techniques all',
  named: 'asked only by its name with --techniques',
} as const satisfies Record<Technique['set'], string>;

const PROOFS = {
  acceptance: 'a positive reply to RCPT is the first sign, the canary that arrives the proof',
  replies: 'a positive reply to the last command is the sign; no message is sent',
  delivery: 'only the canary that arrives is a sign, since the recipient of the envelope is local',
  return: 'only a message that comes back to the reverse-path is a sign',
} as const satisfies Record<NonNullable<Technique['proof']>, string>;

/** When it is asked, what it needs, and what shows that it worked. */
function facts(technique: Technique): string[] {
  const { family, set, askedBy, needs = [], proof = 'acceptance' } = technique;
  const when = askedBy === undefined ? WHEN[set] : `asked as a cell of the matrix: ${askedBy}`;
  return [
    `Family ${family}; ${when}.`,
    ...(needs.length === 0 ? [] : [`Only where the server announces ${needs.join(' and ')}.`]),
    `${PROOFS[proof].slice(0, 1).toUpperCase()}${PROOFS[proof].slice(1)}.`,
  ];
}

const shownLine = (line: string): string => (line.startsWith('=== ') ? line : ` -> ${shortened(line)}`);

/** A run of one character, longer than anybody reads, as its length. */
const shortened = (line: string): string =>
  printable(line.replace(/(.)\1{63,}/gu, (run, character: string) => `${character.repeat(8)}… (${run.length} times)`));

/** Write docs/techniques.md: how to read it, the names, and every technique by family, then what is asked elsewhere. */
export function techniquesMarkdown(
  pages: readonly TechniquePage[],
  elsewhere: Readonly<Record<string, string>>,
): string {
  const chapters = FAMILIES.map((family) => ({
    family,
    members: pages.filter(({ technique }) => technique.family === family),
  }));
  return `${[
    INTRODUCTION,
    ...['| name | stands for |', '| --- | --- |'],
    ...Object.entries(TEMPLATE_MEANINGS).map(([name, meaning]) => `| \`{${name}}\` | ${cell(meaning)} |`),
    ...chapters.flatMap(({ family, members }) => chapter(family, members)),
    '',
    '## Asked elsewhere',
    '',
    'These names of the field are no techniques here; what they ask is asked in another way.',
    '',
    ...['| name | asked as |', '| --- | --- |'],
    ...Object.entries(elsewhere).map(([name, where]) => `| ${name} | ${cell(where)} |`),
  ].join('\n')}\n`;
}

const INTRODUCTION = `<!-- Generated from src/techniques by \`npm run docs:techniques\`; a test keeps it current. Do not edit. -->
# Techniques

Every way that relayproof knows of getting a server to relay for strangers, with the lines that it sends.

- **standard** is asked by default, **all** with \`--techniques all\`, **named** only by its name: it sends mail, waits, needs
  a record of the operator's, or is loud. A **cell** is asked by the matrix itself.
- \`--techniques\` takes ids, families, \`standard\`, \`all\`, and each of these with a minus sign.
- Lines that begin with \`===\` are steps that are no line of text. Words between angle brackets in a login stand for what is
  made while talking.
- Confirming a relay sends a message after the lines below; at level \`rcpt\` nothing is sent.

## Names

The lines are templates; the braces are filled for each server.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

function chapter(family: Family, members: readonly TechniquePage[]): string[] {
  if (members.length === 0) return [];
  const head = `${family.slice(0, 1).toUpperCase()}${family.slice(1)}`;
  const rows = members.map(
    ({ technique }) => `| [${technique.id}](#${technique.id}) | ${asked(technique)} | ${cell(technique.title)} |`,
  );
  return [
    '',
    `## ${head}: ${FAMILY_WORDS[family]}`,
    '',
    ...['| technique | set | what the server does wrong |', '| --- | --- | --- |'],
    ...rows,
    ...members.flatMap(section),
  ];
}

function section({ technique, lines }: TechniquePage): string[] {
  const list = (label: string, texts: readonly string[]): string[] =>
    texts.length === 0 ? [] : ['', `${label}: ${texts.join('; ')}.`];
  return [
    '',
    `### ${technique.id}`,
    '',
    `**${technique.title}.** ${technique.why}`,
    '',
    '```text',
    ...collapsed(lines).map(shownLine),
    '```',
    '',
    facts(technique).join(' '),
    ...list('Known for it', technique.knownFor),
    ...list('References', technique.references),
  ];
}

/** Lines that differ in numbers only, when there are many in a row, as the first and the last. */
function collapsed(lines: readonly string[]): string[] {
  const shapes = lines.map((line) => line.replace(/\d+/g, '#'));
  const runs: { first: number; last: number }[] = [];
  shapes.forEach((shape, index) => {
    const run = runs.at(-1);
    if (run && shapes[run.first] === shape) run.last = index;
    else runs.push({ first: index, last: index });
  });
  return runs.flatMap(({ first, last }) =>
    last - first < 9
      ? lines.slice(first, last + 1)
      : [...lines.slice(first, first + 1), `=== and ${last - first - 1} more like it`, ...lines.slice(last, last + 1)],
  );
}
