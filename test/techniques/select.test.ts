// The words of --techniques.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/model/errors.js';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { select } from '../../src/techniques/select.js';
import { ADDED_BY_ALL, STANDARD } from './sets.js';

const idsOf = (...spec: string[]): string[] => select(TECHNIQUES, spec).map(({ id }) => id);
const inOrder = (ids: readonly string[]): string[] => TECHNIQUES.map(({ id }) => id).filter((id) => ids.includes(id));

describe('select', () => {
  test.each([
    [[], inOrder(STANDARD)],
    [['standard'], inOrder(STANDARD)],
    [['all'], inOrder([...STANDARD, ...ADDED_BY_ALL])],
    [
      ['percent-local', 'null-sender'],
      ['null-sender', 'percent-local'],
    ],
    [['null-sender', 'null-sender', ' '], ['null-sender']],
    [
      ['etrn', 'smuggle-lf-lf'],
      ['etrn', 'smuggle-lf-lf'],
    ],
    [['-null-sender'], inOrder(STANDARD.filter((id) => id !== 'null-sender'))],
    [['-null-sender', 'null-sender', 'trailing-at'], ['trailing-at']],
    [['all', '-standard'], inOrder(ADDED_BY_ALL)],
  ])('%j', (spec, ids) => {
    expect(idsOf(...spec)).toEqual(ids);
  });

  test('a family is what it has in the sets', () => {
    expect(idsOf('identity')).toContain('ehlo-overflow');
    expect(idsOf('identity')).not.toContain('client-cert-any');
    expect(idsOf('recipient').every((id) => TECHNIQUES.find((one) => one.id === id)?.family === 'recipient')).toBe(
      true,
    );
  });

  test('a family that is only named is whole', () => {
    expect(idsOf('indirect')).toHaveLength(6);
  });

  test('a family that is left out takes its named ones along', () => {
    expect(idsOf('etrn', 'client-cert-any', '-identity')).toEqual(['etrn']);
  });

  test('the cells of the matrix are never selected', () => {
    expect(idsOf('authentication')).not.toContain('auth-wrong-password');
  });

  test.each([
    ['percent-locl', 'did you mean percent-local?'],
    ['-nul-sender', 'did you mean null-sender?'],
    ['Standard', 'did you mean standard?'],
    ['auth-wrong-password', '--negative-authentication'],
    ['nat-source-loss', 'the address that the server says it saw'],
    ['constructor', 'an id of `relayproof techniques`'],
    ['--all', 'an id of `relayproof techniques`'],
  ])('%s is an error with a hint', (word, hint) => {
    expect(() => idsOf(word)).toThrow(UsageError);
    expect(() => idsOf(word)).toThrow(hint);
  });
});
