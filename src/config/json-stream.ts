// JSON of any size, in pieces: the elements of one list of the document are handed on one by one, and not kept. What is done here is
// to find where an element ends; every character is read by JSON.parse, with its element or with what else there is in the
// document. So values are what JSON.parse says, and nothing is read that is not JSON (decision 16).
import { showValue } from './issues.js';

/** A text is not JSON; `message` is `:line:column: what: got X`, to stand behind a file's name. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/**
 * Read an object that comes in pieces of text, behind a byte order mark or not. `onElement` is called with each element of its
 * list of that name, as soon as it is complete; what it throws ends the reading.
 * @returns the document, that list empty
 * @throws JsonError, also where there are two such lists
 */
export async function readJson(
  pieces: AsyncIterable<string>,
  list: string,
  onElement: (element: unknown) => void | Promise<void>,
): Promise<unknown> {
  const others: Part[] = [];
  let isFirst = true;
  for await (const part of partsOf(pieces, list)) {
    if (part.kind !== 'element') {
      others.push(part);
      // What is wrong before the list is told before what is wrong in it.
      if (part.kind === 'head') parsed([part, { ...part, text: ']}' }]);
      continue;
    }
    // Nothing may stand between the brackets, and only there.
    const isEmpty = isFirst && part.end === ']' && /^[ \t\r\n]*$/.test(part.text);
    if (!isEmpty) await onElement(parsed([part]));
    if (part.end !== ']' && part.end !== ',') throw errorAt(part, part.text.length);
    isFirst = false;
  }
  return parsed(others);
}

/** A stretch of the text: all up to the bracket of the list, an element with all that is between its separators, or the rest. */
interface Part {
  readonly kind: 'head' | 'element' | 'rest';
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly column: number;
  /** What follows; null where the text ends. */
  readonly end: string | null;
}

interface Splitter {
  /** Take the next piece, and give the parts that end in it. */
  push(text: string): readonly Part[];
  /** Give the last part. */
  end(): Part;
}

async function* partsOf(pieces: AsyncIterable<string>, list: string): AsyncGenerator<Part> {
  const splitter = splitterAt(list);
  let isFirst = true;
  for await (const piece of pieces) {
    yield* splitter.push(isFirst ? piece.replace(/^\uFEFF/, '') : piece);
    isFirst = false;
  }
  yield splitter.end();
}

/** Take a text apart around the elements of a list of its object. */
function splitterAt(list: string): Splitter {
  const opening = new RegExp(`(?<!\\\\)"${list}"\\s*:\\s*$`);
  const state: State = { isString: false, isEscaped: false, depth: 0, line: 1, column: 1 };
  let [isFound, isWithin] = [false, false];
  let [held, heldLength, tail] = [[] as string[], 0, ''];
  let begin: Pick<State, 'line' | 'column'> = { line: 1, column: 1 };

  const push = (text: string): readonly Part[] => {
    const parts: Part[] = [];
    let from = 0;
    for (const { at, line, column } of marksIn(text, state)) {
      const code = text.charCodeAt(at);
      if (code === BRACKET && !isWithin) {
        if (!opening.test(tail + text.slice(Math.max(0, at - TAIL), at))) continue;
        if (isFound) throw new JsonError(`:${line}:${column}: a second ${showValue(list)}`);
        isFound = true;
      } else if (!isWithin) continue;
      // The bracket that opens the list is of the head, the one that closes it of the rest.
      const kind = isWithin ? 'element' : 'head';
      const end = isWithin ? at : at + 1;
      const next = code === CLOSING_BRACE || code === CLOSING_BRACKET ? at : at + 1;
      parts.push({ kind, text: held.join('') + text.slice(from, end), ...begin, end: text[end] ?? null });
      [held, heldLength, from] = [[], 0, next];
      begin = { line, column: column + next - at };
      isWithin = next > at;
    }
    held.push(text.slice(from));
    heldLength += text.length - from;
    tail = (tail + text.slice(-TAIL)).slice(-TAIL);
    if (heldLength <= LONGEST) return parts;
    throw new JsonError(`:${begin.line}:${begin.column}: too long: got more than ${LONGEST} characters at once`);
  };
  const end = (): Part => ({ kind: isWithin ? 'element' : 'rest', text: held.join(''), ...begin, end: null });
  return { push, end };
}

/** What is known where a piece ends. */
interface State {
  isString: boolean;
  /** Whether the last character was a backslash that escapes the next. */
  isEscaped: boolean;
  /** How many braces and brackets are open. */
  depth: number;
  /** Of the next character, from 1. */
  line: number;
  column: number;
}

/** Where something begins or ends in a list that the root holds. */
interface Mark {
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

/** The brackets of lists that the root holds, and the commas in them; braces and commas of its objects too. */
function marksIn(text: string, state: State): readonly Mark[] {
  const marks: Mark[] = [];
  // Every character comes by here: what is of this function alone is several times as fast.
  let { isString, isEscaped, depth, line } = state;
  // The column of a character is how far it is from here.
  let margin = -state.column;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isString) {
      if (isEscaped) isEscaped = false;
      else if (code === BACKSLASH) isEscaped = true;
      else if (code === QUOTE) isString = false;
    } else if (code === QUOTE) isString = true;
    else if (code === LINE_FEED) {
      line += 1;
      margin = at;
    } else if (code === BRACE || code === BRACKET) {
      depth += 1;
      if (depth === 2 && code === BRACKET) marks.push({ at, line, column: at - margin });
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      depth -= 1;
      if (depth === 1) marks.push({ at, line, column: at - margin });
    } else if (code === COMMA && depth === 2) marks.push({ at, line, column: at - margin });
  }
  Object.assign(state, { isString, isEscaped, depth, line, column: text.length - margin });
  return marks;
}

const [QUOTE, BACKSLASH, LINE_FEED, COMMA] = [0x22, 0x5c, 0x0a, 0x2c];
const [BRACE, BRACKET, CLOSING_BRACE, CLOSING_BRACKET] = [0x7b, 0x5b, 0x7d, 0x5d];

/** Where the name of a list is looked for, in characters before its bracket. */
const TAIL = 256;

/** V8 has no longer text than twice this. */
const LONGEST = 1 << 28;

/** Parse what parts are together. */
function parsed(parts: readonly Part[]): unknown {
  const text = parts.map((part) => part.text).join('');
  try {
    return JSON.parse(text);
  } catch (error) {
    let offset = offsetOf(text, error);
    for (const part of parts) {
      if (offset < part.text.length || part === parts.at(-1)) throw errorAt(part, offset);
      offset -= part.text.length;
    }
    throw error;
  }
}

/** SAFETY: the engine's own words quote the file, which may be one of passwords that was given by mistake. */
function errorAt({ text, line, column, end }: Part, offset: number): JsonError {
  const before = text.slice(0, offset).split('\n');
  const last = before.at(-1)?.length ?? 0;
  const place = `${line + before.length - 1}:${before.length === 1 ? column + last : last + 1}`;
  const code = text.codePointAt(offset);
  const character = code === undefined ? end : String.fromCodePoint(code);
  return new JsonError(`:${place}: not JSON: got ${character === null ? 'the end of the file' : showValue(character)}`);
}

/** Where a text ends to be JSON. */
function offsetOf(text: string, error: unknown): number {
  const message = error instanceof Error ? error.message : '';
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  if (/end of JSON input/.test(message)) return text.length;
  // V8 does not say where a token is that may not be there: it is the last character of the shortest text that has it.
  let [without, within] = [0, text.length];
  while (without + 1 < within) {
    const middle = (without + within) >> 1;
    if (isUnexpected(text.slice(0, middle))) within = middle;
    else without = middle;
  }
  return within - 1;
}

function isUnexpected(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Unexpected token');
  }
}
