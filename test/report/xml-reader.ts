// A strict reader of XML without DTDs, independent of the writer: throws where a parser would (XML 1.0 sections 2.2, 3.1).

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const NAME = '[A-Za-z_][\\w.-]*';
const TOKEN = new RegExp(`<\\/(${NAME})\\s*>|<(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(\\/?)>|([^<]+)`, 'y');

/** Read a document; its declaration must come first. */
export function readXml(source: string): XmlElement {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(source))
    throw new Error('not a character of XML');
  const body = source.replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/, '');
  if (body === source) throw new Error('no declaration');
  interface Open {
    name: string;
    attributes: Record<string, string>;
    children: XmlElement[];
    text: string;
  }
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack: Open[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < body.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(body);
    if (match === null) throw new Error(`not well-formed at ${at}: ${body.slice(at, at + 40)}`);
    const [, end, start, attributes = '', empty, text] = match;
    const top = stack.at(-1);
    if (top === undefined) throw new Error('text after the root');
    if (text !== undefined) top.text += unescaped(text);
    if (end !== undefined) {
      if (top.name !== end) throw new Error(`<${top.name}> ended by </${end}>`);
      stack.pop();
    }
    if (start !== undefined) {
      const element: Open = { name: start, attributes: {}, children: [], text: '' };
      for (const [, key = '', value = ''] of attributes.matchAll(/([\w.-]+)="([^"]*)"/g)) {
        if (key in element.attributes) throw new Error(`twice: ${key}`);
        element.attributes[key] = unescaped(value);
      }
      top.children.push(element);
      if (empty === '') stack.push(element);
    }
  }
  const [only, ...more] = root.children;
  if (only === undefined || more.length > 0 || stack.length !== 1 || root.text.trim() !== '')
    throw new Error('no single root');
  return only;
}

function unescaped(text: string): string {
  if (/&(?!#\d+;)/.test(text)) throw new Error('a bare ampersand');
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
