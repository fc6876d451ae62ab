// Which techniques an audit asks: the words of `--techniques` (ids, families, sets, `-word`). Pure; sends nothing.
import { complain } from '../model/errors.js';
import { didYouMean } from '../model/nearest.js';
import { FAMILIES, type Technique } from '../model/technique.js';
import { ASKED_ELSEWHERE } from './elsewhere.js';

const SETS = ['standard', 'all'] as const;

/** Sets hold what is below them; what is only named, or asked by the matrix itself, is in none. */
const inSet = (technique: Technique, set: (typeof SETS)[number]): boolean =>
  technique.set === 'standard' || (set === 'all' && technique.set === 'all');

/**
 * Pick techniques by words, in the order of the list, each once: an id, a family, `standard`, `all`; with a minus sign it is
 * left out, whatever the order. A family brings what is only named along where it has nothing else. A spec of exclusions
 * alone starts from `standard`, as an empty one. @throws UsageError with a hint for a word that is none of these.
 */
export function select(list: readonly Technique[], spec: readonly string[]): Technique[] {
  const words = spec.map((word) => word.trim()).filter((word) => word !== '');
  const wanted = words.filter((word) => !word.startsWith('-'));
  const unwanted = words.filter((word) => word.startsWith('-')).map((word) => word.slice(1));
  for (const word of [...wanted, ...unwanted]) check(list, word);
  const starts = wanted.length === 0 ? ['standard'] : wanted;
  return list.filter(
    (technique) =>
      technique.askedBy === undefined &&
      starts.some((word) => isMeantBy(list, technique, word)) &&
      !unwanted.some((word) => answersTo(technique, word)),
  );
}

function answersTo(technique: Technique, word: string): boolean {
  if (word === 'standard' || word === 'all') return inSet(technique, word);
  return technique.id === word || technique.family === word;
}

/** A family word does not start what sends mail, needs the operator's DNS or is loud, unless the family is all of that kind. */
function isMeantBy(list: readonly Technique[], technique: Technique, word: string): boolean {
  if (!answersTo(technique, word)) return false;
  if (technique.set !== 'named' || technique.id === word) return true;
  return list.every(({ family, set }) => family !== word || set === 'named');
}

function check(list: readonly Technique[], word: string): void {
  const known = [...SETS, ...FAMILIES, ...list.filter(({ askedBy }) => askedBy === undefined).map(({ id }) => id)];
  if (known.includes(word)) return;
  const elsewhere = whereAsked(list, word);
  throw complain({
    subject: '--techniques',
    problem: elsewhere === undefined ? 'an unknown technique' : 'not asked by its name',
    got: word,
    want: 'an id of `relayproof techniques`, a family, standard, all, or one of these with a minus sign',
    hint: elsewhere ?? didYouMean(word, known),
  });
}

function whereAsked(list: readonly Technique[], word: string): string | undefined {
  const askedBy = list.find(({ id }) => id === word)?.askedBy;
  if (askedBy !== undefined) return `a cell of the matrix, asked by ${askedBy}`;
  return Object.hasOwn(ASKED_ELSEWHERE, word) ? ASKED_ELSEWHERE[word] : undefined;
}
