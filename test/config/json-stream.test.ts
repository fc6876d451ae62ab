// JSON in pieces is what JSON.parse says of the whole, whatever the text and wherever a piece ends.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, readJson } from '../../src/config/json-stream.js';
import { piecesOf } from './read-text.js';

/** The whole document again, its list filled, or where it is not JSON. */
async function readBy(text: string, size: number): Promise<unknown> {
  const elements: unknown[] = [];
  try {
    const document = await readJson(piecesOf(text, size), 'list', (element) => void elements.push(element));
    if (elements.length === 0) return document;
    expect(document).toMatchObject({ list: [] });
    return { ...(document as object), list: elements };
  } catch (error) {
    expect(error).toBeInstanceOf(JsonError);
    return (error as JsonError).message;
  }
}

/** What JSON.parse says of it: where V8 names a place, also the place. */
function parseBy(text: string): { readonly value: unknown } | { readonly error: RegExp } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const { message } = error as Error;
    const position = /end of JSON/.test(message) ? text.length : /at position (\d+)/.exec(message)?.[1];
    if (position === undefined) return { error: /^:\d+:\d+: not JSON: got / };
    const before = text.slice(0, Number(position)).split('\n');
    return { error: new RegExp(`^:${before.length}:${(before.at(-1) ?? '').length + 1}: not JSON: got `) };
  }
}

async function expectTheSame(text: string, size: number): Promise<void> {
  const [read, wanted] = [await readBy(text, size), parseBy(text.replace(/^\ufeff/, ''))];
  // JSON.parse takes the last of two.
  if (String(read).includes('a second "list"')) expect(text.split('"list"').length).toBeGreaterThan(2);
  else if ('value' in wanted) expect(read, text).toEqual(wanted.value);
  else expect(read, text).toMatch(wanted.error);
}

const size = fc.integer({ min: 1, max: 40 });

/** Documents with a list by its name here and there, and text that a scanner might take for what it is not. */
const ODD = ['"list":[', '\\"list":[', '[{}]', '"', '\\', '\\"', '}', '],', '\ufeff', '\u2028é😀', '\n'];
const key = fc.oneof(fc.constantFrom('list', 'lists', '__proto__', 'a'), fc.constantFrom(...ODD));
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.oneof(fc.constantFrom(...ODD, null, true, -0.5, 1e30), fc.string({ unit: 'binary', maxLength: 5 })),
  list: fc.array(tie('any'), { maxLength: 4 }),
  object: fc.dictionary(key, tie('any'), { maxKeys: 4, noNullPrototype: true }),
}));
const document = fc
  .tuple(value.object as fc.Arbitrary<object>, fc.option(value.list), fc.constantFrom(0, 2))
  .map(([object, list, margin]) => JSON.stringify(list === null ? object : { ...object, list }, null, margin));

describe('JSON in pieces', () => {
  it('is what it is at once', async () => {
    await fc.assert(fc.asyncProperty(document, size, expectTheSame), { numRuns: 1_000 });
  });

  it('is refused where it is refused at once, at the same place', async () => {
    const torn = fc
      .tuple(document, fc.nat(), fc.nat(12), fc.constantFrom('', ...ODD, ',', ':', ']', '[', '{', 'x', '0', 'tru', ' '))
      .map(([text, at, length, instead]) => {
        const from = at % (text.length + 1);
        return `${text.slice(0, from)}${instead}${text.slice(from + length)}`;
      });
    await fc.assert(fc.asyncProperty(torn, size, expectTheSame), { numRuns: 3_000 });
  });

  it.each([
    ...['', ' ', '[]', '[1,2]', 'null', '{"list":[]}', '{"list":[ \n]}', '{"list":{}}', '{"list":[[],{},"",0]}'],
    ...[
      '{"list":[1,]}',
      '{"list":[,1]}',
      '{"list":[,]}',
      '{"list":[1}',
      '{"list":[1]]',
      '{"list":[\u00a0]}',
      '{"list":[',
    ],
    ...['{"list":[1', '{"list":[tru,1]}', '{"list":[1 2]}', '{"a":{"list":[1]}}', '[{"list":[1]}]', '{"list" : \n[1]}'],
    ...['{"li\\u0073t":[1]}', '{"a\\"list":[1]}', '{"list":[{"list":[1]}],"a":nothing}', '{"list":[nothing]}', '{} {}'],
  ])('of %j is what it is at once', async (text) => {
    for (const each of [1, 3, 1_000]) await expectTheSame(text, each);
  });

  it('has one such list', async () => {
    expect(await readBy('{"list":[1],\n "list":[]}', 5)).toBe(':2:9: a second "list"');
  });

  it('gives elements as they come, and reads no further when told so', async () => {
    const seen: unknown[] = [];
    const pieces = async function* (): AsyncGenerator<string> {
      yield '{"list":[{"a":1},{"a":2},';
      expect(seen).toEqual([{ a: 1 }, { a: 2 }]);
      yield '{"a":3},';
      throw new Error('read too far');
    };
    const onElement = (element: unknown): void => {
      seen.push(element);
      if (seen.length === 3) throw new Error('enough');
    };
    await expect(readJson(pieces(), 'list', onElement)).rejects.toThrow('enough');
  });
});
