// `relayproof rules`: the findings as a list, or one with its meaning and how to mend it, as text or JSON. Sends nothing.
import { RULE_IDS, RULES, type RuleId } from '../judge/rules.js';
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import type { Call } from './call.js';
import { inColumns, wrapped } from './columns.js';
import { EXIT } from './exit-status.js';
import { terminalOf } from './terminal.js';

/** Run the command and give the exit status. @throws UsageError for an id that is no finding */
export async function run({ words: [word], values }: Call): Promise<number> {
  const { columns } = terminalOf(values);
  const id = word === undefined ? null : ruleId(word);
  if (values.format === 'json') {
    const all = RULE_IDS.map((one) => ({ id: one, ...RULES[one] }));
    const asked = id === null ? all : { id, ...RULES[id] };
    process.stdout.write(`${JSON.stringify(asked, null, 2)}\n`);
  } else process.stdout.write(id === null ? inColumns(RULE_IDS.map(row), columns) : explained(id, columns));
  return EXIT.asPolicy;
}

function ruleId(word: string): RuleId {
  const found = RULE_IDS.find((id) => id === word);
  if (found !== undefined) return found;
  throw complain({
    subject: 'rules',
    problem: 'no such finding',
    got: word,
    want: 'an id that relayproof rules lists',
    hint: didYouMean(word, RULE_IDS),
  });
}

const effect = (id: RuleId): string => (RULES[id].breaks ? 'breaks compliance' : 'a note');

const row = (id: RuleId): readonly string[] => [id, RULES[id].severity, effect(id), RULES[id].title];

function explained(id: RuleId, columns: number): string {
  const { severity, title, meaning, fix, references } = RULES[id];
  const steps = fix.flatMap((step, index) =>
    wrapped(step, columns - INDENT.length).map((text, line) => (line === 0 ? `${index + 1}. ${text}` : INDENT + text)),
  );
  const lines = [
    `${id} (${severity}, ${effect(id)})`,
    ...wrapped(`${title}.`, columns),
    '',
    ...wrapped(meaning, columns),
    '',
    'What to do:',
    ...steps,
    ...(references.length === 0 ? [] : ['', ...wrapped(`References: ${references.join('; ')}`, columns)]),
  ];
  return `${lines.join('\n')}\n`;
}

const INDENT = '   ';
