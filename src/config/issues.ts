// What is wrong in a file, for people: where, what was got, what is wanted. Shared by all readers of this folder.
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

export interface ShownIssue {
  readonly path: readonly PropertyKey[];
  readonly got: unknown;
  readonly want: string;
  /** Whether the path ends in a key that must not be there. */
  readonly isUnknownKey: boolean;
}

/** Take the first issue apart: where it is, what was got there and what is wanted. Of a union the words of its own, if any. */
export function issueOf(issues: readonly Issue[], value: unknown): ShownIssue {
  const [issue] = issues;
  if (issue === undefined) return { path: [], got: value, want: 'something else', isUnknownKey: false };
  const deepest = issue.code === 'invalid_union' ? deepestOf(issue.errors) : undefined;
  if (deepest !== undefined && deepest.path.length > 0) {
    const inner = issueOf(
      [deepest],
      issue.path.reduce<unknown>((at_, key) => at(at_, key), value),
    );
    return { ...inner, path: [...issue.path, ...inner.path] };
  }
  if (issue.code === 'unrecognized_keys') {
    return { path: [...issue.path, issue.keys[0] ?? ''], got: undefined, want: 'no such field', isUnknownKey: true };
  }
  const got = issue.path.reduce<unknown>((inner, key) => at(inner, key), value);
  const isWorded = issue.code === 'invalid_union' && issue.message !== 'Invalid input';
  return { path: issue.path, got, want: isWorded ? issue.message : wanted(deepest ?? issue), isUnknownKey: false };
}

/** Say what an issue is: the path of the field, what was got there and what is wanted. */
export function showIssue({ path, got, want, isUnknownKey }: ShownIssue): string {
  if (isUnknownKey) return `${showPath(path)}: unknown field`;
  return `${showPath(path)}: ${got === undefined ? 'missing field' : 'wrong value'}: got ${showValue(got)}, want ${want}`;
}

/** Of what every branch of a union says, what is farthest in: that branch was meant. */
const deepestOf = (branches: readonly (readonly Issue[])[]): Issue | undefined =>
  branches.flat().toSorted((a, b) => b.path.length - a.path.length)[0];

/** Write a path as `servers[0].verdict.relay`; the root is `(root)`. */
export function showPath(path: readonly PropertyKey[]): string {
  const text = path.map((key) =>
    typeof key === 'number' ? `[${key}]` : isPlain(key) ? `.${String(key)}` : quoted(key),
  );
  return text.join('').replace(/^\./, '') || '(root)';
}

/** Name a value on one line: text quoted and cut, of objects and lists only the kind. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return printable(JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value));
}

function wanted(issue: Issue): string {
  if (issue.code === 'invalid_value')
    return issue.values
      .map((value) => String(value))
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1');
  if (issue.code === 'invalid_type') return WANTED[issue.expected] ?? issue.expected;
  if (issue.code === 'too_small') return `at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.code === 'invalid_format') return FORMATS[issue.format] ?? issue.format;
  return issue.message;
}

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a UTC time as 2026-01-31T12:00:00.000Z',
  date: 'a day as 2026-12-31',
};

const WANTED: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'text',
};

const at = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;

const isPlain = (key: PropertyKey): boolean => /^[A-Za-z_][\w-]*$/.test(String(key));

const quoted = (key: PropertyKey): string => `[${showValue(String(key))}]`;

/** SAFETY: a file from elsewhere must not write to the terminal: what terminals obey is written as escapes. */
const printable = (text: string): string =>
  text.replace(
    /[\x00-\x1f\x7f-\x9f\p{Cf}\u2028\u2029]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
