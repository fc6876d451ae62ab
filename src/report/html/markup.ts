// HTML by construction (WHATWG HTML, section 13.1): elements are made here and nowhere else, and a string among the children
// is text. SAFETY: there is no way to write markup from a string of a report; names of elements and attributes are literals.
import { printable } from '../text.js';

/** A piece of HTML that was made here. */
export interface Markup {
  readonly markup: string;
}

/** False and null leave an attribute out, true writes it without a value. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;
export type Child = Markup | string | null | readonly Child[];

const VOID: ReadonlySet<string> = new Set(['meta', 'input', 'br', 'hr']);

/** Make an element with its children; strings are text, of 2,000 characters at most. */
export function h(name: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === null || value === false) return '';
    return value === true ? ` ${key}` : ` ${key}="${escaped(String(value))}"`;
  });
  const start = `<${name}${written.join('')}>`;
  return { markup: VOID.has(name) ? start : `${start}${inner(children)}</${name}>` };
}

/** Put children together without an element around them. */
export const all = (...children: readonly Child[]): Markup => ({ markup: inner(children) });

/** SAFETY: for our own style and script alone, which hold no text of a report. */
export const literal = (name: 'style' | 'script', content: string): Markup => ({
  markup: `<${name}>${content}</${name}>`,
});

function inner(children: readonly Child[]): string {
  return children.map(written).join('');
}

function written(child: Child): string {
  if (child === null) return '';
  if (typeof child === 'string') return escaped(fitting(child));
  return 'markup' in child ? child.markup : inner(child);
}

/** Characters of one text that a page is given. */
const LONGEST = 2000;

/** Cut text that is too long, and say by how much; line feeds become spaces. */
function fitting(text: string): string {
  const rest = text.length > LONGEST ? ` [${text.length - LONGEST} more characters]` : '';
  return text.slice(0, LONGEST).replace(/[ \t]*\r?\n[ \t]*/g, ' ') + rest;
}

const escaped = (text: string): string =>
  printable(text).replace(/[&<>"'`=\n]/g, (character) => `&#${character.charCodeAt(0)};`);
