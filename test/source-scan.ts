// Reads TypeScript just far enough for the tests of structure: comments away, strings apart, imports listed.
// Knows strings, templates, regular expressions and comments, and nothing else of the language.

export interface Import {
  /** As it is written: a package, a `node:` module, or a relative path. */
  readonly from: string;
  /** What stands between the braces, without `type`; empty for other forms. */
  readonly names: readonly string[];
  readonly isTypeOnly: boolean;
  readonly isDynamic: boolean;
}

export interface Scanned {
  readonly imports: readonly Import[];
  /** The source without comments, and without what stands in strings and regular expressions. */
  readonly code: string;
}

/** Scan the source of one file. */
export function scan(source: string): Scanned {
  const strings: string[] = [];
  const code = skeleton(source, strings);
  const text = (index: string | undefined): string => strings[Number(index)] ?? '';
  const statements = [...code.matchAll(/\b(?:import|export)\s+(type\s+)?([^;'()]*?)\s*from\s*'(\d+)'/g)].map(
    ([, type, clause = '', index]): Import => ({
      from: text(index),
      names: namesIn(clause),
      isTypeOnly: type !== undefined,
      isDynamic: false,
    }),
  );
  const bare = [...code.matchAll(/\bimport\s*'(\d+)'/g)].map(
    ([, index]): Import => ({ from: text(index), names: [], isTypeOnly: false, isDynamic: false }),
  );
  const calls = [...code.matchAll(/\b(?:import|require)\s*\(\s*'(\d+)'/g)].map(
    ([, index]): Import => ({ from: text(index), names: [], isTypeOnly: false, isDynamic: true }),
  );
  return { imports: [...statements, ...bare, ...calls], code: code.replace(/'\d+'/g, "''") };
}

const namesIn = (clause: string): string[] =>
  (/\{([^}]*)\}/.exec(clause)?.[1] ?? '')
    .split(',')
    .map((name) =>
      name
        .replace(/^\s*type\s+/, '')
        .replace(/\s+as\s+.*$/s, '')
        .trim(),
    )
    .filter((name) => name !== '');

/** The source with comments as spaces, each string as its number between quotes, and regular expressions as such a string. */
function skeleton(source: string, strings: string[]): string {
  let code = '';
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const keep = (text: string): void => {
    code += `'${strings.push(text) - 1}'`;
  };
  while (at < source.length) {
    if (take(/\/\/[^\n]*|\/\*[\s\S]*?\*\//y) !== null) code += ' ';
    else if (/['"]/.test(source[at] ?? ''))
      keep((take(/'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y) ?? step()).slice(1, -1));
    else if (source[at] === '`') template();
    else if (source[at] === '/' && beginsExpression(code)) keep(take(REGULAR_EXPRESSION) ?? step());
    else code += step();
  }
  return code;

  function step(): string {
    at += 1;
    return source[at - 1] ?? '';
  }

  /** What stands in `${}` is code like any other. */
  function template(): void {
    at += 1;
    while (at < source.length) {
      if (take(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))+/y) !== null) continue;
      if (step() === '`') break;
      at += 1;
      const end = closingBrace(source, at);
      code += ` (${skeleton(source.slice(at, end), strings)}) `;
      at = end + 1;
    }
    code += "''";
  }
}

const REGULAR_EXPRESSION = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** A slash divides after a value, and begins a regular expression everywhere else. */
const beginsExpression = (code: string): boolean =>
  !/[\w$)\]}'"]\s*$/.test(code) || /\b(?:return|typeof|case|of|in|await|yield)\s*$/.test(code);

/** Where the expression in a template ends; strings and templates in it may hold braces. */
function closingBrace(source: string, from: number): number {
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    const character = source[at];
    if (character === '{') depth += 1;
    else if (character === '}' && depth === 0) return at;
    else if (character === '}') depth -= 1;
    else if (character === "'" || character === '"') {
      while (at + 1 < source.length && source[at + 1] !== character) at += source[at + 1] === '\\' ? 2 : 1;
      at += 1;
    } else if (character === '`') at = closingTick(source, at + 1);
  }
  return source.length;
}

function closingTick(source: string, from: number): number {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '`') return at;
    if (source[at] === '\\') at += 1;
    else if (source[at] === '$' && source[at + 1] === '{') at = closingBrace(source, at + 2);
  }
  return source.length;
}
