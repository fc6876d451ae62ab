// The pages of docs/rules: a page per finding with its meaning, the general steps and those of each product, and a list of them all.
// Pure: the test writes the files, and holds them current.
import { RULE_IDS, RULES, type RuleId } from '../rules.js';
import type { ProductFixes } from './fix.js';
import { EXAMPLE_FACTS, guidesOf, wordOf } from './guide.js';
import { fixesOf, PRODUCT_FIXES } from './index.js';
import { SURROUNDINGS } from './surroundings.js';

/** Write the page of a finding. */
export function rulePage(id: RuleId): string {
  const { severity, breaks, title, meaning, fix, references } = RULES[id];
  const products = fixesOf(SURROUNDINGS, [id]).length > 0 ? [SURROUNDINGS] : PRODUCT_FIXES;
  const parts = [
    `# ${title}`,
    `\`${id}\`: ${severity}, ${breaks ? 'breaks compliance' : 'a note'}. [All findings](README.md)`,
    markdown(meaning),
    ...(fix.length === 0 ? [] : ['## What to do', numbered(fix)]),
    ...products.flatMap((product) => productPart(id, product)),
    ...(references.length === 0 ? [] : ['## References', references.map((one) => `- ${markdown(one)}`).join('\n')]),
  ];
  return `${HEAD}\n\n${parts.join('\n\n')}\n`;
}

/** Write the list of all pages. */
export function rulesIndex(): string {
  const rows = RULE_IDS.map(
    (id) =>
      `| [\`${id}\`](${id}.md) | ${RULES[id].severity} | ${RULES[id].breaks ? 'breaks compliance' : 'a note'} | ${markdown(RULES[id].title)} |`,
  );
  return `${HEAD}

# Findings

What an audit may find, a page each: what it means, what to do in general, and what to do on each product whose steps are known. \`relayproof rules <id> --product <name>\` prints the same for one product; a report has the steps with the values of its own policy.

Steps read \`text -- in: file -- before: line -- after: line -- run: command\`. In a line, \`...\` stands for what your file has there. Steps that no test has proven on a real server say so.

| finding | severity | effect | |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const HEAD = '<!-- Written by `npm run docs:rules` from src/judge: do not edit. -->';

function productPart(id: RuleId, product: ProductFixes): readonly string[] {
  const guides = guidesOf(id, product, EXAMPLE_FACTS);
  if (guides.length === 0) return [];
  const name = product === SURROUNDINGS ? 'What stands before the server' : product.product;
  const command = product === SURROUNDINGS ? [] : [`\`relayproof rules ${id} --product ${wordOf(product)}\``];
  return [
    `## ${name}`,
    ...command,
    ...guides.flatMap(({ title, steps, follows }) => [
      `**${markdown(title)}.**`,
      numbered(steps),
      `Follows ${follows.map(markdown).join('; ')}.`,
    ]),
  ];
}

/** Each labelled part of a step as code, on a line of its own. */
const numbered = (steps: readonly string[]): string =>
  steps
    .map((step, index) => {
      const [text = '', ...labelled] = step.split(/ -- (?=(?:in|before|after|below|add|run): ?)/);
      const lines = labelled.map((part) => {
        const [, label = '', value = ''] = /^(\w+): ?(.*)$/s.exec(part) ?? [];
        return `   - ${label}: ${code(value)}`;
      });
      return [`${index + 1}. ${markdown(text)}`, ...lines].join('\n');
    })
    .join('\n');

/** Code in a line, within as many backticks as it needs. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

/** Text that Markdown takes for nothing else; what stands between backticks is left as it is. */
const markdown = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[\\*_<>|[\]#]/g, '\\$&')))
    .join('');
