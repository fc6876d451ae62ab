// XML as text, for formats that are XML. SAFETY: every name is ours, every value is masked and escaped here.
import { printable } from './text.js';

/** Attributes whose value is null are left out. */
export type Attributes = Readonly<Record<string, string | number | null>>;

/** Write an element with its children, each child indented; without children as an empty element. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) => (value === null ? [] : [` ${key}="${escapeXml(String(value))}"`]))
    .join('');
  if (children.length === 0) return `<${name}${written}/>`;
  return `<${name}${written}>\n${children.map(indent).join('\n')}\n</${name}>`;
}

/** Write the start and the end of an element whose children are written one by one. */
export function around(name: string, attributes: Attributes): readonly [start: string, end: string] {
  return [element(name, attributes).replace(/\/>$/, '>\n'), `</${name}>`];
}

/** Write an element whose content is text, its line feeds kept. */
export function textElement(name: string, attributes: Attributes, text: string): string {
  return element(name, attributes).replace(/\/>$/, () => `>${printableLines(text)}</${name}>`);
}

/** Escape text for an element or a quoted attribute, masked so that every character is allowed in XML 1.0. */
const escapeXml = (text: string): string => printable(text).replace(/[&<>"'\n]/g, (char) => `&#${char.charCodeAt(0)};`);

/** Text of an element may hold line feeds as they are. */
const printableLines = (text: string): string => escapeXml(text).replaceAll('&#10;', '\n');

/** Indent a child. SAFETY: content of text elements is kept as it is; only lines that begin an element are moved. */
export const indent = (child: string): string => `  ${child.replace(/\n(?=\s*<\/?[a-z])/g, '\n  ')}`;
