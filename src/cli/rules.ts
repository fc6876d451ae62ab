// `relayproof rules`: the findings as a list, or one with its meaning and how to mend it, as text or JSON. Sends nothing.
import type { ProductFixes } from '../judge/fixes/fix.js';
import { EXAMPLE_FACTS, guidesOf, productNamed } from '../judge/fixes/guide.js';
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
  const product = values.product === undefined ? null : productNamed(values.product);
  if (values.format === 'json') {
    const dataOf = (one: RuleId) => ({
      id: one,
      ...RULES[one],
      ...(product === null ? {} : { product: product.product, fixes: guidesOf(one, product, EXAMPLE_FACTS) }),
    });
    const asked = id === null ? RULE_IDS.map(dataOf) : dataOf(id);
    process.stdout.write(`${JSON.stringify(asked, null, 2)}\n`);
  } else
    process.stdout.write(id === null ? inColumns(listed(product).map(row), columns) : explained(id, product, columns));
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

/** The findings that a product has steps of its own for, where one is named. */
const listed = (product: ProductFixes | null): readonly RuleId[] =>
  product === null ? RULE_IDS : RULE_IDS.filter((id) => guidesOf(id, product, EXAMPLE_FACTS).length > 0);

const numbered = (steps: readonly string[], columns: number): string[] =>
  steps.flatMap((step, index) =>
    wrapped(step, columns - INDENT.length).map((text, line) => (line === 0 ? `${index + 1}. ${text}` : INDENT + text)),
  );

/** Steps of one product, with example values; the general ones, said to be so, where it has none. */
function stepsFor(id: RuleId, product: ProductFixes | null, columns: number): string[] {
  const { fix } = RULES[id];
  if (product === null) return ['What to do:', ...numbered(fix, columns)];
  const guides = guidesOf(id, product, EXAMPLE_FACTS);
  if (guides.length === 0) {
    const none = `What to do (general steps: none of its own is known for ${product.product}):`;
    return [...wrapped(none, columns), ...numbered(fix, columns)];
  }
  return guides.flatMap(({ title, steps, follows }, index) => [
    ...(index === 0 ? [] : ['']),
    ...wrapped(`On ${product.product}. ${title}:`, columns),
    ...numbered(steps, columns),
    ...wrapped(`Follows: ${follows.join('; ')}`, columns),
  ]);
}

function explained(id: RuleId, product: ProductFixes | null, columns: number): string {
  const { severity, title, meaning, references } = RULES[id];
  const lines = [
    `${id} (${severity}, ${effect(id)})`,
    ...wrapped(`${title}.`, columns),
    '',
    ...wrapped(meaning, columns),
    '',
    ...stepsFor(id, product, columns),
    ...(references.length === 0 ? [] : ['', ...wrapped(`References: ${references.join('; ')}`, columns)]),
  ];
  return `${lines.join('\n')}\n`;
}

const INDENT = '   ';
