// The catalogue is well-formed: ids, sets, templates, prose and references, for every entry.
import { describe, expect, test } from 'vitest';
import { FAMILIES, type Technique } from '../../src/model/technique.js';
import { ASKED_ELSEWHERE } from '../../src/techniques/elsewhere.js';
import { endsInCanaryDomain, fill, reversePathsOf, templatesOf, variedBy } from '../../src/techniques/fill.js';
import { PLAIN_TECHNIQUE, TECHNIQUES } from '../../src/techniques/index.js';
import { EXAMPLE_VALUES } from '../../src/techniques/lines.js';
import { ADDED_BY_ALL, CELLS, NAMED, STANDARD } from './sets.js';

const idsWhere = (is: (technique: Technique) => boolean): string[] => TECHNIQUES.filter(is).map(({ id }) => id);
const sorted = (ids: readonly string[]): string[] => [...ids].sort();

describe('sets', () => {
  test.each([
    { set: 'standard', expected: STANDARD },
    { set: 'all', expected: ADDED_BY_ALL },
    { set: 'named', expected: NAMED },
  ])('$set holds what is promised', ({ set, expected }) => {
    expect(sorted(idsWhere((one) => one.askedBy === undefined && one.set === set))).toEqual(sorted(expected));
  });

  test('the cells of the matrix are explained but in no set', () => {
    expect(sorted(idsWhere(({ askedBy }) => askedBy !== undefined))).toEqual(sorted(CELLS));
    expect(TECHNIQUES.filter(({ askedBy }) => askedBy !== undefined).every(({ set }) => set === 'named')).toBe(true);
  });

  test('at least 90 techniques can be asked', () => {
    expect(TECHNIQUES.filter(({ askedBy }) => askedBy === undefined).length).toBeGreaterThanOrEqual(90);
  });

  test('an id stands once, and not also among what is asked elsewhere', () => {
    const ids = TECHNIQUES.map(({ id }) => id);
    expect(sorted([...new Set(ids)])).toEqual(sorted(ids));
    expect(ids.filter((id) => Object.hasOwn(ASKED_ELSEWHERE, id))).toEqual([]);
    // A word of --techniques must mean one thing.
    expect(ids.filter((id) => ['standard', 'all', ...FAMILIES].includes(id))).toEqual([]);
  });
});

describe.each(TECHNIQUES.map((technique) => ({ id: technique.id, technique })))('$id', ({ id, technique }) => {
  test('is named, told and referenced', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(FAMILIES).toContain(technique.family);
    expect(technique.title).toMatch(/^[A-Z].*[^.\s]$/);
    expect(technique.why).toMatch(/^[A-Z][^\n]*\.$/);
    expect(technique.references.length).toBeGreaterThan(0);
    for (const text of [...technique.references, ...technique.knownFor]) expect(text).toMatch(/^\S[^\n]*[^.\s]$/);
    expect(new Set(technique.references).size).toBe(technique.references.length);
  });

  test('has templates of known names, which fill to single lines', () => {
    for (const template of templatesOf(technique)) {
      const text = fill(template, EXAMPLE_VALUES);
      expect(text).not.toMatch(/[{}]/);
      if (template !== technique.extras?.smuggle) expect(text).not.toMatch(/[\r\n\0]/);
    }
  });

  test('differs from the plain attempt in a field, the plain attempt in none', () => {
    expect(variedBy(technique) === null).toBe(technique === PLAIN_TECHNIQUE);
  });

  test('can be proved', () => {
    const proof = technique.proof ?? 'acceptance';
    const { extras = {} } = technique;
    const isForeign = technique.forwardPath !== '{local.recipient}' && !technique.forwardPath?.startsWith('no-such');
    expect(proof === 'replies').toBe(extras.commands !== undefined || extras.afterStarttls !== undefined);
    // RCPT for a local recipient is accepted by every server.
    if (proof === 'acceptance' && technique.askedBy === undefined) expect(isForeign).toBe(true);
    if (proof === 'return') expect(technique.reversePath).toBe('{canary}');
    if (proof === 'delivery')
      expect(JSON.stringify([technique.extras?.headers, technique.extras?.smuggled])).toContain('{canary}');
    expect(extras.smuggle === undefined).toBe(extras.smuggled === undefined);
  });
});

test('a doubtful reverse-path stands before the plain recipient alone', () => {
  const plausible = ['{sender}', 'no-such-{id}@{local.domain}', 'auditor@{other.domain}', '{canary}', ''];
  const doubtful = TECHNIQUES.filter((one) => reversePathsOf(one).some((path) => !plausible.includes(path)));
  expect(doubtful.length).toBeGreaterThan(10);
  expect(doubtful.filter(({ forwardPath }) => forwardPath !== undefined)).toEqual([]);
});

test('each recipient form goes with a foreign sender and with a forged local one', () => {
  const forms = TECHNIQUES.filter(({ family, proof }) => family === 'recipient' && proof === undefined);
  for (const form of forms) expect(reversePathsOf(form)).toEqual(['{sender}', 'no-such-{id}@{local.domain}']);
});

test('greetings and claims go with a forged local sender too', () => {
  const identity = TECHNIQUES.filter(
    ({ family, proof, id }) => family === 'identity' && !proof && id !== 'pop-before-smtp',
  );
  for (const one of identity) expect(reversePathsOf(one)).toContain('no-such-{id}@{local.domain}');
});

test('no smuggled end of data is one that a sender doubles', () => {
  const texts = TECHNIQUES.flatMap(({ extras }) => extras?.smuggle ?? []);
  expect(new Set(texts).size).toBe(12);
  for (const text of texts) expect(text.includes('\r\n.'), JSON.stringify(text)).toBe(false);
});

test('what does not end at the canary can be told apart by a shape control, or only by delivery', () => {
  const local = TECHNIQUES.filter((one) => !endsInCanaryDomain(one) && (one.proof ?? 'acceptance') === 'acceptance');
  expect(local.map(({ id }) => id)).toMatchInlineSnapshot(`
    [
      "percent-local",
      "percent-host",
      "percent-ip",
      "percent-bare-ip",
      "percent-bare",
      "percent-trailing-at",
      "percent-double",
      "quoted-at",
      "quoted-percent",
      "quoted-at-local",
      "quoted-at-ip",
      "quoted-at-host",
      "double-at-local",
      "double-at-ip",
      "double-at-host",
      "double-at-bare-ip",
      "double-at-first",
      "trailing-at",
      "bang-bare",
      "bang-local",
      "bang-host",
      "bang-ip",
      "bang-percent-mix",
      "rcpt-subdomain-of-relay-domain",
      "rcpt-mx-points-here",
      "rcpt-param-injection",
      "rcpt-srs0",
      "rcpt-srs1",
      "require-auth-local-delivery",
    ]
  `);
});
