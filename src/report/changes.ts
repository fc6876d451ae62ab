// What changed between two reports, as text for a terminal, Markdown or JSON. Judges nothing: see compare.ts.
import { type Change, type Comparison, showKey, type VerdictChange } from './compare.js';
import { escapeJson } from './json.js';
import { escapeMarkdown } from './markdown.js';
import { counted, short } from './text.js';

export const CHANGE_FORMATS = { table: asText, json: asJson, markdown: asMarkdown } as const satisfies Record<
  string,
  (comparison: Comparison) => string
>;

const SIGNS = { new: '+', worse: '!', better: '~', gone: '-', same: ' ' } as const satisfies Record<
  Change['kind'],
  string
>;

const ORDER = Object.keys(SIGNS) as readonly Change['kind'][];

/** Write the changes as lines, worst first; what is the same is only counted. */
function asText({ changes, verdicts, isWorse }: Comparison): string {
  const lines = [
    ...verdicts.map((change) => `${change.isWorse ? '!' : '~'} ${verdictText(change)}`),
    ...sorted(changes).map((change) => `${SIGNS[change.kind]} ${changeText(change)}`),
  ];
  return `${[...lines.map((line) => short(line, 1000)), summary(changes, isWorse)].join('\n')}\n`;
}

function asMarkdown({ changes, verdicts, isWorse }: Comparison): string {
  const items = [
    ...verdicts.map((change) => `- ${change.isWorse ? '❌' : 'ℹ️'} ${escapeMarkdown(verdictText(change))}`),
    ...sorted(changes).map((change) => `- ${signOf(change)} ${escapeMarkdown(changeText(change))}`),
  ];
  const head = `# relayproof: ${isWorse ? 'worse ❌' : 'not worse ✅'}`;
  return `${[head, items.join('\n'), escapeMarkdown(summary(changes, isWorse))].filter((part) => part !== '').join('\n\n')}\n`;
}

function asJson(comparison: Comparison): string {
  return `${escapeJson(JSON.stringify(comparison, null, 2))}\n`;
}

const sorted = (changes: readonly Change[]): readonly Change[] =>
  changes.filter(({ kind }) => kind !== 'same').toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));

function signOf({ kind, breaksCompliance }: Change): string {
  if (kind === 'gone' || kind === 'better') return '✅';
  return breaksCompliance ? '❌' : 'ℹ️';
}

const WORDS = {
  new: 'new',
  worse: 'breaks compliance now',
  better: 'breaks compliance no longer',
  gone: 'gone',
  same: 'as before',
} as const satisfies Record<Change['kind'], string>;

const changeText = ({ kind, key, severity }: Change): string => `${WORDS[kind]}: ${severity}: ${showKey(key)}`;

function verdictText({ server, what, old, new: current }: VerdictChange): string {
  if (old === null) return `${server}: ${what}: ${current}, not audited before`;
  return current === null
    ? `${server}: ${what}: was ${old}, not audited now`
    : `${server}: ${what}: ${old} -> ${current}`;
}

function summary(changes: readonly Change[], isWorse: boolean): string {
  const count = (...kinds: readonly Change['kind'][]): number =>
    changes.filter(({ kind }) => kinds.includes(kind)).length;
  const parts = `${count('new', 'worse')} new, ${count('gone', 'better')} gone, ${count('same')} as before`;
  return `${isWorse ? 'It got worse' : 'It did not get worse'}: ${counted(changes.length, 'finding')}: ${parts}.`;
}
