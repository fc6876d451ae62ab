// Reading messages as they come (RFC 5322, RFC 2045, RFC 2046): header fields, and the leaves and branches of a multipart.
// Pure and lenient: text is Latin-1 octets, nothing is refused. SAFETY: depth, parts and fields are bounded; the peer wrote this.
export interface Field {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, trimmed. */
  readonly value: string;
}

export interface Part {
  readonly fields: readonly Field[];
  /** `text/plain` where nothing is said. */
  readonly type: string;
  /** With its transfer encoding undone; octets as Latin-1. */
  readonly body: string;
}

const MOST = { depth: 6, parts: 64, fields: 1_000 } as const;

/** Split a message or a part at its empty line; the fields in the order in which they stand. */
export function readHeader(text: string): { readonly fields: readonly Field[]; readonly body: string } {
  const end = /(?:^|\r?\n)\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  return { fields: readFields(head), body: end === null ? '' : text.slice(end.index + end[0].length) };
}

/** Read header fields, those of a delivery status too; lines that are none are left out. */
export function readFields(text: string): readonly Field[] {
  const lines = text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/, MOST.fields);
  return lines.flatMap((line) => {
    const [, name = '', value = ''] = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line) ?? [];
    return name === '' ? [] : [{ name: name.toLowerCase(), value: value.trim() }];
  });
}

/** All values of a field, in order. */
export const allOf = (fields: readonly Field[], name: string): readonly string[] =>
  fields.filter((field) => field.name === name.toLowerCase()).map(({ value }) => value);

/** The first value of a field; empty where there is none. */
export const firstOf = (fields: readonly Field[], name: string): string => allOf(fields, name)[0] ?? '';

/** List a message and all its parts, outer before inner; the message in a message/rfc822 is a part as well. */
export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  const visit = (raw: string, depth: number): void => {
    if (depth > MOST.depth || parts.length >= MOST.parts) return;
    const { fields, body } = readHeader(raw);
    const content = firstOf(fields, 'content-type');
    const type = /^[\w.+-]+\/[\w.+-]+/.exec(content)?.[0].toLowerCase() ?? 'text/plain';
    const decoded = decode(body, firstOf(fields, 'content-transfer-encoding'));
    parts.push({ fields, type, body: decoded });
    if (type === 'message/rfc822' || type === 'message/global') visit(decoded, depth + 1);
    const boundary = type.startsWith('multipart/') ? boundaryOf(content) : null;
    if (boundary !== null) for (const inner of splitAt(body, boundary)) visit(inner, depth + 1);
  };
  visit(text, 0);
  return parts;
}

const boundaryOf = (content: string): string | null => {
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(content) ?? [];
  return quoted ?? bare ?? null;
};

/** The parts between delimiter lines (RFC 2046 section 5.1.1); a last one that nothing ends counts. */
function splitAt(body: string, boundary: string): string[] {
  const parts: string[] = [];
  let current: string[] | null = null;
  for (const line of body.split(/\r?\n/)) {
    const isDelimiter = line.startsWith(`--${boundary}`);
    const rest = isDelimiter ? line.slice(boundary.length + 2).trimEnd() : null;
    if (rest !== '' && rest !== '--') {
      current?.push(line);
      continue;
    }
    if (current !== null) parts.push(current.join('\r\n'));
    current = rest === '' ? [] : null;
    if (rest === '--') break;
  }
  if (current !== null) parts.push(current.join('\r\n'));
  return parts.slice(0, MOST.parts);
}

function decode(body: string, encoding: string): string {
  const name = encoding.trim().toLowerCase();
  if (name === 'base64') return Buffer.from(body.replace(/[^A-Za-z0-9+/=]/g, ''), 'base64').toString('latin1');
  if (name !== 'quoted-printable') return body;
  return body
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
