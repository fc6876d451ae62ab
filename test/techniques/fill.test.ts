// Templates are filled from a closed set, and what a technique varies and ends in is read off its fields.
import { describe, expect, test } from 'vitest';
import type { Technique } from '../../src/model/technique.js';
import { endsInCanaryDomain, fill, missingNames, shapeOf, variedBy } from '../../src/techniques/fill.js';
import { TECHNIQUES } from '../../src/techniques/index.js';
import { EXAMPLE_VALUES } from '../../src/techniques/lines.js';

const technique = (fields: Partial<Technique>): Technique => ({
  id: 'x',
  family: 'recipient',
  set: 'standard',
  title: 'X',
  why: 'X.',
  references: ['X'],
  knownFor: [],
  ...fields,
});

describe('fill', () => {
  test.each([
    ['', ''],
    ['postmaster', 'postmaster'],
    ['{canary.local}%{canary.domain}@{local.domain}', 'relaytest%canary.example.net@example.org'],
    ['auditor@{server.literal}', 'auditor@[192.0.2.25]'],
  ])('%j becomes %j', (template, text) => {
    expect(fill(template, EXAMPLE_VALUES)).toBe(text);
  });

  test.each([
    ['{nobody}', 'unknown name {nobody}'],
    ['{}', 'unknown name {}'],
    ['{toString}', 'unknown name {toString}'],
    ['{canary', 'a brace without its pair'],
    ['canary}', 'a brace without its pair'],
  ])('%j is an error', (template, message) => {
    expect(() => fill(template, EXAMPLE_VALUES)).toThrow(message);
  });

  test('a value is not read again as a template', () => {
    expect(fill('{sender}', { sender: '{canary}$&' })).toBe('{canary}$&');
  });

  test('a name without a value is an error, and is told beforehand', () => {
    const { 'canary.address': _, ...values } = EXAMPLE_VALUES;
    expect(() => fill('x@{canary.address}', values)).toThrow('no value for {canary.address}');
    expect(missingNames(technique({ forwardPath: 'x@{canary.address}' }), values)).toEqual(['canary.address']);
    expect(missingNames(technique({ extras: { xclient: { LOGIN: '{canary.address}' } } }), values)).toEqual([
      'canary.address',
    ]);
    expect(TECHNIQUES.flatMap((one) => missingNames(one, EXAMPLE_VALUES))).toEqual([]);
  });
});

test.each<[Partial<Technique>, ReturnType<typeof variedBy>]>([
  [{}, null],
  [{ reversePath: '' }, 'reverse-path'],
  [{ forwardPath: 'x' }, 'forward-path'],
  [{ bareForwardPath: true }, 'forward-path'],
  [{ forwardPath: 'x', mailParameters: 'SMTPUTF8' }, 'forward-path'],
  [{ mailParameters: 'AUTH=x' }, 'parameters'],
  [{ rcptParameters: 'NOTIFY=NEVER' }, 'parameters'],
  [{ greeting: { verb: 'HELO' } }, 'greeting'],
  [{ security: 'tls' }, 'session'],
  [{ extras: { transport: 'BDAT' } }, 'session'],
  [{ extras: { authentication: 'abort' } }, 'authentication'],
  [{ credentials: 'valid', reversePath: 'x' }, 'authentication'],
])('%j varies %s', (fields, varied) => {
  expect(variedBy(technique(fields))).toBe(varied);
});

test.each([
  [undefined, true],
  ['{canary}.', true],
  ['@{local.domain}:{canary}', true],
  ['postmaster@{canary.domain}', true],
  ['{canary.local}@{canary.literal}', true],
  ['{canary}@', false],
  ['"{canary}"', false],
  ['{canary}@{local.domain}', false],
  ['{canary.local}%{canary.domain}', false],
  ['{canary.domain}!{canary.local}', false],
  ['x@mxtest.{canary.domain}', false],
  ['{local.recipient}', false],
])('%s ends where the canary lives: %s', (forwardPath, ends) => {
  expect(endsInCanaryDomain(technique(forwardPath === undefined ? {} : { forwardPath }))).toBe(ends);
});

test.each([
  ['"{canary}"', '"relaytest@relayproof-control.invalid"'],
  ['{canary.local}%{canary.domain}@{local.domain}', 'relaytest%relayproof-control.invalid@example.org'],
  ['{canary.local}@x.{local.domain}', null],
])('the shape of %s is %s', (template, shape) => {
  expect(shapeOf(template, EXAMPLE_VALUES)).toBe(shape);
});
